"""What must hold after every block, whatever the commands were. Numbers name the kernel's
invariants.

    1  the balances of each asset add up to zero
    2  nothing is negative but OUTSIDE, and ISSUED for what contracts issue; every balance fits 64
       bits; clearing is empty; what an account has reserved is the sum of its reservations and
       bids; no bid outlives its instrument
    3  the lots of each instrument add up to zero
    4  every posting names its cause; what one side pays, another gets
   10  every position is above maintenance, in auction, or halted with a reason
   11  nothing that is due was left behind; no observation lies in the future
   12  what a lot was obliged to pay is within its lock
   13  escrow has no more than what it was paid for each lot, and nothing once that is paid out
"""

from collections.abc import Iterator

from rfos_runtime.records.commands import SUPPLY_MAX
from rfos_runtime.records.holdings import (
    ISSUED,
    OUTSIDE,
    Holding,
    Purpose,
    free,
    own_account,
    reserved,
)
from rfos_runtime.records.interventions import is_reason
from rfos_runtime.reference import portfolio, settlement
from rfos_runtime.reference.margin import CLOSED, is_known, margin_alone
from rfos_runtime.reference.pools import elected, pool_asset, pooled
from rfos_runtime.reference.positions import open_lots
from rfos_runtime.reference.sealed import SEALED
from rfos_runtime.reference.world import Phase, World


def violations(world: World) -> tuple[str, ...]:
    """Every invariant that does not hold, in words. Empty: all is well."""
    checks = (_balances, _reservations, _positions, _causes, _margins, _schedule, _locks, _escrows)
    return tuple(problem for check in checks for problem in check(world))


def _balances(world: World) -> Iterator[str]:
    totals: dict[str, int] = {}
    for (asset, holding), units in world.balances.items():
        totals[asset] = totals.get(asset, 0) + units
        purpose = holding.purpose
        if units < 0 and holding not in (OUTSIDE, ISSUED):
            yield f"2: {holding} has {units} {asset}"
        if holding == (OUTSIDE if asset in world.issuers else ISSUED):
            yield f"2: {holding} has {units} {asset}, which comes from elsewhere"
        if abs(units) > SUPPLY_MAX:
            yield f"2: {holding} has more {asset} than the supply allows"
        if purpose == Purpose.CLEARING:
            yield f"2: {units} {asset} are left in clearing of instrument {holding.instrument}"
        if purpose == Purpose.PLEDGED and not _is_taken(world, asset, holding):
            yield f"2: {holding.account} has pledged {asset} to a pool that does not take it"
    for asset, total in totals.items():
        if total:
            yield f"1: the balances of {asset} add up to {total}"


def _is_taken(world: World, asset: str, holding: Holding) -> bool:
    view = elected(world, holding.account, holding.towards)
    return view is not None and any(each.asset == asset for each in view.haircuts)


def _reservations(world: World) -> Iterator[str]:
    sums = {key: 0 for key in world.balances if key[1].purpose == Purpose.RESERVED}
    for number, row in world.reservations.items():
        key = row.asset, reserved(row.payer)
        sums[key] = sums.get(key, 0) + row.units
        if row.until <= world.time:
            yield f"11: reservation {number} has run out and was not given back"
    for (account, handle), bid in world.bids.items():
        instrument = world.instruments.get(handle % SEALED)
        if instrument is not None and instrument.phase is Phase.ENDED:
            yield f"2: a bid of {account} has outlived instrument {handle % SEALED}"
        key = bid.asset, reserved(account)
        sums[key] = sums.get(key, 0) + bid.units
    for key, units in sums.items():
        if units != world.balances.get(key, 0):
            yield f"2: {key[1].account} has reserved {units} {key[0]}, and holds something else"


