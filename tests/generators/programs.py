"""Well-formed programs with the terms of one instance: every kind of expression, action, clause.

Numbers range from everyday sizes to the ends of the 128 bits, so that runs trap now and then.
"""

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from rfos_lang.base import fixed
from rfos_lang.base.feed import Aspect, FeedRules
from rfos_lang.base.own_accounts import ESCROW
from rfos_lang.core import program as core
from rfos_lang.core.meaning import actions_of
from rfos_lang.core.program import Binary, Group, Sort, Unary
from rfos_lang.core.walk import conditions_of, expressions_of, within
from tests.generators.handmade import DAY, START, Instance

PARTIES = ("long", "short", "broker")
ASSETS = ("BTC", "USD", "EUR")
LENGTH_MAX = 4

_EXTREMES = (1, -1, fixed.HIGHEST, fixed.LOWEST, fixed.HIGHEST // fixed.ONE)
_everyday = st.one_of(
    st.integers(0, 100).map(lambda whole: whole * fixed.ONE),
    st.integers(-(10**6), 10**8).map(lambda cents: cents * fixed.ONE // 100),
)
_unusual = st.one_of(st.integers(-(10**24), 10**24), st.sampled_from(_EXTREMES))
numbers = st.one_of(_everyday, _everyday, _everyday, _everyday, _unusual)
"""Fixed-point numbers."""

instants = st.integers(0, 12).map(lambda days: START + days * DAY)
"""Instants on a coarse grid, so that clauses often meet."""

_ARITHMETIC = (
    Binary.ADD,
    Binary.SUBTRACT,
    Binary.MULTIPLY,
    Binary.DIVIDE,
    Binary.MINIMUM,
    Binary.MAXIMUM,
    Binary.RAISE,
    Binary.ROUND,
)
_OF_NUMBERS = tuple(operator for operator in Unary if operator is not Unary.NOT)
_COMPARISONS = (Binary.LESS, Binary.LESS_OR_EQUAL, Binary.EQUAL)


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots that expressions may name."""

    terms: tuple[core.TermSlot, ...]
    schedules: int
    columns: tuple[core.ColumnSlot, ...]
    feeds: tuple[core.FeedSlot, ...]
    states: tuple[core.StateSlot, ...]
    tables: tuple[core.TableSlot, ...]
    parties: tuple[str, ...] = PARTIES
    recursions: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands: the clause's schedule, the sorts of the locals bound before, and
    whether it is the step of a recursion."""

    slots: Slots
    schedule: int | None = None
    locals: tuple[Sort, ...] = ()
    reads: bool = True
    depth: int = 3
    carries: bool = False

    def deeper(self) -> "Place":
        return replace(self, depth=self.depth - 1)


def values(sort: Sort) -> st.SearchStrategy[int]:
    """Integers of a sort."""
    match sort:
        case Sort.NUMBER:
            return numbers
        case Sort.TRUTH:
            return st.integers(0, 1)
        case Sort.INSTANT:
            return instants


# --- expressions ---------------------------------------------------------------------------------


@st.composite
def expressions(draw: st.DrawFn, sort: Sort, place: Place) -> core.Expression:
    """An expression of a sort that may stand at the place."""
    if place.depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(leaves(sort, place))
    inner = place.deeper()
    if draw(st.integers(0, 5)) == 0:
        condition, arms = draw(expressions(Sort.TRUTH, inner)), expressions(sort, inner)
        return core.Select(condition, draw(arms), draw(arms))
    match sort:
        case Sort.NUMBER:
            return draw(_number(inner))
        case Sort.TRUTH:
            return draw(_truth(inner))
        case Sort.INSTANT:
            length = core.Constant(draw(st.integers(0, 9)) * DAY, sort)
            return core.Combine(Binary.ADD, draw(leaves(sort, place)), length)


def leaves(sort: Sort, place: Place) -> st.SearchStrategy[core.Expression]:
    """Literals and everything that is read."""
    slots = place.slots
    readable: list[core.Expression] = [
        core.Term(k) for k, slot in enumerate(slots.terms) if slot.sort is sort
    ]
    if place.reads:
        readable += [core.Feed(k) for k, slot in enumerate(slots.feeds) if slot.sort is sort]
        readable += [core.State(k) for k, slot in enumerate(slots.states) if slot.sort is sort]
    readable += [core.Local(k) for k, local in enumerate(place.locals) if local is sort]
    if place.schedule is not None:
        readable += [
            core.Column(k)
            for k, column in enumerate(slots.columns)
            if column.schedule == place.schedule and column.sort is sort
        ]
        readable += [
            core.Stored(k)
            for k, table in enumerate(slots.tables)
            if table.schedule == place.schedule and sort is Sort.NUMBER and not place.carries
        ]
    readable += [core.Carried()] * (3 * (place.carries and sort is Sort.NUMBER))
    constants = values(sort).map(lambda value: core.Constant(value, sort))
    return st.one_of(constants, st.sampled_from(readable)) if readable else constants


@st.composite
def _number(draw: st.DrawFn, inner: Place) -> core.Expression:
    kinds = ["combine", "combine", "apply", "power"]
    kinds += ["backward"] * (inner.slots.recursions and not inner.carries and inner.reads)
    kind = draw(st.sampled_from(kinds))
    operand = draw(expressions(Sort.NUMBER, inner))
    match kind:
        case "combine":
            operator = draw(st.sampled_from(_ARITHMETIC))
            return core.Combine(operator, operand, draw(expressions(Sort.NUMBER, inner)))
        case "apply":
            return core.Apply(draw(st.sampled_from(_OF_NUMBERS)), operand)
        case "backward":
            schedule = draw(st.integers(0, inner.slots.schedules - 1))
            since = draw(expressions(Sort.INSTANT, inner))
            step = replace(inner, schedule=schedule, carries=True)
            return core.Backward(schedule, since, operand, draw(expressions(Sort.NUMBER, step)))
        case _:
            return core.Power(operand, draw(st.integers(-2, 3)))


@st.composite
def _truth(draw: st.DrawFn, inner: Place) -> core.Expression:
    match draw(st.sampled_from(("compare", "compare", "not", "junction"))):
        case "compare":
            sort = draw(st.sampled_from((Sort.NUMBER, Sort.NUMBER, Sort.INSTANT)))
            operator = draw(st.sampled_from(_COMPARISONS))
            left, right = draw(expressions(sort, inner)), draw(expressions(sort, inner))
            return core.Combine(operator, left, right)
        case "not":
            return core.Apply(Unary.NOT, draw(expressions(Sort.TRUTH, inner)))
        case _:
            operator = draw(st.sampled_from((Binary.AND, Binary.OR)))
            left = draw(expressions(Sort.TRUTH, inner))
            return core.Combine(operator, left, draw(expressions(Sort.TRUTH, inner)))


# --- actions -------------------------------------------------------------------------------------


@st.composite
def bodies(draw: st.DrawFn, place: Place) -> tuple[core.Action, ...]:
    """The actions of a clause; locals are bound before they are read."""
    actions: list[core.Action] = []
    for _ in range(draw(st.integers(0, 4))):
        action, sort = draw(_actions(place))
        actions.append(action)
        if sort is not None:
            place = replace(place, locals=(*place.locals, sort))
    return tuple(actions)


@st.composite
def _actions(draw: st.DrawFn, place: Place) -> tuple[core.Action, Sort | None]:
    """An action, and the sort of the local that it binds if it is a `Bind`."""
    guard = draw(st.one_of(st.just(core.TRUE), expressions(Sort.TRUTH, place)))
    tables = [k for k, t in enumerate(place.slots.tables) if t.schedule == place.schedule]
    kinds = ["transfer", "transfer", "transfer", "bind", "assign", "assign", "require", "end"]
    match draw(st.sampled_from([*kinds, "store"] if tables else kinds)):
        case "bind":
            sort = draw(st.sampled_from(list(Sort)))
            return core.Bind(len(place.locals), draw(expressions(sort, place))), sort
        case "assign":
            slot = draw(st.integers(0, len(place.slots.states) - 1))
            value = draw(expressions(place.slots.states[slot].sort, place))
            return core.Assign(slot, value, guard), None
        case "store":
            table = draw(st.sampled_from(tables))
            return core.Store(table, draw(expressions(Sort.NUMBER, place))), None
        case "end":
            return core.End(guard), None
        case "require":
            condition = draw(expressions(Sort.TRUTH, place))
            lenient = draw(st.sampled_from((core.TRUE, core.TRUE, core.FALSE)))
            either = core.Combine(Binary.OR, condition, lenient)
            return core.Require(either, "it must hold", guard), None
        case _:
            return draw(_transfers(place, guard)), None


@st.composite
def _transfers(draw: st.DrawFn, place: Place, guard: core.Expression) -> core.Transfer:
    parties = place.slots.parties
    payer, payee = draw(st.permutations(range(len(parties))))[:2]
    if parties[payer] == ESCROW and draw(st.booleans()):
        payer, payee = payee, payer  # it must be paid before it can pay
    return core.Transfer(
        payer=payer,
        payee=payee,
        asset=draw(st.integers(0, len(ASSETS) - 1)),
        amount=draw(expressions(Sort.NUMBER, place)),
        net=draw(st.sampled_from((True, True, False))),
        due=draw(st.one_of(st.none(), expressions(Sort.INSTANT, place))),
        label=draw(st.sampled_from((None, "coupon"))),
        guard=guard,
    )


# --- clauses -------------------------------------------------------------------------------------


@st.composite
def clauses(draw: st.DrawFn, slots: Slots, facilities: bool) -> core.Clause:
    """A clause of any kind; `facilities`: choices of how much and how often, too."""
    schedule = draw(st.integers(0, slots.schedules - 1))
    place = Place(slots, schedule)
    truths = [k for k, slot in enumerate(slots.states) if slot.sort is Sort.TRUTH]
    lives = draw(st.sampled_from([None, *truths]))
    stage = draw(st.sampled_from((0, 0, 1)))
    match draw(st.sampled_from(("timed", "watch", "choice"))):
        case "timed":
            group = draw(st.sampled_from((Group.OBSERVATION, Group.WHEN, Group.TIMED)))
            return core.Timed(schedule, draw(bodies(place)), group, lives=lives, stage=stage)
        case "watch":
            place = Place(slots)
            feeds = draw(st.sets(st.integers(0, len(slots.feeds) - 1), min_size=1))
            return core.Watch(
                feeds=tuple(sorted(feeds)),
                condition=draw(expressions(Sort.TRUTH, place)),
                actions=draw(bodies(place)),
                repeats=draw(st.booleans()),
                group=draw(st.sampled_from((Group.OBSERVATION, Group.WHEN))),
                lives=lives,
                stage=stage,
            )
        case _:
            made = draw(facility(slots, place) if facilities else choices(place))
            return replace(made, lives=lives, stage=stage)


@st.composite
def choices(draw: st.DrawFn, place: Place) -> core.Choice:
    """A choice that is made once."""
    assert place.schedule is not None
    return core.Choice(
        party=draw(st.integers(0, len(PARTIES) - 1)),
        name="exercise",
        schedule=place.schedule,
        any_time=draw(st.booleans()),
        default=draw(expressions(Sort.TRUTH, place)),
        actions=draw(bodies(place)),
        otherwise=draw(bodies(place)),
    )


@st.composite
def facility(draw: st.DrawFn, slots: Slots, place: Place) -> core.Choice:
    """A choice, perhaps with amounts, perhaps made again and again, perhaps without a deadline."""
    made = draw(choices(place))
    assets = draw(st.lists(st.integers(0, len(ASSETS) - 1), max_size=2))
    amounts = tuple(core.Amount(f"amount {k}", asset) for k, asset in enumerate(assets))
    if amounts:
        inside = replace(place, locals=(Sort.NUMBER,) * len(amounts))
        made = replace(made, amounts=amounts, default=core.FALSE, actions=draw(bodies(inside)))
    match draw(st.sampled_from(("once", "again and again", "at any time"))):
        case "once":
            return made
        case "again and again":
            return replace(made, repeats=True)
        case _:
            inside = Place(slots, locals=(Sort.NUMBER,) * len(amounts))
            return replace(
                made,
                schedule=None,
                any_time=True,
                repeats=True,
                default=core.FALSE,
                actions=draw(bodies(inside)),
                otherwise=(),
                fails=not amounts and draw(st.booleans()),
            )


@st.composite
def rules(
    draw: st.DrawFn, slots: Slots
) -> tuple[tuple[core.Collateral, ...], tuple[core.Liquidation, ...]]:
    """Collateral and liquidation of one party, or none."""
    if draw(st.booleans()):
        return (), ()
    place = Place(slots, depth=1)
    measure = core.Risk(draw(st.sampled_from(list(core.RiskMeasure)[:6])), 0)
    factor = draw(expressions(Sort.NUMBER, place))
    maintenance = core.Combine(Binary.MULTIPLY, factor, measure)
    required = core.Risk(core.RiskMeasure.MAINTENANCE)
    equity = core.Risk(core.RiskMeasure.EQUITY)
    collateral = core.Collateral(0, 1, maintenance, required)
    below = core.Combine(Binary.LESS, equity, required)
    enough = core.Combine(Binary.LESS_OR_EQUAL, core.Risk(core.RiskMeasure.INITIAL), equity)
    percent = fixed.ONE // 100
    auction = (101 * percent, 85 * percent, 900 * 10**9)
    return (collateral,), (core.Liquidation(0, below, enough, *auction, percent, ("deleverage",)),)


# --- programs ------------------------------------------------------------------------------------


_SPOT = core.FeedSlot("spot", (0, 1), "spot(BTC, USD)")
_OTHER_FEEDS = (
    core.FeedSlot("event", (), "event", Sort.TRUTH),
    core.FeedSlot("fixing", (), "fixing", aspect=Aspect.FIXING),
    core.FeedSlot("fixing", (), "fixing", Sort.TRUTH, Aspect.LAPSED, FeedRules(patience=DAY)),
    core.FeedSlot("dividends", (0,), "dividends(BTC).pay", Sort.INSTANT),
    core.FeedSlot("now", (), "now", Sort.INSTANT, Aspect.NOW),
)


@st.composite
def slot_sets(draw: st.DrawFn, recursions: bool = True) -> Slots:
    """Slots of each kind, at least one number among terms, feeds and states."""
    schedules = draw(st.integers(1, 3))
    every_schedule = range(schedules)
    terms = (Sort.NUMBER, *draw(st.lists(st.sampled_from(list(Sort)), max_size=3)))
    states = (Sort.NUMBER, *draw(st.lists(st.sampled_from((Sort.NUMBER, Sort.TRUTH)), max_size=2)))
    along = st.sampled_from(every_schedule)
    columns = draw(st.lists(st.tuples(along, st.sampled_from(list(Sort))), max_size=3))
    slots = Slots(
        terms=tuple(core.TermSlot(f"term {k}", sort) for k, sort in enumerate(terms)),
        schedules=schedules,
        columns=tuple(core.ColumnSlot(f"column {k}", *c) for k, c in enumerate(columns)),
        feeds=(_SPOT, *draw(st.lists(st.sampled_from(_OTHER_FEEDS), max_size=3, unique=True))),
        states=(),
        tables=tuple(
            core.TableSlot(f"table {k}", schedule)
            for k, schedule in enumerate(draw(st.lists(along, max_size=2)))
        ),
        parties=draw(st.sampled_from((PARTIES, (*PARTIES, ESCROW)))),
        recursions=recursions,
    )
    fixed_place = Place(slots, reads=False, depth=1)
    initials = [
        core.StateSlot(f"state {k}", sort, draw(expressions(sort, fixed_place)))
        for k, sort in enumerate(states)
    ]
    return replace(slots, states=tuple(initials))


@st.composite
def programs(draw: st.DrawFn, recursions: bool = True, facilities: bool = True) -> core.Program:
    """A well-formed program, with or without backward recursions and choices of how much."""
    slots = draw(slot_sets(recursions))
    collateral, liquidation = draw(rules(slots))
    fixed_truths = st.one_of(st.just(core.TRUE), expressions(Sort.TRUTH, Place(slots, reads=False)))
    requires = draw(st.lists(fixed_truths, max_size=1))
    return core.Program(
        name="Generated",
        parties=slots.parties,
        assets=ASSETS,
        terms=slots.terms,
        schedules=tuple(f"schedule {k}" for k in range(slots.schedules)),
        columns=slots.columns,
        feeds=slots.feeds,
        states=slots.states,
        tables=slots.tables,
        requires=tuple(core.Require(each, "the terms must fit") for each in requires),
        clauses=tuple(draw(st.lists(clauses(slots, facilities), min_size=1, max_size=5))),
        collateral=collateral,
        liquidation=liquidation,
        perpetual=draw(st.sampled_from((True, True, False))),
    )


def _walked(program: core.Program) -> set[int]:
    """The schedules that something is worked out along, backward: they are always listed."""
    clauses = program.clauses
    inside = [e for c in clauses for a in actions_of(c) for e in expressions_of(a)]
    around = [e for c in clauses for e in conditions_of(c)]
    at_start = [s.initial for s in program.states] + [r.condition for r in program.requires]
    nodes = within(*inside, *around, *at_start)
    return {node.schedule for node in nodes if isinstance(node, core.Backward)}


@st.composite
def _schedules(draw: st.DrawFn, least: int, listed: bool) -> core.Instants:
    """Instants that are listed, or made by a rule."""
    if listed or draw(st.integers(0, 3)):
        return tuple(sorted(draw(st.sets(instants, min_size=least, max_size=LENGTH_MAX))))
    first, step = draw(instants), draw(st.integers(1, 6)) * DAY // 2
    return range(first, first + step * draw(st.integers(least, LENGTH_MAX)), step)


@st.composite
def terms_of(draw: st.DrawFn, program: core.Program) -> core.Terms:
    """Terms that fit a program."""
    lengths_min = [draw(st.integers(0, 2)) for _ in program.schedules]
    walked = _walked(program)
    schedules = tuple(draw(_schedules(n, k in walked)) for k, n in enumerate(lengths_min))
    lengths = [len(schedules[column.schedule]) for column in program.columns]
    return core.Terms(
        start=START,
        assets=ASSETS,
        places=(8, 2, 2),
        feeds=tuple(slot.name for slot in program.feeds),
        terms=tuple(draw(values(slot.sort)) for slot in program.terms),
        schedules=schedules,
        columns=tuple(
            tuple(draw(values(column.sort)) for _ in range(length))
            for column, length in zip(program.columns, lengths, strict=True)
        ),
    )


@st.composite
def instances(draw: st.DrawFn, recursions: bool = True, facilities: bool = True) -> Instance:
    """A program with the terms of one instance."""
    program = draw(programs(recursions, facilities))
    return Instance(program, draw(terms_of(program)))
