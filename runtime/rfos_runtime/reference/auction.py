"""Liquidation: a Dutch auction over a position's lots, then closing at the mark what nobody took.

The clock runs in a straight line from `auction_from` to `auction_to` over the auction's length. At
price p, with exposure E per lot:

    E > 0  the position owes: a bidder takes a lot over and is paid E / p from the position
    E < 0  the position is worth something: a bidder takes a lot over and pays |E| · p

both rounded half-even to minor units, per lot. A bid is filled at the clock's price once that is at
or below its limit; higher limits first, then older bids. It takes the smallest number of lots after
which the rest of the position has its initial margin (all of them if no number does), as far as the
bidder can post the initial margin of what it takes from its free balance and what it is paid, and
as far as it can be paid: from the position's collateral, the account's free balance, what is
pledged to its pool as far as the insurance fund buys it, an advance of the fund.

The penalty is a fraction of the value that changed hands, per lot, rounded down, to the insurance
fund; it is paid from collateral and never exceeds the equity that is left after the sale.

Where the asset's parameter says so, bids are sealed instead and there is no clock (`sealed`).

When the clock has run out, lots are closed at the mark E against the holders of the opposite side:
again the smallest number that restores the rest. They are chosen pro rata by

    lots × leverage      leverage  =  maintenance / equity, in thousandths from 1 to 1000

of the position, or of the whole pool that it is in, as they are before anything is closed. Whoever
is near its own liquidation is a risk to the venue, which falls as its position does; who is well
margined keeps what it has hedged. Leverage has a ceiling, since below maintenance all are alike,
and a floor, since somebody must be closed. Nobody is closed beyond its lots: what does not fit
flows on by the same weights. A weight stays below 2**50, lots being at most 2**40.

What the position cannot pay then follows the waterfall: exactly the deficit is allotted, to those
who were closed by what each was to get. That follows their leverage already, through their lots.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rfos_runtime.records.commands import ONE
from rfos_runtime.records.events import (
    AuctionBegan,
    AuctionEnded,
    AuctionFilled,
    Cause,
    Deleveraged,
)
from rfos_runtime.records.holdings import FUND, Holding, free
from rfos_runtime.records.parameters import Parameter
from rfos_runtime.reference import (
    bids,
    breakers,
    ledger,
    margin,
    pledges,
    portfolio,
    positions,
    sealed,
)
from rfos_runtime.reference.allotment import allot_within
from rfos_runtime.reference.bids import Bidder, Key
from rfos_runtime.reference.bounds import MOST
from rfos_runtime.reference.executor import PartyRisk, Rule
from rfos_runtime.reference.fund import advance
from rfos_runtime.reference.pace import Pace
from rfos_runtime.reference.parameters import value_of
from rfos_runtime.reference.pools import pool, pool_asset, pooled, posted
from rfos_runtime.reference.sales import Sale, clock, lots_to_restore, sale_at
from rfos_runtime.reference.sides import asset_together, mark_of, rule_together
from rfos_runtime.reference.waterfall import fund_covers, pay, salt
from rfos_runtime.reference.world import Auction, World


def next_end(world: World) -> int | None:
    """When the next running auction runs out."""
    ends = (_end(world, key) for key in world.auctions)
    return min((end for end in ends if end > world.time), default=None)


def step(world: World, pace: Pace[str]) -> None:
    """Begins auctions that are due, lets each run at the world's time, ends those that are over."""
    begin(world)
    while world.auctions:
        told = len(world.events)
        for key in _in_order(world, world.auctions):
            if _is_there(world, key):
                _run(world, key, pace)
        if len(world.events) == told:  # nothing was sold, and nobody is worse off
            return
        if not any(_end(world, key) <= world.time for key in begin(world)):
            return


def begin(world: World) -> list[Key]:
    """An auction for every position in breach that has none, and none for one that is gone. Returns
    those that have begun; their clocks run once nothing is paused."""
    begun, shedding = [], dict[Key, bool]()
    for key in _in_order(world, world.auctions):
        if not _is_there(world, key):
            _over(world, key, "position closed")
    for key in _in_order(world, margin.in_breach(world)):
        if key not in world.auctions and _is_sold(world, key, shedding):
            found = margin.margin_of(world, *key)
            lots = positions.lots_of(world, *key)
            world.auctions[key] = _auction(world, key[0], positions.side_of(lots))
            world.tell(AuctionBegan(*key, lots, found.equity, found.maintenance))
            begun.append(key)
    sealed.clear(world)
    return begun


