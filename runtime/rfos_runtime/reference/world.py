"""Everything the kernel knows: plain dicts of frozen rows. `World.copy` makes trying cheap.

Keys are accounts by name, instruments by handle (1, 2, ...), assets by ticker. Amounts are minor
units. A position is a signed number of lots: positive is the first party, negative the second.
"""

from dataclasses import dataclass, field, fields
from enum import StrEnum, unique
from itertools import filterfalse
from operator import attrgetter
from typing import NamedTuple, Self

from rfos_runtime.records.appraisals import Ageing, Price, Scenarios
from rfos_runtime.records.commands import INSTANT_MAX, OPERATOR, Breaker, Limit, Lock
from rfos_runtime.records.events import Happening
from rfos_runtime.records.holdings import Holding, is_own, own_rank
from rfos_runtime.records.interventions import Payment
from rfos_runtime.records.parameters import Parameter
from rfos_runtime.reference.executor import DefinitionView, PartyRisk, PolicyView

NEVER = INSTANT_MAX + 1
"""An instant that does not come."""


class Account(NamedTuple):
    """Its number in the order in which accounts were opened, from 1, and its newest command's."""

    number: int
    sequence: int


class Observation(NamedTuple):
    """An accepted value of a feed. `wide`: what was said lies far apart."""

    instant: int
    value: int
    wide: bool = False


class Swing(NamedTuple):
    """The lowest and the highest value of a feed in a window of time, by its number, and in the one
    before; None where there was none."""

    window: int
    now: tuple[int, int]
    before: tuple[int, int] | None


class Standstill(NamedTuple):
    """Until when something is halted, and why; NEVER as long as nobody has said when it goes on."""

    until: int
    reason: str


class Resolution(NamedTuple):
    """What each lot of an instrument will pay, when, and why."""

    at: int
    payments: tuple[Payment, ...]
    reason: str


class Stand(NamedTuple):
    """The value that will stand for a fixing, when, and why."""

    at: int
    value: int
    reason: str


class Panel(NamedTuple):
    """Who appraises instruments of a definition, how many must agree, how their tables age."""

    appraisers: tuple[str, ...]
    quorum: int
    ageing: Ageing


