"""The margin of a position as it stands, from the rows of its instrument.

    equity  =  collateral - exposure - payments to come - debt to the insurance fund

Exposure, maintenance and initial are those of the mark, for its lots. A side without a known mark
needs its worst case as initial margin and nothing else.
"""

from typing import Any, NamedTuple

from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.margin.rules import is_closed, is_marked, is_ruled, times
from rfos_runtime.kernel.margin.sides import asset_of_side, collateral_in, side_of
from rfos_runtime.kernel.places import place_of_debt, place_of_pair
from rfos_runtime.kernel.portfolio.measuring import together
from rfos_runtime.kernel.portfolio.pools import pool_of
from rfos_runtime.kernel.world import World


class Needed(NamedTuple):
    """Exposure, maintenance and initial margin, in minor units of what the side posts."""

    exposure: int
    maintenance: int
    initial: int


class Margin(NamedTuple):
    """The margin of one position, or of all that it is margined together with, in minor units of
    its collateral asset; 0: it has none."""

    asset: int
    collateral: int
    owed: int
    exposure: int
    maintenance: int
    initial: int
    equity: int


@within
def collateral_asset(mark: Any, position: Any, lots: int) -> int:
    """What the side of a position of so many lots posts by itself; without lots, what it still has
    posted; 0: nothing."""
    if lots != 0:
        return asset_of_side(mark, side_of(lots))
    if mark["asset"] != 0 and position["collateral"] != 0:
        return mark["asset"]
    return mark["asset2"] if mark["asset2"] != 0 and position["collateral2"] != 0 else 0


@within
def needed(mark: Any, flags: int, lots: int) -> Needed:
    """What a position of so many signed lots needs."""
    side, size = side_of(lots), abs(lots)
    if not is_marked(flags, side):
        worst = mark["lock"] if side == 0 else mark["lock2"]
        return Needed(0, 0, times(worst, size))
    exposure = times(mark["exposure"], size)
    if side == 0:
        return Needed(exposure, times(mark["maintenance"], size), times(mark["initial"], size))
    return Needed(-exposure, times(mark["maintenance2"], size), times(mark["initial2"], size))


@within
def margin_in(world: World, handle: int, position: Any) -> Margin:
    """The margin of a row of positions by itself; it may be that of nobody."""
    return _margin_with(world, handle, position, position["lots"], position["account"])


@within
def _margin_with(world: World, handle: int, position: Any, lots: int, account: int) -> Margin:
    """The same if it were of so many lots of an account, with what is posted for their side."""
    mark, flags = world.marks[handle], world.instruments[handle]["flags"]
    row = needed(mark, flags, lots)
    asset = collateral_asset(mark, position, lots)
    if asset == 0:
        return Margin(0, 0, 0, row.exposure, row.maintenance, row.initial, -row.exposure)
    held = collateral_in(mark, position, asset)
    to_come = position["to_come"] if asset == mark["asset"] else position["to_come2"]
    owed = _debt(world, account, handle, asset)
    initial = row.initial
    if is_ruled(flags, side_of(lots)) or lots == 0:
        owed += to_come
    else:
        initial = max(initial, to_come)  # the lock was for these payments too
    equity = held - owed - row.exposure
    return Margin(asset, held, owed, row.exposure, row.maintenance, initial, equity)


@within
def _debt(world: World, account: int, handle: int, asset: int) -> int:
    if world.accounts[account]["owing"] == 0:
        return 0
    return world.debts[place_of_debt(world.debts, account, handle, asset)]["units"]


@within
def margin_at(world: World, handle: int, account: int) -> Margin:
    """The margin of an account's position in an instrument, or of all that it is margined together
    with; without lots, of what is left."""
    asset = pool_of(world, handle, account)
    if asset != 0:
        found = together(world, account, asset, False)
        exposure, maintenance, initial = found.exposure, found.maintenance, found.initial
        return Margin(
            asset, found.collateral, found.owed, exposure, maintenance, initial, found.equity
        )
    at = place_of_pair(world.positions, handle, account)
    return margin_in(world, handle, world.positions[at])


@within
def is_in_breach(world: World, position: Any) -> bool:
    """Whether a position that stands by itself, has a rule and a known mark has too little
    equity."""
    handle, account = position["instrument"], position["account"]
    instrument = world.instruments[handle]
    if not is_marked(instrument["flags"], side_of(position["lots"])):
        return False
    if is_closed(instrument["phase"]) or pool_of(world, handle, account) != 0:
        return False
    margin = margin_in(world, handle, position)
    return margin.equity < margin.maintenance


@compiled
def margin_of(world: World, handle: int, account: int) -> Margin:
    """What `margin_at` says, for Python."""
    return margin_at(world, handle, account)


@compiled
def margin_alone(world: World, handle: int, account: int, lots: int) -> Margin:
    """The margin of a position by itself if it were of so many lots."""
    at = place_of_pair(world.positions, handle, account)
    row = world.positions[at]  # of nobody, if the account has none: what it owes counts even so
    return _margin_with(world, handle, row, lots, account)
