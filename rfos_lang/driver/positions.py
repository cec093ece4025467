"""Positions: what somebody holds, from a portfolio file.

A TOML file lists `[[positions]]`, perhaps with a table of the `[collateral]` for them; a CSV file
has a row for each position, with the columns `contract`, `quantity`, `start` and one for each
parameter that any of the contracts has.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NoReturn

from rfos_lang.base.instant import parse_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.toml_place import place_of
from rfos_lang.base.wording import report
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Source
from rfos_lang.driver.toml_list import tables


def is_portfolio(target: str) -> bool:
    """Whether a target is a portfolio file rather than a contract."""
    return target.endswith((".toml", ".csv"))


COLLATERAL = "collateral"
"""The table of what is posted, which only a margin policy asks about."""
_OWN = ("contract", "quantity", "start", "label")
"""What a row says of the position itself; the rest are arguments."""


@dataclass(frozen=True, slots=True)
class Position:
    """So many of a contract, held as its first party; as its second if negative. `label` is the
    holder's own name for it."""

    contract: str
    quantity: float
    arguments: Mapping[str, str]
    start: int | None
    label: str = ""


def positions_of(source: Source) -> tuple[Position, ...]:
    """The positions of a portfolio file. Raises Failure."""
    listed = _rows(source) if source.name.endswith(".csv") else _tables(source)
    found = tuple(listed)
    if not found:
        raise wrong(source, place_of(source.text, source.name, ()), "it holds no position")
    return found


# --- TOML ----------------------------------------------------------------------------------------


def _tables(source: Source) -> Iterator[Position]:
    listed = tables(source, "positions", partial(wrong, source), (COLLATERAL,))
    for number, entry in enumerate(listed):
        yield _table(source, ("positions", number), entry)


def _table(source: Source, path: tuple[str | int, ...], entry: Any) -> Position:
    known = {*_OWN, "arguments"}
    if not isinstance(entry, dict) or set(entry) - known:
        _refuse(source, path, f"a position has {', '.join(sorted(known))}")
    arguments = entry.get("arguments", {})
    if not isinstance(arguments, dict):
        _refuse(source, (*path, "arguments"), 'arguments are a table: { strike = "60_000" }')

    def place(key: str) -> Span:
        return place_of(source.text, source.name, (*path, key) if key in entry else path)

    texts = {name: str(value) for name, value in arguments.items()}
    own = {key: value for key, value in entry.items() if key != "arguments"}
    return _position(source, own, texts, place)


def _refuse(source: Source, path: tuple[str | int, ...], problem: str) -> NoReturn:
    raise wrong(source, place_of(source.text, source.name, path), problem)


# --- CSV -----------------------------------------------------------------------------------------


def _rows(source: Source) -> Iterator[Position]:
    lines = source.text.splitlines(keepends=True)
    starts = _starts(lines)
    reader = csv.reader(io.StringIO(source.text), strict=True)
    try:
        heading = [name.strip() for name in next(reader, [])]
        if "contract" not in heading or len(set(heading)) < len(heading):
            raise wrong(source, Span(source.name, 0, 0), "its first line names the columns")
        last = reader.line_num
        for row in reader:
            place = Span(source.name, starts[last], starts[reader.line_num])
            last = reader.line_num
            if any(cell.strip() for cell in row):
                yield _row(source, heading, row, place)
    except csv.Error as error:
        place = Span(source.name, starts[reader.line_num - 1], starts[reader.line_num])
        raise wrong(source, place, str(error)) from None


def _starts(lines: Iterable[str]) -> list[int]:
    """Where each line begins, and where the last one ends."""
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    return starts


def _row(source: Source, heading: list[str], row: list[str], place: Span) -> Position:
    if len(row) > len(heading):
        raise wrong(source, place, f"this line has {len(row)} cells for {len(heading)} columns")
    cells = {name: cell.strip() for name, cell in zip(heading, row, strict=False) if cell.strip()}
    own: dict[str, Any] = {name: cells.pop(name) for name in _OWN if name in cells}
    try:
        own["quantity"] = float(own.get("quantity", "1").replace("_", ""))
    except ValueError:
        own["quantity"] = None
    return _position(source, own, cells, lambda _: place)


# --- either --------------------------------------------------------------------------------------


def _position(
    source: Source, own: Mapping[str, Any], texts: dict[str, str], place: Any
) -> Position:
    contract, quantity, start = own.get("contract"), own.get("quantity", 1), own.get("start")
    if not isinstance(contract, str):
        problem = 'a position names its contract, such as "std.options.EuropeanCall"'
        raise wrong(source, place("contract"), problem)
    if isinstance(quantity, bool) or not isinstance(quantity, int | float):
        problem = "a quantity is a number, negative for the second side"
        raise wrong(source, place("quantity"), problem)
    try:
        begin = None if start is None else parse_instant(str(start))
    except Refused:
        raise wrong(source, place("start"), f"`{start}` is not a date") from None
    return Position(contract, float(quantity), texts, begin, str(own.get("label", "")))


def wrong(source: Source, place: Span, problem: str) -> Failure:
    """What a portfolio file fails with."""
    return Failure([report("E1020", place, problem=problem)], source.sources)
