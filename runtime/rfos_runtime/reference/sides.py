"""What each side of an instrument posts, and the risk of one lot of it.

A side is marked if it has a collateral rule and its code, or appraisers, say its risk. Any other
locks its worst case when it opens - nothing where it owes nothing - and is never liquidated.
"""

from rfos_runtime.reference.bounds import MOST
from rfos_runtime.reference.executor import PartyRisk, Rule
from rfos_runtime.reference.positions import other
from rfos_runtime.reference.world import World


def asset_of_side(world: World, handle: int, side: int) -> str | None:
    """The asset in which a side posts collateral; None if it posts none."""
    instrument = world.instruments[handle]
    rule = world.definitions[instrument.definition].view.rules[side]
    lock = instrument.locks[side]
    if rule is not None:
        return instrument.assets[rule.asset]
    return lock.asset if lock is not None else None


def rule_of(world: World, handle: int, side: int) -> Rule | None:
    """The collateral rule by which a side is marked; None if it locks its worst case instead."""
    return _rules(world, handle)[side]


def _rules(world: World, handle: int) -> tuple[Rule | None, ...]:
    """The collateral rules of both sides, if the risk of the instrument is said: by its code, or by
    appraisers."""
    definition = world.instruments[handle].definition
    view = world.definitions[definition].view
    return view.rules if view.has_risk or definition in world.panels else (None, None)


def row_of(world: World, handle: int, side: int) -> PartyRisk | None:
    """The risk of one lot of a side that is marked, while its mark is known."""
    return None if rule_of(world, handle, side) is None else mark_of(world, handle, side)


def worst_case(world: World, handle: int, side: int) -> int:
    """What one lot of a side locks; nothing if the side neither posts collateral nor owes."""
    instrument = world.instruments[handle]
    lock = instrument.locks[side]
    if lock is None:
        return 0 if asset_of_side(world, handle, side) is None else MOST
    return MOST if lock.units is None else lock.units


# --- margined together with others -------------------------------------------------------------


def rule_together(world: World, handle: int, side: int) -> Rule | None:
    """The rule by which a side can be margined together with others: its own, or, for one that
    posts nothing by itself, that of the other side; None if it cannot be."""
    rules = _rules(world, handle)
    if rules[side] is None and world.instruments[handle].locks[side] is None:
        return rules[other(side)]
    return rules[side]


def asset_together(world: World, handle: int, side: int) -> str | None:
    """The asset in which a side can be margined together with others; None if it cannot be."""
    rule = rule_together(world, handle, side)
    return None if rule is None else world.instruments[handle].assets[rule.asset]


def mark_of(world: World, handle: int, side: int) -> PartyRisk | None:
    """The risk of one lot of a side, marked by itself or not, while it is known."""
    known = world.instruments[handle].mark
    return None if known is None else known[side]
