"""What a position must hold: by itself, or together with others of its account (`portfolio`).

    equity       =  collateral - exposure - payments to come - debt to the insurance fund
    liquidation  ⇔  equity < maintenance
    opening and release of collateral need  equity >= initial

Exposure, maintenance and initial are per lot and side, from the executor; × lots they are in minor
units of the side's collateral asset. A marked side falls back to its worst case while its mark is
unknown: an input missing, stale or not finite. Then nothing opens and nothing is liquidated, so
that a dead feed makes margin dear, never wrong.
"""

from dataclasses import replace

from rfos_runtime.records.codes import Code, require
from rfos_runtime.records.commands import Post, Release
from rfos_runtime.records.events import Cause
from rfos_runtime.records.holdings import Purpose, collateral, free
from rfos_runtime.records.validity import Act
from rfos_runtime.reference import (
    appraised,
    breakers,
    feeds,
    fund,
    ledger,
    pledges,
    portfolio,
    settlement,
)
from rfos_runtime.reference.asking import risk_of
from rfos_runtime.reference.bounds import within
from rfos_runtime.reference.equity import Margin
from rfos_runtime.reference.executor import Executor, PartyRisk
from rfos_runtime.reference.pools import POOL, is_any_pooled, pool_asset, posted
from rfos_runtime.reference.positions import FIRST, SECOND, lots_of, side_of
from rfos_runtime.reference.settlement import Coming
from rfos_runtime.reference.sides import asset_of_side, row_of, rule_of, worst_case
from rfos_runtime.reference.world import Debt, Phase, World

CLOSED = (Phase.FROZEN, Phase.ENDED)


def mark(world: World, executor: Executor, handle: int) -> None:
    """Asks for the risk of an instrument at the world's time."""
    instrument = world.instruments[handle]
    if instrument.phase is Phase.ENDED:
        return
    rows = None if instrument.phase is Phase.FROZEN else risk_of(world, executor, handle)
    if rows != instrument.mark:
        world.instruments[handle] = replace(instrument, mark=rows)
    portfolio.tabulate(world, executor, handle)


def requirement(world: World, handle: int, lots: int) -> PartyRisk:
    """Exposure, maintenance and initial of a position of so many signed lots."""
    side, size = side_of(lots), abs(lots)
    row = row_of(world, handle, side)
    if row is None:
        row = PartyRisk(0, 0, worst_case(world, handle, side))
    exposure, maintenance, initial = row
    return PartyRisk(within(exposure * size), within(maintenance * size), within(initial * size))


def margin_of(world: World, handle: int, account: str) -> Margin:
    """The margin of a position as it stands, or of all that it is margined together with."""
    together = pool_asset(world, handle, account)
    if together is not None:
        return portfolio.margin_of(world, account, together)
    return margin_alone(world, handle, account, lots_of(world, handle, account))


def margin_alone(
    world: World, handle: int, account: str, lots: int, coming: Coming | None = None
) -> Margin:
    """The margin of a position by itself if it were of so many lots, with what is posted for their
    side. `coming`: all that is owed on later dates, if it is at hand."""
    needed = requirement(world, handle, lots)
    asset = _asset_alone(world, handle, account, lots)
    held = owed = 0
    initial = needed.initial
    if asset is not None:
        held = ledger.balance(world, asset, collateral(account, handle))
        owed = world.debts.get(Debt(account, handle, asset), 0)
        if coming is None:
            to_come = settlement.to_come(world, handle, account, asset)
        else:
            to_come = coming.get((handle, account, asset), 0)
        if to_come and lots and rule_of(world, handle, side_of(lots)) is None:
            initial = max(initial, to_come)  # the lock was for these payments too
        else:
            owed += to_come
    return Margin(held, 0, owed, needed.exposure, needed.maintenance, initial)


def collateral_asset(world: World, handle: int, account: str) -> str | None:
    """What the account's side posts; without lots, what it still has posted."""
    together = pool_asset(world, handle, account)
    if together is not None:
        return together
    return _asset_alone(world, handle, account, lots_of(world, handle, account))


def _asset_alone(world: World, handle: int, account: str, lots: int) -> str | None:
    if lots:
        return asset_of_side(world, handle, side_of(lots))
    posted = collateral(account, handle)
    sides = (asset_of_side(world, handle, side) for side in (FIRST, SECOND))
    return next((asset for asset in sides if asset and (asset, posted) in world.balances), None)


def may_open(world: World, handle: int, side: int) -> bool:
    """Whether positions of a side may grow: its risk is known, or it holds its worst, what it is
    marked by is good enough for that, and nothing is paused or halted."""
    instrument = world.instruments[handle]
    if instrument.phase not in (Phase.PENDING, Phase.ACTIVE):
        return False
    if breakers.stands_still(world, handle):
        return False
    if rule_of(world, handle, side) is None:
        return True
    good = (feeds.known_for(world, feed, Act.OPEN) is not None for feed in instrument.risk_feeds)
    known = row_of(world, handle, side) is not None or appraised.is_appraised(world, handle)
    return known and all(good)


def is_known(world: World, handle: int, account: str) -> bool:
    """Whether the risk of a position is known, in every scenario if it is margined with others."""
    lots = lots_of(world, handle, account)
    return _is_marked(world, handle, account, lots, pool_asset(world, handle, account))


