"""Filling a bid: how many lots go over, and what moves with them.

A bid takes the smallest number of lots after which the rest of the position has its initial margin,
as far as the bidder can post the initial margin of what it takes, and as far as it can be paid:
from the position's collateral, the account's free balance, an advance of the insurance fund.
"""

from collections.abc import Callable
from typing import NamedTuple

from rfos_runtime.kernel.arithmetic import MOST, part
from rfos_runtime.kernel.auctions import bids, together
from rfos_runtime.kernel.auctions.bids import Bidder
from rfos_runtime.kernel.auctions.prices import Row, Sale, lots_to_restore, sale_at
from rfos_runtime.kernel.contracts.paying import owe
from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.margin.held import pool_as
from rfos_runtime.kernel.margin.measured import margin_alone, margin_at, margin_of
from rfos_runtime.kernel.margin.rules import shrinks
from rfos_runtime.kernel.margin.sides import collateral_in
from rfos_runtime.kernel.places import place_of_balance, place_of_pair
from rfos_runtime.kernel.portfolio import pledges
from rfos_runtime.kernel.portfolio.pools import is_tabled, pool_asset, pool_of
from rfos_runtime.kernel.positions.lots import change
from rfos_runtime.kernel.positions.money import post
from rfos_runtime.kernel.room import EVENTS_OF_A_SALE, pledges_drawn
from rfos_runtime.kernel.settings.apply import value_of
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import Held, Told, What, Why, happen
from rfos_runtime.kernel.world import World
from rfos_runtime.records.commands import ONE
from rfos_runtime.records.parameters import Parameter
from rfos_runtime.reference.executor import Rule
from rfos_runtime.reference.pace import Pace

_EVENTS = 10
"""So many events a sale has at most: three payments, an advance, what the bidder frees, posts and
gets back, penalty and reward, the sale itself."""


class Position(NamedTuple):
    """A position under auction: `lots` > 0 of a side, its collateral asset, mark and rule, whether
    the insurance fund stands behind it, and whether it is margined together with others."""

    handle: int
    account: int
    side: int
    lots: int
    asset: int
    row: Row
    rule: Rule
    covered: bool
    in_pool: bool

    def signed(self, lots: int) -> int:
        """So many lots of this side, as a position has them."""
        return lots if self.side == 0 else -lots


class Order(NamedTuple):
    """A sale as it is carried out, in minor units: what the position pays (negative: gets) for its
    signed lots, what the bidder posts, the penalty that is asked; where what is posted lies, of the
    position and of the bidder. `bid_for`: for which instrument the bid was, which loses `taken`
    lots and frees `drawn` of what it has set aside."""

    handle: int
    asset: int
    account: int
    bidder: int
    lots: int
    paid: int
    posted: int
    penalty: int
    held: int
    bidder_held: int
    bid_for: int
    taken: int
    drawn: int


def fill(state: State, position: Position, bidder: Bidder, price: int, pace: Pace[int]) -> None:
    """Lets a bid take what it can at a price of the clock."""
    sale = sale_at(position.row, position.rule, price)
    wanted = min(bids.lots_of(state, bidder), lots_to_sell(state, position, sale))
    most = pace_of(state, position, pace, wanted)
    lots = _largest(most, lambda n: _works(state, position, bidder, sale, n))
    if lots:
        pace.note(position.asset, position.row.maintenance, lots)
        _sell(state, position, bidder, sale, lots, price)


def lots_to_sell(state: State, position: Position, sale: Sale) -> int:
    """The smallest number of lots after which the rest has its initial margin."""
    handle, account = position.handle, position.account
    if pool_of(state.world, handle, account):
        held = together.held_in(state, handle, account)
        return together.lots_to_restore(state, held, sale.cost + sale.penalty)
    equity = int(margin_of(state.world, handle, account).equity)
    return lots_to_restore(equity, position.lots, position.row, sale)


def pace_of(state: State, position: Position, pace: Pace[int], wanted: int) -> int:
    """How many of the lots that are wanted may be sold in this block."""
    limit = int(value_of(state.world, position.asset, Parameter.PACE.value))
    return pace.lots(limit, position.asset, position.row.maintenance, wanted)


