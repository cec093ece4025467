"""The events of a block as rows, in the order in which they were made: double entries, and what
else happened.

A double entry fills the columns as their names say. What else happens is told by `note`, in columns
that `What` names; amounts beyond 64 bits lie in two halves.
"""

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.bundle import Bundle
from rfos_runtime.kernel.machine import within


@unique
class What(IntEnum):
    """What happened, as `records/events.py` has it, and in which columns it is told beside
    `instrument` and `asset`."""

    POSTED = 1
    OBSERVED = 2  # instrument: the feed; debit: the instant; units, credit: halves of the value
    # clause: 1 if it is wide
    OBSERVATION_REFUSED = 3  # the same; cause: the code
    OWED = 4  # debit_purpose, credit_purpose: the parties; units; debit: when; clause, action
    LISTED = 5  # debit: the definition
    FIRED = 6  # debit: the instant
    WAITS = 7  # debit: the instant
    FROZEN = 8  # cause: the status
    ENDED = 9
    CHOICE_TAKEN = 10  # clause: the choice, from 1; debit: the account; units: lots
    CHOICE_DROPPED = 11  # clause: the choice, from 1; debit: the account; cause: the status
    FAILED = 12  # debit_purpose: the party
    ASSIGNED = 13  # debit: the account; units: lots
    ADVANCED = 14  # debit: the account; units
    REPAID = 15  # debit: the account; units
    SHORT_PAID = 16  # debit: the account; units
    AUCTION_BEGAN = 17  # debit: the account; units: lots; credit: equity; command: maintenance
    AUCTION_FILLED = 18  # debit: the account; credit: the bidder; see `auctions`
    AUCTION_ENDED = 19  # debit: the account; cause: see Over
    DELEVERAGED = 20  # debit: the account; credit: against whom; units: lots; command: the mark
    ENACTED = 21  # instrument: the parameter; units: its value
    OVERTAKEN = 22  # the same
    UNSTAKED = 23  # debit: the account; credit: its shares; units
    PAUSED = 24  # instrument: the feed; debit: until when
    HALTED = 25  # or asset: the feed; units: which of the reasons
    RESUMING = 26  # the same; debit: from when on
    ANNOUNCED = 27  # as HALTED; debit: when
    RESOLVED = 28
    SUBSTITUTED = 29  # instrument: the feed; debit: the day; units, credit: halves of the value
    LAPSED = 30  # or asset: the feed
    APPRAISED = 31  # debit: the epoch
    PLEDGE_BOUGHT = 40  # debit: the account; units; clause: in which asset; command: the worth
    PAID_IN_KIND = 41  # the same; credit: the payee


@unique
class Over(IntEnum):
    """Why an auction is over."""

    RESTORED = 1
    UNSOLD = 2
    RECOVERED = 3
    MARK_UNKNOWN = 4
    POSITION_CLOSED = 5

    @property
    def words(self) -> str:
        """As it is told."""
        return self.name.lower().replace("_", " ")


@unique
class Why(IntEnum):
    """Why money moved."""

    DEPOSIT = 1
    WITHDRAWAL = 2
    TRANSFER = 3
    RESERVATION = 4
    RETURN = 5
    STAKE = 6
    CONTRACT = 7
    PREMIUM = 8
    COLLATERAL = 9
    RELEASE = 10
    ADVANCE = 11
    REPAYMENT = 12
    LIQUIDATION = 13
    PENALTY = 14
    CLOSE_OUT = 15
    UNSTAKE = 16
    FEE = 17
    REBATE = 18
    REWARD = 19
    BID = 20
    FORFEIT = 21
    RESOLUTION = 22
    PLEDGE = 30

    @property
    def words(self) -> str:
        """As it is told."""
        return self.name.lower().replace("_", " ")


@unique
class Held(IntEnum):
    """What a balance is held for."""

    OUTSIDE = 1
    ISSUED = 2
    FREE = 3
    RESERVED = 4
    COLLATERAL = 5
    CLEARING = 6
    FUND = 7
    FEES = 8
    POOL = 9  # the collateral of all that is margined together
    PLEDGED = 10  # the same in other assets; `action` is the asset of the pool


COUNT, ACTS = 0, 1
"""Places in `written`."""


@dataclass(frozen=True, slots=True)
class Told(Bundle):
    """Rows of EVENT; in `written` how many there are, and the place of the command that acts, from
    1; 0 while time does."""

    rows: NDArray[Any]
    written: NDArray[np.int64]


@within
def tell(
    told: Told,
    why: int,
    asset: int,
    debit: int,
    debit_for: int,
    credit: int,
    credit_for: int,
    units: int,
) -> None:
    """Reports a double entry of units > 0 that concerns no instrument."""
    tell_of(told, why, 0, 0, 0, asset, debit, debit_for, credit, credit_for, units)


@within
def tell_of(
    told: Told,
    why: int,
    instrument: int,
    clause: int,
    action: int,
    asset: int,
    debit: int,
    debit_for: int,
    credit: int,
    credit_for: int,
    units: int,
) -> None:
    """Reports a double entry of units > 0; of a contract's payment its clause and action too."""
    row = told.rows[told.written[COUNT]]
    row["kind"] = What.POSTED.value
    row["cause"] = why
    row["instrument"] = instrument
    row["asset"] = asset
    row["debit"] = debit
    row["credit"] = credit
    row["units"] = units
    row["debit_purpose"] = debit_for
    row["credit_purpose"] = credit_for
    row["command"] = told.written[ACTS]
    row["clause"] = clause
    row["action"] = action
    told.written[COUNT] += 1


@within
def happen(told: Told, what: int, instrument: int, asset: int, account: int, units: int) -> None:
    """Reports something else that happened to an account in an instrument."""
    row = told.rows[told.written[COUNT]]
    row["kind"] = what
    row["cause"] = 0
    row["instrument"] = instrument
    row["asset"] = asset
    row["debit"] = account
    row["credit"] = 0
    row["units"] = units
    row["debit_purpose"] = 0
    row["credit_purpose"] = 0
    row["command"] = told.written[ACTS]
    row["clause"] = 0
    row["action"] = 0
    told.written[COUNT] += 1


@within
def note_worth(told: Told, payee: int, asset: int, worth: int) -> None:
    """Adds to what has just been told who got it, and what it was worth in which asset."""
    row = told.rows[told.written[COUNT] - 1]
    row["credit"] = payee
    row["clause"] = asset
    row["command"] = worth


def note(told: Told, what: What, **columns: int) -> None:
    """Reports something else that happened."""
    count = int(told.written[COUNT])
    told.rows[count] = 0
    row = told.rows[count]
    row["kind"], row["command"] = what, told.written[ACTS]
    for name, value in columns.items():
        row[name] = value
    told.written[COUNT] = count + 1
