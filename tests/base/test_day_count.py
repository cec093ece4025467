"""Year fractions agree with QuantLib's and with the ISDA memorandum's own example."""

from datetime import date
from fractions import Fraction

import pytest
import QuantLib as ql
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.base.day_count import DayCount, year_fraction
from rfos_lang.base.instant import parse_date, start_of_day

PEERS = {
    DayCount.ACT_360: ql.Actual360(),
    DayCount.ACT_365: ql.Actual365Fixed(),
    DayCount.ACT_ACT: ql.ActualActual(ql.ActualActual.ISDA),
    DayCount.THIRTY_360: ql.Thirty360(ql.Thirty360.BondBasis),
    DayCount.THIRTY_E_360: ql.Thirty360(ql.Thirty360.EurobondBasis),
}

dates = st.dates(date(1950, 1, 1), date(2150, 1, 1))
bases = st.sampled_from(DayCount)


@given(dates, dates, bases)
def test_agrees_with_quantlib(first: date, second: date, basis: DayCount) -> None:
    start, end = sorted((first, second))
    peer = PEERS[basis].yearFraction(
        ql.Date(start.day, start.month, start.year), ql.Date(end.day, end.month, end.year)
    )
    ours = year_fraction(start_of_day(start), start_of_day(end), basis)
    assert float(ours) == pytest.approx(peer, rel=1e-14, abs=1e-14)


@given(dates, dates, bases)
def test_backwards_is_the_negative(start: date, end: date, basis: DayCount) -> None:
    there = year_fraction(start_of_day(start), start_of_day(end), basis)
    assert year_fraction(start_of_day(end), start_of_day(start), basis) == -there


@given(dates, dates, dates, st.sampled_from([DayCount.ACT_360, DayCount.ACT_365]))
def test_actual_days_over_a_fixed_year_add_up(a: date, b: date, c: date, basis: DayCount) -> None:
    first, middle, last = (start_of_day(day) for day in sorted((a, b, c)))
    parts = year_fraction(first, middle, basis) + year_fraction(middle, last, basis)
    assert parts == year_fraction(first, last, basis)


@pytest.mark.parametrize(
    ("start", "end", "basis", "expected"),
    [
        # ISDA, "EMU and Market Conventions" (1998), the Actual/Actual memorandum: 61 days of 2003
        # and 121 of 2004.
        ("2003-11-01", "2004-05-01", "act/act", Fraction(61, 365) + Fraction(121, 366)),
        ("1999-02-01", "1999-07-01", "act/act", Fraction(150, 365)),
        ("2026-01-15", "2026-04-15", "act/360", Fraction(90, 360)),
        ("2026-01-15", "2026-04-15", "act/365", Fraction(90, 365)),
        # The two thirty-day bases part at an end on the 31st after a start before the 30th.
        ("2026-01-15", "2026-01-31", "30/360", Fraction(16, 360)),
        ("2026-01-15", "2026-01-31", "30E/360", Fraction(15, 360)),
        ("2026-01-31", "2026-03-31", "30/360", Fraction(60, 360)),
        ("2026-02-28", "2026-03-31", "30/360", Fraction(33, 360)),
    ],
)
def test_published_values(start: str, end: str, basis: str, expected: Fraction) -> None:
    assert year_fraction(parse_date(start), parse_date(end), DayCount(basis)) == expected


def test_the_time_of_day_plays_no_part() -> None:
    start, end = parse_date("2026-01-01"), parse_date("2026-01-02")
    assert year_fraction(start + 1, end + 7, DayCount.ACT_360) == Fraction(1, 360)