def _largest(most: int, works: Callable[[int], bool]) -> int:
    """The largest n in 0..most that works, by bisection: what works for n works for fewer."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if works(middle) else (low, middle - 1)
    return low


def _works(state: State, position: Position, bidder: Bidder, sale: Sale, lots: int) -> bool:
    """Whether the position can pay for so many lots, and the bidder can carry them."""
    paid, asset = sale.cost * lots, position.asset
    missing = paid - has_posted(state, position) - has_free(state, position.account, asset)
    if position.covered:
        there = int(state.world.assets[asset]["fund"])  # what it pays for pledges, too
    else:
        there = brought(state, position, missing)
    if missing > there:
        return False
    own = has_free(state, bidder.account, asset) + bids.set_aside(state, bidder, asset)
    return own + paid >= _top_up(state, position, bidder.account, lots)


def has_free(state: State, account: int, asset: int) -> int:
    """What an account has free of an asset."""
    balances = state.world.balances
    return int(balances[place_of_balance(balances, account, asset)]["free"])


def has_posted(state: State, position: Position) -> int:
    """What is posted for a position under auction, or for all that it is margined together with."""
    world = state.world
    if position.in_pool:
        at = place_of_balance(world.elections, position.account, position.asset)
        return int(world.elections[at]["pool"])
    row = world.positions[place_of_pair(world.positions, position.handle, position.account)]
    is_first = world.marks[position.handle]["asset"] == position.asset
    return int(row["collateral"] if is_first else row["collateral2"])


def brought(state: State, position: Position, units: int) -> int:
    """How much more what is pledged to its pool would bring, if so much more is needed."""
    if not position.in_pool:
        return 0
    return int(pledges.brings(state.world, position.account, position.asset, units))


def _top_up(state: State, position: Position, bidder: int, lots: int) -> int:
    """What a bidder must add to its collateral for its position with the lots that it takes;
    nothing if that only shrinks."""
    world, handle, asset = state.world, position.handle, position.asset
    before = int(world.positions[place_of_pair(world.positions, handle, bidder)]["lots"])
    after = before + position.signed(lots)
    if pool_asset(world, handle, bidder, after) == asset:
        if not is_tabled(world, handle, bidder, asset):
            return MOST
        return max(0, pool_as(state, bidder, asset, True, handle, after).missing)
    if shrinks(before, after):
        return 0
    then = margin_alone(world, handle, bidder, after)
    return max(0, max(int(then.initial), int(then.maintenance)) - int(then.equity))


def _lots_after(state: State, position: Position, bidder: int, lots: int) -> int:
    rows = state.world.positions
    before = int(rows[place_of_pair(rows, position.handle, bidder)]["lots"])
    return before + position.signed(lots)


def _held(is_in_pool: bool) -> int:
    return Held.POOL.value if is_in_pool else Held.COLLATERAL.value


# --- what moves -----------------------------------------------------------------------------------


def _sell(
    state: State, position: Position, bidder: Bidder, sale: Sale, lots: int, price: int
) -> None:
    handle, account, asset = position.handle, position.account, position.asset
    after = _lots_after(state, position, bidder.account, lots)
    top_up = _top_up(state, position, bidder.account, lots)
    needed = max(0, top_up - sale.cost * lots)
    order = Order(
        handle,
        asset,
        account,
        bidder.account,
        position.signed(lots),
        sale.cost * lots,
        top_up,
        min(sale.penalty * lots, MOST),
        _held(position.in_pool),
        _held(bool(pool_asset(state.world, handle, bidder.account, after) == asset)),
        bidder.instrument,
        lots,
        min(needed, bids.set_aside(state, bidder, asset)),
    )
    events = _EVENTS + EVENTS_OF_A_SALE * pledges_drawn(state.world, 2)
    state.make_room({Of.BALANCES: 2, Of.POSITIONS: 2, Of.DEBTS: 1}, events)
    penalty = int(_carry_out(state.world, state.told, order))
    paid_low, paid_high = _halves(sale.cost)
    penalty_low, penalty_high = _halves(penalty)
    state.tell(
        What.AUCTION_FILLED,
        instrument=handle,
        debit=account,
        credit=bidder.account,
        units=lots,
        command=price,
        debit_purpose=paid_low,
        credit_purpose=paid_high,
        clause=penalty_low,
        action=penalty_high,
    )


def _halves(value: int) -> tuple[int, int]:
    """A number of 64 bits as two signed ones of 32, the low one first."""
    low = (value + 2**31) % 2**32 - 2**31
    return low, (value - low) >> 32


@compiled
def _carry_out(world: World, told: Told, order: Order) -> int:
    """Moves lots, their price, what the bidder must post, the penalty. Returns what was paid of
    it."""
    handle, asset, account, bidder = order.handle, order.asset, order.account, order.bidder
    why, free = Why.LIQUIDATION.value, Held.FREE.value
    bids.draw(world, told, order.bid_for, bidder, handle, order.drawn)
    if order.paid > 0:
        _pay(world, told, order)
    else:
        post(world, told, why, handle, asset, bidder, free, account, order.held, -order.paid)
    change(world, handle, account, -order.lots)
    change(world, handle, bidder, order.lots)
    post(world, told, why, handle, asset, bidder, free, bidder, order.bidder_held, order.posted)
    penalty = _punish(world, told, order)
    bids.take(world, told, order.bid_for, bidder, order.taken)
    return penalty


@within
def _posted(world: World, order: Order) -> int:
    if order.held == Held.POOL.value:
        at = place_of_balance(world.elections, order.account, order.asset)
        return world.elections[at]["pool"]
    row = world.positions[place_of_pair(world.positions, order.handle, order.account)]
    return collateral_in(world.marks[order.handle], row, order.asset)


@within
def _raise(world: World, told: Told, order: Order, units: int) -> None:
    """Sees that so much is posted, by what is pledged to the pool as far as that is sold."""
    if order.held == Held.POOL.value:
        missing = units - _posted(world, order)
        pledges.sell(world, told, order.handle, order.account, order.asset, missing)


@within
def _pay(world: World, told: Told, order: Order) -> None:
    """Pays the bidder from collateral, the free balance, an advance of the fund."""
    handle, asset, account, bidder = order.handle, order.asset, order.account, order.bidder
    why, free = Why.LIQUIDATION.value, Held.FREE.value
    balance = world.balances[place_of_balance(world.balances, account, asset)]
    _raise(world, told, order, order.paid - balance["free"])
    taken = min(order.paid, _posted(world, order))
    post(world, told, why, handle, asset, account, order.held, bidder, free, taken)
    place = place_of_balance(world.balances, account, asset)
    own = min(order.paid - taken, world.balances[place]["free"])
    post(world, told, why, handle, asset, account, free, bidder, free, own)
    advanced = order.paid - taken - own
    if advanced > 0:
        why, fund = Why.ADVANCE.value, Held.FUND.value
        post(world, told, why, handle, asset, 0, fund, bidder, free, advanced)
        owe(world, account, handle, asset, advanced)
        happen(told, What.ADVANCED.value, handle, asset, account, advanced)


@within
def _punish(world: World, told: Told, order: Order) -> int:
    """The penalty to the insurance fund, as far as equity is left; the bidder's reward is taken
    from it. Returns what was paid."""
    handle, asset, account, bidder = order.handle, order.asset, order.account, order.bidder
    _raise(world, told, order, min(order.penalty, margin_at(world, handle, account).equity))
    equity = margin_at(world, handle, account).equity
    paid = max(0, min(order.penalty, _posted(world, order), equity))
    reward = part(paid, value_of(world, asset, Parameter.REWARD.value), ONE)
    free, held, fund = Held.FREE.value, order.held, Held.FUND.value
    post(world, told, Why.REWARD.value, handle, asset, account, held, bidder, free, reward)
    post(world, told, Why.PENALTY.value, handle, asset, account, held, 0, fund, paid - reward)
    return paid
