"""What an instance is worth: by formula where there is one, else by simulation."""

import math
from dataclasses import replace

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.core.components import components
from rfos_lang.core.horizon import horizon
from rfos_lang.core.meaning import Posting, Standing
from rfos_lang.core.program import Choice, Program, Terms, Watch
from rfos_lang.valuation.by_formula import by_closed_form
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.earlier_dates.remaining import remaining, truths
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.reporting import reporting_asset
from rfos_lang.valuation.result import Greek, Valuation
from rfos_lang.valuation.seasoning import Past, observed_now, past
from rfos_lang.valuation.unrolling import unrolled

METHODS = (
    "auto",
    "closed_form",
    "quadrature",
    "moment_matching",
    "finite_differences",
    "monte_carlo",
    "lsm",
)
PATHS = 100_000


def price(
    program: Program,
    terms: Terms,
    market: Market,
    method: str = "auto",
    paths: int = PATHS,
    seed: int = 1,
    greeks: bool = True,
) -> tuple[Valuation | None, tuple[Diagnostic, ...]]:
    """The value of an instance to its first party at the market's date, or why there is none.

    What falls due at that very date counts as still to come. `method` is one of METHODS: `auto`
    takes the closed form if there is one, else integrates one over the price of an earlier date,
    the levels of an extreme or a second price if that is enough; else it goes backward on a grid
    if there are choices or barriers on one price, else it simulates; and it says why.
    """
    try:
        return valued(program, terms, market, method, paths, seed, greeks), ()
    except Refused as refused:
        place = Span(market.source, 0, 0)
        return None, (report(refused.code, place, **refused.names),)


@dataclass(frozen=True, slots=True)
class _Task:
    """An instance to be valued, with its past."""

    program: Program
    terms: Terms
    market: Market
    before: Past
    reporting: int
    paths: int
    seed: int
    greeks: bool

    @property
    def seasoned(self) -> Standing | None:
        """Where the instance stands; None if nothing has happened yet."""
        return self.before.standing if self.market.as_of > self.terms.start else None

    @property
    def has_models(self) -> bool:
        """Whether a price that matters moves by a model of its own."""
        feeds = [slot.assets for slot in self.program.feeds if slot.kind == "spot"]
        pairs = [tuple(self.terms.assets[asset] for asset in assets) for assets in feeds]
        return any(self.market.model_of((asset, cash)) for asset, cash in pairs)

    def figures(self) -> Figures:
        """What is still to come, as formulas need it. Raises NoClosedForm."""
        standing = self.before.standing
        if self.market.as_of >= self.terms.start:
            standing = observed_now(self.program, self.terms, self.market, standing)
        ahead = unrolled(self.program, self.terms, standing, self.reporting)
        return Figures(ahead, standing, self.market)

    def parts(self) -> tuple["_Task", ...]:
        """The components that are still alive, if there is more to tell apart than the whole."""
        standing, found = self.before.standing, components(self.program)
        if len(found) == 1 and found[0].lives is None:
            return ()
        alive = ((each, each.standing(standing)) for each in found)
        return tuple(
            replace(self, program=each.program, before=Past(here))
            for each, here in alive
            if not here.ended
        )


def valued(
    program: Program,
    terms: Terms,
    market: Market,
    method: str = "auto",
    paths: int = PATHS,
    seed: int = 1,
    greeks: bool = True,
) -> Valuation:
    """The value of an instance, as `price`. Raises Refused E06xx."""
    failures = [c for c in program.clauses if isinstance(c, Choice) and c.fails]
    if failures:
        kept = tuple(clause for clause in program.clauses if clause not in failures)
        found = valued(replace(program, clauses=kept), terms, market, method, paths, seed, greeks)
        return replace(found, notes=("It is valued as if nobody failed to pay.", *found.notes))
    if method not in METHODS:
        raise Refused("E0623", method=method, known=", ".join(METHODS))
    last = horizon(program, terms)
    if last is not None and last < market.as_of:
        raise Refused("E0620", contract=program.name, date=show_instant(last))
    if method == "lsm" and not any(isinstance(clause, Choice) for clause in program.clauses):
        raise Refused("E0625", contract=program.name)
    before, reporting = past(program, terms, market), reporting_asset(program)
    task = _Task(program, terms, market, before, reporting, paths, seed, greeks)
    found = _by_method(task, method)
    pending = _pending(program, terms, market, task.before.pending, found.asset)
    notes = (*found.notes, *_repaired(program, market))
    return replace(found, value=found.value + pending, notes=notes)


def _repaired(program: Program, market: Market) -> tuple[str, ...]:
    """One sentence on correlations that were moved, if there are any."""
    spots = sum(feed.kind == "spot" for feed in program.feeds)
    if spots < 2 or not market.correlations_moved:
        return ()
    by = f"{market.correlations_moved:.2g}"
    return (f"Correlations contradicted each other; they were moved by at most {by}.",)


