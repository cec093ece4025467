"""What is posted for a pool besides its own asset, as `reference/pledges` says.

What one unit counts for stands in the row of its haircut (see `pricing`); a pool that nothing is
pledged to says so in its election, and costs nothing here.
"""

from typing import Any

from rfos_runtime.kernel.arithmetic import MOST, part
from rfos_runtime.kernel.ledger.apply import balance_place
from rfos_runtime.kernel.machine import within
from rfos_runtime.kernel.margin.rules import times
from rfos_runtime.kernel.places import place_of_balance, place_of_pledge
from rfos_runtime.kernel.portfolio.pools import pool_of, pool_place
from rfos_runtime.kernel.positions.money import post
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import Held, Told, What, Why, happen, note_worth, tell_of
from rfos_runtime.kernel.world import World, one_more, touch
from rfos_runtime.records.commands import ONE
from rfos_runtime.records.validity import WORST, Act

OPENING, MARKED, LAST = int(WORST[Act.OPEN]), int(WORST[Act.MARK]), int(WORST[Act.LAST])
"""The worst validity of a price for what is done."""


@within
def units_of(world: World, account: int, asset: int, pledged: int) -> int:
    """How many units of an asset are pledged to a pool."""
    return world.pledges[place_of_pledge(world.pledges, account, asset, pledged)]["units"]


@within
def worth(row: Any, units: int) -> int:
    """What so many units count for under a haircut."""
    return min(times(row["whole"], units) + part(units, row["parts"], ONE), MOST)


@within
def enough(row: Any, units: int, wanted: int) -> int:
    """The fewest of some units that count for so much, or all; none if they count for nothing."""
    most = worth(row, units)
    if most == 0 or most < wanted:
        return units if most > 0 else 0
    low, high = 0, units
    while low < high:
        middle = (low + high) // 2
        if worth(row, middle) >= wanted:
            high = middle
        else:
            low = middle + 1
    return low


@within
def counted(world: World, account: int, asset: int, validity: int) -> int:
    """What all that is pledged to a pool counts for, at prices that are good enough."""
    election = world.elections[place_of_balance(world.elections, account, asset)]
    total = 0
    if election["pledges"] == 0:
        return total
    policy = world.policies[election["policy"]]
    for haircut in range(policy["haircut"], policy["haircut"] + policy["haircuts"]):
        row = world.haircuts[haircut]
        if row["validity"] >= validity:
            units = units_of(world, account, asset, row["asset"])
            total = min(total + worth(row, units), MOST)
    return total


# --- what moves --------------------------------------------------------------------------------


@within
def put(world: World, account: int, asset: int, pledged: int, units: int) -> None:
    """So many more units, or fewer, are pledged to a pool."""
    at = place_of_pledge(world.pledges, account, asset, pledged)
    touch(world, Of.PLEDGES.value, at)
    row = world.pledges[at]
    if row["account"] == 0:
        row["account"] = account
        row["asset"] = asset
        row["pledged"] = pledged
        one_more(world, Of.PLEDGES.value)
    before = min(row["units"], 1)
    row["units"] += units
    world.elections[pool_place(world, account, asset)]["pledges"] += min(row["units"], 1) - before


@within
def take_in(
    world: World, told: Told, handle: int, asset: int, account: int, pledged: int, units: int
) -> None:
    """Free balance is pledged to a pool."""
    world.balances[balance_place(world, account, pledged)]["free"] -= units
    put(world, account, asset, pledged, units)
    why, free, held = Why.COLLATERAL.value, Held.FREE.value, Held.PLEDGED.value
    tell_of(told, why, handle, 0, asset, pledged, account, free, account, held, units)


@within
def give_to(
    world: World,
    told: Told,
    why: int,
    handle: int,
    asset: int,
    account: int,
    pledged: int,
    units: int,
    payee: int,
) -> None:
    """Pledged units become somebody's own; of nobody: the insurance fund's."""
    held = Held.FREE.value if payee != 0 else Held.FUND.value
    put(world, account, asset, pledged, -units)
    if payee == 0:
        touch(world, Of.ASSETS.value, pledged)
        world.assets[pledged]["fund"] += units
    else:
        world.balances[balance_place(world, payee, pledged)]["free"] += units
    source = Held.PLEDGED.value
    tell_of(told, why, handle, 0, asset, pledged, account, source, payee, held, units)


