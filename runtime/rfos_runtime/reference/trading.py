"""Two accounts agree: one takes lots of the first party, the other of the second.

Lots net within an account: buying back closes. A position that only shrinks needs no margin, nor
one after which a portfolio lacks no more than before: what reduces risk always passes. One that
grows or turns needs a known mark and its initial margin.
While escrow holds something for each lot, lots change hands and none open or close.
"""

from rfos_runtime.records.codes import Code, require
from rfos_runtime.records.commands import Trade
from rfos_runtime.records.events import Cause
from rfos_runtime.records.holdings import free
from rfos_runtime.reference import fees, ledger, margin, portfolio
from rfos_runtime.reference.instruments import is_separable, require_open, view_of
from rfos_runtime.reference.pools import pool_asset
from rfos_runtime.reference.positions import (
    FIRST,
    SECOND,
    change,
    holders,
    lots_of,
    open_lots,
    shrinks,
    side_of,
)
from rfos_runtime.reference.world import World

LOTS_MAX = 2**40


def trade(world: World, command: Trade) -> None:
    """Moves lots, the premium, and the collateral that each side names."""
    handle = command.instrument
    require_open(world, handle)
    require(command.first != command.second, Code.MALFORMED)
    require(0 < command.lots <= LOTS_MAX, Code.MALFORMED)
    before = {account: lots_of(world, handle, account) for account in _both(command)}
    lots = open_lots(world, handle)
    _pay_premium(world, command)
    change(world, handle, command.first, command.lots)
    change(world, handle, command.second, -command.lots)
    margin.move_to_collateral(world, handle, command.first, command.first_collateral)
    margin.move_to_collateral(world, handle, command.second, command.second_collateral)
    for account in _both(command):
        less = shrinks(before[account], lots_of(world, handle, account))
        fees.charge(world, command, account, less)
        if not _passes(world, handle, account, before[account]):
            _require_margin(world, handle, account)
    if any(world.instruments[handle].held):
        require(open_lots(world, handle) == lots, Code.LOTS_STAND_STILL)
    if not is_separable(view_of(world, handle)):
        single = all(len(holders(world, handle, side)) <= 1 for side in (FIRST, SECOND))
        require(single, Code.ONE_HOLDER_A_SIDE)


def _both(command: Trade) -> tuple[str, str]:
    return command.first, command.second


def _pay_premium(world: World, command: Trade) -> None:
    if command.premium == 0:
        return
    payer, payee = _both(command) if command.premium > 0 else (command.second, command.first)
    ledger.require_account(world, payee)
    ledger.require_amount(world, command.premium_asset, abs(command.premium))
    cause = Cause("premium", command.instrument)
    ledger.spend(world, command.premium_asset, payer, free(payee), abs(command.premium), cause)


def _passes(world: World, handle: int, account: str, before: int) -> bool:
    """Whether a position needs no margin for what it is now, because it has come to less risk."""
    after = lots_of(world, handle, account)
    asset = pool_asset(world, handle, account, after or before)
    if asset is None or not portfolio.is_tabled(world, handle, account, asset):
        return shrinks(before, after)
    return portfolio.lowers(world, handle, account, asset, before)


def _require_margin(world: World, handle: int, account: str) -> None:
    after = lots_of(world, handle, account)
    require(abs(after) <= LOTS_MAX, Code.MALFORMED)
    require(margin.may_open(world, handle, side_of(after)), Code.OPENING_STOPPED)
    asset = pool_asset(world, handle, account)
    is_tabled = asset is None or portfolio.is_tabled(world, handle, account, asset)
    require(is_tabled, Code.OPENING_STOPPED)
    margin.require_initial(world, handle, account)
