"""The market that the page has fields for: one price with its volatility, and what money and the
asset bear. What may stand in a field, and what is wrong with it, is as in a market file."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from rfos_lang.base.instant import parse_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.driver.failure import Failure
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.market_figures import rate_of, spot_of, volatility_of

Fields = Mapping[str, str]
"""What is written in `date`, `spot`, `volatility`, `rate` and `yield`; no empty ones."""

Key = TypeVar("Key")
Figure = TypeVar("Figure")


def date_of(fields: Fields) -> int:
    """The market's date. Raises Failure."""
    return _read(fields, "date", parse_instant)


def market(fields: Fields, asset: str, cash: str) -> Market:
    """The market of an asset that is priced in a cash. Raises Failure, whose place is a field."""
    figures = {name: _read(fields, name, of) for name, of in _FIGURES.items() if name in fields}

    def told(name: str, key: Key, made: Callable[[float], Figure]) -> dict[Key, Figure]:
        return {key: made(figures[name])} if name in figures else {}

    pair = (asset, cash)
    return Market(
        date_of(fields),
        spots=told("spot", pair, float),
        volatilities=told("volatility", pair, flat_volatility),
        rates=told("rate", cash, flat_rate),
        yields=told("yield", asset, flat_rate),
        source="market",
    )


_FIGURES: dict[str, Callable[[str], float]] = {
    "spot": spot_of,
    "volatility": volatility_of,
    "rate": rate_of,
    "yield": rate_of,
}


def _read(fields: Fields, name: str, read: Callable[[str], Figure]) -> Figure:
    try:
        return read(fields[name])
    except Refused as refused:
        names = {"key": name, **refused.names}
        problem = report(refused.code, Span(f"market.{name}", 0, 0), **names)
        raise Failure([problem], {}) from None