def _is_marked(world: World, handle: int, account: str, lots: int, together: str | None) -> bool:
    if together is not None:
        return portfolio.is_tabled(world, handle, account, together)
    return row_of(world, handle, side_of(lots)) is not None


def in_breach(world: World) -> list[tuple[int, str]]:
    """The positions that have a rule, and a known mark, and too little equity. What is margined
    together is measured once."""
    below = []
    coming, pools = settlement.coming(world.obligations.values()), portfolio.pools_in_breach(world)
    for (handle, account), lots in world.positions.items():
        if world.instruments[handle].phase in CLOSED:
            continue
        together = pool_asset(world, handle, account, lots)
        if not _is_marked(world, handle, account, lots, together):
            continue
        if together is None:
            lacks = margin_alone(world, handle, account, lots, coming).in_breach
        else:
            lacks = pools[account, together]
        if lacks:
            below.append((handle, account))
    return below


def tidy(world: World) -> None:
    """Frees collateral that nothing needs any more, then pays back debts to the insurance fund."""
    owing = {
        (each.instrument, account)
        for each in world.obligations.values()
        for account, _ in each.payers
    }
    for asset, account, handle in _idle(world, owing):
        posted = collateral(account, handle)
        units = ledger.balance(world, asset, posted)
        ledger.post(world, asset, posted, free(account), units, Cause("release", handle))
    fund.repay(world)


Owing = set[tuple[int, str]]
"""Who has payments of which instrument to come."""


def _idle(world: World, owing: Owing) -> list[tuple[str, str, int]]:
    """Collateral that nothing needs, by instrument and account: in which asset, whose, for which
    instrument."""
    kind = Purpose.COLLATERAL
    posted = [each for each in world.balances if each[1].purpose == kind]
    idle = [
        (asset, posting.account, posting.instrument)
        for asset, posting in posted
        if not _is_needed(world, asset, posting.account, posting.instrument, owing)
    ]
    return sorted(idle, key=lambda at: (at[2], world.rank(at[1]), world.asset_rank(at[0])))


def _is_needed(world: World, asset: str, account: str, handle: int, owing: Owing) -> bool:
    if handle != POOL:
        return _posts(world, handle, account, asset) or (handle, account) in owing
    if is_any_pooled(world, account, asset):
        return True
    owed = (each for each, payer in owing if payer == account)
    return any(pool_asset(world, each, account) == asset for each in owed)


def _posts(world: World, handle: int, account: str, asset: str) -> bool:
    """Whether a position posts collateral in an asset by itself."""
    lots = lots_of(world, handle, account)
    if not lots or asset_of_side(world, handle, side_of(lots)) != asset:
        return False
    return pool_asset(world, handle, account, lots) is None


# --- commands ----------------------------------------------------------------------------------


def post_collateral(world: World, command: Post) -> None:
    """Free balance to the collateral of a position."""
    require(command.instrument in world.instruments, Code.UNKNOWN_INSTRUMENT)
    require(command.units > 0, Code.MALFORMED)
    if _is_pledge(world, command):
        return pledges.post(world, command)
    require(lots_of(world, command.instrument, command.account) != 0, Code.NO_POSITION)
    move_to_collateral(world, command.instrument, command.account, command.units)


def _is_pledge(world: World, command: Post | Release) -> bool:
    """Whether a command is about another asset than what the side of its position posts."""
    require(not command.asset or command.asset in world.assets, Code.UNKNOWN_ASSET)
    own = collateral_asset(world, command.instrument, command.account)
    return command.asset not in ("", own)


def move_to_collateral(world: World, handle: int, account: str, units: int) -> None:
    """Moves free balance to collateral, or refuses."""
    require(units >= 0, Code.MALFORMED)
    if units == 0:
        return
    asset = collateral_asset(world, handle, account)
    require(asset is not None, Code.NO_COLLATERAL_RULE)
    assert asset is not None
    cause = Cause("collateral", handle)
    ledger.spend(world, asset, account, posted(world, handle, account, asset), units, cause)


def release(world: World, command: Release) -> None:
    """Collateral back to the free balance, as far as initial margin leaves it."""
    handle, account = command.instrument, command.account
    require(handle in world.instruments, Code.UNKNOWN_INSTRUMENT)
    require(command.units > 0, Code.MALFORMED)
    if _is_pledge(world, command):
        return portfolio.require_initial(world, account, pledges.take_back(world, command))
    asset = collateral_asset(world, handle, account)
    require(asset is not None, Code.NO_COLLATERAL_RULE)
    assert asset is not None
    source = posted(world, handle, account, asset)
    enough = ledger.balance(world, asset, source) >= command.units
    require(enough, Code.INSUFFICIENT_COLLATERAL)
    ledger.post(world, asset, source, free(account), command.units, Cause("release", handle))
    require_initial(world, handle, account)


def require_initial(world: World, handle: int, account: str) -> None:
    """Refuses unless the position's equity covers its initial margin."""
    together = pool_asset(world, handle, account)
    if together is not None:
        return portfolio.require_initial(world, account, together)
    margin = margin_of(world, handle, account)
    require(margin.equity >= margin.initial, Code.BELOW_INITIAL)
