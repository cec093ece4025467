"""What a contract is worth at a point of its life, under the quotes of a test."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rfos_lang.base import fixed
from rfos_lang.driver.life import Life

if TYPE_CHECKING:
    from rfos_lang.valuation.market import Market
    from rfos_lang.valuation.result import Valuation

Quotes = Mapping[tuple[str, tuple[str, ...]], int]
"""Figures in fixed point by kind and names, as `semantics.case.Quote` has them."""


def value_of(life: Life, as_of: int, quotes: Quotes) -> "Valuation":
    """The value to the first party. Raises base.refusal.Refused E06xx."""
    from rfos_lang.valuation.price import valued

    market = _market(life, as_of, quotes)
    return valued(life.instance.lowered.program, life.instance.terms, market, greeks=False)


def _market(life: Life, as_of: int, quotes: Quotes) -> "Market":
    from rfos_lang.valuation.curve import flat_rate, flat_volatility
    from rfos_lang.valuation.market import IndexCurve, Market

    figures = {key: _float(value) for key, value in quotes.items()}
    seen = {name: _float(value) for name, value in life.newest.items()}

    def of(kind: str) -> dict[tuple[str, ...], float]:
        return {names: value for (each, names), value in figures.items() if each == kind}

    indices = _observed(seen, "index") | of("index")
    return Market(
        as_of=as_of,
        spots={(a, b): value for (a, b), value in (_observed(seen, "spot") | of("spot")).items()},
        volatilities={(a, b): flat_volatility(v) for (a, b), v in of("volatility").items()},
        rates={asset: flat_rate(value) for (asset,), value in of("rate").items()},
        yields={asset: flat_rate(value) for (asset,), value in of("yield").items()},
        correlations={
            frozenset(((a, cash), (b, cash))): value
            for (a, b, cash), value in of("correlation").items()
        },
        indices={index: IndexCurve(flat=value) for (index,), value in indices.items()},
        levels=seen,
        fixings={
            name: {at: _float(value) for at, value in values.items() if at <= as_of}
            for name, values in life.values.items()
        },
    )


def _observed(seen: Mapping[str, float], kind: str) -> dict[tuple[str, ...], float]:
    """The newest values of the feeds of a kind, by their arguments."""
    start = f"{kind}("
    return {
        tuple(name[len(start) : -1].split(", ")): value
        for name, value in seen.items()
        if name.startswith(start)
    }


def _float(value: int) -> float:
    return float(fixed.to_decimal(value))
