"""A market in which one thing has moved, everything else as it was."""

from dataclasses import replace

from rfos_lang.valuation.curve import YEAR, RateCurve
from rfos_lang.valuation.market import Market, Move, Pair


def with_spot(market: Market, pair: Pair, change: float) -> Market:
    """A spot moved; its inverse follows."""
    others = {known: spot for known, spot in market.spots.items() if known != pair[::-1]}
    return replace(market, spots=others | {pair: market.spot(*pair) + change})


def with_volatility(market: Market, pair: Pair, change: float) -> Market:
    """The volatilities of a spot, or those of its own model, moved in parallel."""
    if pair in market.heston:
        return replace(market, heston={**market.heston, pair: market.heston[pair].raised(change)})
    if pair in market.smiles:
        return replace(market, smiles={**market.smiles, pair: market.smiles[pair].raised(change)})
    if pair in market.local_volatilities:
        raised = market.local_volatilities[pair].raised(change)
        return replace(market, local_volatilities={**market.local_volatilities, pair: raised})
    if pair in market.quotes:
        return replace(market, quotes={**market.quotes, pair: market.quotes[pair].raised(change)})
    moved = market.volatility_curve(*pair).raised(change)
    known = pair if pair in market.volatilities else pair[::-1]
    return replace(market, volatilities={**market.volatilities, known: moved})


def with_rate(market: Market, asset: str, change: float) -> Market:
    """The zero rates of an asset moved in parallel."""
    moved = market.rate_curve(asset).raised(change)
    return replace(market, rates={**market.rates, asset: moved})


def with_curve(market: Market, name: str, change: float) -> Market:
    """The rates of a curve that projects indices moved in parallel."""
    return replace(market, curves={**market.curves, name: market.curves[name].raised(change)})


def with_carry(market: Market, asset: str, change: float) -> Market:
    """What holding an asset brings moved in parallel."""
    moved = market.carry_curve(asset).raised(change)
    return replace(market, yields={**market.yields, asset: moved})


def with_quote(market: Market, move: Move, change: float) -> Market:
    """A quote moved, and all curves with it, or the factor of rates."""
    tables: dict[str, dict[str, RateCurve]] = {
        "rates": dict(market.rates),
        "curves": dict(market.curves),
        "hazards": dict(market.hazards),
    }
    for (table, name), rates in move.rates.items():
        tables[table][name] = tables[table][name].moved(rates, change)
    factors = {
        asset: market.hull_white[asset].moved(by, change) for asset, by in move.factors.items()
    }
    return replace(
        market,
        rates=tables["rates"],
        curves=tables["curves"],
        hazards=tables["hazards"],
        hull_white={**market.hull_white, **factors},
    )


def later(market: Market, years: float) -> Market:
    """The same market at a later date; curves keep their shape in years to maturity, and what
    assets pay keeps its dates."""
    yields = {asset: curve.after(years) for asset, curve in market.yields.items()}
    return replace(market, as_of=market.as_of + round(years * YEAR), yields=yields)
