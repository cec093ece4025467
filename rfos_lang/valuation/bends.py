"""Where the curves of a market bend: rates and volatilities are constant between those instants.

Between two of them a price is a Brownian motion whose drift and variance keep their proportion, and
the variances of two prices keep theirs. So a bridge from one to the next is exact, and so is a
correlation of what happens between them; over a bend neither is.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import sqrt

from rfos_lang.core.program import Terms
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.curve import YEAR, VolatilityCurve
from rfos_lang.valuation.market import Market, Pair


def bends(terms: Terms, market: Market) -> tuple[int, ...]:
    """The instants after the market's date at which a curve of an asset or price that the instance
    is about may bend."""
    return tuple(sorted({market.as_of + round(at * YEAR) for at in _years(terms, market)}))


def _years(terms: Terms, market: Market) -> Iterator[float]:
    for asset in terms.assets:
        for curves in (market.rates, market.yields):
            if asset in curves:
                yield from curves[asset].bends
    for pair, volatilities in market.volatilities.items():
        if set(pair) <= set(terms.assets) and len(volatilities.knots) > 1:
            yield from (at for at, _ in volatilities.knots)


def shared_variances(times: Sequence[float], *curves: VolatilityCurve) -> Iterator[float]:
    """∫ σ σ' dt up to each time in years; volatilities are constant between the times. Raises
    NoClosedForm where a variance would fall."""
    total = 0.0
    for before, after in pairwise([0.0, *times]):
        product = 1.0
        for curve in curves:
            late, early = (curve.volatility(years) ** 2 * years for years in (after, before))
            if late < early:
                raise NoClosedForm("its variance would fall from one date to another")
            product *= sqrt(late - early)
        total += product
        yield total


def correlation_until(market: Market, first: Pair, second: Pair, years: float) -> float:
    """The correlation of the logarithms of two prices at a time: that of their returns, less where
    their volatilities change their proportion until then."""
    curves = market.volatility_curve(*first), market.volatility_curve(*second)
    own = market.correlation(first, second)
    whole = curves[0].volatility(years) * curves[1].volatility(years) * years
    if whole <= 0.0 or all(curve.is_flat for curve in curves):
        return own
    knots = {at for curve in curves for at, _ in curve.knots if at < years}
    *_, shared = shared_variances([*sorted(knots), years], *curves)
    return own * min(shared / whole, 1.0)