def _by_method(task: _Task, method: str) -> Valuation:
    match method:
        case "monte_carlo" | "lsm":
            return _simulated(task, "")
        case "moment_matching":
            return _by_matching(task)
        case "finite_differences":
            found = _on_grid(task, "")
            if isinstance(found, Valuation):
                return found
            raise Refused("E0659", contract=task.program.name, reason=found)
        case _:
            return _by_formula(task, method)


def _by_law(task: _Task, method: str) -> Valuation:
    """Where a price has a model of its own: by its law at the dates of payment, else simulated."""
    from rfos_lang.valuation.dynamics.european import by_law

    try:
        return by_law(task.figures(), task.greeks)
    except NoClosedForm as refusal:
        reason = refusal.reason
    if found := _by_averages(task):
        return found
    if parts := task.parts():
        return _summed(task, [_by_law(part, method) for part in parts])
    if method != "auto":
        raise Refused("E0624", contract=task.program.name, reason=reason)
    return _simulated(task, reason)


def _by_averages(task: _Task) -> Valuation | None:
    """The value of products of prices at several dates under Heston's model; None if it is none."""
    from rfos_lang.valuation.dynamics.averages import by_averages

    standing, figures = task.seasoned, task.figures
    try:
        return by_averages(
            task.program, task.terms, figures(), standing, task.reporting, task.greeks
        )
    except (NoClosedForm, Refused):
        return None  # what is refused here is refused again, or not asked for, by what comes next


def _by_formula(task: _Task, method: str) -> Valuation:
    if task.has_models:
        return _by_law(task, method)
    try:
        if method != "quadrature":
            return _closed(task, method)
        reason = ""
    except NoClosedForm as refusal:
        reason = refusal.reason
    if reason and (found := _by_joint_lognormals(task)):
        return found
    if found := _by_quanto(task, method):
        return found
    if method == "closed_form":
        raise Refused("E0624", contract=task.program.name, reason=reason)
    if parts := task.parts():
        return _summed(task, [_by_formula(part, method) for part in parts])
    integrated = _quadrature(task)
    if isinstance(integrated, Valuation):
        note = f"There is no closed form, because {reason}; so closed forms were integrated."
        return replace(integrated, notes=(note, *integrated.notes)) if reason else integrated
    if method == "quadrature":
        raise Refused("E0624", contract=task.program.name, reason=integrated)
    return _without_formula(task, reason)


def _closed(task: _Task, method: str) -> Valuation:
    """The value by closed form; of contracts within the contract, those that live now count as
    alive, and those that never will are left out. Raises NoClosedForm."""
    figures, strict = task.figures(), method == "closed_form"
    try:
        return by_closed_form(figures, task.greeks, strict)
    except NoClosedForm:
        left = remaining(figures.ahead.program, truths(figures))
        if left.clauses == figures.ahead.program.clauses or not left.clauses:
            raise
        try:
            told = replace(figures, ahead=replace(figures.ahead, program=left))
            return by_closed_form(told, task.greeks, strict)
        except NoClosedForm:
            pass  # the reason of the whole contract is the one to tell
        raise


def _by_joint_lognormals(task: _Task) -> Valuation | None:
    """The closed form of payoffs of several prices; None if there is none."""
    from rfos_lang.valuation.joint.value import by_joint_lognormals

    try:
        return by_joint_lognormals(
            task.program, task.terms, task.market, task.seasoned, task.reporting, task.greeks
        )
    except (NoClosedForm, Refused):
        return None  # what is refused here is refused again, or not asked for, by what comes next


def _by_quanto(task: _Task, method: str) -> Valuation | None:
    """The value of a contract on a price in a currency that it does not pay; None if it is none, or
    has no formula in the other one either."""
    from rfos_lang.valuation.quanto import by_quanto

    def figures(program: Program, market: Market) -> Figures:
        return replace(task, program=program, market=market).figures()

    def value(told: Figures) -> Valuation:
        if method != "quadrature":
            try:
                return by_closed_form(told, greeks=False, strict=method == "closed_form")
            except NoClosedForm:
                if method == "closed_form":
                    raise
        integrated = _integrated(told, greeks=False)
        if isinstance(integrated, str):
            raise NoClosedForm(integrated)
        return integrated

    try:
        return by_quanto(figures, task.program, task.market, task.reporting, value, task.greeks)
    except NoClosedForm:
        return None


def _without_formula(task: _Task, reason: str) -> Valuation:
    """On a grid where choices or barriers are read better there, else simulated."""
    if any(isinstance(clause, Choice | Watch) for clause in task.program.clauses):
        found = _on_grid(task, reason)
        if isinstance(found, Valuation):
            return found
        reason += f", and no grid, because {found}"
    return _simulated(task, reason)


