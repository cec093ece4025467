"""Schedules that are joined, periods whose time is counted between days that were not moved, and
the trace of what acted."""

from rfos_lang.base.instant import show_instant
from rfos_lang.core.meaning import Event, fire, start, traced
from tests.core.lives import instance, life, only

ACCRUAL = """
contract Accrual(cash: Asset, notional: cash, coupons, resets: Schedule)
between lender, borrower {
    state paid: cash = 0
    at each p in periods(merged([start], coupons, resets)) {
        borrower pays lender notional * year_fraction(p, act/365)
        paid += notional
    }
    at each t in resets { paid = 0 }
    unsecured
}
"""
ARGUMENTS = {"cash": "USD", "notional": "365"}
# 2026-01-31 and 2026-02-28 are Saturdays.
ROLLED = (
    "schedule(first: 2026-01-31, last: 2026-03-31, step: 1M, month_end: true, "
    "calendar: WEEKENDS, roll: following"
)


def test_merged_dates_ascend_and_count_once() -> None:
    dates = {"coupons": "[2026-01-11, 2026-01-21]", "resets": "[2026-01-16, 2026-01-21]"}
    paid = life(only(ACCRUAL), **ARGUMENTS, **dates)
    assert paid.instance.terms.schedules[0] == tuple(sorted(set(paid.instance.terms.schedules[0])))
    assert paid.at("2026-01-11") == ["borrower pays lender 10 USD"]
    assert paid.at("2026-01-16") == ["borrower pays lender 5 USD"]
    assert paid.at("2026-01-21") == ["borrower pays lender 5 USD"]
    assert paid.ended


def test_time_is_counted_between_moved_days() -> None:
    moved = life(only(ACCRUAL), **ARGUMENTS, coupons=f"{ROLLED})", resets="[]")
    assert moved.at("2026-02-02") == ["borrower pays lender 32 USD"]
    assert moved.at("2026-03-02") == ["borrower pays lender 28 USD"]
    assert moved.at("2026-03-31") == ["borrower pays lender 29 USD"]


def test_or_between_the_days_before_they_were_moved() -> None:
    rolled = f"{ROLLED}, accrual: unadjusted)"
    unmoved = life(only(ACCRUAL), **ARGUMENTS, coupons=rolled, resets="[]")
    assert unmoved.at("2026-02-02") == ["borrower pays lender 30 USD"]
    assert unmoved.at("2026-03-02") == ["borrower pays lender 28 USD"]
    assert unmoved.at("2026-03-31") == ["borrower pays lender 31 USD"]


def test_the_trace_tells_each_clause_and_the_states_that_it_left() -> None:
    dates = {"coupons": "[2026-01-11]", "resets": "[2026-01-11]"}
    made = instance(only(ACCRUAL), **ARGUMENTS, **dates)
    program, terms = made.lowered.program, made.terms
    begun = start(program, terms)
    assert begun.next_due is not None
    event = Event(begun.next_due, ())
    outcome, (accrued, reset) = traced(program, terms, begun.standing, event)
    assert outcome == fire(program, terms, begun.standing, event)
    assert (accrued.clause, reset.clause) == (0, 1)
    assert show_instant(accrued.instant) == "2026-01-11"
    assert accrued.postings == outcome.postings and reset.postings == ()
    assert (accrued.states, reset.states) == ((365 * 10**18,), (0,))
