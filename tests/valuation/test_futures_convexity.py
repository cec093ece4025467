"""By how much rates of futures exceed forward rates: published values, QuantLib, by hand."""

from itertools import pairwise
from math import expm1

import pytest
import QuantLib as ql

from rfos_lang.valuation.calibration.instruments import Simple
from rfos_lang.valuation.rates.hull_white import HullWhite
from tests.valuation.quoted import curve_of, found, refusal

KIRIKOS_NOVAK = (
    (5.25, 0.03, 0.0573037),
    (5.25, 1e-4, 0.0568627),
    (5.25, 0.0, 0.0568611),
    (5.001, 0.03, 0.0575736),
    (5.0 + 1e-7, 0.03, 0.0575747),
)
"""End of the period, reversion, forward rate: a future at 94, on a rate from 5 years on whose
volatility is 1.5 % (Kirikos and Novak, Convexity Conundrums, Risk, March 1997; the other rows as
QuantLib's tests of it have them)."""


@pytest.mark.parametrize("ends, reversion, published", KIRIKOS_NOVAK)
def test_published_forward_rates(ends: float, reversion: float, published: float) -> None:
    by = HullWhite(reversion, ((ends, 0.015),)).convexity(5.0, ends, 5.0)
    length = ends - 5.0
    growth = 0.06 * length
    assert (growth + (1.0 + growth) * expm1(-by)) / length == pytest.approx(published, abs=1e-7)


@pytest.mark.parametrize("reversion", [0.0, 1e-3, 0.1])
@pytest.mark.parametrize("begins, ends", [(0.25, 0.5), (3.0, 3.5), (10.0, 10.25)])
def test_they_are_those_of_quantlib(begins: float, ends: float, reversion: float) -> None:
    by = HullWhite(reversion, ((1.0, 0.012),)).convexity(begins, ends, begins)
    growth = 0.03 * (ends - begins)
    ours = -(1.0 + growth) * expm1(-by) / (ends - begins)
    theirs = ql.HullWhite.convexityBias(97.0, begins, ends, 0.012, reversion)
    assert ours == pytest.approx(theirs, rel=1e-9)


def test_what_compounds_moves_until_its_end() -> None:
    """Without reversion: σ² (Δ (t T - t²/2) + Δ³/3), by hand."""
    t, end, level = 2.0, 2.25, 0.01
    length = end - t
    by = HullWhite(0.0, ((1.0, level),)).convexity(t, end, end)
    assert by == pytest.approx(
        level**2 * (length * (t * end - t * t / 2) + length**3 / 3), rel=1e-12
    )


def test_volatilities_count_while_they_hold() -> None:
    """A volatility that changes is that of each part; the squares add up."""
    low, high = ((9.0, level) for level in (0.01, 0.02))
    both = HullWhite(0.05, ((1.0, 0.01), (9.0, 0.02))).convexity(3.0, 3.5, 3.0)
    early = HullWhite(0.05, ((1.0, 0.01), (9.0, 0.0))).convexity(3.0, 3.5, 3.0)
    late = HullWhite(0.05, ((1.0, 0.0), (9.0, 0.02))).convexity(3.0, 3.5, 3.0)
    assert both == pytest.approx(early + late, rel=1e-12)
    least, most = (HullWhite(0.05, (each,)).convexity(3.0, 3.5, 3.0) for each in (low, high))
    assert least < both < most


STRIP = """
as_of = 2026-03-20

[rates.USD]
index = "SOFR"
day_count = "act/360"

[rates.USD.futures]
2026-06-17 = 96.30
2026-09-16 = 96.40
2026-12-16 = 96.45
2027-03-17 = 96.45
2027-06-16 = 96.40
"""
MOVES = """
[rates.USD.convexity]
reversion = "3%"
volatility = "1%"
"""


def test_a_strip_of_futures_gives_forward_rates_below_them() -> None:
    """By more for each that comes later; the quotes themselves are met."""
    plain, moved = (curve_of(found(text), "USD") for text in (STRIP, STRIP + MOVES))
    for made in (plain, moved):
        assert all(each.found == pytest.approx(each.quote, abs=1e-12) for each in made.quotes)
    below = []
    for each in plain.instruments:
        spans = [
            made.curve.total(each.ends) - made.curve.total(each.begins) for made in (plain, moved)
        ]
        below.append(spans[0] - spans[1])
        model = HullWhite(0.03, ((1.0, 0.01),))
        expected = model.convexity(each.begins, each.ends, each.ends)
        assert below[-1] == pytest.approx(expected, rel=1e-6)
    assert all(sooner < later for sooner, later in pairwise(below))


def test_a_future_that_tells_its_own_keeps_it() -> None:
    own = STRIP.replace("2027-06-16 = 96.40", "2027-06-16 = { price = 96.40, convexity = 0 }")
    last = curve_of(found(own + MOVES), "USD").instruments[-1]
    assert isinstance(last, Simple) and (last.convexity, last.excess) == (0.0, 0.0)


@pytest.mark.parametrize(
    "old, new, code",
    [
        ('volatility = "1%"\n', "", "E0641"),
        ('volatility = "1%"', 'volatility = "-1%"', "E0611"),
        ('reversion = "3%"', 'reversion = "about 3%"', "E0604"),
        ('reversion = "3%"', 'reversion = "3%"\nmean = "3%"', "E0642"),
    ],
)
def test_what_moves_no_rate_is_refused(old: str, new: str, code: str) -> None:
    assert refusal(STRIP + MOVES.replace(old, new))[0] == code
