"""Year fractions agree with QuantLib's and with the ISDA memorandum's own example."""

from datetime import date
from fractions import Fraction

import pytest
import QuantLib as ql
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.base.day_count import DayCount, Reference, year_fraction
from rfos_lang.base.duration import Duration, DurationUnit, add
from rfos_lang.base.instant import DAY, date_of, parse_date, start_of_day
from rfos_lang.base.refusal import Refused
from tests.base.test_calendar import to_peer

PEERS = {
    DayCount.ACT_360: ql.Actual360(),
    DayCount.ACT_365: ql.Actual365Fixed(),
    DayCount.ACT_ACT: ql.ActualActual(ql.ActualActual.ISDA),
    DayCount.THIRTY_360: ql.Thirty360(ql.Thirty360.BondBasis),
    DayCount.THIRTY_E_360: ql.Thirty360(ql.Thirty360.EurobondBasis),
    DayCount.THIRTY_E_360_ISDA: ql.Thirty360(ql.Thirty360.ISDA, ql.Date(1, 1, 2199)),
}

TWO_DATES = sorted(set(DayCount) - {DayCount.ACT_ACT_ICMA}, key=lambda basis: basis.value)
dates = st.dates(date(1950, 1, 1), date(2150, 1, 1))
bases = st.sampled_from(TWO_DATES)


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


# --- within the periods of a schedule -----------------------------------------------------------


def test_a_maturity_on_the_last_of_february_is_no_30th() -> None:
    start, end = parse_date("2025-08-31"), parse_date("2026-02-28")
    peer = ql.Thirty360(ql.Thirty360.ISDA, ql.Date(28, 2, 2026))
    for is_last in (False, True):
        within = Reference(start, end, is_last=is_last)
        found = year_fraction(start, end, DayCount.THIRTY_E_360_ISDA, within)
        assert found == Fraction(178 if is_last else 180, 360)
    assert peer.dayCount(ql.Date(31, 8, 2025), ql.Date(28, 2, 2026)) == 178


STEPS = {1: ql.Monthly, 3: ql.Quarterly, 6: ql.Semiannual, 12: ql.Annual}


@given(st.dates(date(2000, 1, 1), date(2060, 12, 28)), st.sampled_from(sorted(STEPS)), st.data())
def test_icma_within_a_regular_period_agrees_with_quantlib(
    first: date, months: int, data: st.DataObject
) -> None:
    start = start_of_day(first)
    end = add(start, Duration(months, DurationUnit.MONTH))
    days = (end - start) // DAY
    a, b = sorted(data.draw(st.lists(st.integers(0, days), min_size=2, max_size=2)))
    found = year_fraction(
        start + a * DAY, start + b * DAY, DayCount.ACT_ACT_ICMA, Reference(start, end, months)
    )
    assert found == Fraction(b - a, days) * Fraction(months, 12)
    opening, closing = (date_of(start + k * DAY) for k in (a, b))
    peer = ql.ActualActual(ql.ActualActual.ISMA).yearFraction(
        *(to_peer(day) for day in (opening, closing, date_of(start), date_of(end)))
    )
    assert float(found) == pytest.approx(peer, abs=1e-12)


@pytest.mark.parametrize(
    ("start", "end", "months", "is_first", "expected"),
    [
        # ISDA, "EMU and Market Conventions" (1998): a short first coupon, a long first coupon, and
        # a short final coupon.
        ("1999-02-01", "1999-07-01", 12, True, Fraction(150, 365)),
        ("2002-08-15", "2003-07-15", 6, True, Fraction(181, 362) + Fraction(153, 368)),
        ("2000-01-30", "2000-06-30", 6, False, Fraction(152, 364)),
    ],
)
def test_published_stubs(
    start: str, end: str, months: int, is_first: bool, expected: Fraction
) -> None:
    ends = parse_date(start), parse_date(end)
    within = Reference(*ends, months, is_first=is_first, is_last=not is_first)
    assert year_fraction(*ends, DayCount.ACT_ACT_ICMA, within) == expected


def test_icma_without_a_period_is_refused() -> None:
    for within in (None, Reference(0, DAY)):
        with pytest.raises(Refused) as refused:
            year_fraction(0, DAY, DayCount.ACT_ACT_ICMA, within)
        assert refused.value.code == "E0542"
