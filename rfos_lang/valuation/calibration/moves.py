"""How the curves that meet quotes move with each quote.

With R(z) what instruments say of a curve with zero rates z, those rates move by (∂R/∂z)⁻¹ dq; where
another curve discounts, its own moves are made up for. All else in the market stands still:
volatilities, spots, curves that are not quoted. A factor that is fitted to options moves with their
volatilities as its least squares do.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from rfos_lang.valuation.calibration.from_quotes import (
    Fitted,
    FittedCurve,
    FittedFactor,
    FittedHazards,
)
from rfos_lang.valuation.calibration.instruments import Curves
from rfos_lang.valuation.curve import RateCurve
from rfos_lang.valuation.market import CurveName, Move

Floats = NDArray[np.float64]
Said = Callable[[RateCurve, RateCurve], Sequence[float]]
"""What instruments say of a curve, and of that which discounts."""
STEP = 1e-6


def moves_of(found: Fitted) -> tuple[Move, ...]:
    """The move of all curves with each quote of a curve or of a spread, and that of a factor with
    each quote of an option, per 1."""
    parts: tuple[FittedCurve | FittedHazards, ...] = (*found.curves, *found.hazards)
    quotes = [quote for part in parts for quote in part.quotes]
    moved: dict[CurveName, Floats] = {}
    first = 0
    for part in parts:
        own = np.eye(len(quotes))[first : first + len(part.quotes)]
        first += len(part.quotes)
        moved[_name(part)] = _moved(found, part, own, moved)
    curves = (
        Move(quote.name, {name: tuple(map(float, by[:, at])) for name, by in moved.items()})
        for at, quote in enumerate(quotes)
    )
    return (*curves, *(move for each in found.factors for move in _of_factor(found, each)))


def _of_factor(found: Fitted, part: FittedFactor) -> Iterator[Move]:
    """A factor's moves with the options that it is fitted to. Curves stand still, and so does what
    was given or lies at its bound."""
    fit = found.fit(part)
    by = np.zeros((1 + len(part.model.volatility), len(part.options)))
    by[fit.free] = fit.with_quotes()
    for quote, column in zip(part.quotes, by.T, strict=True):
        yield Move(quote.name, {}, {part.asset: tuple(map(float, column))})


def _name(part: FittedCurve | FittedHazards) -> CurveName:
    return ("hazards" if isinstance(part, FittedHazards) else part.kind), part.name


def _moved(
    found: Fitted,
    part: FittedCurve | FittedHazards,
    own: Floats,
    before: dict[CurveName, Floats],
) -> Floats:
    """How the zero rates of a curve move, a column a quote; `own` has 1 where one is its own."""
    said, discounted_by = _said(part)
    if discounted_by is None:
        return _solved(_slopes(lambda z: said(z, z), part.curve), own)
    discounting = found.discounting(discounted_by)
    if ("rates", discounted_by) in before:
        through = _slopes(lambda z: said(part.curve, z), discounting)
        own = own - through @ before["rates", discounted_by]
    return _solved(_slopes(lambda z: said(z, discounting), part.curve), own)


def _solved(slopes: Floats, moved: Floats) -> Floats:
    return np.asarray(np.linalg.solve(slopes, moved), dtype=np.float64)


def _said(part: FittedCurve | FittedHazards) -> tuple[Said, str | None]:
    """What instruments say of curves, and the asset whose curve discounts them if it is another."""
    match part:
        case FittedCurve(kind="rates"):
            return lambda z, _: [each.rate(Curves(z, z)) for each in part.instruments], None
        case FittedCurve():
            asset = part.table.discount
            return lambda z, d: [each.rate(Curves(d, z)) for each in part.instruments], asset
        case FittedHazards():
            return lambda h, d: [each.rate(h, d) for each in part.swaps], part.cash


def _slopes(said: Callable[[RateCurve], Sequence[float]], curve: RateCurve) -> Floats:
    """How what is said moves with each zero rate: a row an instrument, a column a rate."""
    columns = [
        (np.array(said(curve.bent(knot, STEP))) - said(curve.bent(knot, -STEP))) / (2 * STEP)
        for knot in range(len(curve.knots))
    ]
    return np.array(columns).T