def _positions(world: World) -> Iterator[str]:
    totals: dict[int, int] = {}
    for (handle, account), lots in world.positions.items():
        totals[handle] = totals.get(handle, 0) + lots
        if lots == 0:
            yield f"3: an empty position of {account} in instrument {handle}"
    for handle, total in totals.items():
        if total:
            yield f"3: the lots of instrument {handle} add up to {total}"


def _causes(world: World) -> Iterator[str]:
    for event in world.events:
        if hasattr(event, "cause") and not event.cause.kind:
            yield f"4: a posting without a cause: {event}"
    for number, each in world.obligations.items():
        if sum(units for _, units in each.payers) != sum(units for _, units in each.payees):
            yield f"4: obligation {number} pays out another amount than it takes"


def _margins(world: World) -> Iterator[str]:
    for handle, account in _below(world):
        if not _is_liquidated(world, handle, account):
            yield f"10: {account} in instrument {handle} is below maintenance and not in auction"
    for handle, account in world.auctions:
        if (handle, account) not in world.positions:
            yield f"10: an auction of {account} in instrument {handle} without a position"
    for handle, instrument in world.instruments.items():
        if instrument.phase is Phase.FROZEN and instrument.reason == 0:
            yield f"10: instrument {handle} is frozen without a reason"
    for (handle, feed), halted in world.halts.items():
        if not is_reason(halted.reason):
            yield f"10: {feed or f'instrument {handle}'} is halted without a reason"


def _below(world: World) -> Iterator[tuple[int, str]]:
    """Positions whose risk is known, below their maintenance. What is margined together is asked
    for once."""
    pools, coming = portfolio.pools_in_breach(world), settlement.coming(world.obligations.values())
    for (handle, account), lots in world.positions.items():
        if world.instruments[handle].phase in CLOSED or not is_known(world, handle, account):
            continue
        asset = pool_asset(world, handle, account, lots)
        if asset is None:
            lacks = margin_alone(world, handle, account, lots, coming).in_breach
        else:
            lacks = pools[account, asset]
        if lacks:
            yield handle, account


def _is_liquidated(world: World, handle: int, account: str) -> bool:
    """Whether a position is in auction, or another that it is margined together with."""
    asset = pool_asset(world, handle, account)
    if asset is None:
        return (handle, account) in world.auctions
    together = pooled(world, account, asset)
    return any((each, account) in world.auctions for each in together)


def _schedule(world: World) -> Iterator[str]:
    for name, feed in world.feeds.items():
        if feed.newest is not None and feed.newest.instant > world.time:
            yield f"11: feed {name} was observed in the future"
    for number, each in world.obligations.items():
        if each.due <= world.time:
            yield f"11: obligation {number} is due and was not paid"
    for handle, instrument in world.instruments.items():
        if instrument.phase in CLOSED and instrument.next_due is not None:
            yield f"11: instrument {handle} has closed and is still due"
        if instrument.phase is Phase.ACTIVE and (instrument.next_due or world.time) < world.time:
            yield f"11: instrument {handle} is due and has not fired"


def _locks(world: World) -> Iterator[str]:
    """A lock and each payment were rounded by half a unit at most."""
    for handle, instrument in world.instruments.items():
        for side, (lock, paid) in enumerate(zip(instrument.locks, instrument.paid, strict=True)):
            if lock is None or lock.units is None:
                continue
            if 2 * (paid.units - lock.units) > paid.payments + 1:
                yield f"12: side {side} of instrument {handle} was obliged to pay beyond its lock"


def _escrows(world: World) -> Iterator[str]:
    coming = settlement.coming(world.obligations.values())
    for handle, instrument in world.instruments.items():
        own = own_account(handle)
        for slot, asset in enumerate(instrument.assets):
            has = world.balances.get((asset, free(own)), 0)
            kept = instrument.held[slot] * open_lots(world, handle) if instrument.held else 0
            if has > kept + coming.get((handle, own, asset), 0):
                yield f"13: escrow of instrument {handle} has {has} {asset}, paid for {kept}"
