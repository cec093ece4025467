"""What the curves of a market add to a formula that takes them as flat: of one instance as numbers,
of many as columns with a row each."""

from collections.abc import Callable, Mapping
from typing import Any

from rfos_lang.valuation.closed_form.parts import Part
from rfos_lang.valuation.figures import Figures

Amount = Any
"""A number, or a column of them."""
Amounts = Mapping[str, Amount]
Slopes = Callable[[Callable[[float], float]], Amount]
"""How a function of a curve changes with the horizon of a part, per year; nothing at once."""


def theta(
    found: Amounts, part: Part, numeraire: int, figures: Figures, slopes: Slopes, vegas: bool
) -> Amount:
    """Theta on the market's curves: that of the formula, and what reading them at a nearer horizon
    changes. `vegas`: whether any of them is not zero; a forward needs no volatility."""
    market = figures.market
    rates = market.rate_curve(figures.ahead.terms.assets[numeraire])
    moved = found["theta"] - found["rho"] * slopes(rates.rate)
    if part.feed is None:
        return moved
    asset, cash = figures.pair(part.feed)
    moved = moved - found["carry"] * slopes(market.carry_curve(asset).rate)
    if not vegas:
        return moved
    return moved - found["vega"] * slopes(market.volatility_curve(asset, cash).volatility)


def deferred(
    found: Amounts, is_cash: bool, factor: Amount, gap: Amount, slope: Amount
) -> dict[str, Amount]:
    """The measures of what is owed some years later: discounted by a factor, by the rate of the
    cash or the carry of the asset; `slope` is how that changes as time passes."""
    later = {name: number * factor for name, number in found.items()}
    if "theta" in later:
        later["theta"] = later["theta"] + later["value"] * slope
        moved = "rho" if is_cash else "carry"
        later[moved] = later[moved] - gap * later["value"]
    return later
