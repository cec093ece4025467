"""What the risk of an instrument depends on."""

from functools import lru_cache

from rfos_runtime.reference.executor import DefinitionView

Inputs = tuple[tuple[str, str, str], ...]
"""Of each: its source, the base and the quote of its price."""


@lru_cache(1024)
def inputs_of(view: DefinitionView, assets: tuple[str, ...]) -> Inputs:
    """The source of each input of its code's risk, and the base and the quote of its price; empty
    for rates and yields. Of code that does not say its risk: the prices that it observes, each
    once."""
    if not view.has_risk:
        pairs = (tuple(assets[slot] for slot in f.assets) for f in view.feeds if f.kind == "spot")
        return tuple(("spot", base, quote) for base, quote in dict.fromkeys(pairs))
    found = []
    for each in view.risk_inputs:
        of_price = each.source in ("spot", "volatility")
        slots = view.feeds[each.slot].assets if of_price else ()
        names = tuple(assets[slot] for slot in slots)
        found.append((each.source, *(names if len(names) == 2 else ("", ""))))
    return tuple(found)
