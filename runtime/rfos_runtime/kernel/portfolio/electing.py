"""Electing a policy: from then on an account's positions are margined together."""

from typing import Any

from rfos_runtime.kernel.ledger.apply import known_asset
from rfos_runtime.kernel.ledger.rules import ACCEPTED
from rfos_runtime.kernel.machine import within
from rfos_runtime.kernel.portfolio.measuring import together
from rfos_runtime.kernel.portfolio.pledges import give_back
from rfos_runtime.kernel.portfolio.pools import (
    asset_together,
    debts_of,
    join,
    knows_members,
    payments_to_come,
    policy_of,
    pool_asset,
    pool_place,
)
from rfos_runtime.kernel.positions.money import post
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import Held, Told, Why
from rfos_runtime.kernel.world import World, touch
from rfos_runtime.records.codes import Code


@within
def elect(world: World, told: Told, c: Any) -> int:
    """Margins an account's positions together from now on, or by themselves."""
    account, asset = c["account"], c["asset"]
    if not known_asset(world, asset):
        return Code.UNKNOWN_ASSET.value
    if _is_liquidated(world, account, asset):
        return Code.IN_AUCTION.value
    if c["reference"] == 0 and c["a0"] == 0 and c["a1"] == 0 and c["a2"] == 0:
        return _ended(world, told, account, asset)
    policy = _policy(world, c)
    if policy == 0 or world.policies[policy]["asset"] != asset:
        return Code.UNKNOWN_POLICY.value
    if not knows_members(world, account):
        _join_all(world, account)
    give_back(world, told, account, asset, policy)
    _elected(world, account, asset, policy)
    _bring_together(world, told, account, asset)
    found = together(world, account, asset, True)
    return ACCEPTED if found.equity >= found.initial else Code.BELOW_INITIAL.value


@within
def _is_liquidated(world: World, account: int, asset: int) -> bool:
    """Whether a position of an account is under auction that could be in the pool."""
    if world.counts[Of.AUCTIONS.value]["lying"] == 0:
        return False
    for at in range(len(world.auctions)):
        row = world.auctions[at]
        if row["open"] == 0 or row["account"] != account:
            continue
        mark, flags = world.marks[row["instrument"]], world.instruments[row["instrument"]]["flags"]
        for side in range(2):
            if asset_together(mark, flags, side) == asset:
                return True
    return False


@within
def _ended(world: World, told: Told, account: int, asset: int) -> int:
    if policy_of(world, account, asset) == 0:
        return Code.UNKNOWN_POLICY.value
    owed = payments_to_come(world, account, asset) + debts_of(world, account, asset)
    if owed != 0 or _has_positions(world, account, asset):
        return Code.MARGINED_TOGETHER.value
    give_back(world, told, account, asset, 0)
    _elected(world, account, asset, 0)
    return ACCEPTED


@within
def _has_positions(world: World, account: int, asset: int) -> bool:
    member = world.accounts[account]["members"]
    while member != 0:
        row = world.members[member]
        handle, lots, member = row["instrument"], row["lots"], row["next"]
        if lots != 0 and pool_asset(world, handle, account, lots) == asset:
            return True
    return False


@within
def _policy(world: World, c: Any) -> int:
    """The policy that has the hash of a command; 0 if there is none."""
    for policy in range(1, world.counts[Of.POLICIES.value]["lying"] + 1):
        row = world.policies[policy]
        is_first = row["w0"] == c["reference"] and row["w1"] == c["a0"]
        if is_first and row["w2"] == c["a1"] and row["w3"] == c["a2"]:
            return policy
    return 0


@within
def _join_all(world: World, account: int) -> None:
    if world.counts[Of.POSITIONS.value]["lying"] == 0:
        return
    for at in range(len(world.positions)):
        if world.positions[at]["account"] == account:
            join(world, at)


@within
def _elected(world: World, account: int, asset: int, policy: int) -> None:
    at = pool_place(world, account, asset)
    before = world.elections[at]["policy"]
    world.elections[at]["policy"] = policy
    touch(world, Of.ACCOUNTS.value, account)
    world.accounts[account]["elected"] += min(policy, 1) - min(before, 1)


@within
def _bring_together(world: World, told: Told, account: int, asset: int) -> None:
    """What was posted for each position that is margined together goes into the pool."""
    why, held, pool = Why.COLLATERAL.value, Held.COLLATERAL.value, Held.POOL.value
    member = world.accounts[account]["members"]
    while member != 0:
        row = world.members[member]
        handle, member = row["instrument"], row["next"]
        if row["lots"] == 0 or pool_asset(world, handle, account, row["lots"]) != asset:
            continue
        position = world.positions[row["place"]]
        is_first = world.marks[handle]["asset"] == asset
        units = position["collateral"] if is_first else position["collateral2"]
        post(world, told, why, handle, asset, account, held, account, pool, units)
