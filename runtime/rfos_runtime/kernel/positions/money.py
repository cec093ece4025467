"""Money that moves in an instrument: between what accounts have free, what they have posted, fees
and the insurance fund."""

from rfos_runtime.kernel.fees.rows import FEES
from rfos_runtime.kernel.ledger.apply import balance_place
from rfos_runtime.kernel.machine import within
from rfos_runtime.kernel.portfolio.pools import pool_place
from rfos_runtime.kernel.positions.lots import position_place
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import Held, Told, tell_of
from rfos_runtime.kernel.world import World, touch


@within
def post(
    world: World,
    told: Told,
    why: int,
    handle: int,
    asset: int,
    debit: int,
    debit_for: int,
    credit: int,
    credit_for: int,
    units: int,
) -> None:
    """Moves `units` >= 0; fees and the fund are account 0."""
    if units == 0:
        return
    _add(world, handle, asset, debit, debit_for, -units)
    _add(world, handle, asset, credit, credit_for, units)
    tell_of(told, why, handle, 0, 0, asset, debit, debit_for, credit, credit_for, units)


@within
def _add(world: World, handle: int, asset: int, account: int, held_for: int, units: int) -> None:
    if held_for == Held.FREE.value:
        world.balances[balance_place(world, account, asset)]["free"] += units
    elif held_for == Held.RESERVED.value:
        world.balances[balance_place(world, account, asset)]["reserved"] += units
    elif held_for == Held.FEES.value:
        world.balances[balance_place(world, FEES, asset)]["free"] += units
    elif held_for == Held.FUND.value:
        touch(world, Of.ASSETS.value, asset)
        world.assets[asset]["fund"] += units
    elif held_for == Held.POOL.value:
        world.elections[pool_place(world, account, asset)]["pool"] += units
    else:
        row = world.positions[position_place(world, handle, account)]
        if world.marks[handle]["asset"] == asset:
            row["collateral"] += units
        else:
            row["collateral2"] += units
