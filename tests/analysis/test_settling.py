"""What recurs without end, or too often to be walked through: no life leaves its bounds."""

from collections import Counter
from functools import partial

import pytest
from hypothesis import HealthCheck, assume, find, given, settings
from hypothesis import strategies as st

from rfos_lang.analysis import timeline
from rfos_lang.analysis.interval import Interval
from rfos_lang.analysis.paths import by_own_choice
from rfos_lang.analysis.worst_case import WorstCase, worst_case
from rfos_lang.base.fixed import ONE, from_decimal, to_minor_units
from rfos_lang.base.own_accounts import OWN
from rfos_lang.core.meaning import Event, Posting, Status, start, traced
from rfos_lang.core.program import Program, Terms
from tests.core.lives import instance, only
from tests.generators import contracts, recurring
from tests.generators.handmade import Instance
from tests.generators.markets import histories, lifetimes, lives

healthy = partial(settings, suppress_health_check=list(HealthCheck))


@pytest.fixture
def _no_rule_is_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rule is taken as one that makes too many dates to be walked through."""
    monkeypatch.setattr(timeline, "WALKED", 0)


not_walked = pytest.mark.usefixtures("_no_rule_is_walked")


# --- no life pays more ---------------------------------------------------------------------------


def seen(program: Program, terms: Terms, events: tuple[Event, ...]) -> dict[int, Interval]:
    """The bounds that just hold what the events show."""
    shown = zip(*(event.observations for event in events), strict=True)
    instants = [terms.start, *(event.instant for event in events)]
    found = {}
    for slot, values in enumerate(shown):
        known = [each for each in values if each is not None] or [0]
        known = instants if program.feeds[slot].name == "now" else known
        found[slot] = Interval(min(known), max(known))
    return found


def pays_no_more(instance: Instance, events: tuple[Event, ...], bound: WorstCase) -> None:
    """What is owed again and again is at most what it is each time, all else together at most what
    is owed in all."""
    program, terms = instance.program, instance.terms
    once: Counter[tuple[int, int]] = Counter()
    standing = start(program, terms).standing
    for event in events:
        outcome, acts = traced(program, terms, standing, event)
        standing = outcome.standing
        for act in acts if outcome.status is Status.OK else ():
            for (party, asset), units in _owed(program, act.postings).items():
                each = bound.again.get((party, asset), {}).get(act.clause)
                if each is None:
                    once[party, asset] += units
                else:
                    assert units <= to_minor_units(each, terms.places[asset])
    for (party, asset), units in once.items():
        assert units <= to_minor_units(bound.owed.get((party, asset), 0), terms.places[asset])


def _owed(program: Program, postings: tuple[Posting, ...]) -> Counter[tuple[int, int]]:
    """What one clause makes each party pay, but for what it chooses."""
    owed: Counter[tuple[int, int]] = Counter()
    for each in postings:
        chosen = by_own_choice(program, each.clause, each.action, each.payer)
        if not chosen and program.parties[each.payer] not in OWN:
            owed[each.payer, each.asset] += each.units
    return owed


def bound_of(made: Instance, events: tuple[Event, ...]) -> WorstCase:
    """The worst case while the feeds stay within what these events show."""
    assume(start(made.program, made.terms).status is Status.OK)
    return worst_case(made.program, made.terms, seen(made.program, made.terms, events))


def _stays_within(made: Instance, events: tuple[Event, ...]) -> None:
    bound = bound_of(made, events)
    if bound.unbounded is None:
        pays_no_more(made, events, bound)


@not_walked
@healthy(max_examples=150)
@given(recurring.texts(), st.data())
def test_no_life_of_what_recurs_pays_more(text: str, data: st.DataObject) -> None:
    made = recurring.instance_of(text)
    _stays_within(made, data.draw(lifetimes(made.program, made.terms)))


@healthy(max_examples=50)
@given(recurring.texts(), st.data())
def test_nor_if_every_date_is_walked(text: str, data: st.DataObject) -> None:
    made = recurring.instance_of(text)
    _stays_within(made, data.draw(lifetimes(made.program, made.terms)))


@not_walked
@healthy(max_examples=60)
@given(lives())
def test_no_life_of_any_program_pays_more(life: tuple[Instance, tuple[Event, ...]]) -> None:
    _stays_within(*life)


@not_walked
@healthy(max_examples=25)
@given(contracts.contracts(), st.data())
def test_no_life_of_any_contract_pays_more(text: str, data: st.DataObject) -> None:
    made = contracts.instance_of(contracts.definition_of(text))
    _stays_within(made, data.draw(histories(made.program, made.terms.start)))


@pytest.mark.parametrize(("perpetual", "again"), [(True, True), (True, False), (False, False)])
def test_bounds_are_found_of_what_recurs(perpetual: bool, again: bool) -> None:
    def wanted(text: str) -> bool:
        made = recurring.instance_of(text)
        prices = dict.fromkeys(range(len(made.program.feeds)), Interval(ONE, 100 * ONE))
        bound = worst_case(made.program, made.terms, prices)
        pays = any(bound.owed.values()) and bound.unbounded is None
        return pays and made.program.perpetual is perpetual and bool(bound.again) is again

    assert find(recurring.texts(), wanted, settings=healthy(max_examples=300))


# --- how sharp the bounds are --------------------------------------------------------------------

HIGHEST = 1_000

CONTRACT = """
{kind}contract Recurring(share, cash: Asset, expiry: Date) between long, short {{
    let S = spot(share, cash)
    state n: Number = 0
    state last: cash/share = 1 cash/share
    unsecured
    {lines}
}}
"""


def worst(lines: str, kind: str = "perpetual ", expiry: str = "2036-01-01") -> WorstCase:
    """The worst case where the price goes up to `HIGHEST`."""
    text = CONTRACT.format(kind=kind, lines=lines)
    made = instance(only(text), share="BTC", cash="USD", expiry=expiry)
    program, terms = made.lowered.program, made.terms
    prices = Interval(ONE, HIGHEST * ONE)
    bound = worst_case(program, terms, dict.fromkeys(range(len(program.feeds)), prices))
    assert bound.unbounded is None
    return bound


@pytest.mark.parametrize(
    ("amount", "most"),
    [
        ("size * S * premium", 10),  # a mean is no more than what it is a mean of
        ("size * last", HIGHEST),  # a mark that is overwritten
        ("1 cash * min(n, 7)", 7),  # a counter without end, capped
        ("1 cash * (if n >= 1 then 3 else 5)", 3),  # it has counted before the first payment
        ("1 cash / n", 1),
    ],
)
def test_what_recurs_costs_each_time(amount: str, most: int) -> None:
    bound = worst(
        f"""let size = 1 share
        let premium = mean(clamp(S / (100 cash/share) - 1, -1%, 1%) on every(1min))
        at each t in every(1min) {{ n += 1; last = S }}
        at each t in every(8h) {{ long pays short {amount} }}""".replace(
            "pays short size * S", "pays short net size * S"
        )
    )
    (each,) = bound.again[0, 1].values()
    assert each == from_decimal(most)
    assert bound.of(0, 1) is None and bound.of(1, 1) in (0, None)


def test_every_minute_of_ten_years_is_counted_not_walked() -> None:
    bound = worst(
        """at each t in every(1min) { n += 1; long pays short 1 cash }
        at expiry { short pays long 1 cash * n }""",
        kind="",
    )
    minutes = 3652 * 24 * 60
    assert bound.of(0, 1) == from_decimal(minutes + 1)
    assert bound.of(1, 1) == from_decimal(minutes + 1)


def test_a_date_that_ends_is_paid_once() -> None:
    bound = worst("at each t in every(8h) { if S < 2 cash/share { long pays short 9 cash; end } }")
    assert bound.of(0, 1) == from_decimal(9)


def test_what_compounds_without_end_has_no_bound() -> None:
    text = CONTRACT.format(
        kind="perpetual ",
        lines="at each t in every(1d) { last = last * 1.01; long pays short 1 share * last }",
    )
    made = instance(only(text), share="BTC", cash="USD", expiry="2036-01-01")
    bound = worst_case(made.lowered.program, made.terms, {0: Interval(ONE, ONE)})
    assert bound.unbounded == "last may grow for ever"


# --- which rules meet ----------------------------------------------------------------------------

rules = st.builds(
    lambda first, step: range(first, first + 2_000 * step, step),
    st.integers(0, 12),
    st.integers(1, 12),
)


@given(st.lists(rules, min_size=1, max_size=3))
def test_meetings_are_those_of_the_instants(dates: list[range]) -> None:
    turn = range(12, 12 + 12 * 11 * 10)  # more than once around
    met = {tuple(k for k, each in enumerate(dates) if at in each) for at in turn}
    found = set(timeline.meetings(dict(enumerate(dates))))
    assert met - {()} <= found
    assert all(any(set(one) <= set(each) for each in met) for one in found)
