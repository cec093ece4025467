"""What the risk of an instrument depends on."""

from functools import lru_cache

from rfos_runtime.reference.executor import DefinitionView

Inputs = tuple[tuple[str, str, str], ...]
"""Of each: its source, the base and the quote of its price."""

Underlying = frozenset[tuple[str, str]]
"""All the prices that an instrument depends on, by base and quote."""


@lru_cache(1024)
def inputs_of(view: DefinitionView, assets: tuple[str, ...]) -> Inputs:
    """The source of each input of its code's risk, and the base and the quote of its price; empty
    for rates and yields. Of code that does not say its risk: the prices that it observes, each
    once."""
    if not view.has_risk:
        return tuple(("spot", base, quote) for base, quote in _observed(view, assets))
    found = []
    for each in view.risk_inputs:
        of_price = each.source in ("spot", "volatility")
        slots = view.feeds[each.slot].assets if of_price else ()
        names = tuple(assets[slot] for slot in slots)
        found.append((each.source, *(names if len(names) == 2 else ("", ""))))
    return tuple(found)


@lru_cache(1024)
def underlying_of(view: DefinitionView, assets: tuple[str, ...]) -> Underlying:
    """All the prices that it depends on."""
    return frozenset((base, quote) for _, base, quote in inputs_of(view, assets) if base)


@lru_cache(1024)
def price_slots(view: DefinitionView, assets: tuple[str, ...]) -> tuple[int, ...]:
    """The slots of the feeds that show those prices, of code that does not say its risk: of each
    price the first."""
    return tuple(_observed(view, assets).values())


def _observed(view: DefinitionView, assets: tuple[str, ...]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for slot, feed in enumerate(view.feeds):
        if feed.kind == "spot":
            base, quote = (assets[each] for each in feed.assets)
            found.setdefault((base, quote), slot)
    return found
