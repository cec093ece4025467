"""Where the collateral of a position lies: by itself, or in the pool of all that an account has
margined together in one asset.

A position is margined together with others if its account has elected a policy for the asset that
its side posts, or that the other side posts where this one posts nothing: what is worth something
offsets what is owed. It stays so as long as payments of it are to come. A side that locks its worst
case stands by itself.
"""

from collections import defaultdict
from collections.abc import Iterator

from rfos_runtime.records.holdings import Holding, collateral
from rfos_runtime.reference.executor import PolicyView
from rfos_runtime.reference.positions import FIRST, SECOND, lots_of, side_of
from rfos_runtime.reference.sides import asset_together
from rfos_runtime.reference.world import World

POOL = 0
"""No instrument has this handle."""


def pool(account: str) -> Holding:
    """What an account has posted for all that is margined together in an asset."""
    return collateral(account, POOL)


def elected(world: World, account: str, asset: str) -> PolicyView | None:
    """The policy that an account has elected for an asset."""
    name = world.elections.get((account, asset))
    return None if name is None else world.policies[name].view


def pool_asset(world: World, handle: int, account: str, lots: int | None = None) -> str | None:
    """The asset of the pool that a position belongs to, None for one that stands by itself; without
    lots, that of the payments that are still to come. `lots`: as it would be."""
    if not world.elections:
        return None
    lots = lots_of(world, handle, account) if lots is None else lots
    if lots:
        asset = asset_together(world, handle, side_of(lots))
        return asset if (account, asset) in world.elections else None
    for side in (FIRST, SECOND):
        asset = asset_together(world, handle, side)
        is_elected = (account, asset) in world.elections
        if is_elected and (asset, collateral(account, handle)) not in world.balances:
            return asset
    return None


def posted(world: World, handle: int, account: str, asset: str) -> Holding:
    """Where what an account has posted in an asset for its position in an instrument lies."""
    together = pool_asset(world, handle, account) == asset
    return pool(account) if together else collateral(account, handle)


def pooled(world: World, account: str, asset: str) -> dict[int, int]:
    """The instruments in which an account has lots that are margined together, by handle, with
    these lots."""
    return dict(sorted(_pooled(world, account, asset)))


def is_any_pooled(world: World, account: str, asset: str) -> bool:
    """Whether an account has lots that are margined together."""
    return next(_pooled(world, account, asset), None) is not None


def _pooled(world: World, account: str, asset: str) -> Iterator[tuple[int, int]]:
    if (account, asset) not in world.elections:
        return
    for (handle, holder), lots in world.positions.items():
        if holder == account and asset_together(world, handle, side_of(lots)) == asset:
            yield handle, lots


def all_pooled(world: World) -> dict[tuple[str, str], dict[int, int]]:
    """The same for everybody, by account and asset. Whoever asks for many pools asks once: there
    may be as many pools as positions."""
    found: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    if not world.elections:
        return found
    for (handle, account), lots in sorted(world.positions.items()):
        asset = pool_asset(world, handle, account, lots)
        if asset is not None:
            found[account, asset][handle] = lots
    return found
