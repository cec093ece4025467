"""What a step of a scenario expects of the world after it, and what of it is otherwise.

free, posted    "ann USD" = "100 USD"       what an account has free, or posted in all
pledged         "ann BTC" = "0.5 BTC"       what it has posted for positions in another asset
fund            USD = "10 USD"              what the insurance fund has
lots            "ann call" = -3             the signed lots of an account
phase           call = "frozen"             where an instrument is in its life
mark            call = "unknown"            or known
feed            "spot(BTC, USD)" = "100"    the newest accepted value
told            ["deleveraged"]             events of the block, by their names; "no ..." for none
"""

from collections.abc import Iterator, Mapping
from typing import Any

from rfos_lang.base.fixed import to_minor_units
from rfos_lang.driver.blocks import Plan
from rfos_lang.driver.orders import decimal
from rfos_lang.driver.scenario import as_number
from rfos_runtime.node.node import Node
from rfos_runtime.records.holdings import FUND, Purpose
from rfos_runtime.reference.world import World


def unmet(plan: Plan, node: Node, expected: Mapping[str, Any]) -> tuple[str, ...]:
    """Every expectation that does not hold, in words."""
    return tuple(
        problem for kind, value in expected.items() for problem in _of(plan, node, kind, value)
    )


def _of(plan: Plan, node: Node, kind: str, value: Any) -> Iterator[str]:
    if kind == "told":
        yield from _told(node, value)
        return
    if not isinstance(value, Mapping):
        yield f"`{kind}` needs a table"
        return
    for key, wanted in value.items():
        found = _found(plan, node.world, kind, key)
        if found != _wanted(plan, kind, wanted):
            yield f"{kind} of {key} is {_shown(kind, found)}, and {wanted} was expected"


def _found(plan: Plan, world: World, kind: str, key: str) -> Any:
    name, _, rest = key.rpartition(" ")
    match kind:
        case "free":
            return _has(world, name, rest, Purpose.FREE)
        case "posted":
            return _has(world, name, rest, Purpose.COLLATERAL)
        case "pledged":
            return _has(world, name, rest, Purpose.PLEDGED)
        case "fund":
            return world.balances.get((key, FUND), 0)
        case "lots":
            name, _, instrument = key.partition(" ")
            return world.positions.get((_handle(plan, instrument), name), 0)
        case "phase":
            return str(world.instruments[_handle(plan, key)].phase)
        case "mark":
            known = world.instruments[_handle(plan, key)].mark is not None
            return "known" if known else "unknown"
        case "feed":
            newest = world.feeds[key].newest if key in world.feeds else None
            return None if newest is None else newest.value
        case _:
            return f"nothing: `{kind}` is no expectation"


def _has(world: World, account: str, asset: str, purpose: Purpose) -> int:
    return sum(
        units
        for (each, holding), units in world.balances.items()
        if (each, holding.account, holding.purpose) == (asset, account, purpose)
    )


def _handle(plan: Plan, name: str) -> int:
    names = [each.name for each in plan.listings]
    return names.index(name) + 1 if name in names else 0


def _wanted(plan: Plan, kind: str, wanted: Any) -> Any:
    match kind:
        case "free" | "posted" | "pledged" | "fund" if isinstance(wanted, str):
            number, _, asset = wanted.partition(" ")
            return to_minor_units(as_number(number), plan.places.get(asset, 0))
        case "feed":
            return as_number(wanted)
        case _:
            return wanted


def _shown(kind: str, found: Any) -> str:
    return decimal(found) if kind == "feed" and found is not None else str(found)


def _told(node: Node, names: list[str]) -> Iterator[str]:
    """Events by the words of their names: `auction began`."""
    events = node.history[-1].applied.events if node.history else ()
    told = {_words(type(event).__name__) for event in events}
    for name in names:
        absent = name.startswith("no ")
        if (name.removeprefix("no ") in told) == absent:
            yield f"the block told {', '.join(sorted(told - {'posted'}))}; {name} was expected"


def _words(name: str) -> str:
    return "".join(f" {each.lower()}" if each.isupper() else each for each in name).strip()
