"""A market moved: prices and volatilities by a fraction of themselves, rates by a difference."""

from collections.abc import Mapping
from dataclasses import replace

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.market import Market, Pair


@dataclass(frozen=True, slots=True)
class Shock:
    """By how much a market moves. `spots` and `volatilities` are fractions (-0.1: a tenth less) of
    every price told in an asset; `rates` is added to every zero rate, per 1. `alone` holds the
    fractions of single spots, which count instead of `spots`."""

    spots: float = 0.0
    volatilities: float = 0.0
    rates: float = 0.0
    alone: Mapping[Pair, float] | None = None


def shocked(market: Market, shock: Shock, asset: str) -> Market:
    """The market after a shock to what is priced in `asset`."""
    alone, factor = shock.alone or {}, 1 + shock.volatilities
    return replace(
        market,
        spots={
            pair: _moved(price, pair, asset, 1 + alone.get(pair, shock.spots))
            for pair, price in market.spots.items()
        },
        volatilities={
            pair: curve.scaled(factor) if asset in pair else curve
            for pair, curve in market.volatilities.items()
        },
        heston={
            pair: model.scaled(factor) if asset in pair else model
            for pair, model in market.heston.items()
        },
        smiles={
            pair: smile.scaled(factor) if asset in pair else smile
            for pair, smile in market.smiles.items()
        },
        local_volatilities={
            pair: grid.scaled(factor) if asset in pair else grid
            for pair, grid in market.local_volatilities.items()
        },
        quotes={
            pair: each.scaled(factor) if asset in pair else each
            for pair, each in market.quotes.items()
        },
        rates={name: curve.raised(shock.rates) for name, curve in market.rates.items()},
    )


def _moved(price: float, pair: Pair, asset: str, factor: float) -> float:
    if pair[1] == asset:
        return price * factor
    return price / factor if pair[0] == asset else price
