"""The block: what the kernel applies in one step, commands with those who consent, and reports.

Instants are nanoseconds since 1970 UTC; values of feeds are fixed point with 18 decimals.
"""

from dataclasses import dataclass
from typing import get_args

from rfos_runtime.records.appraisals import Ageing, Price, Scenarios
from rfos_runtime.records.commands import Breaker, Command, Lock, PastEvent
from rfos_runtime.records.interventions import Payment


@dataclass(frozen=True, slots=True)
class Signer:
    """An account that consents, with its own next sequence number, from 1."""

    account: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Signed:
    """A command with all who consent to it; signatures are checked at the edge. One that is
    `linked` takes effect only if the next of the block does; so a chain of them goes well whole or
    not at all."""

    command: Command
    signers: tuple[Signer, ...]
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """One reporter's word on a feed at an instant; its signature is checked at the edge.

    `date`: an instant of the day whose fixing this is, None for a tick. A fixing is often reported
    after its day.
    """

    feed: str
    instant: int
    value: int
    reporter: str
    date: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """What the kernel applies in one step. `evidence`: hash of the signatures that the edge
    checked.
    """

    number: int
    time: int
    reports: tuple[Report, ...] = ()
    commands: tuple[Signed, ...] = ()
    evidence: bytes = b""


RECORDS: tuple[type, ...] = (
    *get_args(Command),
    Breaker,
    Lock,
    PastEvent,
    Payment,
    Ageing,
    Scenarios,
    Price,
    Signer,
    Signed,
    Report,
    Block,
)
"""Every record that a block is made of, for decoding."""
