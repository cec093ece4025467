"""A scenario as the blocks that a kernel applies: genesis, then one block a step."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, zip_longest
from typing import NamedTuple, TypeVar

from rfos_lang.base.encoding import content_hash
from rfos_lang.base.fixed import to_minor_units
from rfos_lang.base.records import dataclass
from rfos_lang.driver.scenario import Bid, Exercise, Post, Scenario
from rfos_runtime.records import commands as kernel
from rfos_runtime.records.block import Block, Report, Signed, Signer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing:
    """One instrument, ready for the kernel: its artefact and the command that lists it. `amounts`:
    for each choice the assets of which the chooser says how much."""

    name: str
    artefact: bytes
    command: kernel.List
    collateral_assets: tuple[str, str]
    premium_asset: str
    choices: tuple[str, ...]
    amounts: tuple[tuple[str, ...], ...]


class Election(NamedTuple):
    """A margin policy's artefact, its asset, the feeds of the prices of what else it takes, and the
    accounts that elect it."""

    artefact: bytes
    asset: str
    feeds: tuple[str, ...]
    accounts: tuple[str, ...]


class Said(NamedTuple):
    """What the reporters of a feed say at an instant; of a date, if it is a fixing."""

    instant: int
    value: int
    date: int | None = None


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """One feed: how it is registered, and what its reporters will see."""

    name: str
    staleness: int
    lowest: int
    highest: int
    observations: tuple[Said, ...]
    maximum_step: int | None = None
    widest: int | None = None
    breaker: kernel.Breaker | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All that blocks are made from. `source`: the scenario's file as users see it; `places`: the
    minor-unit decimals of every asset used; `issuers`: the definition that issues it, of some."""

    source: str
    scenario: Scenario
    listings: tuple[Listing, ...]
    feeds: tuple[FeedPlan, ...]
    places: Mapping[str, int]
    issuers: Mapping[str, str]
    elections: tuple[Election, ...] = ()

    @property
    def reporters(self) -> tuple[str, ...]:
        return tuple(f"reporter {n + 1}" for n in range(self.scenario.oracle.reporters))

    def handle(self, instrument: str) -> int:
        """The kernel's number of an instrument: its place in the file, from 1."""
        names = [listing.name for listing in self.listings]
        return names.index(instrument) + 1

    def listing(self, instrument: str) -> Listing:
        return self.listings[self.handle(instrument) - 1]


Attest = Callable[[Sequence[Report]], tuple[tuple[Report, ...], bytes]]
"""Checks signatures at the edge: the reports that pass, and the hash of the evidence."""


LastSequence = Callable[[str], int]
"""An account's last sequence number in the world as the last block left it; 0 if it is new."""


