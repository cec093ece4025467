"""Declared feeds, fixings and `now`, from the text to the payments."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.base.calendar import Calendar
from rfos_lang.base.duration import Duration, DurationUnit, add
from rfos_lang.base.feed import Aspect
from rfos_lang.base.fixed import ONE, from_decimal
from rfos_lang.base.instant import DAY, HOUR, parse_instant
from rfos_lang.core.binding import Instance
from rfos_lang.core.meaning import Event, Outcome, Status, fire, start
from tests.core.lives import complaints, instance, only

BEGIN = parse_instant("2026-01-01")

FIXING = """
feed WMR(ccy, cash: Asset): cash/ccy { patience: 2d; fallback: spot(ccy, cash) }
contract C(ccy, cash: Asset, dates: Schedule) between a, b {
    unsecured
    at each t in dates { a pays b 1 ccy * (fixing(WMR, ccy, cash) at t) }
}
"""


def _fired(made: Instance, instant: int, shown: dict[Aspect, int], *moved: int) -> Outcome:
    """The first event of an instance; `shown` by the aspect of the slot."""
    program = made.lowered.program
    before = start(program, made.terms).standing
    observations = tuple(shown.get(slot.aspect) for slot in program.feeds)
    event = Event(instant, observations, frozenset(moved))
    return fire(program, made.terms, before, event)


def _fixings() -> Instance:
    dates = "[2026-01-05, 2026-01-07]"
    return instance(only(FIXING), "2026-01-01", ccy="EUR", cash="USD", dates=dates)


def test_a_fixing_counts_if_it_is_there_and_the_fallback_once_it_is_late() -> None:
    made, date = _fixings(), parse_instant("2026-01-05")
    spot, published = from_decimal("1.05"), from_decimal("1.10")
    known = {Aspect.FIXING: published, Aspect.LAPSED: 0, Aspect.NEWEST: spot}
    assert [p.units for p in _fired(made, date, known).postings] == [110]
    late = {Aspect.LAPSED: 1, Aspect.NEWEST: spot}
    assert [p.units for p in _fired(made, date, late).postings] == [105]
    assert _fired(made, date, {Aspect.NEWEST: spot}).status is Status.WAITING


def test_an_event_knows_the_fixing_of_its_own_date_only() -> None:
    """At the second date the first is still to be caught up: the value of the second is not its."""
    known = {Aspect.FIXING: ONE, Aspect.LAPSED: 0, Aspect.NEWEST: ONE}
    outcome = _fired(_fixings(), parse_instant("2026-01-07"), known)
    assert outcome.status is Status.WAITING


PROTECTION = """
feed credit_event(name: Entity): Bool
contract C(name: Entity, last: Date) between a, b {
    unsecured
    when credit_event(name) { b pays a 1 USD on now + LAG; end }
    at last { end }
}
"""


@given(st.integers(0, 299 * 24 - 1), st.sampled_from(("20bd(NYC)", "1bd(TARGET)", "3M", "36h")))
@settings(max_examples=60, deadline=None)
def test_a_lag_of_now_is_that_of_its_day(hours: int, lag: str) -> None:
    """Whatever the hour, `now + 20bd(NYC)` is what the calendar makes of that very instant."""
    text = PROTECTION.replace("LAG", lag)
    made = instance(only(text), "2026-01-01", name="ACME", last="2026-10-28")
    program, now = made.lowered.program, BEGIN + hours * HOUR
    standing = start(program, made.terms).standing
    quiet = Event(now, tuple(0 for _ in program.feeds))
    today = replace(quiet, instant=now - now % DAY)
    standing = fire(program, made.terms, standing, today).standing
    slots = [now if slot.aspect is Aspect.NOW else 1 for slot in program.feeds]
    event = Event(now, tuple(slots), frozenset(range(len(slots))))
    outcome = fire(program, made.terms, standing, event)
    assert [posting.due for posting in outcome.postings] == [add(now, _DURATIONS[lag])]


_DURATIONS = {
    "20bd(NYC)": Duration(20, DurationUnit.BUSINESS_DAY, Calendar.NYC),
    "1bd(TARGET)": Duration(1, DurationUnit.BUSINESS_DAY, Calendar.TARGET),
    "3M": Duration(3, DurationUnit.MONTH),
    "36h": Duration(36, DurationUnit.HOUR),
}


def test_now_in_a_dated_clause_is_its_date() -> None:
    text = """contract C(cash: Asset, dates: Schedule) between a, b {
        unsecured
        at each t in dates { a pays b 1 cash on now + 2bd(NYC) }
    }"""
    made = instance(only(text), "2026-01-01", cash="USD", dates="[2026-01-08, 2026-01-09]")
    assert made.lowered.program.feeds == ()
    assert made.terms.columns[0] == (parse_instant("2026-01-12"), parse_instant("2026-01-13"))


def test_a_fixing_needs_its_date() -> None:
    text = FIXING.replace("(fixing(WMR, ccy, cash) at t)", "fixing(WMR, ccy, cash)")
    problems = complaints(only(text), ccy="EUR", cash="USD", dates="[2026-01-05]")
    assert [problem.code for problem in problems] == ["E0440"]


def test_a_perpetual_contract_has_no_calendar_of_now() -> None:
    text = PROTECTION.replace("contract", "perpetual contract").replace("LAG", "20bd(NYC)")
    assert [p.code for p in complaints(only(text), name="ACME", last="2026-10-28")] == ["E0441"]
    instance(only(text.replace("20bd(NYC)", "20d")), name="ACME", last="2026-10-28")


def test_a_lot_of_futures_pays_in_all_what_the_price_has_moved() -> None:
    """Whatever the path between, and nothing at the first observation."""
    text = """contract C(u, cash: Asset, size: u, last: Date) between long, short {
        style futures
        at last { end }
        unsecured
    }"""
    made = instance(only(text), u="BTC", cash="USD", size="3", last="2026-02-01")
    program, prices = made.lowered.program, (100, 117, 64, 64, 90)
    standing, paid = start(program, made.terms).standing, 0
    for day, price in enumerate(prices):
        event = Event(BEGIN + day * DAY, (price * ONE,), frozenset({0}))
        outcome = fire(program, made.terms, standing, event)
        standing = outcome.standing
        paid += sum(p.units if p.payer == 1 else -p.units for p in outcome.postings)
    assert paid == 3 * (prices[-1] - prices[0]) * 100
