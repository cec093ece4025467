"""What accounts ask of a kernel: mostly what makes sense as the world stands, often just too much,
sometimes nonsense.
"""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from rfos_runtime.records.commands import (
    DAY,
    ONE,
    OPERATOR,
    SUPPLY_MAX,
    Bid,
    Choose,
    Command,
    Complete,
    Define,
    Deposit,
    Drop,
    Elect,
    Limit,
    OpenAccount,
    OpenBid,
    Post,
    Propose,
    RegisterAsset,
    RegisterFeed,
    Release,
    Reserve,
    SealBid,
    Stake,
    Trade,
    Transfer,
    Unstake,
    Withdraw,
)
from rfos_runtime.records.holdings import free
from rfos_runtime.records.parameters import RULES, Parameter
from rfos_runtime.records.sealing import seal_of
from rfos_runtime.reference import margin, pools, portfolio
from rfos_runtime.reference.ledger import balance
from rfos_runtime.reference.parameters import value_of
from rfos_runtime.reference.positions import lots_of
from rfos_runtime.reference.sealed import SEALED, takes_in
from rfos_runtime.reference.world import World
from rfos_runtime.simulation import pledging
from rfos_runtime.simulation.recipe import Offer, Order, bound
from rfos_runtime.simulation.streams import Stream

PARTS = (1, 5, 5, 25, 25, 50, 50, 90, 99, 100, 100, 101, 110, 150, 0)
"""In percent: how much of what it should be an amount is."""

SHY = "carl", "dora"
"""They seldom open what they have sealed."""


