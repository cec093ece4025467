"""What a liquidation sells of positions that are margined together, as `reference/portfolio`
says: the fewest lots that are enough; if every lot less makes it worse, such a part of a position
as would be enough of all at once."""

from typing import NamedTuple

from rfos_runtime.kernel.margin.held import pool_as
from rfos_runtime.kernel.margin.kinds import NumbersByRow
from rfos_runtime.kernel.places import place_of_pair
from rfos_runtime.kernel.portfolio.breaches import pools_in_breach
from rfos_runtime.kernel.portfolio.pools import is_tabled, pool_asset, pool_of
from rfos_runtime.kernel.state import State

PARTS = 64
"""Into so many parts a position is divided to see how much of it to sell."""


class Held(NamedTuple):
    """A position of a pool: its signed lots, and what one lot of its side would cost to close."""

    handle: int
    account: int
    asset: int
    lots: int
    mark: int


def held_in(state: State, handle: int, account: int) -> Held:
    """A position as it stands, which is margined together with others."""
    world = state.world
    lots = int(world.positions[place_of_pair(world.positions, handle, account)]["lots"])
    exposure = int(world.marks[handle]["exposure"])
    asset = int(pool_of(world, handle, account))
    return Held(handle, account, asset, lots, exposure if lots >= 0 else -exposure)


def pooled(state: State, account: int, asset: int) -> list[int]:
    """The instruments in which an account has lots that are margined together, by handle."""
    world, found = state.world, []
    member = int(world.accounts[account]["members"])
    while member:
        row = world.members[member]
        handle, lots = int(row["instrument"]), int(row["lots"])
        if lots and pool_asset(world, handle, account, lots) == asset:
            found.append(handle)
        member = int(row["next"])
    return found


def breaches(state: State, held: NumbersByRow) -> list[tuple[int, int]]:
    """The positions by instrument and account that go to auction, of pools in breach: only those
    without which less is missing, as long as there are any. `held`: what is known of accounts."""
    if not len(held):
        return []
    found = []
    for at in pools_in_breach(state, held).tolist():
        row = state.world.elections[at]
        account, asset = int(row["account"]), int(row["asset"])
        known = [
            handle
            for handle in pooled(state, account, asset)
            if is_tabled(state.world, handle, account, asset)
        ]
        shedding = [handle for handle in known if sheds(state, held_in(state, handle, account))]
        found += [(handle, account) for handle in shedding or known]
    return [pair for pair in found if not _is_sold(state, *pair)]


def _is_sold(state: State, handle: int, account: int) -> bool:
    rows = state.world.positions
    return bool(rows[place_of_pair(rows, handle, account)]["auction"])


# --- how much ----------------------------------------------------------------------------------


def lots_to_restore(state: State, held: Held, cost: int) -> int:
    """How many lots of a position to sell, if one costs so much, penalty and all."""
    lots = abs(held.lots)
    amounts = _amounts(lots)
    missing = {n: _missing_after(state, held, n, cost) for n in amounts}
    enough = next((n for n in amounts if missing[n] <= 0), None)
    if enough is not None:
        low = max((n for n in amounts if n < enough), default=0)
        return _fewest(state, held, low, enough, cost)
    best = min(amounts, key=lambda n: (missing[n], n))
    return best or _part(state, held, cost)


def sheds(state: State, held: Held) -> bool:
    """Whether a portfolio lacks less with fewer lots of a position, closed at their mark."""
    missing = [_missing_after(state, held, n, held.mark) for n in _amounts(abs(held.lots))]
    return min(missing) < missing[0]


def _amounts(lots: int) -> list[int]:
    """How many of some lots are sold to see what that does, from none to all."""
    return sorted({-(-lots * part // PARTS) for part in range(PARTS + 1)})


def _missing_after(state: State, held: Held, sold: int, cost: int) -> int:
    """What is missing once so many lots of a position are sold."""
    rest = held.lots - sold if held.lots > 0 else held.lots + sold
    found = pool_as(state, held.account, held.asset, False, held.handle, rest)
    return found.missing + sold * cost


def _fewest(state: State, held: Held, low: int, high: int, cost: int) -> int:
    """The fewest lots above `low` that are enough, as `high` are, by bisection."""
    while high - low > 1:
        middle = (low + high) // 2
        if _missing_after(state, held, middle, cost) <= 0:
            high = middle
        else:
            low = middle
    return high


def _part(state: State, held: Held, cost: int) -> int:
    """The part of a position as large as the part of the whole portfolio that would be enough. A
    requirement is proportional to what it is of: one division says how large."""
    lots = abs(held.lots)
    whole = pool_as(state, held.account, held.asset, False)
    gain = max(whole.initial, whole.maintenance) - lots * (cost - held.mark)
    return lots if gain <= 0 else min(lots, -(-lots * whole.missing // gain))
