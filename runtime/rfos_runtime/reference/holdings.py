"""Where balances lie: whose they are and what they are held for."""

from enum import StrEnum, unique
from typing import NamedTuple


@unique
class Purpose(StrEnum):
    """What a balance is held for."""

    OUTSIDE = "outside"  # the counter-account of deposits; the only one that may be negative
    FREE = "free"
    COLLATERAL = "collateral"
    CLEARING = "clearing"  # empty between events
    FUND = "fund"


class Holding(NamedTuple):
    """A balance's purpose and owner; empty where that says nothing."""

    purpose: str
    account: str = ""
    instrument: int = 0


OUTSIDE = Holding(Purpose.OUTSIDE)
FUND = Holding(Purpose.FUND)


def free(account: str) -> Holding:
    """What an account may dispose of."""
    return Holding(Purpose.FREE, account)


def collateral(account: str, instrument: int) -> Holding:
    """What an account has posted for its position in an instrument."""
    return Holding(Purpose.COLLATERAL, account, instrument)


def clearing(instrument: int) -> Holding:
    """Where the payments of one event meet."""
    return Holding(Purpose.CLEARING, "", instrument)
