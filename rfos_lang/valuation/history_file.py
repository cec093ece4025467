"""What was observed before a market's date, in a file of its own: CSV or TOML.

```csv
feed,at,value
"spot(BTC, USD)",2025-12-31,64_210
"credit_event(""ACME Corp"")",2025-12-31,false
```

In TOML it is what `[fixings]` is in a market file: a table a feed, an instant a line. A date,
such as the day on which a dividend is paid, counts in seconds since 1970.
"""

import csv
import tomllib
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.toml_place import place_of, place_of_error
from rfos_lang.base.wording import report
from rfos_lang.valuation.market_values import instant_of, level_of

Fixings = Mapping[str, Mapping[int, float]]
"""Observations by feed and instant."""


def parse_history(text: str, source: str) -> tuple[Fixings, tuple[Diagnostic, ...]]:
    """The observations of a file, and what is wrong with it, each at its line."""
    rows = _toml(text, source) if source.endswith(".toml") else _csv(text, source)
    found: dict[str, dict[int, float]] = {}
    problems: list[Diagnostic] = []
    for row in rows:
        if isinstance(row, Diagnostic):
            problems.append(row)
            continue
        feed, at, value, place = row
        try:
            found.setdefault(feed, {})[instant_of(at)] = level_of(value)
        except Refused as refused:
            problem = refused.names.get("problem") or f"`{refused.names.get('text')}` is no date"
            problems.append(report("E0627", place, problem=problem))
    return found, tuple(problems)


Row = tuple[str, Any, Any, Span]


def _csv(text: str, source: str) -> Iterator[Row | Diagnostic]:
    begin = 0
    for number, line in enumerate(text.splitlines(keepends=True)):
        place, begin = Span(source, begin, begin + len(line.rstrip())), begin + len(line)
        cells = [cell.strip() for row in csv.reader(StringIO(line)) for cell in row]
        if not cells or (number == 0 and cells == ["feed", "at", "value"]):
            continue
        if len(cells) != 3:
            yield report("E0627", place, problem="a line has a feed, an instant and a value")
        else:
            yield cells[0], cells[1], _truth(cells[2]), place


def _truth(cell: str) -> str | bool:
    return {"true": True, "false": False}.get(cell, cell)


def _toml(text: str, source: str) -> Iterator[Row | Diagnostic]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        yield report("E0627", place_of_error(text, source, str(problem)), problem=str(problem))
        return
    for feed, values in data.items():
        if not isinstance(values, dict):
            yield report("E0627", place_of(text, source, (feed,)), problem="each feed is a table")
            continue
        for at, value in values.items():
            yield feed, at, value, place_of(text, source, (feed, at))
