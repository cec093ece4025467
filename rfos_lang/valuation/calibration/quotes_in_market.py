"""A market file that holds quotes: what meets them takes their place."""

import tomllib
from collections.abc import Mapping
from functools import partial
from typing import Any

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.valuation.calibration.from_quotes import market_text, met
from rfos_lang.valuation.calibration.moves import moves_of
from rfos_lang.valuation.calibration.quoted_tables import QUOTES, is_quoted
from rfos_lang.valuation.calibration.quotes_file import checked
from rfos_lang.valuation.market import Moves

Tables = dict[str, Any]


def with_quotes_met(
    data: Mapping[str, Any], text: str, source: str
) -> tuple[tuple[Tables, Moves] | None, tuple[Diagnostic, ...]]:
    """The tables of a market file without quotes, and how curves move with these; or what is wrong
    with them (E06xx)."""
    quoted, others = _parted(data)
    file, problems = checked(quoted, text, source, "rates")
    if file is None:
        return None, problems
    found, problems = met(file, text, source)
    if found is None:
        return None, problems
    made = tomllib.loads(market_text(found))
    for table, entries in made.items():
        if table != "as_of":
            others[table] = entries | others.get(table, {})
    return (others, partial(moves_of, found)), ()


def _parted(data: Mapping[str, Any]) -> tuple[Tables, Tables]:
    """The tables with quotes, with the zero rates that they may need, and all others."""
    others: Tables = {table: each for table, each in data.items() if table != "zero_rates"}
    quoted: Tables = {"zero_rates": dict(data.get("zero_rates", {}))}
    if "as_of" in data:
        quoted["as_of"] = data["as_of"]
    for table in QUOTES:
        if isinstance(data.get(table), dict):
            entries = data[table].items()
            quoted[table] = {name: each for name, each in entries if is_quoted(table, each)}
            others[table] = {name: each for name, each in entries if not is_quoted(table, each)}
    quoted["zero_rates"] |= others.get("rates", {})
    return quoted, others
