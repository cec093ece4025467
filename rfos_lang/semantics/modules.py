"""What a file brings in from others: the assets of the standard library, and contracts by `use`."""

import re
from collections.abc import Callable, Mapping
from functools import cache

from rfos_lang.base.calendar import Calendar
from rfos_lang.base.feed import FeedRules
from rfos_lang.base.span import Span
from rfos_lang.semantics.definition import AssetDeclaration, Literal, Plain
from rfos_lang.semantics.scope import DeclaredFeed, Kind, Meaning, Scope, Value
from rfos_lang.syntax import tree
from rfos_lang.syntax.parser import parse

Library = Callable[[str], str | None]
"""The text of a module by its dotted name, such as `std.assets`; None if there is none."""

ASSETS = "std.assets"

_ASSET = re.compile(r"^asset (\w+) in (\d+) decimals$", re.MULTILINE)


def standard_assets(library: Library) -> dict[str, AssetDeclaration]:
    """The assets that are in scope everywhere, by ticker.

    That file is one declaration a line and nothing else, so that it need not be parsed for every
    file that names a currency; a test compares this reading with the parser's.
    """
    text = library(ASSETS) or ""
    return {
        found[1]: AssetDeclaration(found[1], int(found[2]), Span(ASSETS, *found.span(1)))
        for found in _ASSET.finditer(text)
    }


_FEEDS = "feed dividends(u, cash: Asset): (amount: cash/u, pay: Date)\n"


@cache
def standard_feeds() -> tuple[DeclaredFeed, ...]:
    """The feeds that are in scope everywhere besides prices and indices: the dividends of an asset,
    told on the day from which a holder is due them."""
    module, complaints = parse(_FEEDS, "std.feeds")
    assert complaints == ()
    return tuple(
        DeclaredFeed(item, Scope()) for item in module.items if isinstance(item, tree.Feed)
    )


STREAM_RULES = FeedRules(lowest=0)
"""What holds of every number that those tell: nobody is due less than nothing."""


def prelude(assets: Mapping[str, AssetDeclaration]) -> dict[str, Meaning]:
    """The names in scope everywhere: standard assets and calendars."""
    return {name: _asset(declared) for name, declared in assets.items()} | _other_names()


@cache
def _asset(declared: AssetDeclaration) -> Meaning:
    return Value(Literal(declared.name, Plain.ASSET, declared.span), Kind.ASSET)


@cache
def _other_names() -> dict[str, Meaning]:
    nowhere = Span(ASSETS, 0, 0)
    names: dict[str, Meaning] = {
        each.value: Value(Literal(each.value, Plain.CALENDAR, nowhere), Kind.CALENDAR)
        for each in Calendar
    }
    return names | {feed.node.name.text: feed for feed in standard_feeds()}
