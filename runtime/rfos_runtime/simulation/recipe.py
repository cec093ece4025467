"""A world as it is written down: what can be traded, then step by step what was asked and what went
wrong. Playing it again does the same, and leaving steps out leaves the others as they are.
"""

from dataclasses import dataclass, field
from enum import StrEnum, unique

from rfos_runtime.records.block import Report
from rfos_runtime.records.commands import DAY, Command, List

LONGEST_STEP = 10 * DAY
"""So far apart do steps lie at most: worlds jump on purpose, past notices and delays, and to where
trading begins."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A contract that can be traded: its artefact, and the command that lists it. `choices`: the
    names, and `amounts` the assets of which each asks how much."""

    name: str
    artefact: bytes
    listing: List
    premium_asset: str
    choices: tuple[str, ...] = ()
    amounts: tuple[tuple[str, ...], ...] = ()


def bound(listing: List) -> tuple[object, ...]:
    """What tells which offer a listing is of: its definition, its terms and the feeds it reads."""
    return listing.definition, listing.terms, listing.feeds


@unique
class FaultKind(StrEnum):
    """What goes wrong with the machine at the end of a block. `place` says where, in bytes, bits or
    nanoseconds."""

    CRASH = "crash"  # between two blocks; nothing is lost
    TORN = "torn write"  # the power goes after `place` bytes of the block
    ZEROS = "lost write"  # the file is longer already, its last `place` bytes are zeros
    LOST = "lost flush"  # the disk says that it has written, and has not
    FLIP = "bit flip"  # of the journal, `place` bits from its end, while the node is down
    TWICE = "duplicated batch"  # the last block is delivered again, and other bytes in its place
    FULL = "full disk"  # there is room for `place` bytes of the block
    HALF_SNAPSHOT = "half a snapshot"  # the power goes after `place` bytes of it
    BACK = "clock back"  # a block that lies `place` before the last one
    STILL = "clock still"  # a block at the time of the last one
    AHEAD = "clock ahead"  # a block that lies `place` beyond the longest step
    SECOND_WRITER = "second writer"  # another node opens the same journal


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong."""

    kind: FaultKind
    place: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """A command as it is sent. `signers`: who signs, None for whoever has to; `off`: by how much
    the first signer's number is wrong; `copies`: how often it is sent."""

    command: Command
    signers: tuple[str, ...] | None = None
    off: int = 0
    linked: bool = False
    copies: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """A block, and what goes wrong at its end. `liars`: reporters who did not say what they saw."""

    time: int
    reports: tuple[Report, ...] = ()
    orders: tuple[Order, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """A whole world. The first step opens it. `liars`: the reporters who may say anything."""

    seed: int
    offers: tuple[Offer, ...]
    steps: tuple[Step, ...]
    liars: frozenset[str] = field(default=frozenset())

    @property
    def commands(self) -> int:
        """How many commands are sent."""
        return sum(order.copies for step in self.steps for order in step.orders)