def _on_grid(task: _Task, reason: str) -> Valuation | str:
    """The value by finite differences, or why there is none."""
    from rfos_lang.valuation.finite_differences.by_grid import value
    from rfos_lang.valuation.finite_differences.no_grid import NoGrid

    if not task.market.is_lognormal:
        return "grids know lognormal prices alone"
    try:
        found = value(
            task.program,
            task.terms,
            task.market,
            greeks=task.greeks,
            standing=task.seasoned,
            reporting=task.reporting,
        )
    except NoGrid as refusal:
        return refusal.reason
    note = f"There is no closed form, because {reason}; so it was solved on a grid."
    return replace(found, notes=(note, *found.notes)) if reason else found


def _by_matching(task: _Task) -> Valuation:
    """The value by an approximation, which must be asked for. Raises Refused E0624."""
    from rfos_lang.valuation.joint.value import by_matching

    try:
        return by_matching(
            task.program, task.terms, task.market, task.seasoned, task.reporting, task.greeks
        )
    except NoClosedForm as refusal:
        raise Refused("E0624", contract=task.program.name, reason=refusal.reason) from None


def _summed(task: _Task, parts: list[Valuation]) -> Valuation:
    """The value of a contract that is made of others. The same paths may be behind several parts,
    so that their errors may all lie on one side."""
    if len(parts) == 1:
        return parts[0]
    greeks: dict[tuple[str, str], list[Greek]] = {}
    for greek in (greek for part in parts for greek in part.greeks):
        greeks.setdefault((greek.measure, greek.subject), []).append(greek)
    each = ", ".join(f"{part.value:,.6g} by {part.method}" for part in parts)
    notes = [f"It is the sum of {len(parts)} parts: {each}."]
    notes += [note for part in parts for note in part.notes]
    return Valuation(
        math.fsum(part.value for part in parts),
        parts[0].asset,
        " and ".join(dict.fromkeys(part.method for part in parts)),
        " and ".join(dict.fromkeys(part.model for part in parts)),
        standard_error=_error([part.standard_error for part in parts]),
        bias_bound=_error([part.bias_bound for part in parts]),
        monitoring="; ".join(dict.fromkeys(p.monitoring for p in parts if p.monitoring)) or None,
        greeks=tuple(map(_added, greeks.values())),
        notes=tuple(dict.fromkeys(notes)),
    )


def _added(greeks: list[Greek]) -> Greek:
    return replace(
        greeks[0],
        value=math.fsum(greek.value for greek in greeks),
        estimator=" and ".join(dict.fromkeys(greek.estimator for greek in greeks)),
        standard_error=_error([greek.standard_error for greek in greeks]),
    )


def _error(errors: list[float | None]) -> float | None:
    known = [error for error in errors if error is not None]
    return math.fsum(known) if known else None


def _quadrature(task: _Task) -> Valuation | str:
    """The value as one integral of a closed form, or as one over normals, or why it is none."""
    try:
        found = _integrated(task.figures(), task.greeks)
    except NoClosedForm as refusal:
        found = refusal.reason
    return found if isinstance(found, Valuation) else _by_conditioning(task) or found


def _integrated(figures: Figures, greeks: bool) -> Valuation | str:
    from rfos_lang.valuation.earlier_dates.integral import by_earlier_dates
    from rfos_lang.valuation.extremes import by_extremes
    from rfos_lang.valuation.two_prices import by_two_prices

    reasons = []
    for integrate in (by_extremes, by_earlier_dates, by_two_prices):
        try:
            return integrate(figures, greeks)
        except NoClosedForm as refusal:
            reasons.append(refusal.reason)
    return "; ".join(dict.fromkeys(reasons))


def _by_conditioning(task: _Task) -> Valuation | None:
    """Sums of several prices, integrated over all normals but one; None if that is not precise."""
    from rfos_lang.valuation.joint.value import by_conditioning

    try:
        return by_conditioning(
            task.program, task.terms, task.market, task.seasoned, task.reporting, task.greeks
        )
    except (NoClosedForm, Refused):
        return None  # what is refused here is refused again by what comes next


def _simulated(task: _Task, reason: str) -> Valuation:
    from rfos_lang.valuation import monte_carlo

    found = monte_carlo.value(
        task.program,
        task.terms,
        task.market,
        paths=task.paths,
        seed=task.seed,
        greeks=task.greeks,
        standing=task.seasoned,
        reporting=task.reporting,
    )
    note = (f"There is no closed form, because {reason}; so it was simulated.",) if reason else ()
    return replace(found, notes=(*note, *found.notes))


def _pending(
    program: Program, terms: Terms, market: Market, owed: tuple[Posting, ...], cash: str
) -> float:
    """The worth of payments that were fixed before and are still owed."""
    total = 0.0
    for posting in owed:
        side = (posting.payee == 0) - (posting.payer == 0)
        ticker = terms.assets[posting.asset]
        assert posting.due is not None, "what was owed at once has been paid"
        amount = side * posting.units / 10 ** terms.places[posting.asset]
        years = market.years(posting.due)
        curve = market.rate_curve(ticker) if ticker == cash else market.carry_curve(ticker)
        total += amount * market.spot(ticker, cash) * math.exp(-curve.rate(years) * years)
    return total
