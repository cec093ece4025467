"""A world from a seed: who is there, what is listed, how prices go, what is asked, what goes wrong.

Each world has some kinds of trouble and not others, so that what one kind would drown can be seen
where it is missing. Whatever is drawn for a block, an order or a fault has a stream of its own.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum, unique

from rfos_runtime.records.block import Report
from rfos_runtime.records.commands import (
    DAY,
    ONE,
    OPERATOR,
    SECOND,
    SUPPLY_MAX,
    Breaker,
    Define,
    DefinePolicy,
    Deposit,
    OpenAccount,
    Propose,
    RegisterAsset,
    RegisterFeed,
    Stake,
)
from rfos_runtime.records.parameters import RULES, Parameter
from rfos_runtime.reference.executor import Aspect, Executor
from rfos_runtime.simulation.appraisers import Appraisers, drawn
from rfos_runtime.simulation.interventions import Operator
from rfos_runtime.simulation.machine import Machine, guarded, remembering
from rfos_runtime.simulation.market import LIAR, QUORUM, REPORTERS, Market, Trouble
from rfos_runtime.simulation.recipe import Fault, FaultKind, Offer, Order, Recipe, Step
from rfos_runtime.simulation.streams import Stream
from rfos_runtime.simulation.traders import Traders

MINUTE = DAY // 1440
NAMES = ("ann", "bob", "carl", "dora", "eve", "fay", "gus", "hal", "ida", "jon", "kim", "leo")
PATRON = "patron"
EVERY_MINUTE = "perpetual"
FREEZING = "freezing call"
SILENT = ("asian put", "asian call")
"""They are marked, and only appraisers can say their risk."""
MOVING = ("future", "ether future", "call 90", "put 120", "forward")
"""Their marks move with prices."""


@unique
class Kind(StrEnum):
    """What is in some worlds only, so that the others stay as they are, and cheap."""

    APPRAISED = "appraisers speak"
    PLEDGED = "other assets are taken for margin"
    FREEZING = "an instrument may freeze"
    SOLD = "much is sold: prices move widely, and what slows sales was set days before"


KINDS: tuple[frozenset[Kind], ...] = (
    *(frozenset[Kind](),) * 4,
    *(frozenset({kind}) for kind in Kind),
    frozenset({Kind.SOLD}),
    frozenset({Kind.APPRAISED, Kind.PLEDGED, Kind.FREEZING}),
)
"""One of these is drawn."""


@dataclass(frozen=True, slots=True)
class Supply:
    """What worlds are made of: contracts, the feeds that they read, the places of assets, the
    definitions that issue some, and margin policies; those that take other assets than their own
    come last."""

    begin: int
    offers: tuple[Offer, ...]
    feeds: tuple[RegisterFeed, ...]
    places: Mapping[str, int]
    issuers: Mapping[str, str] = field(default_factory=dict)
    policies: tuple[DefinePolicy, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A world that was played: what was asked, and what came of it."""

    recipe: Recipe
    machine: Machine
    troubles: Counter[Trouble]
    kinds: frozenset[Kind]


def world(
    seed: int, commands: int, supply: Supply, executor: Executor, is_compared: bool = False
) -> Result:
    """Makes the world of a seed and plays it. `is_compared`: the fast kernel must do the same."""
    making = _Making(seed, commands, supply, executor, is_compared)
    with guarded(making.machine):
        making.run()
    offers, steps = tuple(making.offers), tuple(making.steps)
    recipe = Recipe(seed, offers, steps, making.machine.liars)
    return Result(recipe, making.machine, Counter(making.market.told), making.kinds)