def blocks(plan: Plan, attest: Attest, last_sequence: LastSequence) -> Iterator[Block]:
    """Every block in order. The genesis block lies one step before the scenario's beginning; a
    report or command stands in the first block whose time is not before it.

    An account gives one command a block, the next one in the next: a refused command uses up no
    sequence number, so a second one in the same block could not know its own.
    """
    scenario = plan.scenario
    genesis = _signed(plan, opening(plan), last_sequence)
    yield Block(1, scenario.begin - scenario.step, commands=genesis)
    reports = _by_block(scenario, _reports(plan))
    orders = _by_block(scenario, _orders(plan))
    steps = -(-(scenario.end - scenario.begin) // scenario.step) + 1
    waiting: list[kernel.Command] = []
    for step in count():
        now, waiting = _one_each(plan, [*waiting, *orders[step]])
        if step >= steps and not now:
            return
        time = scenario.begin + step * scenario.step
        accepted, evidence = attest(reports[step])
        yield Block(step + 2, time, accepted, _signed(plan, now, last_sequence), evidence)


def _signers(plan: Plan, command: kernel.Command) -> tuple[str, ...]:
    """Who must consent to a command."""
    match command:
        case kernel.Trade(instrument=handle):
            others = plan.listings[handle - 1].command.others
            return kernel.consents_needed(command, tuple(filter(None, others)))
        case _:
            return kernel.consents_needed(command)


def _one_each(
    plan: Plan,
    commands: Sequence[kernel.Command],
) -> tuple[list[kernel.Command], list[kernel.Command]]:
    """The first command of each signer, and the rest; a signer's commands keep their order."""
    now: list[kernel.Command] = []
    later: list[kernel.Command] = []
    busy: set[str] = set()
    for command in commands:
        signers = _signers(plan, command)
        (later if busy.intersection(signers) else now).append(command)
        busy.update(signers)
    return now, later


def _signed(
    plan: Plan, commands: Sequence[kernel.Command], last_sequence: LastSequence
) -> tuple[Signed, ...]:
    """The commands with all who must consent, each with its next sequence number."""
    given: Counter[str] = Counter()
    signed = []
    for command in commands:
        signers = _signers(plan, command)
        given.update(signers)
        numbered = (Signer(name, last_sequence(name) + given[name]) for name in signers)
        signed.append(Signed(command, tuple(numbered)))
    return tuple(signed)


_FUND_DONOR = "fund sponsor"


def opening(plan: Plan) -> list[kernel.Command]:
    """The commands by which everything is registered, paid in, and listed."""
    scenario = plan.scenario
    accounts = {**scenario.accounts, **({_FUND_DONOR: scenario.fund} if scenario.fund else {})}
    made: list[kernel.Command] = [
        kernel.RegisterAsset(asset, places, plan.issuers.get(asset, ""))
        for asset, places in plan.places.items()
    ]
    made += [_registration(plan, feed) for feed in plan.feeds]
    made += [kernel.OpenAccount(name) for name in accounts]
    for name, balances in accounts.items():
        made += [
            kernel.Deposit(name, asset, to_minor_units(amount, plan.places[asset]))
            for asset, amount in balances.items()
        ]
    made += [
        kernel.Stake(_FUND_DONOR, asset, to_minor_units(amount, plan.places[asset]))
        for asset, amount in scenario.fund.items()
    ]
    artefacts = dict.fromkeys(listing.artefact for listing in plan.listings)
    made += [kernel.Define(kernel.OPERATOR, artefact) for artefact in artefacts]
    made += [listing.command for listing in plan.listings]
    policies = {each.artefact: each.feeds for each in plan.elections}
    made += [kernel.DefinePolicy(artefact, feeds) for artefact, feeds in policies.items()]
    made += [
        kernel.Elect(account, each.asset, bytes.fromhex(content_hash(each.artefact)))
        for each in plan.elections
        for account in each.accounts
    ]
    return made


def _registration(plan: Plan, feed: FeedPlan) -> kernel.RegisterFeed:
    quorum = plan.scenario.oracle.quorum
    return kernel.RegisterFeed(
        feed.name,
        plan.reporters,
        quorum,
        feed.staleness,
        feed.lowest,
        feed.highest,
        feed.maximum_step,
        feed.widest,
        feed.breaker,
    )


def _reports(plan: Plan) -> list[tuple[int, Report]]:
    return [
        (said.instant, Report(feed.name, said.instant, said.value, reporter, said.date))
        for feed in plan.feeds
        for said in feed.observations
        for reporter in plan.reporters
    ]


def _orders(plan: Plan) -> list[tuple[int, kernel.Command]]:
    scenario = plan.scenario
    pledges = [post for post in scenario.posts if post.asset]  # first: what trades may need
    made: list[tuple[int, kernel.Command]] = [(each.at, _pledge(plan, each)) for each in pledges]
    for trade in scenario.trades:
        listing = plan.listing(trade.instrument)
        first, second = listing.collateral_assets
        made.append(
            (
                trade.at,
                kernel.Trade(
                    plan.handle(trade.instrument),
                    trade.first,
                    trade.second,
                    trade.lots,
                    _units(plan, trade.premium * trade.lots, listing.premium_asset),
                    listing.premium_asset,
                    _units(plan, trade.first_collateral, first),
                    _units(plan, trade.second_collateral, second),
                ),
            )
        )
    made += [(bid.at, _bid(plan, bid)) for bid in scenario.bids]
    made += [
        (post.at, _post(plan, post.instrument, post.account, post.amount))
        for post in scenario.posts
        if not post.asset
    ]
    made += [
        (
            taken.at,
            kernel.Choose(
                plan.handle(taken.instrument),
                taken.account,
                plan.listing(taken.instrument).choices.index(taken.choice),
                taken.lots,
                _amounts(plan, taken),
            ),
        )
        for taken in scenario.exercises
    ]
    return made


def _amounts(plan: Plan, taken: Exercise) -> tuple[int, ...]:
    """What is chosen, in minor units; one too many is for the kernel to refuse."""
    listing = plan.listing(taken.instrument)
    assets = listing.amounts[listing.choices.index(taken.choice)]
    pairs = zip_longest(taken.amount, assets[: len(taken.amount)])
    return tuple(each if asset is None else _units(plan, each, asset) for each, asset in pairs)


def _bid(plan: Plan, bid: Bid) -> kernel.Bid:
    handle = None if bid.instrument is None else plan.handle(bid.instrument)
    return kernel.Bid(bid.account, handle, bid.limit, bid.lots)


def _post(plan: Plan, instrument: str, account: str, amount: int) -> kernel.Post:
    listing = plan.listing(instrument)
    sides = {trade.first for trade in plan.scenario.trades if trade.instrument == instrument}
    asset = listing.collateral_assets[0 if account in sides else 1]
    return kernel.Post(plan.handle(instrument), account, _units(plan, amount, asset))


def _pledge(plan: Plan, post: Post) -> kernel.Post:
    units = _units(plan, post.amount, post.asset)
    return kernel.Post(plan.handle(post.instrument), post.account, units, post.asset)


def _units(plan: Plan, amount: int, asset: str) -> int:
    return to_minor_units(amount, plan.places[asset]) if amount else 0


def _by_block(scenario: Scenario, dated: Sequence[tuple[int, T]]) -> dict[int, list[T]]:
    """Things by the step of the first block whose time is not before them, in time order."""
    grouped: dict[int, list[T]] = defaultdict(list)
    for instant, thing in sorted(dated, key=lambda pair: pair[0]):
        grouped[-(-(instant - scenario.begin) // scenario.step)].append(thing)
    return grouped
