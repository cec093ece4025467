"""What a market says on one timeline, in numbers, and how those move with the market.

Totals since the valuation - rate × years, variance × years - rather than rates, so that the change
from step to step is a difference. Derivatives by time and by curves are central differences of
these smooth totals.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rfos_lang.base.feed import Aspect
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.core.program import Program, Terms
from rfos_lang.path.program import PathProgram
from rfos_lang.valuation.correlations import holding_together
from rfos_lang.valuation.curve import RateCurve, VolatilityCurve
from rfos_lang.valuation.index_names import index_name
from rfos_lang.valuation.market import Market, Pair, spot_name
from rfos_lang.valuation.moved_market import later, with_carry, with_curve, with_rate
from rfos_lang.valuation.path.timeline import Floats, Timeline

Array = Any
"""An array of NumPy, or of JAX in the tests."""

Curve = tuple[str, str]
"""A curve of the market: "rate" or "carry" of an asset, or a "curve" by its own name."""

BUMP = 1e-5


class Numbers(NamedTuple):
    """The market on a timeline of n steps: m spots, f feeds, w worths, c curves.

    Totals since the valuation: `cash[n, m]` and `held[n, m]`, rate and carry × years; `variance[n,
    m]`; `paid[n, w]`, minus the logarithm of each worth. `*_slope` are their derivatives by years,
    `*_loading[..., c]` those by a parallel shift of a curve. `factor[m, m]` has the correlations;
    `quanto[m, m]` holds, for spot i, the correlation with the price x of its cash. `still[n, f]`
    are the feeds that are not random.
    """

    years: Array
    drift: Array
    drift_slope: Array
    drift_loading: Array
    variance: Array
    variance_slope: Array
    paid: Array
    paid_slope: Array
    paid_loading: Array
    factor: Array
    quanto: Array
    still: Array
    still_slope: Array
    still_loading: Array

    def moves(self, step: int, slot: int) -> bool:
        """Whether a feed that is not random follows the market's date or curves there: an index."""
        return bool(self.still_slope[step, slot] != 0.0 or self.still_loading[step, slot].any())

    @property
    def moves_indices(self) -> bool:
        """Whether there is such a feed at any step."""
        return bool(self.still_slope.any() or self.still_loading.any())


class Totals(NamedTuple):
    """`drift[n, m]`, the logarithm of each forward over its spot; `variance[n, m]`; `paid[n, w]`;
    `still[n, f]`: see `Numbers`."""

    drift: Floats
    variance: Floats
    paid: Floats
    still: Floats


