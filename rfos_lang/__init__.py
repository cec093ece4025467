"""The compiler of rfos, a language for financial contracts. What Python programs use is `api`:

rfos_lang.price("std.options.EuropeanCall", "market.toml", strike=65_000, ...)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rfos_lang.api import *  # noqa: F403

_OFFERED = frozenset({
    "Failure", "Greek", "Line", "Market", "Position", "Valuation",
    "contract", "market", "portfolio", "price", "price_portfolio",
})  # fmt: skip


def __getattr__(name: str) -> Any:
    """What `api` offers, once it is asked for: importing the package stays quick."""
    if name in _OFFERED:
        return getattr(import_module("rfos_lang.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(_OFFERED)
