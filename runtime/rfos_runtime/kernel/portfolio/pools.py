"""Where the collateral of a position lies: by itself, or in the pool of all that an account has
margined together in one asset; as `reference/pools` says."""

from typing import Any

from rfos_runtime.kernel.arithmetic import MOST
from rfos_runtime.kernel.machine import within
from rfos_runtime.kernel.margin.rules import is_ruled
from rfos_runtime.kernel.margin.sides import asset_of_side, collateral_in, side_of
from rfos_runtime.kernel.places import place_of_balance, place_of_pair, place_of_table
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import World, begin, one_more, touch
from rfos_runtime.records.holdings import OWN_FROM


@within
def asset_together(mark: Any, flags: int, side: int) -> int:
    """The asset in which a side can be margined together with others: its own rule's, or, for a
    side that posts nothing by itself, that of the other side's; 0 if it cannot be."""
    own = asset_of_side(mark, side)
    if is_ruled(flags, side):
        return own
    return asset_of_side(mark, 1 - side) if own == 0 and is_ruled(flags, 1 - side) else 0


@within
def policy_of(world: World, account: int, asset: int) -> int:
    """The policy that an account has elected for an asset; 0: none."""
    if account >= OWN_FROM or world.accounts[account]["elected"] == 0:
        return 0
    return world.elections[place_of_balance(world.elections, account, asset)]["policy"]


@within
def pool_asset(world: World, handle: int, account: int, lots: int) -> int:
    """The asset of the pool that a position of so many lots belongs to, 0 for one that stands by
    itself; without lots, that of the payments that are still to come."""
    if account >= OWN_FROM or world.accounts[account]["elected"] == 0:
        return 0
    mark, flags = world.marks[handle], world.instruments[handle]["flags"]
    if lots != 0:
        asset = asset_together(mark, flags, side_of(lots))
        return asset if asset != 0 and policy_of(world, account, asset) != 0 else 0
    position = world.positions[place_of_pair(world.positions, handle, account)]
    for side in range(2):
        asset = asset_together(mark, flags, side)
        is_elected = asset != 0 and policy_of(world, account, asset) != 0
        if is_elected and collateral_in(mark, position, asset) == 0:
            return asset
    return 0


@within
def pool_of(world: World, handle: int, account: int) -> int:
    """The asset of the pool that a position belongs to as it stands; 0 if it stands by itself."""
    if account >= OWN_FROM or world.accounts[account]["elected"] == 0:
        return 0
    at = place_of_pair(world.positions, handle, account)
    return pool_asset(world, handle, account, world.positions[at]["lots"])


@within
def is_tabled(world: World, handle: int, account: int, asset: int) -> bool:
    """Whether the risk of an instrument is known in every scenario of the policy that an account
    has elected for an asset."""
    at = place_of_table(world.tables, handle, policy_of(world, account, asset))
    return world.tables[at]["known"] != 0


@within
def pool_place(world: World, account: int, asset: int) -> int:
    """The place of an election that is about to change; made if there is none."""
    at = place_of_balance(world.elections, account, asset)
    begin(world, Of.ELECTIONS.value, world.elections, at, account, asset)
    return at


# --- the positions of an account ---------------------------------------------------------------


@within
def knows_members(world: World, account: int) -> bool:
    """Whether all positions of an account are its members."""
    row = world.accounts[account]
    return row["elected"] != 0 or row["members"] != 0


@within
def join(world: World, at: int) -> None:
    """A position of an account whose members are known becomes one, in the order of instruments."""
    position = world.positions[at]
    handle, account = position["instrument"], position["account"]
    new = one_more(world, Of.MEMBERS.value)
    touch(world, Of.MEMBERS.value, new)
    row = world.members[new]
    row["instrument"] = handle
    row["account"] = account
    row["lots"] = position["lots"]
    row["place"] = at
    before, behind = 0, world.accounts[account]["members"]
    while behind != 0 and world.members[behind]["instrument"] < handle:
        before, behind = behind, world.members[behind]["next"]
    row["next"] = behind
    if before == 0:
        touch(world, Of.ACCOUNTS.value, account)
        world.accounts[account]["members"] = new
    else:
        touch(world, Of.MEMBERS.value, before)
        world.members[before]["next"] = new


@within
def has_lots(world: World, at: int) -> None:
    """A position has another number of lots now, and so has its member."""
    position = world.positions[at]
    member = world.accounts[position["account"]]["members"]
    while member != 0:
        row = world.members[member]
        if row["instrument"] == position["instrument"]:
            touch(world, Of.MEMBERS.value, member)
            row["lots"] = position["lots"]
            return
        member = row["next"]


@within
def is_needed(world: World, account: int, asset: int) -> bool:
    """Whether a pool has positions, or payments to make for what belonged to it."""
    member = world.accounts[account]["members"]
    while member != 0:
        row = world.members[member]
        handle, lots, member = row["instrument"], row["lots"], row["next"]
        tells = lots != 0 or world.positions[row["place"]]["owing"] != 0
        if tells and pool_asset(world, handle, account, lots) == asset:
            return True
    return False


@within
def payments_to_come(world: World, account: int, asset: int) -> int:
    """What an account has to pay on later dates in an asset for what is, or was, in its pool; no
    more than three times what there can be."""
    owed, member = 0, 0
    if world.accounts[account]["coming"] != 0:
        member = world.accounts[account]["members"]
    while member != 0:
        row = world.members[member]
        position, mark = world.positions[row["place"]], world.marks[row["instrument"]]
        to_come = position["to_come"] if asset == mark["asset"] else position["to_come2"]
        if to_come != 0 and pool_asset(world, row["instrument"], account, row["lots"]) == asset:
            owed = min(owed + to_come, 3 * MOST)
        member = row["next"]
    return owed


@within
def debts_of(world: World, account: int, asset: int) -> int:
    """The same of what it owes the insurance fund."""
    owed = 0
    if world.accounts[account]["owing"] == 0:
        return owed
    for at in range(len(world.debts)):
        row = world.debts[at]
        is_theirs = row["account"] == account and row["asset"] == asset and row["units"] != 0
        if is_theirs and pool_of(world, row["instrument"], account) == asset:
            owed = min(owed + row["units"], 3 * MOST)
    return owed