@dataclass(slots=True)
class Traders:
    """Who trades, in what. `offers`: the instruments by handle, from 1. `is_bold`: they trade and
    bid more, and post no more than they must."""

    names: tuple[str, ...]
    assets: tuple[str, ...]
    offers: Sequence[Offer]
    is_bold: bool = False
    _by_bound: dict[tuple[object, ...], Offer] = field(init=False)

    def __post_init__(self) -> None:
        self._by_bound = {bound(each.listing): each for each in reversed(self.offers)}

    def order(self, world: World, draw: Stream) -> Order:
        """What somebody sends next."""
        command = self._command(world, draw)
        strange = draw.below(200)
        if strange == 0:
            return Order(command, (draw.pick(self.names),))
        if strange < 4:
            return Order(command, off=draw.pick((-2, -1, 1, 2, 2**40)))
        if strange < 10:
            return Order(command, copies=draw.between(2, 4))
        return Order(command, linked=strange < 22)

    def _command(self, world: World, draw: Stream) -> Command:
        if world.auctions and draw.one_in(2 if self.is_bold else 3):  # they are few, and short
            return self._elect(world, draw) if draw.one_in(10) else self._bid_now(world, draw)
        if pledging.takes_pledges(world) and draw.one_in(4):
            return pledging.command(world, self.names, draw)
        if self.is_bold and draw.one_in(2):
            return draw.pick((self._trade, self._release, self._bid))(world, draw)
        return _MAKERS[bisect(_ENDS, draw.below(_ENDS[-1]))](self, world, draw)

    # --- money

    def _units(self, world: World, draw: Stream, account: str, asset: str) -> int:
        """An amount of what an account has free: a part of it, or a little more."""
        has = balance(world, asset, free(account))
        return has * draw.pick(PARTS) // 100 // draw.pick((1, 1, 3, 10))

    def _transfer(self, world: World, draw: Stream) -> Command:
        (payer, payee), asset = self._two(draw), draw.pick(self.assets)
        return Transfer(payer, payee, asset, self._units(world, draw, payer, asset))

    def _reserve(self, world: World, draw: Stream) -> Command:
        (payer, payee), asset = self._two(draw), draw.pick(self.assets)
        until = world.time + draw.pick((-1, 0, 1, DAY // 24, DAY))
        return Reserve(payer, payee, asset, self._units(world, draw, payer, asset), until)

    def _complete(self, world: World, draw: Stream) -> Command:
        if not world.reservations or draw.one_in(8):
            return Complete(draw.pick(self.names), draw.between(0, world.reserved + 1), 1)
        number = draw.pick(sorted(world.reservations))
        row = world.reservations[number]
        payee = row.payee if not draw.one_in(6) else draw.pick(self.names)
        return Complete(payee, number, row.units * draw.pick(PARTS) // 100)

    def _withdraw(self, world: World, draw: Stream) -> Command:
        account, asset = draw.pick(self.names), draw.pick(self.assets)
        units = self._units(world, draw, account, asset)
        return Withdraw(account, asset, units, self._receipt(draw))

    def _deposit(self, world: World, draw: Stream) -> Command:
        account, asset = draw.pick(self.names), draw.pick(self.assets)
        units = draw.pick((0, 1, 50_000, 500_000, SUPPLY_MAX, SUPPLY_MAX + 1, -1))
        return Deposit(account, asset, units, self._receipt(draw))

    def _receipt(self, draw: Stream) -> bytes:
        """None, or one of so few that some come twice."""
        return draw.between(0, 30).to_bytes(32, "big") if draw.one_in(2) else b""

    def _limit(self, world: World, draw: Stream) -> Command:
        account, asset = draw.pick(self.names), draw.pick(self.assets)
        has = balance(world, asset, free(account))
        bounds = draw.pick(
            ((0, SUPPLY_MAX, SUPPLY_MAX),) * 3
            + ((has // 2, SUPPLY_MAX, has // 4), (0, has, SUPPLY_MAX), (5, 4, 0), (-1, 1, 1))
        )
        return Limit(account, asset, *bounds)

    def _stake(self, world: World, draw: Stream) -> Command:
        account, asset = draw.pick(self.names), draw.pick(self.assets)
        return Stake(account, asset, self._units(world, draw, account, asset) // 20 + 1)

    def _unstake(self, world: World, draw: Stream) -> Command:
        """Notice for a part of somebody's shares in the fund, or for a little more."""
        held = sorted(key for key in world.shares if key[1] in world.accounts)
        if not held or draw.one_in(10):
            return Unstake(draw.pick(self.names), draw.pick(self.assets), draw.pick((0, 1, -1)))
        asset, account = draw.pick(held)
        return Unstake(account, asset, world.shares[asset, account] * draw.pick(PARTS) // 100)

    # --- what may be set

    def _propose(self, world: World, draw: Stream) -> Command:
        """Mostly what may be proposed, now and then a little beyond."""
        asset, parameter = draw.pick(self.assets), draw.pick(tuple(Parameter))
        rule, now = RULES[parameter], value_of(world, asset, parameter)
        to = now + rule.step * draw.pick((-100, -100, -50, -1, 0, 1, 50, 100, 100, 101)) // 100
        if not draw.one_in(8):
            to = min(max(to, rule.lowest), rule.highest)
        at = world.time + rule.delay + draw.pick((0, 0, 0, 1, DAY, -1, DAY // 24 - rule.delay))
        if draw.one_in(20):
            return Propose(draw.pick((asset, "nothing")), draw.between(-1, 12), to, at)
        return Propose(asset, parameter, to, at)

    def _drop(self, world: World, draw: Stream) -> Command:
        if not world.proposals or draw.one_in(8):
            return Drop(draw.pick(self.assets), draw.between(0, 11))
        asset, parameter = draw.pick(sorted(world.proposals))
        return Drop(asset, parameter)

    def _registers(self, world: World, draw: Stream) -> Command:
        """What would change what is registered, or bring in what is none."""
        feed = draw.pick(sorted(world.feeds) or ["spot(BTC, USD)"])
        artefact = bytearray(draw.pick(self.offers).artefact)
        artefact[draw.below(len(artefact))] ^= 1 << draw.below(8)
        nonsense: tuple[Command, ...] = (
            RegisterFeed(feed, ("mallory",), 1, DAY, -(10**30), 10**30),
            RegisterAsset(draw.pick(self.assets), 2),
            OpenAccount(draw.pick((*self.names, "", "issuance", "escrow of 1", "\n"))),
            Define(OPERATOR, bytes(artefact)),
            draw.pick(self.offers).listing,
        )
        return draw.pick(nonsense)

    # --- positions

    def _handle(self, world: World, draw: Stream) -> int:
        """An instrument, mostly one that is open."""
        number = draw.between(1, max(1, len(world.instruments)))
        if draw.one_in(50):
            return draw.pick((number, 999))
        opened = [h for h, each in world.instruments.items() if each.phase not in margin.CLOSED]
        return draw.pick(opened) if opened else number

    def _offer(self, world: World, handle: int) -> Offer:
        """The contract of an instrument, which may have been listed more than once."""
        row = world.instruments[handle]
        return self._by_bound[row.definition, row.terms, row.feeds]

    def _two(self, draw: Stream) -> tuple[str, str]:
        """Two accounts, seldom the same one."""
        one, other = draw.some(self.names, 2)
        return one, one if draw.one_in(50) else other

    def _trade(self, world: World, draw: Stream) -> Command:
        """New lots, with about the collateral that they need."""
        handle = self._handle(world, draw)
        first, second = self._two(draw)
        lots = draw.pick((1, 1, 2, 3, 5, 8, 20))
        if handle not in world.instruments:
            return Trade(handle, first, second, lots)
        offer = self._offer(world, handle)
        premium = draw.pick((0, 0, 100, 1_000, -1_000)) * lots
        sides = (first, lots), (second, -lots)
        needs = [self._needs(world, handle, *side, draw) for side in sides]
        return Trade(handle, first, second, lots, premium, offer.premium_asset, *needs)

    def _needs(self, world: World, handle: int, account: str, lots: int, draw: Stream) -> int:
        """About what an account must post for so many more lots."""
        after = lots_of(world, handle, account) + lots
        asset = pools.pool_asset(world, handle, account, after) if after else None
        if asset is not None:
            units = portfolio.top_up(world, handle, account, asset, after)
        else:
            needed = margin.requirement(world, handle, lots)
            units = needed.exposure + max(needed.initial, needed.maintenance)
        percent = 100 if self.is_bold else draw.pick((100, 100, 100, 101, 120, 150, 90, 0))
        return min(max(0, units), 10**7) * percent // 100

    def _close(self, world: World, draw: Stream) -> Command:
        """Two who hold opposite sides make both positions smaller."""
        if not world.positions:
            return self._trade(world, draw)
        handle, account = draw.pick(sorted(world.positions))
        lots = lots_of(world, handle, account)
        others = sorted(
            name for (h, name), held in world.positions.items() if h == handle and held * lots < 0
        )
        other = draw.pick(others)
        most = min(abs(lots), abs(lots_of(world, handle, other)))
        first, second = (account, other) if lots < 0 else (other, account)
        return Trade(handle, first, second, draw.between(1, most))

    def _position(self, world: World, draw: Stream) -> tuple[int, str]:
        if not world.positions or draw.one_in(30):
            return self._handle(world, draw), draw.pick(self.names)
        return draw.pick(sorted(world.positions))

    def _post(self, world: World, draw: Stream) -> Command:
        handle, account = self._position(world, draw)
        asset = self._asset(world, handle, account)
        return Post(handle, account, self._units(world, draw, account, asset) // 4 + 1)

    def _release(self, world: World, draw: Stream) -> Command:
        """About what is above initial margin."""
        handle, account = self._position(world, draw)
        if handle not in world.instruments:
            return Release(handle, account, 1)
        asset = self._asset(world, handle, account)
        found = margin.margin_of(world, handle, account)
        spare = max(0, min(found.equity - found.initial, 10**12))
        posted = balance(world, asset, pools.posted(world, handle, account, asset))
        amounts = (spare, spare + 1, posted, posted + 1, spare * draw.pick(PARTS) // 100)
        return Release(handle, account, draw.pick(amounts))

    def _elect(self, world: World, draw: Stream) -> Command:
        """Mostly a policy that there is, by whoever has positions, under auction if there are any;
        now and then out of one, or nonsense."""
        account = draw.pick(self.names)
        if world.positions and draw.one_in(2):
            account = draw.pick(sorted(world.auctions or world.positions))[1]
        if not world.policies or draw.one_in(20):
            return Elect(account, draw.pick((*self.assets, "nothing")), draw.pick((b"", b"1" * 32)))
        asset = draw.pick(self.assets) if draw.one_in(20) else "USD"
        if draw.one_in(3):
            return Elect(account, asset)
        return Elect(account, asset, bytes.fromhex(draw.pick(sorted(world.policies))))

    def _asset(self, world: World, handle: int, account: str) -> str:
        known = handle in world.instruments
        return (margin.collateral_asset(world, handle, account) if known else None) or "USD"

    def _bid(self, world: World, draw: Stream) -> Command:
        handle = self._handle(world, draw) if draw.one_in(2) else None
        limit = draw.between(70, 105) * ONE // 100
        made = Bid(draw.pick(self.names), handle, limit, draw.pick((0, 1, 1, 2, 3, 10, 100)))
        if made.lots == 0 or draw.one_in(2):
            return made
        asset = draw.pick(self.assets)
        has = balance(world, asset, free(made.account))
        return replace(made, asset=asset, units=has * draw.pick(PARTS) // 100)

    def _bid_now(self, world: World, draw: Stream) -> Command:
        """A bid for what is under auction."""
        handle, account = draw.pick(sorted(world.auctions))
        auction = world.auctions[handle, account]
        if auction.sealed:
            opens = takes_in(auction, world.time) == draw.one_in(8)
            return self._sealed(world, handle, draw, opens)
        limit = draw.pick((90, 95, 100, 100, 103, 105)) * ONE // 100  # often the same
        made = Bid(draw.pick(self.names), handle, limit, draw.pick((1, 1, 2, 100)))
        if draw.one_in(3):
            return made
        asset = self._asset(world, handle, account)
        has = balance(world, asset, free(made.account))
        return replace(made, asset=asset, units=has * draw.pick(PARTS) // 100)

    def _sealed(self, world: World, handle: int, draw: Stream, opens: bool) -> Command:
        """A sealed bid, or one that is opened. What an account says in one hangs on its name."""
        there = sorted(name for name, place in world.seals if place == handle)
        bids = {name: world.bids.get((name, SEALED + handle)) for name in there}
        shut = [name for name, bid in bids.items() if bid is not None and not bid.limit]
        willing = there if draw.one_in(8) else [name for name in shut if name not in SHY]
        opens = opens and bool(willing)
        account = draw.pick(willing if opens else self.names)
        limit, lots = (80 + 5 * len(account)) * ONE // 100, len(account)
        if opens:
            return OpenBid(account, handle, limit, lots + draw.one_in(20), b"")
        asset = self._asset(world, handle, account)
        units = balance(world, asset, free(account)) * draw.pick(PARTS) // 100
        seal = seal_of(account, handle, limit, lots, b"")
        return SealBid(account, handle, asset, units, seal)

    def _choose(self, world: World, draw: Stream) -> Command:
        """A choice of somebody who may have it."""
        choosing = [
            handle
            for handle, each in world.instruments.items()
            if each.phase not in margin.CLOSED and self._offer(world, handle).choices
        ]
        held = sorted(key for key in world.positions if key[0] in choosing)
        if not held:
            return self._trade(world, draw)
        handle, account = draw.pick(held)
        offer = self._offer(world, handle)
        number = draw.below(len(offer.choices) + draw.one_in(20))
        lots = abs(lots_of(world, handle, account))
        amounts: tuple[int, ...] = ()
        if number < len(offer.choices):
            amounts = tuple(draw.pick((0, 1, 1_000, 10_000)) for _ in offer.amounts[number])
        some = lots if draw.one_in(2) else draw.between(0, lots + 1)
        third = [name for name in world.instruments[handle].others if name in self.names]
        account = draw.pick(third) if third and draw.one_in(2) else account
        return Choose(handle, account, number, some, amounts)


_WEIGHTS = {
    Traders._trade: 30,
    Traders._close: 12,
    Traders._choose: 8,
    Traders._post: 12,
    Traders._release: 12,
    Traders._bid: 14,
    Traders._transfer: 10,
    Traders._reserve: 6,
    Traders._complete: 6,
    Traders._withdraw: 6,
    Traders._deposit: 5,
    Traders._limit: 3,
    Traders._elect: 8,
    Traders._stake: 4,
    Traders._unstake: 4,
    Traders._propose: 4,
    Traders._drop: 1,
    Traders._registers: 1,
}
"""How often each is asked, one among the others."""
_MAKERS, _ENDS = tuple(_WEIGHTS), tuple(accumulate(_WEIGHTS.values()))
