"""What a block reports besides result codes. Events are told, not kept: they are no part of the
root.
"""

from dataclasses import dataclass

from rfos_runtime.records.holdings import Holding


@dataclass(frozen=True, slots=True)
class Cause:
    """Why money moved. For a contract's payment: its instrument, clause and action."""

    kind: str
    instrument: int = 0
    clause: int | None = None
    action: int | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """A double entry: `units` of an asset from one holding to another."""

    asset: str
    debit: Holding
    credit: Holding
    units: int
    cause: Cause


@dataclass(frozen=True, slots=True)
class Observed:
    """A feed moved: the median of a quorum was believable. `wide`: the words lie so far apart that
    nothing opens on it."""

    feed: str
    instant: int
    value: int
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Paused:
    """A feed moved so far in so short a time that what hangs on it pauses until an instant."""

    feed: str
    until: int


@dataclass(frozen=True, slots=True)
class Halted:
    """The operator has halted an instrument, or what hangs on a feed, and says why."""

    instrument: int
    feed: str
    reason: str


@dataclass(frozen=True, slots=True)
class Resuming:
    """What was halted goes on from the instant `at`."""

    instrument: int
    feed: str
    at: int


@dataclass(frozen=True, slots=True)
class Announced:
    """At the instant `at` an instrument will be resolved, or a fixing of a feed have a substitute;
    and why."""

    instrument: int
    feed: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Resolved:
    """What was announced for an instrument has come to pass: it ends."""

    instrument: int


@dataclass(frozen=True, slots=True)
class Substituted:
    """A value stands for the fixing of a day, from 1970."""

    feed: str
    day: int
    value: int


@dataclass(frozen=True, slots=True)
class Lapsed:
    """What was announced for an instrument or a feed does not come to pass: it was taken back, or
    is not needed any more."""

    instrument: int
    feed: str


@dataclass(frozen=True, slots=True)
class Appraised:
    """Enough appraisers have said the same of an instrument, of an instant: their table counts."""

    instrument: int
    epoch: int


@dataclass(frozen=True, slots=True)
class ObservationRefused:
    """A median that was not believable; `code` says why."""

    feed: str
    instant: int
    value: int
    code: int


@dataclass(frozen=True, slots=True)
class Owed:
    """A contract fixed a payment of `units` per lot, due at `due`."""

    instrument: int
    payer: str
    payee: str
    asset: str
    units: int
    due: int
    clause: int
    action: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A new instrument has this handle."""

    instrument: int
    definition: str


@dataclass(frozen=True, slots=True)
class Fired:
    """A contract's event went well."""

    instrument: int
    instant: int


@dataclass(frozen=True, slots=True)
class Waits:
    """An observation that a contract needs is missing or stale."""

    instrument: int
    instant: int


@dataclass(frozen=True, slots=True)
class Frozen:
    """A timed event was refused, with this status of the executor."""

    instrument: int
    status: int


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing of the instrument is left but its dated payments."""

    instrument: int


@dataclass(frozen=True, slots=True)
class ChoiceTaken:
    """An account's lots took a choice."""

    instrument: int
    choice: str
    account: str
    lots: int


@dataclass(frozen=True, slots=True)
class ChoiceDropped:
    """A lodged choice was refused at its deadline, with this status of the executor."""

    instrument: int
    choice: str
    account: str
    status: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A party could not pay what an event would have made it owe, so that what its contract says
    for that case happened instead.
    """

    instrument: int
    party: str


@dataclass(frozen=True, slots=True)
class Assigned:
    """Lots of an account meet those of a chooser."""

    instrument: int
    account: str
    lots: int


@dataclass(frozen=True, slots=True)
class Advanced:
    """The insurance fund paid for an account, which now owes it."""

    instrument: int
    account: str
    asset: str
    units: int


@dataclass(frozen=True, slots=True)
class Repaid:
    """An account paid back to the insurance fund."""

    instrument: int
    account: str
    asset: str
    units: int


@dataclass(frozen=True, slots=True)
class ShortPaid:
    """A payee got `units` less than it was owed: its part of a deficit that nobody could pay."""

    instrument: int
    account: str
    asset: str
    units: int


@dataclass(frozen=True, slots=True)
class PledgeBought:
    """The insurance fund has taken over pledged units, at what they counted for: `worth` in minor
    units of another asset, paid to the account or set against what it owes the fund."""

    instrument: int
    account: str
    asset: str
    units: int
    towards: str
    worth: int


@dataclass(frozen=True, slots=True)
class PaidInKind:
    """What an account could not pay another in an asset, `worth` in its minor units, it has paid in
    units that it had pledged."""

    instrument: int
    account: str
    payee: str
    asset: str
    units: int
    towards: str
    worth: int


@dataclass(frozen=True, slots=True)
class AuctionBegan:
    """A position's equity fell below its maintenance."""

    instrument: int
    account: str
    lots: int
    equity: int
    maintenance: int


@dataclass(frozen=True, slots=True)
class AuctionFilled:
    """A bidder took lots over. `paid`: what it got per lot (negative: what it paid)."""

    instrument: int
    account: str
    bidder: str
    lots: int
    price: int
    paid: int
    penalty: int


@dataclass(frozen=True, slots=True)
class AuctionEnded:
    """The auction is over: `restored`, `unsold`, `recovered`, `mark unknown`, `position closed`."""

    instrument: int
    account: str
    reason: str


@dataclass(frozen=True, slots=True)
class Deleveraged:
    """Lots of a holder were closed at the mark against a position that found no bidder."""

    instrument: int
    account: str
    against: str
    lots: int
    mark: int


@dataclass(frozen=True, slots=True)
class Enacted:
    """A parameter of an asset has a new value from now on."""

    asset: str
    parameter: int
    value: int


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A proposal did not take effect: meanwhile the parameter had moved too far from it."""

    asset: str
    parameter: int
    value: int


@dataclass(frozen=True, slots=True)
class Unstaked:
    """Shares in the insurance fund were paid out."""

    account: str
    asset: str
    shares: int
    units: int


Happening = (
    Posted
    | Observed
    | Paused
    | Halted
    | Resuming
    | Announced
    | Resolved
    | Substituted
    | Lapsed
    | Appraised
    | ObservationRefused
    | Owed
    | Listed
    | Fired
    | Waits
    | Frozen
    | Ended
    | ChoiceTaken
    | ChoiceDropped
    | Failed
    | Assigned
    | Advanced
    | Repaid
    | ShortPaid
    | PledgeBought
    | PaidInKind
    | AuctionBegan
    | AuctionFilled
    | AuctionEnded
    | Deleveraged
    | Enacted
    | Overtaken
    | Unstaked
)