class _Making:
    """A world that is being made."""

    def __init__(
        self, seed: int, commands: int, supply: Supply, executor: Executor, is_compared: bool
    ) -> None:
        draw, sold = Stream(seed, "setting"), Stream(seed, "much is sold")
        self.kinds = Stream(seed, "kinds").pick(KINDS)
        is_sold = Kind.SOLD in self.kinds
        self.seed, self.left, self.supply = seed, commands, supply
        self.most = draw.pick((10, 20, 40, 60))
        horizon = draw.pick((DAY // 8, DAY // 2, DAY, 2 * DAY, 4 * DAY))
        if is_sold:  # about forty blocks, however many commands
            self.most, horizon = max(20, commands // 25), DAY
        self.pace = 1 + horizon * self.most * 5 // (commands * 8)
        self.jumps = draw.pick((0, 0, 25)) * (not is_sold)
        self.offers = self._drawn_offers(draw, supply, horizon)
        self.names = NAMES[: draw.between(4, len(NAMES))]
        self.feeds = self._registrations(draw, supply)
        self.faults = draw.some(tuple(FaultKind), draw.between(0, 5))
        troubles = tuple(draw.some(tuple(Trouble), draw.between(0, 6)))
        wild = draw.pick((2_000, 10_000, 30_000, 80_000, 150_000))
        wild = sold.pick((80_000, 150_000)) if is_sold else wild
        fixed = frozenset(_fixed(self.offers, remembering(executor)))
        self.market = Market(seed, self.feeds, fixed, wild, troubles, draw.pick((2, 8, 20)))
        assets = sorted({asset for offer in self.offers for asset in offer.listing.assets})
        self.traders = Traders(self.names, tuple(assets), self.offers, is_sold)
        self.operator = _operator(seed, self.names[0], fixed)
        self.appraisers: Appraisers | None = None
        if Kind.APPRAISED in self.kinds:
            self.appraisers = _appraisers(seed, self.pace, self.offers, remembering(executor))
        liars = frozenset({LIAR} if Trouble.LIE in troubles else ())
        liars |= self.appraisers.liars if self.appraisers else frozenset()
        self.machine = Machine(remembering(executor), liars=liars, is_compared=is_compared)
        self.fund = draw.pick((0, 1_000, 50_000, 1_000_000))
        self.wealth = draw.pick((20_000, 200_000, 2_000_000))
        self.wealth = sold.pick((200_000, 2_000_000)) if is_sold else self.wealth
        self.steps: list[Step] = []
        self.opened = draw.pick((2 * MINUTE, 2 * MINUTE, 3 * DAY, 9 * DAY))
        self.opened = 9 * DAY if is_sold else self.opened

    def _drawn_offers(self, draw: Stream, supply: Supply, horizon: int) -> list[Offer]:
        """Some contracts; third parties are drawn among the first accounts. What acts every minute
        is in short worlds only."""
        out = {FREEZING, *(() if horizon <= DAY // 2 else (EVERY_MINUTE,))}
        fit = [each for each in supply.offers if each.name not in out]
        drawn = draw.some(fit, draw.between(2, 9))
        made = [_with_others(each, draw) for each in drawn]
        if Kind.FREEZING in self.kinds:
            made += [each for each in supply.offers if each.name == FREEZING]
        if Kind.SOLD in self.kinds:
            moving = [each for each in supply.offers if each.name in MOVING and each not in made]
            made += Stream(self.seed, "what moves").some(moving, 2)
        if Kind.APPRAISED in self.kinds:
            silent = [each for each in supply.offers if each.name in SILENT and each not in made]
            made += Stream(self.seed, "silent contracts").some(silent, 1)
        return made

    def _registrations(self, draw: Stream, supply: Supply) -> dict[str, RegisterFeed]:
        read = {feed for offer in self.offers for feed in _feeds_of(offer)}
        staleness = draw.pick((self.pace, 6 * self.pace, 40 * self.pace, 100 * DAY))
        step = draw.pick((None, None, 3 * 10**17, 10**17))
        widest = draw.pick((None, None, 0, ONE // 100))
        window = min(max(SECOND, 10 * self.pace), DAY)
        breaker = draw.pick((None, None, Breaker(ONE // 20, window, max(SECOND, window // 4))))
        if Kind.SOLD in self.kinds:  # marks are known, mostly nothing pauses
            rare = Stream(self.seed, "what stops sales").one_in(4)
            staleness, step, widest = 100 * DAY, None, None
            breaker = breaker if rare else None
        return {
            feed.feed: replace(
                feed,
                reporters=REPORTERS,
                quorum=QUORUM,
                staleness=min(feed.staleness, staleness),
                maximum_step=step if feed.feed.startswith("spot") else None,
                widest=widest,
                breaker=breaker if feed.feed.startswith("spot") else None,
            )
            for feed in supply.feeds
            if feed.feed in read
        }

    def run(self) -> None:
        """Plays block after block, until all commands are sent or an invariant does not hold."""
        self._block(self.supply.begin - self.opened, self._opening(), ())
        time = self.supply.begin - MINUTE
        number = 1
        while self.left > 0 and not self.machine.found:
            number += 1
            draw = Stream(self.seed, "block", number)
            self._random_block(number, time, draw)
            time += max(1, self.pace * draw.between(10, 190) // 100)
            world = self.machine.world
            is_announced = bool(world.resolutions or world.substitutes)
            if draw.one_in(4 if is_announced else self.jumps):  # the clock jumps
                time += draw.between(0, 3 * DAY)
        self.machine.end()

    def _random_block(self, number: int, time: int, draw: Stream) -> None:
        before = self.machine.world.time
        reports = self.market.reports(number, before, time)
        count = min(self.left, draw.between(self.most // 4, self.most))
        self.left -= count
        self._block(time, self._orders(number, count), self._faults(number), reports)

    def _orders(self, number: int, count: int) -> Iterator[Order]:
        """What is asked in a block, each as the world stands then. What the operator does and
        appraisers say comes in between; the words of appraisers are not counted."""
        turn = Stream(self.seed, "turn", number).below(count)
        for place in range(count):
            if place == turn:
                for order in self.operator.orders(self.machine.world, number):
                    self.left -= 1
                    yield order
                if self.appraisers:
                    yield from self.appraisers.orders(self.machine.world, number)
            draw = Stream(self.seed, "order", number, place)
            yield self.traders.order(self.machine.world, draw)

    def _block(
        self,
        time: int,
        orders: Iterable[Order],
        faults: Sequence[Fault],
        reports: tuple[Report, ...] = (),
    ) -> None:
        """Plays a block, and writes it down even if it breaks off."""
        sent: list[Order] = []
        try:
            self.machine.begin(time, reports)
            for order in orders:
                sent.append(order)
                self.machine.send(order)
            self.machine.seal(faults)
        finally:
            self.steps.append(Step(time, reports, tuple(sent), tuple(faults)))

    def _faults(self, number: int) -> tuple[Fault, ...]:
        """What goes wrong with the machine in a block: each kind has a stream of its own."""
        found = []
        for kind in self.faults:
            draw = Stream(self.seed, "fault", kind, number)
            if draw.one_in(12):
                found.append(Fault(kind, draw.below(draw.pick((1, 64, 3_000, 2**20)))))
        return tuple(found)

    def _opening(self) -> Iterable[Order]:
        """Everything is registered, and everybody has some of each asset."""
        places = self.supply.places
        assets = {asset for offer in self.offers for asset in offer.listing.assets}
        assets |= {offer.premium_asset for offer in self.offers}
        issued = self.supply.issuers
        made = [RegisterAsset(each, places[each], issued.get(each, "")) for each in sorted(assets)]
        everybody = (*self.names, PATRON)
        yield from map(Order, made)
        yield from map(Order, self.feeds.values())
        yield from (Order(OpenAccount(name)) for name in everybody)
        for asset in sorted(assets - set(issued)):
            scale = 10 ** max(0, places[asset] - 2)
            for name in everybody:
                yield Order(Deposit(name, asset, self.wealth * scale))
            if self.fund:
                yield Order(Stake(PATRON, asset, min(self.fund, self.wealth) * scale))
        if "USD" in assets:
            plain = [each for each in self.supply.policies if not each.feeds]
            kept = Stream(self.seed, "policies").between(0, len(plain))
            kept = len(plain) if Kind.SOLD in self.kinds else kept
            yield from map(Order, plain[:kept])
            if Kind.PLEDGED in self.kinds:
                taking = (each for each in self.supply.policies if each.feeds)
                yield from (Order(each) for each in taking if self.feeds.keys() >= {*each.feeds})
        for artefact in dict.fromkeys(offer.artefact for offer in self.offers):
            yield Order(Define(OPERATOR, artefact))
        if self.appraisers:
            yield from map(Order, map(OpenAccount, self.appraisers.names))
            yield from map(Order, self.appraisers.registrations())
        yield from (Order(offer.listing) for offer in self.offers)
        if self.opened > DAY:
            yield from self._proposals(sorted(assets))

    def _proposals(self, assets: Sequence[str]) -> Iterable[Order]:
        """What is to hold when trading begins, in a world that is opened long before: what trades
        cost, what takers and healthy accounts get, and how soon stakers are paid."""
        draw, at = Stream(self.seed, "parameters"), self.supply.begin - MINUTE
        for asset in assets:
            for parameter, rule in RULES.items():
                is_set = not draw.one_in(3)
                if at - rule.delay >= self.supply.begin - self.opened and is_set:
                    to = rule.first + rule.step * draw.between(-100, 100) // 100
                    to = draw.between(1, 10**6) if rule.step == SUPPLY_MAX else to
                    if parameter is Parameter.SEALED:  # a few blocks
                        to = draw.between(0, 4) * self.pace
                    if parameter is Parameter.PACE:  # some lots
                        to = draw.pick((1, 500, 5_000))
                    to = min(max(to, rule.lowest), rule.highest)
                    yield Order(Propose(asset, parameter, to, at))


def _appraisers(seed: int, pace: int, offers: Sequence[Offer], executor: Executor) -> Appraisers:
    """For contracts whose code says nothing of its risk."""
    views = [executor.load(each.artefact) for each in offers]
    silent = [each.content_hash for each in views if each is not None and not each.has_risk]
    return drawn(seed, pace, tuple(dict.fromkeys(silent)))


def _operator(seed: int, stranger: str, fixed: frozenset[str]) -> Operator:
    draw = Stream(seed, "operator")
    return Operator(seed, tuple(sorted(fixed)), stranger, draw.pick((0, 0, 8, 30)), 2)


def _feeds_of(offer: Offer) -> Iterable[str]:
    return filter(None, (*offer.listing.feeds, *offer.listing.risk_feeds))


def _fixed(offers: Sequence[Offer], executor: Executor) -> Iterable[str]:
    """The feeds of which a contract reads a value for a day."""
    for offer in offers:
        view = executor.load(offer.artefact)
        assert view is not None, "an offer that is none"
        for slot, feed in zip(view.feeds, offer.listing.feeds, strict=True):
            if slot.aspect is Aspect.FIXING:
                yield feed


def _with_others(offer: Offer, draw: Stream) -> Offer:
    others = tuple(name and draw.pick(NAMES[:4]) for name in offer.listing.others)
    return replace(offer, listing=replace(offer.listing, others=others))
