"""Curves that meet their instruments, found one date after the other.

A curve has a knot at the last date of each instrument. Between knots the logarithm of the discount
factor is linear, so an instrument depends on no later knot, and each forward rate is the root of
one equation.
"""

from collections.abc import Callable, Sequence

from scipy.optimize import brentq

from rfos_lang.base.instant import show_instant
from rfos_lang.valuation.calibration.instruments import Curves, Instrument
from rfos_lang.valuation.calibration.unfit import Unfit
from rfos_lang.valuation.curve import Knots, RateCurve, years_between
from rfos_lang.valuation.market_figures import HIGHEST_RATE

FARTHEST = 300.0
"""Logarithms of discount factors are kept within so much of the one before."""
EXACT = {"xtol": 1e-17, "rtol": 8.9e-16, "maxiter": 200}


def bootstrapped(
    instruments: Sequence[Instrument], as_of: int, discounting: RateCurve | None = None
) -> RateCurve:
    """The curve that meets the instruments, which are ordered by their last dates; it discounts
    itself unless another one does. Raises Unfit E0645."""
    knots: Knots = ()
    for each in instruments:
        years = years_between(as_of, each.last)

        def curve(forward: float, years: float = years, knots: Knots = knots) -> RateCurve:
            return extended(knots, years, forward)

        def off(forward: float, each: Instrument = each, curve: Curve = curve) -> float:
            tried = curve(forward)
            return each.rate(Curves(discounting or tried, tried)) - each.quote

        knots = curve(_root(off, each, years - (knots[-1][0] if knots else 0.0))).knots
    return RateCurve(knots)


Curve = Callable[[float], RateCurve]


def extended(knots: Knots, years: float, forward: float) -> RateCurve:
    """A curve with one more knot, to which the forward rate is given."""
    before, rate = knots[-1] if knots else (0.0, 0.0)
    total = before * rate + forward * (years - before)
    return RateCurve((*knots, (years, total / years)))


def _root(off: Callable[[float], float], each: Instrument, length: float) -> float:
    """The forward rate at which nothing is off. Raises Unfit E0645 if there is none."""
    reach = min(HIGHEST_RATE, FARTHEST / length)
    low, high = off(-reach), off(reach)
    if not low <= 0.0 <= high:
        least, most = (f"{each.quote + at:.4%}" for at in (low, high))
        until, quote = show_instant(each.last), f"{each.quote:.4%}"
        raise Unfit("E0645", each.path, quote=quote, until=until, least=least, most=most)
    return float(brentq(off, -reach, reach, **EXACT))
