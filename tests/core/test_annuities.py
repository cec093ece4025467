"""Annuities: what 1 at each of many dates is worth at the first of them."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.base import fixed
from rfos_lang.base.day_count import DayCount, year_fraction
from rfos_lang.base.instant import start_of_day
from rfos_lang.core.lowered import Shape
from rfos_lang.core.lowering import lower
from tests.core.lives import instance, life, only

TEXT = """
contract Level(cash: Asset, one: cash, rate: Number, dates: Schedule, basis: DayCount)
between lender, borrower {
    let next = first(tail(dates))
    state known: Number = annuity(rate, dates, next, basis)
    state later: Number = rate
    at first(dates) {
        borrower pays lender one * annuity(later, dates, next, basis)
        borrower pays lender one * known
    }
    unsecured
}
"""
BEGIN = date(2026, 1, 1)
TWO_DATES = [basis for basis in DayCount if basis is not DayCount.ACT_ACT_ICMA]
gaps = st.lists(st.integers(1, 200), min_size=2, max_size=12)
rates = st.integers(-40, 120).map(lambda percent: Fraction(percent, 100))


def level(rate: Fraction, days: list[date], basis: DayCount) -> tuple[int, int]:
    """The annuity at a rate that is read from a state, and at one that is known, fixed point."""
    listed = ", ".join(day.isoformat() for day in days)
    return level_along(rate, f"[{listed}]", days[0], basis)


def level_along(rate: Fraction, dates: str, first: date, basis: DayCount) -> tuple[int, int]:
    """As `level`, along a schedule that begins at a date."""
    arguments = {"cash": "USD", "one": "1", "rate": f"{float(rate):.2f}", "basis": basis.value}
    made = life(only(TEXT), **arguments, dates=dates)
    outcome = made.outcome(first.isoformat())
    program = made.instance.lowered.program
    names = [slot.name for slot in program.states]
    paid = [posting.units for posting in outcome.postings]
    assert paid[0] == paid[1]
    return paid[0], outcome.standing.states[names.index("known")]


@given(gaps, rates, st.sampled_from(TWO_DATES))
@settings(max_examples=40, deadline=None)
def test_an_annuity_is_the_sum_of_discounted_ones(
    gaps: list[int], rate: Fraction, basis: DayCount
) -> None:
    days = [BEGIN + timedelta(days=sum(gaps[:k])) for k in range(len(gaps) + 1)]
    exact, factor = Fraction(0), Fraction(1)
    for earlier, later in zip([days[1], *days[1:]], days[1:], strict=False):
        years = year_fraction(start_of_day(earlier), start_of_day(later), basis)
        factor /= 1 + rate * years
        exact += factor
    cents, known = level(rate, days, basis)
    assert abs(Fraction(known, fixed.ONE) - exact) < Fraction(1, 10**15) * max(1, abs(exact)) * 100
    assert cents == fixed.to_minor_units(known, 2)


QUARTERS = "schedule(first: 2026-02-28, last: 2027-02-28, step: 3M, month_end: true)"


@pytest.mark.parametrize(
    ("basis", "growths"),
    [
        (DayCount.ACT_ACT_ICMA, (Fraction(103, 100),) * 3),
        # ISDA 4.16(h): a maturity on the last of February is not its thirtieth, so 88 days.
        (
            DayCount.THIRTY_E_360_ISDA,
            (Fraction(103, 100), Fraction(103, 100), 1 + Fraction(12, 100) * Fraction(88, 360)),
        ),
    ],
)
def test_an_annuity_counts_in_the_periods_of_its_dates(
    basis: DayCount, growths: tuple[Fraction, ...]
) -> None:
    exact, factor = Fraction(1), Fraction(1)
    for growth in growths:
        factor /= growth
        exact += factor
    cents, known = level_along(Fraction(12, 100), QUARTERS, date(2026, 2, 28), basis)
    assert abs(Fraction(known, fixed.ONE) - exact) < Fraction(1, 10**15)
    assert cents == fixed.to_minor_units(known, 2)


def test_equal_payments_pay_a_loan_back() -> None:
    """1000 at 1 % a month over three months: 1000 / (1/1.01 + 1/1.01^2 + 1/1.01^3) = 340.02."""
    text = """
    contract Loan(cash: Asset, dates: Schedule) between lender, borrower {
        let next = first(tail(dates))
        at first(dates) {
            borrower pays lender 1_010 cash / annuity(12%, dates, next, 30E/360)
        }
        unsecured
    }
    """
    dates = "[2026-01-01, 2026-02-01, 2026-03-01, 2026-04-01]"
    assert life(only(text), cash="USD", dates=dates).at("2026-01-01") == [
        "borrower pays lender 340.02 USD"
    ]


def test_one_program_serves_any_number_of_dates() -> None:
    few, many = (
        instance(
            only(TEXT),
            cash="USD",
            one="1",
            rate="0.1",
            basis="act/365",
            dates=f"schedule(first: 2026-01-01, last: {last}, step: 1M)",
        ).lowered.program
        for last in ("2026-04-01", "2056-01-01")
    )
    assert few == many


@pytest.mark.parametrize(
    ("clause", "what"),
    [
        (
            "when index > 1 { borrower pays lender one * annuity(index, dates, start, act/365) }",
            "outside of a clause at a date",
        ),
        (
            "at each t in dates {"
            " borrower pays lender one * annuity(index, dates.after(t), t, act/365) }",
            "dates that differ from clause to clause",
        ),
        (
            "at each t in tail(dates) { borrower pays lender one"
            " * annuity(index at t.previous, dates, t, act/365) }",
            "that no `let` holds",
        ),
    ],
)
def test_what_an_annuity_cannot_be_is_refused_by_name(clause: str, what: str) -> None:
    text = f"""
    contract Odd(cash: Asset, one: cash, index: Index, dates: Schedule) between lender, borrower {{
        {clause}
        at last(dates) {{ borrower pays lender one }}
        unsecured
    }}
    """
    lowered, problems = lower(only(text), Shape())
    assert lowered is None
    assert [problem.code for problem in problems] == ["E0401"]
    assert what in problems[0].message
