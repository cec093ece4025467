"""A book over a grid of markets: spots × volatilities, or scenarios with names."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.toml_place import place_of
from rfos_lang.base.wording import report
from rfos_lang.driver.book import worth_of
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Source
from rfos_lang.driver.pricing import How
from rfos_lang.driver.shocks import Shock, shocked
from rfos_lang.driver.toml_list import tables
from rfos_lang.driver.trade import Trade
from rfos_lang.valuation.market import Market, Pair, spot_name


@dataclass(frozen=True, slots=True)
class Scenario:
    """A shock with a name."""

    name: str
    shock: Shock


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a book is worth after a shock, and how much that differs from before."""

    scenario: Scenario
    value: float
    gain: float


def grid(spots: Sequence[float], volatilities: Sequence[float]) -> Iterator[Scenario]:
    """The product of two rows of fractions, spots in the outer order."""
    for spot in spots:
        for volatility in volatilities:
            yield Scenario(f"{spot:+.6g} {volatility:+.6g}", Shock(spot, volatility))


def outcomes(
    trades: Sequence[Trade],
    market: Market,
    scenarios: Sequence[Scenario],
    how: How,
    asset: str,
) -> Iterator[Outcome]:
    """What the trades are worth together under each scenario, in `asset`. A simulation takes the
    same random numbers each time, so that differences are those of the market. Raises Failure."""
    worth = worth_of(trades, market, how, asset)
    before = worth.on(market)
    for scenario in scenarios:
        value = worth.on(shocked(market, scenario.shock, asset))
        yield Outcome(scenario, value, value - before)


# --- the file of scenarios -----------------------------------------------------------------------

_ALL = ("spots", "volatilities", "rates")


def scenarios_of(source: Source) -> tuple[Scenario, ...]:
    """The scenarios of a TOML file. Raises Failure."""
    listed = tables(source, "scenarios", lambda place, problem: _wrong(source, place, problem))
    if not listed:
        _refuse(source, (), "it holds no scenario")
    return tuple(_scenario(source, ("scenarios", k), entry) for k, entry in enumerate(listed))


def _scenario(source: Source, path: tuple[str | int, ...], entry: Any) -> Scenario:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
        _refuse(source, path, 'a scenario has a name: name = "crash"')
    moved = {key: value for key, value in entry.items() if key != "name"}
    alone: dict[Pair, float] = {}
    for key in [key for key in moved if key not in _ALL]:
        alone[_pair(source, (*path, key), key)] = _fraction(source, (*path, key), moved.pop(key))
    whole = {key: _fraction(source, (*path, key), value) for key, value in moved.items()}
    return Scenario(entry["name"], Shock(**whole, alone=alone))


def _pair(source: Source, path: tuple[str | int, ...], key: str) -> Pair:
    inside = key.removeprefix("spot(").removesuffix(")").split(", ")
    if len(inside) != 2 or key != spot_name(*inside):
        _refuse(source, path, f"`{key}` is none of spots, volatilities, rates, nor a spot(A, B)")
    return inside[0], inside[1]


def _fraction(source: Source, path: tuple[str | int, ...], value: Any) -> float:
    """`"-10%"` or `-0.1`."""
    try:
        return fraction(value if isinstance(value, str) else repr(value))
    except ValueError:
        _refuse(source, path, f"`{value}` is no move, such as -10%")


def fraction(text: str) -> float:
    """`-10%` or `-0.1` as a number. Raises ValueError; a number that is not finite is none."""
    plain = text.replace("_", "").strip()
    number = float(plain.removesuffix("%")) / (100 if plain.endswith("%") else 1)
    if number - number != 0:
        raise ValueError(text)
    return number


def _refuse(source: Source, path: tuple[str | int, ...], problem: str) -> NoReturn:
    raise _wrong(source, place_of(source.text, source.name, path), problem)


def _wrong(source: Source, place: Span, problem: str) -> Failure:
    return Failure([report("E1022", place, problem=problem)], source.sources)
