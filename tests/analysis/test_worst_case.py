"""No path inside the feeds' bounds makes a party pay more than its worst case."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.analysis.interval import Interval
from rfos_lang.analysis.worst_case import obligations, worst_case
from rfos_lang.base.feed import Aspect
from rfos_lang.base.fixed import from_decimal, to_minor_units
from rfos_lang.core.meaning import Event, Outcome, Status, fire, start
from rfos_lang.core.program import (
    FALSE,
    TRUE,
    Assign,
    Binary,
    Choice,
    Combine,
    Constant,
    End,
    Expression,
    Feed,
    Sort,
    State,
    StateSlot,
    Timed,
    Transfer,
    Watch,
)
from tests.generators import dated
from tests.generators.handmade import DAY, EVERY, START, Instance, american_put, european_call

LOWEST, HIGHEST = from_decimal(1_000), from_decimal(200_000)
MAKERS = pytest.mark.parametrize("make", (*EVERY, *dated.EVERY), ids=lambda make: make.__name__)


GENTLE = from_decimal(50_000), from_decimal(90_000)
"""Bounds for contracts that compound: anything wider overflows."""


GATHERING = frozenset(make().program.name for make in dated.EVERY)


def _ends(instance: Instance) -> tuple[int, int]:
    return GENTLE if instance.program.name in GATHERING else (LOWEST, HIGHEST)


def _bounds(instance: Instance) -> dict[int, Interval]:
    bound = Interval(*_ends(instance))
    return dict.fromkeys(range(len(instance.program.feeds)), bound)


def _life(instance: Instance, prices: st.DataObject) -> list[Outcome]:
    """Fires the start and every due instant, each at drawn prices, and some in between."""
    feeds = len(instance.program.feeds)
    outcome = start(instance.program, instance.terms)
    outcomes, now = [outcome], START
    while not outcome.standing.ended:
        values = tuple(prices.draw(st.integers(*_ends(instance))) for _ in range(feeds))
        event = Event(now, values, frozenset(range(feeds)))
        outcome = fire(instance.program, instance.terms, outcome.standing, event)
        assert outcome.status is Status.OK
        outcomes.append(outcome)
        due = outcome.next_due
        between = now + prices.draw(st.integers(1, 40)) * DAY
        now = between if due is None else min(between, due)
    return outcomes


def _by_own_choice(instance: Instance, party: int, clause: int) -> bool:
    cause = instance.program.clauses[clause]
    return isinstance(cause, Choice) and cause.party == party


@MAKERS
@given(data=st.data())
def test_a_path_pays_at_most_the_worst_case(make: object, data: st.DataObject) -> None:
    instance = make()  # type: ignore[operator]
    bound = worst_case(instance.program, instance.terms, _bounds(instance))
    paid: Counter[tuple[int, int]] = Counter()
    for outcome in _life(instance, data):
        for posting in outcome.postings:
            if not _by_own_choice(instance, posting.payer, posting.clause):
                paid[posting.payer, posting.asset] += posting.units
    for (party, asset), units in paid.items():
        most = bound.of(party, asset)
        assert most is not None
        assert units <= to_minor_units(most, instance.terms.places[asset])


@MAKERS
def test_the_bound_is_finite_when_the_feeds_are_bounded(make: object) -> None:
    instance = make()  # type: ignore[operator]
    assert worst_case(instance.program, instance.terms, _bounds(instance)).unbounded is None


def test_an_unbounded_feed_is_named() -> None:
    instance = european_call()
    assert worst_case(instance.program, instance.terms, {}).unbounded == (
        "spot(BTC, USD) has no stated bounds"
    )


def test_a_call_is_attained_at_the_highest_price() -> None:
    instance = european_call(strike="65000")
    bound = worst_case(instance.program, instance.terms, _bounds(instance))
    assert bound.of(1, 1) == from_decimal(135_000)
    assert bound.of(0, 1) == 0


def test_a_payment_at_every_observation_has_no_bound() -> None:
    instance = european_call()
    program = instance.program
    (at_expiry,) = program.clauses
    watch = Watch((0,), TRUE, at_expiry.actions, repeats=True)
    paying = replace(program, clauses=(watch, at_expiry))
    bound = worst_case(paying, instance.terms, _bounds(instance))
    assert bound.of(1, 1) is None
    assert bound.again == {(1, 1): {0: from_decimal(135_000)}}


def test_what_may_be_chosen_early_counts_as_it_was_then() -> None:
    instance = american_put()
    program, terms = instance.program, instance.terms
    (choice,) = program.clauses
    (paid,) = (each for each in choice.actions if isinstance(each, Transfer) and each.payer == 1)
    hundred, five = (Constant(from_decimal(each), Sort.NUMBER) for each in (100, 5))
    owed = StateSlot("owed", Sort.NUMBER, hundred)
    taken = (replace(paid, amount=State(0), guard=TRUE), End())
    early = replace(choice, default=FALSE, actions=taken, otherwise=())
    falls = Timed(len(terms.schedules), (Assign(0, five),))
    falling = replace(program, states=(owed,), schedules=("fall", "fall"), clauses=(falls, early))
    soon = replace(terms, schedules=(*terms.schedules, (START + DAY,)))
    assert worst_case(falling, soon, _bounds(instance)).of(1, 1) == from_decimal(100)


def _growing(value: Expression, aspect: Aspect) -> tuple[str | None, int | None]:
    """Why there is no bound, and what the writer pays of a state that a watch moves to a value."""
    instance = european_call()
    program, terms = instance.program, instance.terms
    (at_expiry,) = program.clauses
    (paid,) = (each for each in at_expiry.actions if isinstance(each, Transfer))
    paying = replace(at_expiry, actions=(replace(paid, amount=State(0), guard=TRUE),))
    watch = Watch((0,), TRUE, (Assign(0, value),), repeats=True)
    told = replace(program.feeds[0], aspect=aspect)
    total = StateSlot("total", Sort.NUMBER, Constant(0, Sort.NUMBER))
    grown = replace(program, feeds=(told,), states=(total,), clauses=(watch, paying))
    found = worst_case(grown, terms, _bounds(instance))
    return found.unbounded, found.of(1, 1)


def test_what_a_stream_tells_adds_up_to_as_many_records_as_a_life_has_seconds() -> None:
    adding = Combine(Binary.ADD, State(0), Feed(0))
    unbounded, most = _growing(adding, Aspect.EVENT)
    terms = european_call().terms
    seconds = (max(terms.schedules[0]) - terms.start) // 10**9
    assert unbounded is None and most is not None
    assert seconds * HIGHEST <= most <= (seconds + 20) * HIGHEST


@pytest.mark.parametrize(
    ("value", "aspect"),
    [
        (Combine(Binary.ADD, State(0), Feed(0)), Aspect.NEWEST),
        (Combine(Binary.ADD, State(0), Combine(Binary.ADD, State(0), Feed(0))), Aspect.EVENT),
    ],
    ids=["prices are seen as often as one likes", "steps that grow themselves"],
)
def test_what_grows_for_ever(value: Expression, aspect: Aspect) -> None:
    assert _growing(value, aspect)[0] == "total may grow for ever"


def test_what_a_party_pays_by_its_own_choice_is_no_obligation() -> None:
    program = american_put().program
    assert set(obligations(program)) == {(1, 1)}


def test_what_it_pays_for_not_choosing_is_one() -> None:
    program = american_put().program
    (choice,) = program.clauses
    fee = replace(choice, actions=(), otherwise=choice.actions)
    assert set(obligations(replace(program, clauses=(fee,)))) == {(0, 0), (1, 1)}