@dataclass(frozen=True, slots=True)
class Reading:
    """What of a market is read: an instance on its timeline, the spots and curves that matter."""

    program: Program
    terms: Terms
    paths: PathProgram
    line: Timeline
    pairs: tuple[Pair, ...]
    curves: tuple[Curve, ...]
    told_in: str

    def numbers(self, market: Market) -> Numbers:
        """The market in numbers."""
        now = self.totals(market)
        later, sooner = self.totals(market, -BUMP), self.totals(market, BUMP)
        slopes = Totals(*((a - b) / (2 * BUMP) for a, b in zip(later, sooner, strict=True)))
        raised = [self.totals(shifted(market, curve, BUMP)) for curve in self.curves]
        lowered = [self.totals(shifted(market, curve, -BUMP)) for curve in self.curves]

        def loading(of: int) -> Floats:
            moved = [(u[of] - d[of]) / (2 * BUMP) for u, d in zip(raised, lowered, strict=True)]
            return np.stack(moved, axis=-1) if moved else np.zeros((*now[of].shape, 0))

        return Numbers(
            years=self.line.years,
            drift=now.drift,
            drift_slope=slopes.drift,
            drift_loading=loading(Totals._fields.index("drift")),
            variance=now.variance,
            variance_slope=slopes.variance,
            paid=now.paid,
            paid_slope=slopes.paid,
            paid_loading=loading(Totals._fields.index("paid")),
            factor=_factor(_correlations(market, self.pairs)),
            quanto=_quanto(market, self.pairs, self.told_in),
            still=now.still,
            still_slope=slopes.still,
            still_loading=loading(Totals._fields.index("still")),
        )

    def unmoved(self, market: Market, passed: float = 0.0) -> Numbers:
        """The market in numbers once some years have `passed`, without derivatives."""
        now = self.totals(market, passed)
        slopes = Totals(*(np.zeros_like(part) for part in now))
        curves = Totals(*(np.zeros((*part.shape, len(self.curves))) for part in now))
        return Numbers(
            years=ahead(self.line.years, passed),
            drift=now.drift,
            drift_slope=slopes.drift,
            drift_loading=curves.drift,
            variance=now.variance,
            variance_slope=slopes.variance,
            paid=now.paid,
            paid_slope=slopes.paid,
            paid_loading=curves.paid,
            factor=_factor(_correlations(market, self.pairs)),
            quanto=_quanto(market, self.pairs, self.told_in),
            still=now.still,
            still_slope=slopes.still,
            still_loading=curves.still,
        )

    def totals(self, market: Market, passed: float = 0.0) -> Totals:
        """The totals once some years have `passed`, the curves keeping their shape."""
        years, moved = ahead(self.line.years, passed), later(market, passed)
        forwards = [
            _total(market.rate_curve(cash), years) - _total(moved.carry_curve(asset), years)
            for asset, cash in self.pairs
        ]
        variances = [_variance(market.volatility_curve(*pair), years) for pair in self.pairs]
        paid = [self.paid(moved, number, passed) for number in range(len(self.paths.worths))]
        return Totals(
            _columns(forwards, len(years)),
            _columns(variances, len(years)),
            _columns(paid, len(years)),
            self.still(moved),
        )

    def paid(self, market: Market, number: int, passed: float) -> Floats:
        """Minus the logarithm of a worth: discounting to the payment; for what is not the reporting
        asset discounting to now, and the carry that is lost until the payment."""
        asset = self.terms.assets[self.paths.worths[number].asset]
        now, then = (ahead(at, passed) for at in (self.line.years, self.line.pay_years[:, number]))
        discount, carry = market.rate_curve(self.told_in), market.carry_curve(asset)
        if asset == self.told_in:
            return _total(discount, then)
        return _total(discount, now) + _total(carry, then) - _total(carry, now)

    def still(self, market: Market) -> Floats:
        """The feeds that are not random, at each step."""
        moved, count = spot_feeds(self.program), len(self.program.feeds)
        result = np.zeros((len(self.line), count))
        for slot in range(count):
            if slot not in moved:
                level = projection(self.program, self.terms, market, slot)
                result[:, slot] = [level(now) for now in self.line.instants]
        return result


def spot_feeds(program: Program) -> frozenset[int]:
    """The feed slots that this model moves."""
    return frozenset(slot for slot, feed in enumerate(program.feeds) if feed.kind == "spot")


def projection(program: Program, terms: Terms, market: Market, slot: int) -> Callable[[int], float]:
    """A feed that is not random, by instant: what is expected of an index, the level that the
    market gives a declared feed, and no fixing fails to come. Raises Refused E0654, E0605."""
    feed, name = program.feeds[slot], terms.feeds[slot]
    match feed.aspect:
        case Aspect.LAPSED:
            return lambda now: 0.0
        case Aspect.RESOLVED | Aspect.NOW | Aspect.EVENT:
            raise Refused("E0654", feed=feed.name)
    if feed.kind == "index":
        index = index_name(program, terms, slot)
        return lambda now: market.index_forward(index, now)
    level = market.level(name)
    return lambda now: level


def _columns(columns: list[Floats], rows: int) -> Floats:
    return np.array(columns).reshape(len(columns), rows).T


