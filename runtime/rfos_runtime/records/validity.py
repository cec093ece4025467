"""How good what is known of a feed is, and the worst that is good enough for what is done."""

from collections.abc import Mapping
from enum import IntEnum, unique


@unique
class Validity(IntEnum):
    """How good an observation is; more is better."""

    NOTHING = 0  # there was none
    STALE = 1  # older than the feed's staleness
    WIDE = 2  # reporters stand too far apart
    GOOD = 3


@unique
class Act(IntEnum):
    """What is done on an observation."""

    OPEN = 1  # a position grows or turns
    MARK = 2  # a position is marked, and liquidated; a clause reads a tick
    STEP = 3  # the next observation is held against it
    LAST = 4  # a clause reads the last value, however old
    EXIST = 5  # a clause asks whether there is any; a position shrinks, collateral is posted


WORST: Mapping[Act, Validity] = {
    Act.OPEN: Validity.GOOD,
    Act.MARK: Validity.WIDE,
    Act.STEP: Validity.WIDE,
    Act.LAST: Validity.STALE,
    Act.EXIST: Validity.NOTHING,
}
"""The worst observation on which each is done."""


def validity_of(known: bool, age: int, staleness: int, wide: bool) -> Validity:
    """How good an observation is, of an age in nanoseconds."""
    if not known:
        return Validity.NOTHING
    if age > staleness:
        return Validity.STALE
    return Validity.WIDE if wide else Validity.GOOD
