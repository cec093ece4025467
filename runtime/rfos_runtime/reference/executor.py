"""What the kernel asks of whoever runs contract code. It prices no contract by itself.

An executor is a function of its arguments: no clock, no state, no randomness. Standing and terms
are its own bytes; the kernel stores them and never looks inside. All amounts are per lot, in minor
units.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum, unique
from typing import NamedTuple, Protocol

from rfos_runtime.records.commands import ONE


@unique
class Status(IntEnum):
    """How an event went, by the numbers of the artefact format. Only OK changes anything."""

    OK = 0
    WAITING = 1
    OVERFLOW = 2
    DIVISION_BY_ZERO = 3
    NEGATIVE_PAYMENT = 4
    REQUIREMENT = 5
    NOT_AVAILABLE = 6
    ENDED = 7
    FULL = 8  # more postings than there is room for
    TRAPPED = 9  # the code broke off, or ran out of fuel
    ESCROW_SHORT = 10  # escrow would pay more than it holds
    ESCROW_LEFT = 11  # the contract would end while escrow holds something
    UNDEFINED = 12  # a logarithm, root or power that has no value

    @property
    def words(self) -> str:
        """The status as people read it: `escrow short`."""
        return self.name.lower().replace("_", " ")


ESCROW = "escrow"
"""The name of the party that is an instrument's own account."""

ISSUANCE = "issuance"
"""The name of the party that brings into being what it pays, and redeems what it is paid."""


@unique
class Aspect(StrEnum):
    """What a slot shows of its feed, by the words of the artefact format."""

    NEWEST = "newest"  # the newest accepted value while it is good
    FIXING = "fixing"  # the value published for the date of the event
    LAPSED = "lapsed"  # a truth: whether that value did not come in time
    LAST = "last"  # the newest accepted value, however old
    RESOLVED = "resolved"  # a truth: whether there is any accepted value
    NOW = "now"  # the event's instant
    EVENT = "event"  # a field of the record that was accepted at this very instant


@dataclass(frozen=True, slots=True)
class FeedView:
    """A feed slot: what kind, of which asset slots; what it shows; what the definition demands of
    the feed, None where it demands nothing. `patience`: how long the value of a date is waited for.
    """

    kind: str
    assets: tuple[int, ...]
    aspect: Aspect = Aspect.NEWEST
    patience: int | None = None
    staleness: int | None = None
    lowest: int | None = None
    highest: int | None = None


@dataclass(frozen=True, slots=True)
class RiskInput:
    """A number from outside that `risk` needs: `spot` or `volatility` of a feed slot, `rate` or
    `yield` of an asset slot."""

    source: str
    slot: int


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """A choice. `clause` is its name in an event. `amounts`: the assets of which the chooser says
    how much, in minor units a lot. `separable`: taking it changes no state and concerns no third
    party; so if it ends the contract, some lots can take it and others go on."""

    clause: int
    name: str
    party: int
    any_time: bool
    separable: bool
    amounts: tuple[int, ...] = ()
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Collateral and liquidation of one party; fractions with 18 decimals, see `auction`."""

    asset: int
    auction_from: int
    auction_to: int
    auction_nanoseconds: int
    penalty: int
    shortfall: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether its auction sells for something, and takes no more than what changes hands."""
        prices = min(self.auction_from, self.auction_to)
        return prices > 0 and self.auction_nanoseconds >= 0 and 0 <= self.penalty <= ONE


@dataclass(frozen=True, slots=True)
class DefinitionView:
    """What the kernel knows of a definition. `parties`: the two sides of a lot, then third parties,
    and `ESCROW` for the instrument's own account. `watched`: feed slots that a `when` looks
    at. `issues`: the asset slots that it mints or burns. `rules`: one a party. `has_risk`: whether
    `risk` can answer at all."""

    content_hash: str
    name: str
    parties: tuple[str, ...]
    assets: tuple[str, ...]
    feeds: tuple[FeedView, ...]
    watched: tuple[int, ...]
    risk_inputs: tuple[RiskInput, ...]
    choices: tuple[ChoiceView, ...]
    rules: tuple[Rule | None, ...]
    has_risk: bool
    issues: tuple[int, ...] = ()

    def __hash__(self) -> int:
        """That of its content hash, which says it all, and is quicker to find."""
        return hash(self.content_hash)

    @property
    def is_sound(self) -> bool:
        """Whether there are two sides, every choice is a party's, and collateral is of sides only:
        of none where escrow is used, for then lots must stand still and cannot be liquidated. No
        auction sells for nothing."""
        margined = {party for party, rule in enumerate(self.rules) if rule is not None}
        return (
            len(self.rules) == len(self.parties) >= 2
            and all(choice.party in range(len(self.parties)) for choice in self.choices)
            and margined <= (set() if ESCROW in self.parties else {0, 1})
            and all(rule.is_sound for rule in self.rules if rule is not None)
        )