def _auction(world: World, handle: int, side: int) -> Auction:
    """One that begins, once nothing is paused."""
    asset = asset_together(world, handle, side)
    length = 0 if asset is None else value_of(world, asset, Parameter.SEALED)
    return Auction(breakers.resumes(world, handle), side, length)


def _is_sold(world: World, key: Key, shedding: dict[Key, bool]) -> bool:
    """Whether a position in breach goes to auction: of those that are margined together, only the
    ones without which less is missing, as long as there are any."""
    handle, account = key
    asset = pool_asset(world, handle, account)
    if asset is None or _sheds(world, key, shedding):
        return True
    together = pooled(world, account, asset)
    known = (each for each in together if portfolio.is_tabled(world, each, account, asset))
    return not any(_sheds(world, (each, account), shedding) for each in known)


def _sheds(world: World, key: Key, shedding: dict[Key, bool]) -> bool:
    """Whether a portfolio lacks less with less of a position, which is looked at once."""
    if key not in shedding:
        shedding[key] = portfolio.sheds(world, *key)
    return shedding[key]


def _in_order(world: World, keys: Iterable[Key]) -> list[Key]:
    """By instrument, then as accounts were opened."""
    return sorted(keys, key=lambda key: (key[0], world.rank(key[1])))


def _is_there(world: World, key: Key) -> bool:
    """Whether the position under auction still stands, on the same side."""
    lots = positions.lots_of(world, *key)
    return lots != 0 and positions.side_of(lots) == world.auctions[key].side


def _run(world: World, key: Key, pace: Pace[str]) -> None:
    auction = world.auctions[key]
    if not margin.is_known(world, *key):
        return _over(world, key, "mark unknown")
    if _is_restored(world, key):
        return _over(world, key, "recovered")
    if breakers.stands_still(world, key[0]):
        return
    for bidder, price in _offers(world, key, auction):
        _fill(world, _position(world, key), bidder, price, pace)
        if _is_restored(world, key):
            return _over(world, key, "restored")
    if world.time >= _end(world, key) and _close_at_mark(world, _position(world, key), pace):
        _over(world, key, "unsold")


def _offers(world: World, key: Key, auction: Auction) -> list[tuple[Bidder, int]]:
    """The bids that stand, best first, each with the price at which it is filled."""
    rule = _rule(world, key[0], auction.side)
    if not auction.sealed:
        price = clock(rule, world.time - auction.began)
        return [(bidder, price) for bidder in bids.standing_at(world, key, price)]
    if world.time < _end(world, key):
        return []
    lowest, highest = sorted((rule.auction_from, rule.auction_to))
    found = sealed.opened(world, key, auction)
    limits = [(bidder, world.bids[bidder].limit) for bidder in found]
    return [(bidder, min(limit, highest)) for bidder, limit in limits if limit >= lowest]


def _is_restored(world: World, key: Key) -> bool:
    """Whether nothing more has to be sold. An auction that has begun runs until the position has
    its initial margin again, not only its maintenance."""
    return not positions.lots_of(world, *key) or margin.margin_of(world, *key).missing <= 0


def _over(world: World, key: Key, reason: str) -> None:
    auction = world.auctions.pop(key)
    if auction.sealed and reason in ("restored", "unsold"):
        rule = _rule(world, key[0], auction.side)
        sealed.forfeit(world, key, auction, rule.penalty)
    world.tell(AuctionEnded(*key, reason))


def _end(world: World, key: Key) -> int:
    auction = world.auctions[key]
    length = 2 * auction.sealed or _rule(world, key[0], auction.side).auction_nanoseconds
    return auction.began + length


def _rule(world: World, handle: int, side: int) -> Rule:
    rule = rule_together(world, handle, side)
    assert rule is not None, "an auction without a rule"
    return rule


# --- what is sold, and at what price -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Position:
    """A position under auction: `lots` > 0 of a side, its collateral asset, what is posted for it,
    mark and rule."""

    handle: int
    account: str
    side: int
    lots: int
    asset: str
    posted: Holding
    row: PartyRisk
    rule: Rule

    @property
    def key(self) -> Key:
        return self.handle, self.account

    def signed(self, lots: int) -> int:
        """So many lots of this side, as a position has them."""
        return positions.sign_of(self.side) * lots

    def brings(self, world: World, units: int) -> int:
        """How much more what is pledged to its pool would bring, if so much more is needed."""
        if self.posted != pool(self.account):
            return 0
        return pledges.brings(world, self.account, self.asset, units)

    def raises(self, world: World, units: int) -> None:
        """Sees that so much is posted, by what is pledged to its pool as far as that is sold."""
        missing = units - ledger.balance(world, self.asset, self.posted)
        if self.posted == pool(self.account):
            pledges.sell(world, self.handle, self.account, self.asset, missing)


