"""rfos from Python: the values that the commands print, as objects.

    import rfos_lang

    call = rfos_lang.contract("std.options.EuropeanCall")
    found = rfos_lang.price(
        call, "examples/market.toml",
        underlying="BTC", cash="USD", strike=65_000, expiry="2026-07-01",
    )
    found.value, found.greek("delta").value

A wrong contract, market or argument raises `Failure`, whose text points at the place.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from numbers import Real
from os import PathLike
from pathlib import Path

from rfos_lang.base.instant import parse_instant
from rfos_lang.cli.files import library_beside, opened, read_text
from rfos_lang.driver.book import Line, lines, trades_of
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Checked, Source, checked
from rfos_lang.driver.positions import Position, positions_of
from rfos_lang.driver.pricing import How, market_of, priced
from rfos_lang.driver.trade import Opened
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import PATHS
from rfos_lang.valuation.result import Greek, Valuation

__all__ = [
    "Failure",
    "Greek",
    "Line",
    "Market",
    "Position",
    "Valuation",
    "contract",
    "market",
    "portfolio",
    "price",
    "price_portfolio",
]

Argument = str | Real | date | Iterable["Argument"]
"""The value of a parameter: as the language writes it, or a number, a date, a list of such."""


def contract(target: str | PathLike[str], text: str | None = None) -> Checked:
    """A contract, checked: `file.rfos`, `file.rfos:Name`, `std.options.EuropeanCall`; or that of
    a `text`, which `target` then names. Raises Failure."""
    if text is None:
        return opened(str(target))
    name, _, wanted = str(target).partition(":")
    return checked(Source(name, text), wanted or None, library_beside(Path()))


def market(source: str | PathLike[str], text: str | None = None) -> Market:
    """A market from a TOML file, or from a `text` that `source` names. Raises Failure."""
    path = Path(source)
    return market_of(Source(str(path), read_text(path) if text is None else text))


def price(
    target: str | PathLike[str] | Checked,
    market_or_file: Market | str | PathLike[str],
    /,
    *,
    start: str | date | None = None,
    method: str = "auto",
    paths: int = PATHS,
    seed: int = 1,
    sampling: str = "pseudo",
    greeks: bool = True,
    **arguments: Argument,
) -> Valuation:
    """The value of a contract to its first party, with its Greeks, as `rfos greeks` has it.

    `start` is when the contract begins, by default the market's date; `method` one of
    `valuation.price.METHODS`; `paths`, `seed` and `sampling` (pseudo, sobol) are for simulations,
    which give the same value for the same seed. Arguments are those of the contract, by name.
    Raises Failure.
    """
    contract_of = target if isinstance(target, Checked) else contract(target)
    given = {name: spelled(value) for name, value in arguments.items()}
    begin = None if start is None else parse_instant(spelled(start))
    how = How(method, paths, seed, sampling=sampling)
    found = priced(contract_of, given, _market(market_or_file), start=begin, how=how, greeks=greeks)
    return found.valuation


def portfolio(source: str | PathLike[str]) -> tuple[Position, ...]:
    """The positions of a portfolio file, TOML or CSV. Raises Failure."""
    path = Path(source)
    return positions_of(Source(str(path), read_text(path)))


def price_portfolio(
    positions: str | PathLike[str] | Iterable[Position],
    market_or_file: Market | str | PathLike[str],
    *,
    method: str = "auto",
    paths: int = PATHS,
    seed: int = 1,
    sampling: str = "pseudo",
    greeks: bool = True,
) -> Iterator[Line]:
    """Each position with its value, one after the other; a position that cannot be valued says why
    and leaves the others. Raises Failure for a file that cannot be read."""
    folder = Path()
    if isinstance(positions, str | PathLike):
        folder, positions = Path(positions).parent, portfolio(positions)
    found = _market(market_or_file)
    by_name: Opened = lambda name: opened(name, folder)  # noqa: E731
    how = How(method, paths, seed, sampling=sampling)
    yield from lines(trades_of(positions, found, by_name), found, how, greeks)


def spelled(value: Argument) -> str:
    """A value as the language writes it."""
    match value:
        case str():
            return value
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Real():
            return repr(value)
        case _:
            return f"[{', '.join(spelled(each) for each in value)}]"


def _market(given: Market | str | PathLike[str]) -> Market:
    return given if isinstance(given, Market) else market(given)
