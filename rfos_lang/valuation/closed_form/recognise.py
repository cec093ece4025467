"""From a program to the closed form of its value, or the reason why it has none.

The structure is read from the core alone: a `when S <= b { end }` before a payment *is* a barrier,
an `ever(S <= b)` at expiry a knock-in, whatever the contract is called.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from functools import lru_cache

from rfos_lang.base.records import dataclass
from rfos_lang.core.components import Component, components
from rfos_lang.core.formula import Formula, Input
from rfos_lang.core.program import (
    Choice,
    Expression,
    Program,
    Watch,
)
from rfos_lang.valuation.closed_form.barrier import Barrier
from rfos_lang.valuation.closed_form.letters import Letters
from rfos_lang.valuation.closed_form.parts import (
    Deferral,
    Part,
    Touch,
    feed_of,
    parts_of,
    told_in,
)
from rfos_lang.valuation.closed_form.payoff import NoClosedForm, Payoff, Truth, literal
from rfos_lang.valuation.closed_form.reading import Occasion, Reader, moments, schedules_of
from rfos_lang.valuation.closed_form.values import ALWAYS, Value
from rfos_lang.valuation.closed_form.watching import Watching, ends, levels_of
from rfos_lang.valuation.constructors import ZERO, less, maximum, select
from rfos_lang.valuation.reporting import reporting_asset


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """There is no closed form; `reason` says why, to be read after "because"."""

    reason: str


@dataclass(frozen=True, slots=True)
class Timing:
    """What the terms of one instance add to its program: the schedules in order of time, each of
    one instant, and the schedule that stands for each `due`."""

    order: tuple[int, ...]
    dues: Mapping[Expression, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """The value of a program to its first party, in units of the asset slot `reporting`.

    Prices are in `numeraire`, by whose rate they grow. It holds while no clause has fired that
    pays; each of the schedules `single` must have one instant, and those in `captured` must have
    passed.
    """

    program: Program
    reporting: int
    numeraire: int
    parts: tuple[Part, ...]
    single: frozenset[int]
    captured: frozenset[int]


@dataclass(frozen=True, slots=True)
class Payment:
    """A payoff of the price `feed` (None: no price matters; `price` is its letter), in the
    numeraire, fixed at the instant of `schedule` and owed then, or later as `deferral` says."""

    payoff: Payoff
    schedule: int
    deferral: Deferral | None
    feed: int | None
    price: Input | None


@dataclass(frozen=True, slots=True)
class Payments:
    """All that is paid, in units of the asset slot `numeraire`."""

    numeraire: int
    payments: tuple[Payment, ...]


def payments(program: Program, timing: Timing, reporting: int) -> Payments:
    """The payments of an instance, each by one price at its own date. Raises NoClosedForm."""
    cash = numeraire(program, reporting)
    recogniser = _Recogniser(program, program, timing, reporting, cash, False, None)
    return recogniser.payments()


def closed_form(
    program: Program,
    timing: Timing | None = None,
    reporting: int | None = None,
    derivatives: bool = True,
    given: int | None = None,
) -> ClosedForm | Unrecognised:
    """The closed form of a definition, or with `timing` of an instance that no clause has acted on.

    The value is told in the asset slot `reporting`, by default that of `reporting_asset`. Where the
    whole has none, the closed forms of its components are added, if each of them has one.
    Without `derivatives` only the value is made. The price of the feed slot `given` is taken to be
    known at each date: its letter stands for that price, and for nothing else.
    """
    cash = reporting_asset(program) if reporting is None else reporting
    if timing is None:
        return _recognised(program, None, (), cash, derivatives, given)
    return _recognised(program, timing.order, tuple(timing.dues.items()), cash, derivatives, given)


@lru_cache(maxsize=256)
def _recognised(
    program: Program,
    order: tuple[int, ...] | None,
    dues: tuple[tuple[Expression, int], ...],
    cash: int,
    derivatives: bool,
    given: int | None,
) -> ClosedForm | Unrecognised:
    """As `closed_form`, of which it is the part that trades of one shape have in common."""
    timing = None if order is None else Timing(order, dict(dues))

    def recogniser(part: Program) -> _Recogniser:
        return _Recogniser(
            part, program, timing, cash, numeraire(program, cash), derivatives, given
        )

    try:
        return recogniser(program).closed_form()
    except NoClosedForm as refusal:
        parts = components(program)
        if not parts or (len(parts) == 1 and parts[0].lives is None):
            return Unrecognised(refusal.reason)
    try:
        return _joined([_while_alive(part, recogniser(part.program)) for part in parts])
    except NoClosedForm as refusal:
        return Unrecognised(refusal.reason)


@dataclass(frozen=True, slots=True)
class Watched:
    """The levels that a program watches; the states that a touch makes true, and whether a touch
    ends it."""

    barrier: Barrier
    states: frozenset[int]
    ends: bool


def watched(program: Program, timing: Timing, reporting: int) -> Watched | None:
    """What an instance watches until the one date that it has; None if that is nothing. Raises
    NoClosedForm."""
    cash = numeraire(program, reporting)
    recogniser = _Recogniser(program, program, timing, reporting, cash, False, None)
    for watch in (clause for clause in program.clauses if isinstance(clause, Watch)):
        recogniser.watching.survey(watch)
    if recogniser.watching.followed:
        name = program.states[min(recogniser.watching.followed)].name
        raise NoClosedForm(f"`{name}` follows the path of a price")
    barrier = recogniser.barrier()
    if barrier is None:
        return None
    return Watched(
        barrier, frozenset(recogniser.watching.touch), any(map(ends, recogniser.watching.acting))
    )


def _while_alive(component: Component, recogniser: "_Recogniser") -> ClosedForm:
    """The closed form of a component, which is worth nothing once it has ended on its own."""
    form = recogniser.closed_form()
    if component.lives is None:
        return form
    alive = less(ZERO, Letters(recogniser.whole).state(component.lives))

    def gated(formula: Formula) -> Formula:
        return select(alive, formula, ZERO)

    parts = tuple(replace(part, measures=part.measures.each(gated)) for part in form.parts)
    return replace(form, parts=parts)


def _joined(forms: list[ClosedForm]) -> ClosedForm:
    """The sum of the closed forms of all components of a program."""
    return replace(
        forms[0],
        parts=tuple(part for form in forms for part in form.parts),
        single=frozenset().union(*(form.single for form in forms)),
        captured=frozenset().union(*(form.captured for form in forms)),
    )


def numeraire(program: Program, reporting: int) -> int:
    """The asset slot that prices are in: `reporting` if there are such prices, or else the cash of
    the first price, or without prices `reporting`."""
    cash = [feed.assets[1] for feed in program.feeds if feed.kind == "spot"]
    return reporting if reporting in cash or not cash else cash[0]


@dataclass(slots=True)
class _Recogniser:
    """`program` is a component of `whole`, or all of it."""

    program: Program
    whole: Program
    timing: Timing | None
    reporting: int
    numeraire: int
    derivatives: bool
    given: int | None
    watching: Watching = field(init=False)

    def __post_init__(self) -> None:
        self.watching = Watching(self.program, self.timing is not None)

    def payments(self) -> Payments:
        """What is paid at dates, where nothing is watched."""
        self._check()
        if any(isinstance(clause, Watch) for clause in self.program.clauses):
            raise NoClosedForm("it watches a price between its dates")
        reader = self._reader(touched=False)
        found = []
        for occasion, payoff in reader.flows().items():
            feed = feed_of(reader.letters, reader.comparison, self.numeraire, payoff)
            price = None if feed is None else reader.letters.spot(feed)
            owed = self._deferral(occasion)
            found.append(Payment(payoff, occasion.schedule, owed, feed, price))
        return Payments(self.numeraire, tuple(found))

    def _check(self) -> None:
        """Refuses what no closed form is about. Raises NoClosedForm."""
        if self.program.perpetual:
            raise NoClosedForm("it is perpetual")
        for choice in (c for c in self.program.clauses if isinstance(c, Choice)):
            party = self.program.parties[choice.party]
            if choice.fails:
                raise NoClosedForm(f"it asks whether {party} has failed to pay")
            if choice.is_facility:
                raise NoClosedForm(f"{party} may {choice.name} as much or as often as it likes")
        if any(clause.lives is not None for clause in self.program.clauses):
            raise NoClosedForm("it holds contracts that begin or end on their own")
        if self.given is not None and any(isinstance(c, Watch) for c in self.program.clauses):
            raise NoClosedForm("it watches a price, and pays by two")

    def closed_form(self) -> ClosedForm:
        self._check()
        for watch in (c for c in self.program.clauses if isinstance(c, Watch)):
            self.watching.survey(watch)
        untouched = self._reader(touched=False)
        barrier = self.barrier()
        before = untouched.flows()
        after = self._after(barrier)
        touch = self._touch(barrier, untouched)
        parts = parts_of(
            untouched.letters,
            untouched.comparison,
            before,
            after,
            touch,
            self._deferral,
            self.numeraire,
            self.derivatives,
        )
        if self.reporting != self.numeraire:
            parts = tuple(self._told(part, untouched.letters) for part in parts)
        clauses = self.program.clauses
        dates = schedules_of(clauses)
        captured = frozenset(untouched.captures)
        return ClosedForm(
            self.whole, self.reporting, self.numeraire, parts, frozenset(dates), captured
        )

    def _told(self, part: Part, letters: Letters) -> Part:
        return told_in(part, self.reporting, self.numeraire, letters, self.derivatives)

    # --- barriers

    def _reader(self, touched: bool) -> Reader:
        states: dict[int, Value | None] = dict.fromkeys(self.watching.followed)
        chance = ALWAYS if touched else Truth(ALWAYS.no, ALWAYS.yes)
        states |= dict.fromkeys(self.watching.touch, chance)
        order = None if self.timing is None else self.timing.order
        return Reader(self.program, self.numeraire, order, states, self.given, self.whole)

    def barrier(self) -> Barrier | None:
        """The levels that everything watched is about. Raises NoClosedForm.

        Several watches may have levels of their own only if each of them ends the contract.
        """
        reader = self._watcher()
        remembered = {
            levels_of(reader.truth(condition)) for condition in self.watching.touch.values()
        }
        acted = {levels_of(reader.truth(watch.condition)) for watch in self.watching.acting}
        found = remembered | acted
        if not found:
            return None
        each_ends = not remembered and all(ends(watch) for watch in self.watching.acting)
        if len(found) > 1 and not each_ends:
            raise NoClosedForm("it watches several levels")
        lower, upper = ({getattr(b, side) for b in found} - {None} for side in ("lower", "upper"))
        if len({barrier.price for barrier in found}) > 1 or len(lower) > 1 or len(upper) > 1:
            raise NoClosedForm("it watches several levels")
        if lower and upper and self.timing is None:
            raise NoClosedForm("it has two barriers")
        price = next(iter(found)).price
        return Barrier(price, next(iter(lower), None), next(iter(upper), None))

    def _watcher(self) -> Reader:
        """A reader of conditions that are watched at all times."""
        reader = self._reader(touched=False)
        for clause in self.program.clauses:
            reader.forget(clause)
        return reader

    def _after(self, barrier: Barrier | None) -> dict[Occasion, Payoff] | None:
        """The payments once the level has been touched; None without a barrier."""
        if barrier is None:
            return None
        return {} if any(map(ends, self.watching.acting)) else self._reader(touched=True).flows()

    def _touch(self, barrier: Barrier | None, reader: Reader) -> Touch | None:
        if barrier is None:
            return None
        paid: dict[Formula, Payoff] = {}
        for watch in self.watching.acting:
            amount, levels = (
                reader.touched(watch),
                levels_of(self._watcher().truth(watch.condition)),
            )
            for level in levels.levels:
                paid[level] = paid.get(level, literal(0)) + amount
            if ends(watch) and levels == barrier:
                break
        paid = {level: amount for level, amount in paid.items() if amount.pieces}
        known: Formula = ZERO
        for state in self.watching.touch:
            touched = less(ZERO, reader.letters.state(state))
            known = touched if known is ZERO else maximum(known, touched)
        return Touch(barrier, known, paid, self._last_schedule() if paid else None)

    def _last_schedule(self) -> int:
        """The schedule at which the contract, and with it the watch, ends at the latest."""
        dates = moments(self.program, None if self.timing is None else self.timing.order)
        if not dates or (self.timing is None and len(dates) > 1):
            raise NoClosedForm("it is not known which of its dates is the last")
        return dates[-1].schedule

    # --- payments that are owed later

    def _deferral(self, occasion: Occasion) -> Deferral | None:
        if occasion.due is None:
            return None
        if self.timing is None or occasion.due not in self.timing.dues:
            raise NoClosedForm("a payment is owed later than it is fixed")
        is_cash = occasion.asset == self.numeraire
        owed = self.timing.dues[occasion.due]
        return Deferral(occasion.asset, occasion.schedule, owed, is_cash)