def _position(world: World, key: Key) -> _Position:
    lots = positions.lots_of(world, *key)
    side = positions.side_of(lots)
    row = mark_of(world, key[0], side)
    asset = asset_together(world, key[0], side)
    assert row is not None and asset is not None, "an auction without a mark"
    where = posted(world, *key, asset)
    return _Position(*key, side, abs(lots), asset, where, row, _rule(world, key[0], side))


def _lots_to_sell(world: World, position: _Position, sale: Sale) -> int:
    """The smallest number of lots after which the rest has its initial margin."""
    if pool_asset(world, *position.key) is not None:
        return portfolio.lots_to_restore(world, *position.key, sale.cost + sale.penalty)
    found = margin.margin_of(world, *position.key)
    return lots_to_restore(found, position.lots, position.row, sale)


# --- filling a bid -----------------------------------------------------------------------------


def _fill(world: World, position: _Position, bidder: Bidder, price: int, pace: Pace[str]) -> None:
    sale = sale_at(position.row, position.rule, price)
    asset, maintenance = position.asset, position.row.maintenance
    wanted = min(world.bids[bidder].lots, _lots_to_sell(world, position, sale))
    most = pace.lots(value_of(world, asset, Parameter.PACE), asset, maintenance, wanted)
    lots = _largest(most, lambda n: _works(world, position, bidder, sale, n))
    if lots == 0:
        return
    pace.note(asset, maintenance, lots)
    _draw(world, position, bidder, sale, lots)
    _sell(world, position, bidder[0], sale, lots)
    penalty = _pay_penalty(world, position, bidder[0], sale.penalty * lots)
    bids.take(world, bidder, lots)
    world.tell(AuctionFilled(*position.key, bidder[0], lots, price, sale.cost, penalty))