class Appraisal(NamedTuple):
    """What an appraiser says of one lot of an instrument; see `Appraise`."""

    version: bytes
    epoch: int
    exposure: int
    maintenance: tuple[int, int]
    initial: tuple[int, int]
    tables: tuple[Scenarios, ...]
    standard_error: int
    prices: tuple[Price, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as registered, and the newest accepted observation."""

    reporters: tuple[str, ...]
    quorum: int
    staleness: int
    lowest: int
    highest: int
    maximum_step: int | None
    widest: int | None = None
    breaker: Breaker | None = None
    newest: Observation | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """A contract definition: its artefact and what the executor says of it."""

    artefact: bytes
    view: DefinitionView


Mark = tuple[PartyRisk, PartyRisk]
"""The risk of one lot of each side."""


class Policy(NamedTuple):
    """A margin policy: its artefact and what the executor says of it. `feeds`: of the price of each
    asset that it takes besides its own, in their order."""

    artefact: bytes
    view: PolicyView
    feeds: tuple[str, ...] = ()


class Table(NamedTuple):
    """What one lot of an instrument does to a portfolio: to the first party's exposure in each
    scenario of a policy, and its delta × price for each price that it depends on, by base and
    quote. `standard_error`: of its value, 0 where its own code says it. `besides`: what a lot of
    each side needs besides what the policy says, since what appraisers have said is old; `opening`:
    the same as openings and releases see it, where that is older."""

    losses: tuple[int, ...]
    notionals: tuple[tuple[str, str, int], ...]
    standard_error: int = 0
    besides: tuple[int, int] = (0, 0)
    opening: "Table | None" = None


class Paid(NamedTuple):
    """What one lot of a side was obliged to pay in its collateral asset, and how often."""

    units: int
    payments: int


@unique
class Phase(StrEnum):
    """Where an instrument is in its life."""

    PENDING = "pending"  # its start is to come
    ACTIVE = "active"
    WAITING = "waiting"  # for an observation; retried when one of its feeds moves
    FROZEN = "frozen"  # a timed event was refused; see `reason`
    ENDED = "ended"


class Heard(NamedTuple):
    """A record of an event stream that an instrument has not acted on: the values by slot."""

    instant: int
    values: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Instrument:
    """A listed instance of a definition. `others`: the accounts of the parties after the two sides.
    `moved`: feed slots that moved while it waited; `heard`: the records of event streams that came
    then; `wakes`: when the patience for what it waits for runs out. `mark` is None while it is
    unknown. `paid`: for each side. `held`: what escrow was paid and has not paid out, per lot, for
    each asset slot."""

    definition: str
    terms: bytes
    assets: tuple[str, ...]
    feeds: tuple[str, ...]
    risk_feeds: tuple[str, ...]
    locks: tuple[Lock | None, Lock | None]
    others: tuple[str, ...]
    phase: Phase
    standing: bytes
    next_due: int | None
    moved: frozenset[int] = frozenset()
    heard: tuple[Heard, ...] = ()
    wakes: int | None = None
    reason: int = 0
    mark: Mark | None = None
    paid: tuple[Paid, Paid] = (Paid(0, 0), Paid(0, 0))
    held: tuple[int, ...] = ()

    @property
    def third_parties(self) -> tuple[str, ...]:
        """The accounts of the parties after the two sides, the kernel's own left out."""
        return tuple(filterfalse(is_own, self.others))


@dataclass(frozen=True, slots=True)
class Obligation:
    """A payment that was fixed and falls due at `due`: who owes it, to whom, in units."""

    instrument: int
    asset: str
    due: int
    payer: int
    payers: tuple[tuple[str, int], ...]
    payee: int
    payees: tuple[tuple[str, int], ...]
    clause: int
    action: int


@dataclass(frozen=True, slots=True)
class Auction:
    """The liquidation of a position on one side, running since `began`. `sealed`: how long it takes
    sealed bids in, and is given to open them; 0 if it goes by the clock."""

    began: int
    side: int
    sealed: int = 0


@dataclass(frozen=True, slots=True)
class StandingBid:
    """A bid; `number` orders bids of one limit. `units` of an asset are set aside for it."""

    number: int
    limit: int
    lots: int
    asset: str = ""
    units: int = 0


class Seal(NamedTuple):
    """What a sealed bid must be once it is opened, and when it came by the clocks of auctions."""

    seal: bytes
    at: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """Units that a payer holds for a payee until an instant."""

    payer: str
    payee: str
    asset: str
    units: int
    until: int


class Debt(NamedTuple):
    """Who owes the insurance fund, for which instrument, in which asset."""

    account: str
    instrument: int
    asset: str


class Lodging(NamedTuple):
    """Who has lodged a choice; `choice` counts in the definition's choices."""

    instrument: int
    choice: int
    account: str


class Lodged(NamedTuple):
    """For how many lots, and the amounts that were chosen, a lot."""

    lots: int
    amounts: tuple[int, ...]


class Setting(NamedTuple):
    """A parameter of an asset."""

    asset: str
    parameter: Parameter


class Proposal(NamedTuple):
    """What a parameter is to be, and from when on."""

    value: int
    at: int


class Turnover(NamedTuple):
    """The bases of an account's trades in a period of 30 days, and in the one before."""

    period: int
    now: int
    before: int


class Leaving(NamedTuple):
    """Shares in the insurance fund that are paid out at an instant."""

    account: str
    asset: str
    shares: int
    at: int


@dataclass(slots=True)
class World:
    """The state. `root` is the state root of the block before until the present one is sealed."""

    number: int = 0
    time: int = 0
    root: bytes = bytes(32)
    counter: int = 0  # of obligations and bids
    reserved: int = 0  # how many reservations there have been
    events: list[Happening] = field(default_factory=list)
    assets: dict[str, int] = field(default_factory=dict)  # ticker -> places
    issuers: dict[str, str] = field(default_factory=dict)  # ticker -> definition; of some
    supplies: dict[str, int] = field(default_factory=dict)  # ticker -> the most of it
    deposited: dict[bytes, int] = field(default_factory=dict)  # receipt -> block that booked it
    withdrawn: dict[bytes, int] = field(default_factory=dict)  # the same for what has left
    limits: dict[tuple[str, str], Limit] = field(default_factory=dict)  # account, ticker
    spent: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)  # -> day, units
    reservations: dict[int, Reservation] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    feeds: dict[str, Feed] = field(default_factory=dict)
    fixings: dict[tuple[str, int], int] = field(default_factory=dict)  # feed, day -> value
    swings: dict[str, Swing] = field(default_factory=dict)  # of feeds with a breaker
    pauses: dict[str, int] = field(default_factory=dict)  # feed -> until when
    halts: dict[tuple[int, str], Standstill] = field(default_factory=dict)  # instrument, feed
    resolutions: dict[int, Resolution] = field(default_factory=dict)  # by instrument
    substitutes: dict[tuple[str, int], Stand] = field(default_factory=dict)  # feed, day
    panels: dict[str, Panel] = field(default_factory=dict)  # by definition
    words: dict[tuple[int, str], Appraisal] = field(default_factory=dict)  # instrument, appraiser
    appraised: dict[int, Appraisal] = field(default_factory=dict)  # by instrument
    definitions: dict[str, Definition] = field(default_factory=dict)
    instruments: dict[int, Instrument] = field(default_factory=dict)
    positions: dict[tuple[int, str], int] = field(default_factory=dict)  # never 0
    balances: dict[tuple[str, Holding], int] = field(default_factory=dict)  # never 0
    policies: dict[str, Policy] = field(default_factory=dict)  # by the hash of the artefact
    elections: dict[tuple[str, str], str] = field(default_factory=dict)  # account, ticker -> policy
    tables: dict[tuple[int, str], Table] = field(default_factory=dict)  # instrument, policy; known
    debts: dict[Debt, int] = field(default_factory=dict)
    obligations: dict[int, Obligation] = field(default_factory=dict)
    lodged: dict[Lodging, Lodged] = field(default_factory=dict)
    parameters: dict[Setting, int] = field(default_factory=dict)  # where they were set
    proposals: dict[Setting, Proposal] = field(default_factory=dict)
    turnover: dict[tuple[str, str], Turnover] = field(default_factory=dict)  # account, ticker
    shares: dict[tuple[str, str], int] = field(default_factory=dict)  # ticker, account ("": none's)
    leaving: dict[int, Leaving] = field(default_factory=dict)
    auctions: dict[tuple[int, str], Auction] = field(default_factory=dict)
    bids: dict[tuple[str, int], StandingBid] = field(default_factory=dict)  # instrument 0: any
    seals: dict[tuple[str, int], Seal] = field(default_factory=dict)  # account, instrument

    def copy(self) -> Self:
        """A world of its own; the rows are frozen and shared."""
        head = self.number, self.time, self.root, self.counter, self.reserved
        return type(self)(*head, self.events.copy(), *map(dict.copy, _tables(self)))

    def next_number(self) -> int:
        """A number that was never given before."""
        self.counter += 1
        return self.counter

    def sequences(self) -> dict[str, int]:
        """The newest number of each account."""
        return {name: account.sequence for name, account in self.accounts.items()}

    def rank(self, account: str) -> int:
        """Where an account stands in every order: as they were opened, the kernel's own last."""
        return own_rank(account) if is_own(account) else self.accounts[account].number

    def asset_rank(self, asset: str) -> int:
        """Where an asset stands in every order: as they were registered."""
        return list(self.assets).index(asset)

    def tell(self, event: Happening) -> None:
        """Report what has happened."""
        self.events.append(event)


def genesis() -> World:
    """The empty world: nobody but the operator."""
    return World(accounts={OPERATOR: Account(1, 0)})


TABLES = tuple(each.name for each in fields(World) if each.default_factory is dict)
"""The names of its tables, in the order of its fields, after all others."""
ROWS = tuple(name for name in TABLES if name not in ("definitions", "policies"))
"""Of those that hold nothing of an executor's."""
_tables = attrgetter(*TABLES)
