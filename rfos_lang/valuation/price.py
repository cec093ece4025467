"""What an instance is worth: by formula where there is one, else by simulation."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import log, sqrt

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.instant import show_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.core.horizon import horizon
from rfos_lang.core.meaning import actions_of
from rfos_lang.core.program import Choice, Program, Terms, Transfer, Watch
from rfos_lang.valuation import attempts
from rfos_lang.valuation.attempts import Attempt, Inapplicable
from rfos_lang.valuation.lived import is_lived
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.owed import with_owed
from rfos_lang.valuation.request import PSEUDO, SAMPLINGS, Request
from rfos_lang.valuation.result import Valuation
from rfos_lang.valuation.simulated.pace import Pace
from rfos_lang.valuation.summed import summed

METHODS = (
    "auto",
    "closed_form",
    "quadrature",
    "discounting",
    "moment_matching",
    "finite_differences",
    "monte_carlo",
    "lsm",
    "lsm_bounds",
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
    sampling: str = PSEUDO,
) -> tuple[Valuation | None, tuple[Diagnostic, ...]]:
    """The value of an instance to its first party at the market's date, or why there is none.

    What falls due at that very date counts as still to come. `method` is one of METHODS: `auto`
    takes the closed form if there is one, else integrates one over the price of an earlier date,
    the levels of an extreme or a second price if that is enough; else it goes backward: from date
    to date by integrals over one price, or on a grid if there are choices or barriers at any time,
    or a smile; else it simulates; and it says why. What depends on nothing but rates is projected
    and discounted, or integrated over the factor that moves them.
    """
    try:
        return valued(program, terms, market, method, paths, seed, greeks, sampling=sampling), ()
    except Refused as refused:
        place = Span(market.source, 0, 0)
        return None, (report(refused.code, place, **refused.names),)


def valued(
    program: Program,
    terms: Terms,
    market: Market,
    method: str = "auto",
    paths: int = PATHS,
    seed: int = 1,
    greeks: bool = True,
    pace: Pace | None = None,
    sampling: str = PSEUDO,
) -> Valuation:
    """The value of an instance, as `price`; a simulation tells its `pace` of each block. Raises
    Refused E06xx."""
    if program.perpetual:
        raise Refused("E0653", contract=program.name)
    failures = [c for c in program.clauses if isinstance(c, Choice) and c.fails]
    if failures:
        kept = tuple(clause for clause in program.clauses if clause not in failures)
        without = replace(program, clauses=kept)
        asked = (method, paths, seed, greeks, pace, sampling)
        found = valued(without, terms, market, *asked)
        return replace(found, notes=("It is valued as if nobody failed to pay.", *found.notes))
    if method not in METHODS:
        raise Refused("E0623", method=method, known=", ".join(METHODS))
    if sampling not in SAMPLINGS:
        raise Refused("E0623", method=sampling, known=", ".join(SAMPLINGS))
    last = horizon(program, terms)
    if last is not None and last < market.as_of:
        raise Refused("E0620", contract=program.name, date=show_instant(last))
    if method in ("lsm", "lsm_bounds") and not any(
        isinstance(clause, Choice) for clause in program.clauses
    ):
        raise Refused("E0625", contract=program.name)
    _decided(program)
    request = Request.of(program, terms, market, paths, seed, greeks, pace, sampling)
    owed = request.before.pending
    try:
        found = with_owed(_by_method(request, method), terms, market, owed, greeks)
    except OverflowError:
        raise Refused("E0679", contract=program.name, number="value") from None
    if number := found.beyond_numbers:
        raise Refused("E0679", contract=program.name, number=number)
    notes = (*found.notes, *_repaired(program, market), *_certain(program, terms, market))
    if found.standard_error is not None:
        notes = (*notes, *_scattered(program, terms, market, paths))
    return replace(found, notes=(*notes, *_not_given(found)))


def _decided(program: Program) -> None:
    """Raises Refused E0660 if somebody chooses to whom it makes no difference."""
    paid = {
        party
        for clause in program.clauses
        for action in actions_of(clause)
        if isinstance(action, Transfer)
        for party in (action.payer, action.payee)
    }
    for clause in program.clauses:
        if isinstance(clause, Choice) and clause.party not in paid:
            named = {"party": program.parties[clause.party], "choice": clause.name}
            raise Refused("E0660", contract=program.name, **named)


def _not_given(found: Valuation) -> tuple[str, ...]:
    """One sentence on Greeks of second order that a method cannot tell with an error."""
    missing = dict.fromkeys(measure for measure, _ in found.not_given)
    if not missing:
        return ()
    whose = " of every price" if any(map(found.subjects, missing)) else ""
    verb = "is" if len(missing) == 1 else "are"
    return (f"{' and '.join(missing).capitalize()}{whose} {verb} not given by this method.",)


def _repaired(program: Program, market: Market) -> tuple[str, ...]:
    """One sentence on correlations that were moved, if there are any."""
    spots = sum(feed.kind == "spot" for feed in program.feeds)
    if spots < 2 or not market.correlations_moved:
        return ()
    by = f"{market.correlations_moved:.2g}"
    return (f"Correlations contradicted each other; they were moved by at most {by}.",)


def _certain(program: Program, terms: Terms, market: Market) -> tuple[str, ...]:
    """One sentence on rates that move in the market and not beside prices."""
    priced = any(feed.kind == "spot" for feed in program.feeds)
    if not priced or market.hull_white.keys().isdisjoint(terms.assets):
        return ()
    return ("Rates are taken as certain: beside prices the market's [hull_white] has no model.",)


def _scattered(program: Program, terms: Terms, market: Market, paths: int) -> tuple[str, ...]:
    """One sentence if a price scatters so far that its mean, which is made by prices as many
    standard deviations up, is made by none of so many paths: the farthest normal of N is about
    √(2 log N)."""
    last = horizon(program, terms)
    years = 0.0 if last is None else max(market.years(last), 0.0)
    spots = (feed for feed in program.feeds if feed.kind == "spot")
    pairs = ((terms.assets[spot.assets[0]], terms.assets[spot.assets[1]]) for spot in spots)
    lognormal = [pair for pair in pairs if not market.model_of(pair)]
    farthest = max((market.volatility(*pair, years) for pair in lognormal), default=0.0)
    deviation = farthest * sqrt(years)
    if deviation < sqrt(2 * log(max(paths, 2))) - 1.0:
        return ()
    return (
        f"A price scatters by {deviation:.1f} standard deviations, farther than {paths:,} paths "
        "can show: if payments have no bound, neither the value nor its error is reliable.",
    )


def _by_method(request: Request, method: str) -> Valuation:
    match method:
        case "monte_carlo" if request.is_of_credit:
            return _or_refused(attempts.credit(request, drawn=True), "E0624", request)
        case "monte_carlo" | "lsm":
            return attempts.simulation(request)
        case "lsm_bounds":
            return attempts.simulation(request, bounds=True)
        case "auto" | "discounting" | "closed_form" if is_lived(request.program):
            return _or_refused(attempts.life(request), "E0624", request)
        case "discounting" if not request.is_of_credit:
            return _or_refused(attempts.discounting(request), "E0624", request)
        case "moment_matching":
            return _or_refused(attempts.moment_matching(request), "E0624", request)
        case "finite_differences":
            return _or_refused(attempts.finite_differences(request), "E0659", request)
        case _ if request.is_of_credit:
            return _or_refused(attempts.credit(request), "E0624", request)
        case _ if request.has_models:
            return _under_models(request, method)
        case _:
            return _lognormal(request, method)


def _or_refused(found: Attempt, code: str, request: Request) -> Valuation:
    if isinstance(found, Inapplicable):
        raise Refused(code, contract=request.program.name, reason=found.reason)
    return found


def _under_models(request: Request, method: str) -> Valuation:
    """Where a price has a model of its own: by its law at the dates of payment, else on a grid or
    simulated."""
    tried = (attempts.law, attempts.averages, attempts.vanna_volga)
    found = attempts.first_of(*(partial(attempt, request) for attempt in tried))
    if isinstance(found, Valuation):
        return found
    if parts := request.parts():
        return summed([_under_models(part, method) for part in parts])
    if method != "auto":
        raise Refused("E0624", contract=request.program.name, reason=found.reason)
    return _backward_or_simulated(request, found.reason)


def _lognormal(request: Request, method: str) -> Valuation:
    """By formulas, exact ones first; if there are none, `auto` goes on to grids and paths."""
    strict, reason = method == "closed_form", ""
    if request.is_of_rates:
        found = attempts.discounting(request) if strict else attempts.rates(request)
        if isinstance(found, Valuation):
            return found
        reason = found.reason
    formulas: tuple[Callable[[], Attempt], ...] = (
        lambda: attempts.closed_form(request, strict),
        lambda: attempts.joint_lognormals(request),
    )
    for formula in formulas if method != "quadrature" else ():
        found = formula()
        if isinstance(found, Valuation):
            return found
        reason = reason or found.reason
    found = attempts.quanto(request, method)
    if isinstance(found, Valuation):
        return found
    if strict:
        raise Refused("E0624", contract=request.program.name, reason=reason)
    if parts := request.parts():
        return summed([_lognormal(part, method) for part in parts])
    found = attempts.quadrature(request)
    if isinstance(found, Valuation):
        return _because(reason, "it was integrated", found)
    backward = attempts.transitions(request)
    if isinstance(backward, Valuation):
        return _because(reason, "it was integrated from date to date", backward)
    if method == "quadrature":
        told = reason if request.is_of_rates else found.reason
        raise Refused("E0624", contract=request.program.name, reason=told)
    return _without_formula(request, reason)


def _without_formula(request: Request, reason: str) -> Valuation:
    """Discounted if nothing is random, else on a grid or simulated."""
    if not request.is_of_rates:
        found = attempts.rates(request)
        if isinstance(found, Valuation):
            return _because(reason, "its payments were discounted", found)
    return _backward_or_simulated(request, reason)


def _backward_or_simulated(request: Request, reason: str) -> Valuation:
    """On a grid where choices or barriers are read better there, or where volatility depends on the
    price; else simulated. Beside a variance of its own a grid of what is remembered takes long."""
    read = any(isinstance(clause, Choice | Watch) for clause in request.program.clauses)
    if read or (request.has_models and not request.market.heston):
        found = attempts.finite_differences(request)
        if isinstance(found, Valuation):
            return _because(reason, "it was solved on a grid", found)
        reason += f", and no grid, because {found.reason}"
    return _because(reason, "it was simulated", attempts.simulation(request))


def _because(reason: str, done: str, found: Valuation) -> Valuation:
    """A value with the reason why it has no closed form, if there is one to tell."""
    if not reason:
        return found
    note = f"There is no closed form, because {reason}; so {done}."
    return replace(found, notes=(note, *found.notes))
