"""Hull and White's factor fitted to swaptions and caps.

What an option is on is, where it is decided, a sum of exponentials of the factor u: bonds and
fixings, exactly as contracts are valued. Where the sum changes sign once, at u*, its positive part
is worth each exponential's share beyond u* (Jamshidian, An Exact Bond Option Formula, Journal of
Finance 44 (1989)). Least squares in volatility, each quote alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, least_squares
from scipy.special import ndtr

from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.valuation.calibration.instruments import Conventions, Curves, Fixed, Floating
from rfos_lang.valuation.calibration.quoted_options import Quotation
from rfos_lang.valuation.calibration.quotes_file import HullWhiteTable, pair_of
from rfos_lang.valuation.calibration.rate_smile import RateSmile, between
from rfos_lang.valuation.calibration.unfit import Path, Unfit
from rfos_lang.valuation.rates.hull_white import Factor, HullWhite

Floats = NDArray[np.float64]
Smiles = Sequence[tuple[float, RateSmile]]
REACH = 12.0
"""Standard deviations of the factor within which a sum changes its sign."""
LEAST = 1e-12
FAINTEST = 1e-3
"""An option counts as if its vega were at least such a share of the greatest."""
START, VOLATILITIES, REVERSIONS = (0.03, 0.01), (1e-5, 0.2), (0.0, 1.0)
"""Mean reversion and volatility that a fit begins with, and between what they are sought."""
NEAR, FAR = 1e-6, 2e-5
"""How far a parameter is moved once, and twice; one that is nearer to its bound stays there."""
LARGEST = 600.0
"""Exponents are kept within so much, where only the sign matters."""


@dataclass(frozen=True, slots=True)
class Piece:
    """An option on the sum of floating payments less the strike times fixed ones, decided after so
    many years; `forward` is the rate at which both are worth the same, `annuity` what the fixed
    ones are worth at a rate of 1."""

    decided: float
    floating: tuple[Floating, ...]
    fixed: tuple[Fixed, ...]
    forward: float
    annuity: float


@dataclass(frozen=True, slots=True)
class RateOption:
    """A swaption, which is one piece, or a cap, one a period, quoted by a volatility."""

    path: Path
    quote: float
    strike: float
    pieces: tuple[Piece, ...]
    last: int
    compounds: bool

    @property
    def sign(self) -> int:
        """1 for an option on what exceeds the strike; whichever is out of the money."""
        forward = sum(each.forward * each.annuity for each in self.pieces)
        return 1 if self.strike * sum(each.annuity for each in self.pieces) >= forward else -1

    def told(self, quotation: Quotation, volatility: float) -> float:
        """What it is worth at one volatility."""
        return sum(
            each.annuity
            * quotation.value(self.sign, each.forward, self.strike, volatility * sqrt(each.decided))
            for each in self.pieces
        )

    def vega(self, quotation: Quotation) -> float:
        """How that changes with the volatility, at the quote."""
        return sum(
            each.annuity
            * sqrt(each.decided)
            * quotation.slope(each.forward, self.strike, self.quote * sqrt(each.decided))
            for each in self.pieces
        )

    def modelled(self, curves: Curves, model: HullWhite) -> float:
        """What it is worth in a model."""
        return sum(self._piece(each, curves, model) for each in self.pieces)

    def implied(self, quotation: Quotation, value: float) -> float:
        """The volatility at which it is worth so much."""
        if len(self.pieces) == 1:
            (one,) = self.pieces
            return quotation.implied(value / one.annuity, one.forward, self.strike, one.decided)

        def off(volatility: float) -> float:
            return self.told(quotation, volatility) - value

        most = 1.0 if quotation.normal else 10.0
        if off(0.0) >= 0.0:
            return 0.0
        return most if off(most) <= 0.0 else float(brentq(off, 0.0, most, xtol=1e-16))

    def _piece(self, piece: Piece, curves: Curves, model: HullWhite) -> float:
        horizon = max(max(each.ends, each.pays) for each in piece.floating)
        factor = model.until(max(horizon, max(each.pays for each in piece.fixed)))
        worth, exposures = self._exponentials(piece, curves, factor)
        return positive_part(self.sign * worth, exposures, factor.variance(piece.decided))

    def _exponentials(self, piece: Piece, curves: Curves, factor: Factor) -> tuple[Floats, Floats]:
        """What is decided on: worths now, and how each moves with the factor."""
        worth, exposures = [], []
        for fixed in piece.fixed:
            worth.append(-self.strike * fixed.accrued * curves.discount(fixed.pays))
            exposures.append(factor.exposure(fixed.pays))
        for each in piece.floating:
            unit = each.accrued / each.fraction * curves.discount(each.pays)
            sooner, later = factor.exposure(each.begins), factor.exposure(each.ends)
            paid, tilt = factor.exposure(each.pays), sooner - later
            known = factor.variance(each.begins if self.compounds else each.fixes)
            convexity = tilt * (paid - later) * known
            growth = 1.0 + curves.growth(each.begins, each.ends)
            worth += [unit * growth * np.exp(convexity), -unit]
            exposures += [paid + tilt, paid]
        return np.array(worth), np.array(exposures)


def positive_part(worth: Floats, exposures: Floats, variance: float) -> float:
    """The mean of the positive part of a sum of w exp(b u - b² v / 2), u normal with variance v,
    which changes its sign at most once."""
    deviation = sqrt(variance)
    if deviation <= LEAST:
        return max(float(worth.sum()), 0.0)

    def at(u: float) -> float:
        exponents = exposures * u - exposures**2 * variance / 2
        return float(worth @ np.exp(np.clip(exponents, -LARGEST, LARGEST)))

    low, high = -REACH * deviation, REACH * deviation
    below, above = at(low), at(high)
    if below * above >= 0.0:
        return max(float(worth.sum()), 0.0)
    edge = float(brentq(at, low, high, xtol=1e-15))
    side = 1.0 if above > 0.0 else -1.0
    return float(worth @ ndtr(side * (exposures * variance - edge) / deviation))


# --- what is quoted -------------------------------------------------------------------------------


def options_of(
    asset: str, table: HullWhiteTable, dates: Conventions, curves: Curves
) -> tuple[RateOption, ...]:
    """The options of a table, by their expiries. Raises Unfit E0643, E0647, E0648."""
    path: Path = ("hull_white", asset)
    found: list[tuple[Path, float | None, float, tuple[Piece, ...], int]] = []
    for text, option in table.swaptions.items():
        here: Path = (*path, "swaptions", text)
        expires = dates.later(dates.today, pair_of(text)[0])[1]
        swap = dates.swap(here, 0.0, dates.settled(expires), text.partition("x")[2])
        piece = Piece(
            dates.years(expires), swap.floating, swap.fixed, swap.rate(curves), swap.annuity(curves)
        )
        strike = piece.forward if option.strike is None else option.strike
        found.append((here, option.volatility, strike, (piece,), swap.last))
    for text, option in table.caps.items():
        here = (*path, "caps", text)
        swap = dates.swap(here, 0.0, dates.spot, text)
        if dates.table.compounds or len(swap.floating) < 2:
            raise Unfit("E0647", here, index=table.index)
        pieces = tuple(_caplet(each, curves) for each in swap.floating[1:])
        annuity = sum(each.annuity for each in pieces)
        even = sum(each.forward * each.annuity for each in pieces) / annuity
        strike = even if option.strike is None else option.strike
        found.append((here, option.volatility, strike, pieces, swap.last))
    quotation, made = Quotation(table.quoted == "normal", table.shift), list[RateOption]()
    smiles = smiles_of(path, table, dates)
    for here, quote, strike, pieces, last in found:
        if quote is not None and quote <= 0.0:
            raise Unfit("E0604", here, problem="a volatility must be above zero")
        _check(here, quotation, strike, pieces)
        told = RateOption(here, quote or 0.0, strike, pieces, last, dates.table.compounds)
        made.append(told if quote is not None else on_smiles(told, quotation, smiles))
    return tuple(sorted(made, key=lambda each: (each.pieces[-1].decided, each.last)))


def _check(path: Path, quotation: Quotation, strike: float, pieces: Sequence[Piece]) -> None:
    """Raises Unfit E0648 unless volatilities can be of these rates."""
    rates = (strike, *(each.forward for each in pieces))
    if not quotation.holds(*rates):
        raise Unfit("E0648", path, rate=f"{min(rates):.4%}", shift=f"{quotation.shift:.4%}")


def _caplet(each: Floating, curves: Curves) -> Piece:
    fixed = Fixed(each.accrued, each.pays)
    annuity = each.accrued * curves.discount(each.pays)
    forward = curves.growth(each.begins, each.ends) / each.fraction
    return Piece(each.fixes, (each,), (fixed,), forward, annuity)


# --- volatilities by strike -----------------------------------------------------------------------


def smiles_of(path: Path, table: HullWhiteTable, dates: Conventions) -> Smiles:
    """The smiles of a table by years to expiry. Raises Unfit E0643, E0644."""
    found: dict[int, RateSmile] = {}
    for text, told in table.smiles.items():
        here, (_, expires) = (*path, "smiles", text), dates.after(dates.today, text)
        dates.check(here, dates.today, expires)
        if expires in found:
            raise Unfit("E0644", here, other="smiles", date=show_instant(expires))
        found[expires] = RateSmile(told.alpha, told.beta, told.rho, told.nu, table.shift)
    return [(dates.years(expires), found[expires]) for expires in sorted(found)]


def on_smiles(option: RateOption, quotation: Quotation, smiles: Smiles) -> RateOption:
    """An option that is quoted by its strike alone, at the one volatility at which it is worth what
    its pieces are, each at that of its own expiry. Raises Unfit E0604, E0648."""
    if not smiles:
        raise Unfit("E0604", option.path, problem="it has no volatility, and there are no smiles")
    total = 0.0
    for each in option.pieces:
        smile = between(smiles, each.decided)
        if smile.beta > 0.0:
            _check(option.path, Quotation(False, smile.shift), option.strike, (each,))
        rates = (each.forward, option.strike)
        level = smile.volatility(quotation.normal, *rates, each.decided)
        if not level > 0.0:
            raise Unfit("E0604", option.path, problem="the smile's formula breaks down there")
        deviation = level * sqrt(each.decided)
        total += each.annuity * quotation.value(option.sign, *rates, deviation)
    return replace(option, quote=option.implied(quotation, total))


# --- the fit --------------------------------------------------------------------------------------


def fitted_factor(
    asset: str,
    table: HullWhiteTable,
    options: Sequence[RateOption],
    dates: Conventions,
    curves: Curves,
) -> HullWhite:
    """The factor whose volatilities are nearest to those that are quoted. Raises Unfit E0649."""
    bends = _bends(asset, table, dates)
    free = len(bends) + 1 + (table.reversion is None)
    if len(options) < free:
        path = ("hull_white", asset)
        raise Unfit("E0649", path, count=len(options), needed=free)
    last = max(dates.years(each.last) for each in options)
    until = (*bends, max(last, *bends) if bends else last)
    quotation = Quotation(table.quoted == "normal", table.shift)
    told = [each.told(quotation, each.quote) for each in options]
    scale = _scale(options, quotation)

    def model(x: Floats) -> HullWhite:
        reversion = float(x[0]) if table.reversion is None else table.reversion
        levels = x[1:] if table.reversion is None else x
        return HullWhite(reversion, tuple(zip(until, map(float, levels), strict=True)))

    def off(x: Floats) -> Floats:
        worth = [each.modelled(curves, model(x)) for each in options]
        return (np.array(worth) - told) / scale

    low, high, start = [], [], []
    if table.reversion is None:
        low, high, start = [REVERSIONS[0]], [REVERSIONS[1]], [START[0]]
    low += [VOLATILITIES[0]] * len(until)
    high += [VOLATILITIES[1]] * len(until)
    start += [START[1]] * len(until)
    found = least_squares(
        off, start, bounds=(low, high), x_scale=start, xtol=1e-13, ftol=1e-13, gtol=1e-13
    )
    return model(found.x)


def _scale(options: Sequence[RateOption], quotation: Quotation) -> Floats:
    """What is missed of each option is counted in this."""
    vegas = np.array([each.vega(quotation) for each in options])
    floor = np.maximum(vegas, FAINTEST * vegas.max())
    return np.asarray(floor * np.mean([each.quote for each in options]), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class FactorFit:
    """A factor beside the options that it was fitted to."""

    model: HullWhite
    options: tuple[RateOption, ...]
    curves: Curves
    table: HullWhiteTable
    quotation: Quotation

    @property
    def free(self) -> list[int]:
        """Which of its parameters were sought, and lie between their bounds: the reversion is the
        first one, then come volatilities."""
        levels = [(level, VOLATILITIES) for _, level in self.model.volatility]
        told = [(self.model.reversion, REVERSIONS), *levels]
        inside = [low + FAR + NEAR < each < high - FAR - NEAR for each, (low, high) in told]
        inside[0] = inside[0] and self.table.reversion is None
        return [place for place, is_inside in enumerate(inside) if is_inside]

    def with_quotes(self) -> Floats:
        """How its free parameters move with each quote, a column a quote: where a sum of squares is
        least its gradient stays zero."""
        by_parameter = [self._change(self._moved, place) for place in self.free]
        by_quote = [self._change(self._quoted, at) for at in range(len(self.options))]
        found = np.linalg.solve(np.array(by_parameter).T, -np.array(by_quote).T)
        return np.asarray(found, dtype=np.float64)

    def _change(self, moved: Callable[[int, float], "FactorFit"], place: int) -> Floats:
        up, down = (moved(place, h).gradient for h in (FAR, -FAR))
        return np.asarray((up - down) / (2 * FAR), dtype=np.float64)

    @property
    def gradient(self) -> Floats:
        """That of half the sum of squares, by the free parameters."""
        scale = _scale(self.options, self.quotation)
        told = [each.told(self.quotation, each.quote) for each in self.options]
        missed = (self.worths - told) / scale
        slopes = [self._slope(place) / scale for place in self.free]
        return np.asarray(np.array(slopes) @ missed, dtype=np.float64)

    @property
    def worths(self) -> Floats:
        """What the options are worth in the model."""
        return np.array([each.modelled(self.curves, self.model) for each in self.options])

    def _slope(self, place: int) -> Floats:
        up, down = (self._moved(place, h).worths for h in (NEAR, -NEAR))
        return np.asarray((up - down) / (2 * NEAR), dtype=np.float64)

    def _moved(self, place: int, by: float) -> "FactorFit":
        each = [0.0] * (1 + len(self.model.volatility))
        each[place] = 1.0
        return replace(self, model=self.model.moved(each, by))

    def _quoted(self, at: int, by: float) -> "FactorFit":
        options = list(self.options)
        options[at] = replace(options[at], quote=options[at].quote + by)
        return replace(self, options=tuple(options))


def _bends(asset: str, table: HullWhiteTable, dates: Conventions) -> tuple[float, ...]:
    """The times at which the volatility changes. Raises Unfit E0643, E0644."""
    path = ("hull_white", asset, "until")
    instants = sorted(dates.after(dates.today, text)[1] for text in table.until)
    for instant in instants:
        dates.check(path, dates.today, instant)
    for one, other in pairwise(instants):
        if one == other:
            raise Unfit("E0644", path, other=path[-1], date=show_instant(one))
    return tuple(dates.years(each) for each in instants)