STANDALONE_LOSS = 4
"""The number of this measure."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a policy's requirements: `number`, with 18 decimals; `measure`, which of them;
    or an operation on the results of steps before it."""

    operation: str
    arguments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """By which fraction, 18 decimals, every price in the policy's asset moves, and every volatility
    of one."""

    spot: int
    volatility: int


class Haircut(NamedTuple):
    """An asset that a policy takes besides its own, and which fraction of its value, 18 decimals,
    does not count."""

    asset: str
    fraction: int


@dataclass(frozen=True, slots=True)
class PolicyView:
    """What the kernel knows of a margin policy; `maintenance` and `initial` are steps. What is
    pledged is drawn on in the order of `haircuts`."""

    content_hash: str
    name: str
    asset: str
    scenarios: tuple[Scenario, ...]
    steps: tuple[Step, ...]
    maintenance: int
    initial: int
    haircuts: tuple[Haircut, ...]

    def __hash__(self) -> int:
        """That of its content hash, which says it all, and is quicker to find."""
        return hash(self.content_hash)

    @property
    def separates(self) -> bool:
        """Whether it asks what each underlying loses alone."""
        return Step("measure", (STANDALONE_LOSS,)) in self.steps


@dataclass(frozen=True, slots=True)
class Posting:
    """One payment that is owed per lot (positive). `due` None: at once. `clause` and `action` name
    the cause in the definition."""

    payer: int
    payee: int
    asset: int
    units: int
    due: int | None
    clause: int
    action: int


@dataclass(frozen=True, slots=True)
class Event:
    """What happens at one instant: per feed slot the newest fresh value (None: missing or stale),
    which feeds moved, which choice clauses are taken, and what is chosen: an amount for each of
    every choice, in the order of choices; empty if all are 0."""

    instant: int
    observations: tuple[int | None, ...]
    moved: frozenset[int] = frozenset()
    taken: frozenset[int] = frozenset()
    amounts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an event. `next_due`: when the instance must be fired again at the latest."""

    status: int
    standing: bytes
    postings: tuple[Posting, ...] = ()
    next_due: int | None = None
    ended: bool = False
    requirement: int | None = None


@dataclass(frozen=True, slots=True)
class RiskInputs:
    """`values`: one for each risk input of the definition, 18 decimals."""

    now: int
    values: tuple[int, ...]


class PartyRisk(NamedTuple):
    """One lot of one party: what closing out would cost it now, and what it must hold on top."""

    exposure: int
    maintenance: int
    initial: int


class Executor(Protocol):
    """Runs contract code."""

    def load(self, artefact: bytes) -> DefinitionView | None:
        """The view of a definition; None for bytes that are none."""

    def policy(self, artefact: bytes) -> PolicyView | None:
        """The view of a margin policy; None for bytes that are none."""

    def start(self, view: DefinitionView, terms: bytes) -> Outcome:
        """The standing of a new instance, or the refusal of a contract-level `require`."""

    def fire(self, view: DefinitionView, terms: bytes, standing: bytes, event: Event) -> Outcome:
        """Let one event act on an instance."""

    def risk(
        self, view: DefinitionView, terms: bytes, standing: bytes, inputs: RiskInputs
    ) -> tuple[PartyRisk, PartyRisk] | None:
        """The risk of one lot for the first and the second party; None if it is not finite.
        The two exposures are each other's negation."""

    def risks(
        self,
        view: DefinitionView,
        terms: bytes,
        standing: bytes,
        now: int,
        values: Sequence[tuple[int, ...]],
    ) -> Sequence[tuple[PartyRisk, PartyRisk] | None]:
        """The same at one instant, for each of several values of the inputs, in their order: one
        after the other, where an executor knows no quicker way."""
        return [self.risk(view, terms, standing, RiskInputs(now, each)) for each in values]