@within
def give_back(world: World, told: Told, account: int, asset: int, then: int) -> None:
    """Gives back what is pledged to a pool and is not taken under the policy that it has then; 0:
    it has none."""
    election = world.elections[place_of_balance(world.elections, account, asset)]
    if election["pledges"] == 0:
        return
    policy = world.policies[election["policy"]]
    for haircut in range(policy["haircut"], policy["haircut"] + policy["haircuts"]):
        pledged = world.haircuts[haircut]["asset"]
        units = units_of(world, account, asset, pledged)
        if units != 0 and not takes(world, then, pledged):
            why = Why.RELEASE.value
            give_to(world, told, why, 0, asset, account, pledged, units, account)


@within
def takes(world: World, policy: int, pledged: int) -> bool:
    """Whether a policy takes an asset besides its own."""
    row = world.policies[policy]
    for haircut in range(row["haircut"], row["haircut"] + row["haircuts"]):
        if world.haircuts[haircut]["asset"] == pledged:
            return policy != 0
    return False


# --- what the insurance fund buys --------------------------------------------------------------


@within
def bought(world: World, row: Any, units: int, needed: int, cash: int) -> int:
    """How many of some units are bought, if so much is needed and so much there to pay."""
    if row["validity"] < MARKED:
        return 0
    count = enough(row, units, max(0, min(needed, cash)))
    if worth(row, count) > cash:
        count -= 1
    return count if worth(row, count) > 0 else 0


@within
def brings(world: World, account: int, asset: int, needed: int) -> int:
    """How much more a pool would have if the fund bought pledged units until that is enough."""
    election = world.elections[place_of_balance(world.elections, account, asset)]
    left, cash = needed, world.assets[asset]["fund"]
    if election["pledges"] == 0:
        return 0
    policy = world.policies[election["policy"]]
    for haircut in range(policy["haircut"], policy["haircut"] + policy["haircuts"]):
        row = world.haircuts[haircut]
        units = units_of(world, account, asset, row["asset"])
        gain = worth(row, bought(world, row, units, left, cash))
        left -= gain
        cash -= gain
    return needed - left


@within
def sell(world: World, told: Told, handle: int, account: int, asset: int, needed: int) -> None:
    """Lets the insurance fund buy pledged units until the pool has so much more, as far as it has
    the pool's asset."""
    election = world.elections[place_of_balance(world.elections, account, asset)]
    left = needed
    if election["pledges"] == 0:
        return
    policy = world.policies[election["policy"]]
    for haircut in range(policy["haircut"], policy["haircut"] + policy["haircuts"]):
        row = world.haircuts[haircut]
        units = units_of(world, account, asset, row["asset"])
        count = bought(world, row, units, left, world.assets[asset]["fund"])
        if count > 0:
            gain = worth(row, count)
            _bought(world, told, handle, account, asset, row["asset"], count, gain)
            _paid(world, told, handle, account, asset, gain)
            left -= gain


@within
def settle(world: World, told: Told, handle: int, account: int, asset: int, owed: int) -> int:
    """Lets the insurance fund take pledged units for what it is owed. Returns what they were good
    for."""
    election = world.elections[place_of_balance(world.elections, account, asset)]
    left = owed
    if election["pledges"] == 0 or pool_of(world, handle, account) != asset:
        return 0
    policy = world.policies[election["policy"]]
    for haircut in range(policy["haircut"], policy["haircut"] + policy["haircuts"]):
        row = world.haircuts[haircut]
        if row["validity"] < MARKED:
            continue
        count = enough(row, units_of(world, account, asset, row["asset"]), left)
        if count > 0:
            good = worth(row, count)
            over = max(0, good - left)
            change = min(over, world.assets[asset]["fund"])
            _bought(world, told, handle, account, asset, row["asset"], count, good - over + change)
            _paid(world, told, handle, account, asset, change)
            left -= good - over
    return owed - left


@within
def _bought(
    world: World,
    told: Told,
    handle: int,
    account: int,
    asset: int,
    pledged: int,
    units: int,
    good: int,
) -> None:
    why = Why.PLEDGE.value
    give_to(world, told, why, handle, asset, account, pledged, units, 0)
    happen(told, What.PLEDGE_BOUGHT.value, handle, pledged, account, units)
    note_worth(told, 0, asset, good)


@within
def _paid(world: World, told: Told, handle: int, account: int, asset: int, units: int) -> None:
    why, fund, pool = Why.PLEDGE.value, Held.FUND.value, Held.POOL.value
    post(world, told, why, handle, asset, 0, fund, account, pool, units)
