"""Averages for the tests: contracts of the standard library and of texts, on a market."""

from collections.abc import Mapping
from functools import cache

from rfos_lang.base.instant import SECOND, parse_instant, show_instant
from rfos_lang.core.arguments import read_arguments, shape_of
from rfos_lang.core.binding import bind
from rfos_lang.core.lowering import lower
from rfos_lang.core.program import Program, Terms
from rfos_lang.semantics.analyse import analyse
from rfos_lang.semantics.definition import Definition
from rfos_lang.stdlib_path import standard_library
from rfos_lang.valuation.curve import YEAR, RateCurve, VolatilityCurve, flat_rate, flat_volatility
from rfos_lang.valuation.market import Market

TODAY = parse_instant("2026-01-01")
PAIR = ("BTC", "USD")
SPOT = "spot(BTC, USD)"


@cache
def definitions(text: str) -> Mapping[str, Definition]:
    """The contracts of a text, or of `std.<module>`."""
    folder = standard_library()

    def library(module: str) -> str:
        return (folder / f"{module.removeprefix('std.')}.rfos").read_text(encoding="utf-8")

    source = library(text) if text.startswith("std.") else text
    analysis = analyse(source, "text.rfos", library)
    assert not analysis.diagnostics, [each.message for each in analysis.diagnostics]
    return analysis.definitions


def bound(text: str, name: str, start: int = TODAY, **given: str) -> tuple[Program, Terms]:
    """An instance on BTC in USD."""
    definition = definitions(text)[name]
    read, problems = read_arguments(definition, {"underlying": "BTC", "cash": "USD", **given})
    assert read is not None, [each.message for each in problems]
    lowered, problems = lower(definition, shape_of(definition, read))
    assert lowered is not None, [each.message for each in problems]
    terms, problems = bind(lowered, read, start)
    assert terms is not None, [each.message for each in problems]
    return lowered.program, terms


def instant(years: float) -> int:
    """A time in years, to the second."""
    return TODAY + round(years * YEAR / SECOND) * SECOND


def dates(*years: float) -> str:
    """A schedule."""
    return "[" + ", ".join(show_instant(instant(each)) for each in years) + "]"


def market(spot: float = 100.0, spread: float = 0.3, rate: float = 0.05, carry: float = 0.02):
    """A market whose curves are flat."""
    return Market(
        TODAY,
        spots={PAIR: spot},
        volatilities={PAIR: flat_volatility(spread)},
        rates={"USD": flat_rate(rate)},
        yields={"BTC": flat_rate(carry)},
    )


BENT = Market(
    TODAY,
    spots={PAIR: 100.0},
    volatilities={PAIR: VolatilityCurve(((0.25, 0.5), (1.0, 0.35)))},
    rates={"USD": RateCurve(((0.25, 0.02), (1.0, 0.06)))},
    yields={"BTC": RateCurve(((0.5, 0.0), (2.0, 0.03)))},
)
"""A market whose curves are not."""