def curves_of(
    program: Program,
    terms: Terms,
    paths: PathProgram,
    market: Market,
    pairs: tuple[Pair, ...],
    told_in: str,
) -> tuple[Curve, ...]:
    """Every curve that the value may depend on."""
    found = [_discounting(market, told_in)]
    for asset, cash in pairs:
        found += [_discounting(market, cash), _carrying(market, asset)]
    moved = {terms.assets[worth.asset] for worth in paths.worths} - {told_in}
    found += [_carrying(market, asset) for asset in sorted(moved)]
    for slot in range(len(program.feeds)):
        if program.feeds[slot].kind == "index":
            found.append(_projecting(program, terms, market, slot, told_in))
    return tuple(dict.fromkeys(found))


def _discounting(market: Market, asset: str) -> Curve:
    return ("rate", asset) if asset in market.rates else ("carry", asset)


def _carrying(market: Market, asset: str) -> Curve:
    rated = asset in market.rates and asset not in market.yields
    return ("rate", asset) if rated else ("carry", asset)


def _projecting(program: Program, terms: Terms, market: Market, slot: int, told_in: str) -> Curve:
    """The curve that projects an index."""
    known = market.indices.get(index_name(program, terms, slot))
    name = known.curve if known is not None and known.curve else told_in
    return ("curve", name) if name in market.curves else _discounting(market, name)


def _total(curve: RateCurve, years: Floats) -> Floats:
    """rate × years."""
    if curve.is_flat:
        return curve.knots[0][1] * years
    return np.array([curve.rate(t) * t for t in years])


def _variance(curve: VolatilityCurve, years: Floats) -> Floats:
    """volatility² × years."""
    if curve.is_flat:
        return curve.knots[0][1] ** 2 * np.maximum(years, 0.0)
    return np.array([curve.volatility(t) ** 2 * max(t, 0.0) for t in years])


def ahead(years: Floats, time: float) -> Floats:
    """Years to the same instants once `time` has passed; the valuation's own instant stays
    there."""
    return np.where(years > 0.0, np.maximum(years - time, 0.0), years)


def curve_of(market: Market, curve: Curve) -> RateCurve:
    """A curve as the market gives it."""
    kind, name = curve
    match kind:
        case "curve":
            return market.curves[name]
        case "rate":
            return market.rate_curve(name)
        case _:
            return market.carry_curve(name)


def shifted(market: Market, curve: Curve, by: float) -> Market:
    """The market with a curve moved in parallel."""
    kind, name = curve
    match kind:
        case "rate":
            return with_rate(market, name, by)
        case "curve":
            return with_curve(market, name, by)
        case _:
            return with_carry(market, name, by)


def _correlations(market: Market, pairs: tuple[Pair, ...]) -> Floats:
    rows = [[_correlation(market, a, b) for b in pairs] for a in pairs]
    names = [spot_name(*pair) for pair in pairs]
    held = holding_together(rows, names)
    return np.array(held).reshape(len(pairs), len(pairs))


def _correlation(market: Market, first: Pair, second: Pair) -> float:
    """The correlation of two spots, each either way round."""
    (one, sign), (other, opposite) = _given(market, first), _given(market, second)
    return sign * opposite * market.correlation(one, other)


def _given(market: Market, pair: Pair) -> tuple[Pair, float]:
    """A spot the way round that the market gives its volatility, and the sign of that."""
    inverse = (pair[1], pair[0])
    turned = inverse in market.volatilities and pair not in market.volatilities
    return (inverse, -1.0) if turned else (pair, 1.0)


def _quanto(market: Market, pairs: tuple[Pair, ...], told_in: str) -> Floats:
    result = np.zeros((len(pairs), len(pairs)))
    for i, (asset, cash) in enumerate(pairs):
        if cash != told_in:
            x = (cash, told_in)
            result[i, pairs.index(x)] = _correlation(market, (asset, cash), x)
    return result


def _factor(correlations: Floats) -> Floats:
    """A matrix L with L Lᵀ the correlations: Cholesky's, or of the eigenvectors if they are
    singular."""
    try:
        return np.linalg.cholesky(correlations).astype(np.float64)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(correlations)
        root: Floats = vectors * np.sqrt(np.maximum(values, 0.0))
        return root