def _largest(most: int, works: Callable[[int], bool]) -> int:
    """The largest n in 0..most that works, by bisection: what works for n works for fewer."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if works(middle) else (low, middle - 1)
    return low


def _draw(world: World, position: _Position, bidder: Bidder, sale: Sale, lots: int) -> None:
    """Frees what a bidder needs for the lots that it takes, first of what it has set aside."""
    needed = _top_up(world, position, bidder[0], lots) - sale.cost * lots
    drawn = min(max(0, needed), bids.set_aside(world, bidder, position.asset))
    bids.draw(world, bidder, position.handle, drawn)


def _works(world: World, position: _Position, bidder: Bidder, sale: Sale, lots: int) -> bool:
    """Whether the position can pay for so many lots, and the bidder can carry them."""
    paid = sale.cost * lots
    sources = (position.posted, free(position.account))
    missing = paid - sum(ledger.balance(world, position.asset, source) for source in sources)
    if fund_covers(world, position.handle, position.side):
        there = ledger.balance(world, position.asset, FUND)  # what it pays for pledges, too
    else:
        there = position.brings(world, missing)
    if missing > there:
        return False
    own = ledger.balance(world, position.asset, free(bidder[0]))
    own += bids.set_aside(world, bidder, position.asset)
    return own + paid >= _top_up(world, position, bidder[0], lots)


def _top_up(world: World, position: _Position, bidder: str, lots: int) -> int:
    """What a bidder must add to its collateral for its position with the lots that it takes;
    nothing if that only shrinks."""
    handle, asset = position.handle, position.asset
    before = positions.lots_of(world, handle, bidder)
    after = before + position.signed(lots)
    if pool_asset(world, handle, bidder, after) == asset:
        return portfolio.top_up(world, handle, bidder, asset, after)
    if positions.shrinks(before, after):
        return 0
    return max(0, margin.margin_alone(world, handle, bidder, after).missing)


def _sell(world: World, position: _Position, bidder: str, sale: Sale, lots: int) -> None:
    """Moves lots, their price, and what the bidder must post."""
    handle, account, asset = position.handle, position.account, position.asset
    top_up = _top_up(world, position, bidder, lots)
    cause = Cause("liquidation", handle)
    paid = sale.cost * lots
    if paid > 0:
        sources = [position.posted, free(account)]
        position.raises(world, paid - ledger.balance(world, asset, free(account)))
        missing = ledger.draw(world, asset, sources, free(bidder), paid, cause)
        missing = advance(world, handle, account, asset, missing, free(bidder))
        assert missing == 0, "a sale that cannot be paid"
    else:
        ledger.post(world, asset, free(bidder), position.posted, -paid, cause)
    positions.change(world, handle, account, -position.signed(lots))
    positions.change(world, handle, bidder, position.signed(lots))
    ledger.post(world, asset, free(bidder), posted(world, handle, bidder, asset), top_up, cause)


def _pay_penalty(world: World, position: _Position, bidder: str, units: int) -> int:
    """The penalty to the insurance fund, as far as equity is left; the bidder's reward is taken
    from it. Returns what was paid."""
    position.raises(world, min(units, margin.margin_of(world, *position.key).equity))
    equity = margin.margin_of(world, *position.key).equity
    held = ledger.balance(world, position.asset, position.posted)
    paid = max(0, min(units, equity, held))
    asset, posted = position.asset, position.posted
    reward = paid * value_of(world, asset, Parameter.REWARD) // ONE
    ledger.post(world, asset, posted, free(bidder), reward, Cause("reward", position.handle))
    ledger.post(world, asset, posted, FUND, paid - reward, Cause("penalty", position.handle))
    return paid


# --- closing at the mark -----------------------------------------------------------------------


def _close_at_mark(world: World, position: _Position, pace: Pace[str]) -> bool:
    """Closes as many lots as restore the rest, and as may be sold in a block. Returns whether none
    are left for later."""
    mark, asset, maintenance = position.row.exposure, position.asset, position.row.maintenance
    wanted = _lots_to_sell(world, position, Sale(mark, 0))
    lots = pace.lots(value_of(world, asset, Parameter.PACE), asset, maintenance, wanted)
    pace.note(asset, maintenance, lots)
    if pool_asset(world, *position.key) is not None:
        _raise_cash(world, position, lots * mark)
    _close(world, position, lots)
    return lots == wanted


def _raise_cash(world: World, position: _Position, units: int) -> None:
    """Closes first what else is worth something in a portfolio and does not stand still, as far as
    that is needed to pay for a position: neither the fund nor the other side bears what the account
    itself is good for."""
    account, asset = position.account, position.asset
    for handle in pooled(world, account, asset):
        is_other = handle != position.handle and margin.is_known(world, handle, account)
        if not is_other or breakers.stands_still(world, handle):
            continue
        other = _position(world, (handle, account))
        own = (other.posted, free(account))
        missing = units - sum(ledger.balance(world, asset, holding) for holding in own)
        missing -= other.brings(world, missing)
        if missing > 0 and other.row.exposure < 0:
            _close(world, other, min(other.lots, -(-missing // -other.row.exposure)))


def _close(world: World, position: _Position, lots: int) -> None:
    """Closes lots against the opposite side, pro rata by lots and leverage."""
    handle, account, mark = position.handle, position.account, position.row.exposure
    opposite = positions.holders(world, handle, positions.other(position.side))
    weights = {
        each: n * margin.margin_of(world, handle, each).leverage for each, n in opposite.items()
    }
    shares = allot_within(lots, opposite, weights, salt(world, handle))
    closed = {each: n for each, n in shares.items() if n}
    _pay_at_mark(world, position, closed)
    sides = [{account: lots}, closed]
    first, second = sides if position.side == positions.FIRST else reversed(sides)
    positions.close(world, handle, first, second)
    for each, n in closed.items():
        world.tell(Deleveraged(handle, each, account, n, mark))


def _pay_at_mark(world: World, position: _Position, closed: dict[str, int]) -> None:
    """The position pays the holders, or they pay it, so much a lot; never more in all than there
    can be."""
    handle, asset, mark = position.handle, position.asset, position.row.exposure
    account, side = position.account, position.side
    price = min(abs(mark), MOST // max(sum(closed.values()), 1))
    amounts = {each: n * price for each, n in closed.items()}
    total, cause = sum(amounts.values()), Cause("close out", handle)
    if mark > 0:
        pay(world, handle, asset, {(account, side): total}, amounts, cause, collateral_first=True)
    else:
        payers = {(each, positions.other(side)): units for each, units in amounts.items()}
        before = ledger.balance(world, asset, free(account))
        pay(world, handle, asset, payers, {account: total}, cause, collateral_first=True)
        if pool_asset(world, *position.key) is not None:  # what it was worth went on answering
            brought = ledger.balance(world, asset, free(account)) - before
            ledger.post(world, asset, free(account), position.posted, brought, cause)
