"""WebAssembly ≡ meaning, to the bit: statuses, postings, standings, what falls due next."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rfos_lang.artefact import format as layout
from rfos_lang.artefact.emission import compile
from rfos_lang.artefact.metadata import TooManyPostings
from rfos_lang.base.feed import Aspect
from rfos_lang.base.fixed import from_decimal
from rfos_lang.core import meaning
from rfos_lang.core.meaning import Event, Outcome, Standing, Status
from rfos_lang.core.program import (
    FALSE,
    Apply,
    Binary,
    Bind,
    Choice,
    Combine,
    Constant,
    End,
    Expression,
    Feed,
    Group,
    Local,
    Power,
    Program,
    Require,
    Select,
    Sort,
    State,
    StateSlot,
    Term,
    Terms,
    Timed,
    Transfer,
    Unary,
    Watch,
)
from tests.artefact.host import Host, Job
from tests.core.lives import definitions
from tests.core.lives import instance as instance_of
from tests.generators import dated, handmade
from tests.generators.composites import becomes, becomes_endless, composites
from tests.generators.handmade import DAY, START, Instance, number
from tests.generators.markets import histories, lives

Life = tuple[Instance, tuple[Event, ...]]


@pytest.fixture(scope="module")
def hosts() -> dict[str, Host]:
    return {make.__name__: host_of(make()) for make in (*handmade.EVERY, *dated.EVERY)}


generated = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def host_of(instance: Instance) -> Host:
    return Host(instance.program, compile(instance.program, None, "source"))


def lived(
    instance: Instance, events: tuple[Event, ...]
) -> Iterator[tuple[Standing, Event, Outcome]]:
    """Each event with the standing before it and what meaning makes of it."""
    begun = meaning.start(instance.program, instance.terms)
    standing = begun.standing
    for event in events if begun.status is Status.OK else ():
        outcome = meaning.fire(instance.program, instance.terms, standing, event)
        yield standing, event, outcome
        standing = outcome.standing


def assert_same_life(host: Host, instance: Instance, events: tuple[Event, ...]) -> None:
    assert host.start(instance.terms) == meaning.start(instance.program, instance.terms)
    for standing, event, outcome in lived(instance, events):
        assert host.fire(instance.terms, standing, event) == outcome


@generated
@given(lives())
def test_generated_programs_live_the_same_life(life: Life) -> None:
    assert_compiled_alike(life)


@pytest.mark.slow
@settings(generated, max_examples=3_000)
@given(lives())
def test_many_generated_programs_live_the_same_life(life: Life) -> None:
    assert_compiled_alike(life)


def assert_compiled_alike(life: Life) -> None:
    instance, events = life
    try:
        host = host_of(instance)
    except TooManyPostings:
        assume(False)
    assert_same_life(host, instance, events)


def test_nothing_more_ends_once_all_has_ended() -> None:
    """A contract within the contract that has nothing to come, when the whole is knocked out."""
    instance = handmade.down_and_out_put()
    program, terms = instance.program, instance.terms
    within = Timed(len(program.schedules), (), lives=len(program.states))
    program = replace(
        program,
        schedules=(*program.schedules, "nothing"),
        states=(*program.states, StateSlot("it lives", Sort.TRUTH, Constant(1, Sort.TRUTH))),
        clauses=(*program.clauses, within),
    )
    terms = replace(terms, schedules=(*terms.schedules, ()))
    instance = replace(instance, program=program, terms=terms)
    event = Event(START + DAY, (from_decimal("40000"),), moved=frozenset([0]))
    assert_same_life(host_of(instance), instance, (event,))
    ((_, _, outcome),) = lived(instance, (event,))
    assert outcome.standing.ended


PRICES = ("0", "1", "49999.99", "50000", "64999.5", "65000", "70000.123456789", "120000", "1e19")


@pytest.mark.parametrize("make", (*handmade.EVERY, *dated.EVERY), ids=lambda make: make.__name__)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_handmade_contracts_live_the_same_life(
    hosts: dict[str, Host], make: type[Instance], data: st.DataObject
) -> None:
    instance = make()
    price = st.one_of(st.none(), st.sampled_from(PRICES).map(from_decimal))
    slots = range(len(instance.program.feeds))
    choices = [k for k, c in enumerate(instance.program.clauses) if isinstance(c, Choice)]
    grid = sorted({t for schedule in instance.terms.schedules for t in schedule})
    near = st.sampled_from([START, *grid]).flatmap(lambda t: st.integers(t - 1, t + 1))
    days = sorted(data.draw(st.sets(near, min_size=2, max_size=6)))
    events = tuple(
        Event(
            day,
            tuple(data.draw(price) for _ in slots),
            frozenset(data.draw(st.sets(st.sampled_from(slots)))),
            frozenset(k for k in choices if data.draw(st.booleans())),
        )
        for day in days
    )
    assert_same_life(hosts[make.__name__], instance, events)


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_rows_of_a_batch_do_not_see_each_other(hosts: dict[str, Host], data: st.DataObject) -> None:
    instance = handmade.autocallable()
    rows = [
        each
        for events in data.draw(st.lists(histories(instance.program), min_size=2, max_size=4))
        for each in lived(instance, events)
    ]
    jobs = [Job(instance.terms, standing, event) for standing, event, _ in rows]
    outcomes = hosts["autocallable"].batch("fire", jobs)
    assert outcomes == [outcome for _, _, outcome in rows]


# --- small programs ------------------------------------------------------------------------------


def program(clauses: tuple[object, ...], **parts: object) -> Program:
    base = handmade.absolute_move().program
    fields = {name: getattr(base, name) for name in Program.__match_args__}
    fields |= {"terms": (), "clauses": clauses, "schedules": ("days",)} | parts
    return Program(**fields)  # type: ignore[arg-type]


def terms(days: int = 1, **parts: object) -> Terms:
    base = handmade.absolute_move().terms
    fields = {name: getattr(base, name) for name in Terms.__match_args__}
    schedules = (tuple(START + DAY * (k + 1) for k in range(days)),)
    return Terms(**fields | {"schedules": schedules} | parts)  # type: ignore[arg-type]


def paid(*amounts: Expression, **parts: object) -> Outcome:
    """What an instance pays at its only date, the same from both."""
    clause = Timed(0, tuple(Transfer(1, 0, 1, amount, net=True) for amount in amounts))
    instance = Instance(program((clause,), **parts), terms())
    begun = meaning.start(instance.program, instance.terms)
    event = Event(START + DAY, (from_decimal(7),))
    outcome = meaning.fire(instance.program, instance.terms, begun.standing, event)
    assert host_of(instance).fire(instance.terms, begun.standing, event) == outcome
    return outcome


def combine(operator: Binary, left: Expression, right: Expression) -> Combine:
    return Combine(operator, left, right)


MISSING_FEED = {"feeds": handmade.absolute_move().program.feeds}
ZERO, ONE, TWO = number(0), number(1), number(2)
BROKEN = combine(Binary.DIVIDE, ONE, ZERO)
TOO_LARGE = Power(number(10**9), 3)


@pytest.mark.parametrize(
    ("amount", "status"),
    [
        (combine(Binary.ADD, BROKEN, TOO_LARGE), Status.DIVISION_BY_ZERO),
        (combine(Binary.ADD, TOO_LARGE, BROKEN), Status.OVERFLOW),
        (combine(Binary.MINIMUM, ONE, BROKEN), Status.DIVISION_BY_ZERO),
        (Select(FALSE, BROKEN, TWO), Status.OK),
        (Select(combine(Binary.LESS, Feed(0), ONE), BROKEN, TWO), Status.OK),
        (Power(ZERO, -1), Status.DIVISION_BY_ZERO),
        (Power(ZERO, 0), Status.OK),
        (Power(BROKEN, 0), Status.DIVISION_BY_ZERO),
        (number(2**63 // 100), Status.OK),
        (number(2**63 // 100 + 1), Status.OVERFLOW),
        (Apply(Unary.NEGATE, number(2**63 // 100 + 1)), Status.OVERFLOW),
    ],
)
def test_the_first_failure_wins(amount: Expression, status: Status) -> None:
    assert paid(amount).status is status


def test_a_failure_in_a_shared_node_counts_only_where_it_is_needed() -> None:
    quotient = combine(Binary.DIVIDE, ONE, State(0))
    doubled = combine(Binary.ADD, quotient, quotient)
    positive = combine(Binary.LESS, ZERO, State(0))
    guarded = Select(positive, combine(Binary.MULTIPLY, doubled, doubled), ONE)
    assert paid(combine(Binary.ADD, guarded, ONE)).status is Status.OK
    assert paid(combine(Binary.ADD, guarded, doubled)).status is Status.DIVISION_BY_ZERO
    late = combine(Binary.ADD, combine(Binary.ADD, guarded, TOO_LARGE), doubled)
    assert paid(late).status is Status.OVERFLOW


def test_code_grows_with_nodes_not_with_paths() -> None:
    value: Expression = Feed(0)
    for k in range(60):
        lower = combine(Binary.LESS, value, number(k))
        value = Select(lower, combine(Binary.ADD, value, ONE), combine(Binary.DIVIDE, value, TWO))
    assert paid(value).status is Status.OK
    clause = Timed(0, (Transfer(1, 0, 1, value),))
    assert len(compile(program((clause,)), None, "")) < 60_000


def test_expressions_may_be_deep() -> None:
    total: Expression = ZERO
    for k in range(5_000):
        total = combine(Binary.ADD, total, number(k))
    compiled = compile(program((Timed(0, (Transfer(1, 0, 1, total),)),)), None, "")
    instance = Instance(program(()), terms())
    standing = Standing(False, (0,), (0,), ())
    outcome = Host(program((Timed(0, ()),)), compiled).fire(
        instance.terms, standing, Event(START + DAY, (None,))
    )
    assert [posting.units for posting in outcome.postings] == [100 * sum(range(5_000))]


def test_an_instance_that_waited_long_makes_more_postings_than_one_instant_does() -> None:
    clause = Timed(0, (Transfer(1, 0, 1, Feed(0)), Transfer(0, 1, 0, Feed(0))))
    instance = Instance(program((clause,)), terms(days=100))
    event = Event(START + 200 * DAY, (from_decimal(3),))
    begun = meaning.start(instance.program, instance.terms).standing
    expected = meaning.fire(instance.program, instance.terms, begun, event)
    assert len(expected.postings) == 200
    assert host_of(instance).fire(instance.terms, begun, event) == expected


def test_a_row_without_room_says_so_and_nothing_else(hosts: dict[str, Host]) -> None:
    instance = handmade.european_call()
    host, event = hosts["european_call"], Event(START + 90 * DAY, (from_decimal(70_000),))
    job = Job(instance.terms, meaning.start(instance.program, instance.terms).standing, event)
    row = host.run("fire", [job], capacity=0)[0]
    assert row == layout.Outcome(layout.FULL, None, None, False, 0)


def test_requirements_are_counted_as_meaning_counts_them() -> None:
    shared = Require(combine(Binary.LESS, ONE, Feed(0)), "the spot is above 1")
    choice = Choice(0, "go", 0, True, FALSE, (shared, End()), (shared,))
    watch = Watch((0,), combine(Binary.LESS, Feed(0), TWO), (Require(FALSE, "never"),))
    contract_level = Require(combine(Binary.LESS, Term(0), TWO), "small")
    slots = handmade.european_call().program.terms[:1]
    made = program((watch, choice), requires=(contract_level,), terms=slots)
    refused = Instance(made, terms(terms=(from_decimal(3),)))
    taken = Instance(made, terms(terms=(from_decimal(1),)))
    host = host_of(taken)
    assert host.start(refused.terms) == meaning.start(made, refused.terms)
    assert host.start(refused.terms).requirement == 0
    events = (
        Event(START, (from_decimal(1),), taken=frozenset({1})),
        Event(START, (from_decimal(1),), moved=frozenset({0})),
        Event(START, (from_decimal(1),), taken=frozenset({0})),
        Event(START + 2 * DAY, (from_decimal(1),)),
        Event(START + 2 * DAY, (None,)),
    )
    for event in events:
        standing = meaning.start(made, taken.terms).standing
        expected = meaning.fire(made, taken.terms, standing, event)
        assert host.fire(taken.terms, standing, event) == expected
        assert expected.status is not Status.OK


def test_more_feeds_and_clauses_than_a_word_has_bits() -> None:
    spot = handmade.european_call().program.feeds[0]
    watch = [Watch((k,), combine(Binary.LESS, Feed(k), ONE), (End(),)) for k in range(70)]
    choice = Choice(0, "go", 0, True, FALSE, (Transfer(1, 0, 1, Feed(69)), End()))
    many = Instance(program((*watch, choice), feeds=(spot,) * 70), terms())
    host = host_of(many)
    begun = meaning.start(many.program, many.terms).standing
    prices = (*(from_decimal(5) for _ in range(69)), from_decimal("0.5"))
    for moved, taken in ((set(), {70}), ({69}, set()), ({3}, set()), ({68}, {70})):
        event = Event(START, prices, frozenset(moved), frozenset(taken))
        expected = meaning.fire(many.program, many.terms, begun, event)
        assert host.fire(many.terms, begun, event) == expected


def test_an_observation_clause_does_not_keep_a_contract_alive() -> None:
    watching = Timed(0, (), group=Group.OBSERVATION)
    for clauses in (
        (watching,),
        (watching, Timed(0, ())),
        (Timed(0, (Bind(0, ONE), Transfer(1, 0, 1, Local(0)))),),
    ):
        for perpetual in (False, True):
            made = program(clauses, perpetual=perpetual)
            instance = Instance(made, terms(days=2))
            events = tuple(Event(START + DAY * k, (None,)) for k in range(4))
            assert_same_life(host_of(instance), instance, events)


@pytest.mark.parametrize("late", [0, 1])
def test_fixings_on_dates_that_a_rule_makes_are_those_of_listed_dates(late: int) -> None:
    """A fixing is known at its own date; whoever comes later waits."""
    made = handmade.asian_call(fixings=3)
    fixed = replace(made.program.feeds[0], aspect=Aspect.FIXING)
    program = replace(made.program, feeds=(fixed,))
    dates, last = made.terms.schedules
    ruled = range(dates[0], dates[-1] + 1, dates[1] - dates[0])
    assert tuple(ruled) == dates
    terms = replace(made.terms, schedules=(ruled, last))
    events = tuple(
        Event(at + late * (at == dates[1]), (from_decimal("70000"),), frozenset({0}))
        for at in dates
    )
    instance = Instance(program, terms)
    statuses = [outcome.status for _, _, outcome in lived(instance, events)]
    assert (Status.WAITING in statuses) == bool(late)
    assert_same_life(host_of(instance), instance, events)


def test_a_due_date_is_posted() -> None:
    due = Constant(START + 9 * DAY, Sort.INSTANT)
    transfer = Transfer(1, 0, 1, ONE, due=due)
    instance = Instance(program((Timed(0, (transfer,)),)), terms())
    begun = meaning.start(instance.program, instance.terms).standing
    outcome = host_of(instance).fire(instance.terms, begun, Event(START + DAY, (None,)))
    assert [posting.due for posting in outcome.postings] == [START + 9 * DAY]


@st.composite
def lives_of_texts(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> Life:
    """A contract of a text, with a history."""
    made = instance_of(definitions(draw(texts))["Whole"], u="BTC", cash="USD")
    instance = Instance(made.lowered.program, made.terms)
    return instance, draw(histories(instance.program, instance.terms.start))


@generated
@given(lives_of_texts(composites().map(lambda made: made.text)))
def test_contracts_made_of_others_live_the_same_life(life: Life) -> None:
    assert_compiled_alike(life)


@generated
@given(lives_of_texts(becomes()))
def test_contracts_that_become_others_live_the_same_life(life: Life) -> None:
    assert_compiled_alike(life)


@generated
@given(lives_of_texts(becomes_endless()))
def test_contracts_that_become_others_without_end_live_the_same_life(life: Life) -> None:
    assert_compiled_alike(life)
