"""Which tables of a market file hold quotes instead of what meets them."""

from collections.abc import Mapping
from typing import Any

INSTRUMENTS = ("deposits", "forwards", "futures", "swaps")
QUOTES = {
    "rates": INSTRUMENTS,
    "curves": INSTRUMENTS,
    "hull_white": ("swaptions", "caps"),
    "hazards": ("spreads",),
}
"""By table, the tables of quotes in it."""


def holds_quotes(data: Mapping[str, Any]) -> bool:
    """Whether any table does."""
    return any(
        is_quoted(table, each)
        for table in QUOTES
        if isinstance(data.get(table), dict)
        for each in data[table].values()
    )


def is_quoted(table: str, value: Any) -> bool:
    """Whether what stands under a name in a table is quoted."""
    return isinstance(value, dict) and not value.keys().isdisjoint(QUOTES[table])
