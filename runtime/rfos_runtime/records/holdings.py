"""Where balances lie: whose they are and what they are held for."""

from enum import StrEnum, unique
from functools import lru_cache
from typing import NamedTuple


@unique
class Purpose(StrEnum):
    """What a balance is held for."""

    OUTSIDE = "outside"  # the counter-account of deposits; like the next one it is negative
    ISSUED = "issued"  # the counter-account of what contracts have brought into being
    FREE = "free"
    RESERVED = "reserved"
    COLLATERAL = "collateral"
    CLEARING = "clearing"  # empty between events
    FUND = "fund"
    FEES = "fees"  # what trades have paid, for rebates
    PLEDGED = "pledged"  # posted for what is margined together in another asset


class Holding(NamedTuple):
    """A balance's purpose and owner; empty where that says nothing. `towards`: of what is pledged,
    the asset in which it answers for positions."""

    purpose: str
    account: str = ""
    instrument: int = 0
    towards: str = ""


OUTSIDE = Holding(Purpose.OUTSIDE)
ISSUED = Holding(Purpose.ISSUED)
FUND = Holding(Purpose.FUND)
FEES = Holding(Purpose.FEES)
KEPT = 4096
"""So many holdings of each purpose are kept: the same ones are asked for again and again."""


@lru_cache(KEPT)
def free(account: str) -> Holding:
    """What an account may dispose of."""
    return Holding(Purpose.FREE, account)


@lru_cache(KEPT)
def reserved(account: str) -> Holding:
    """What an account has set aside for transfers that their payees may complete."""
    return Holding(Purpose.RESERVED, account)


@lru_cache(KEPT)
def collateral(account: str, instrument: int) -> Holding:
    """What an account has posted for its position in an instrument."""
    return Holding(Purpose.COLLATERAL, account, instrument)


@lru_cache(KEPT)
def pledged(account: str, towards: str) -> Holding:
    """What an account has posted, besides that asset itself, for all that it has margined together
    in an asset."""
    return Holding(Purpose.PLEDGED, account, 0, towards)


@lru_cache(KEPT)
def clearing(instrument: int) -> Holding:
    """Where the payments of one event meet."""
    return Holding(Purpose.CLEARING, "", instrument)


# --- accounts of the kernel's own ----------------------------------------------------------------

NAME_SIZE = 32
_ESCROW = "escrow of "
OWN_FROM = 2**32
"""No account that is opened has so high a number."""
ISSUANCE = "issuance"
"""The account that pays with what comes into being, and is paid what is redeemed."""


def own_account(instrument: int) -> str:
    """The account of an instrument itself, for what is held in escrow."""
    return f"{_ESCROW}{instrument}"


def own_rank(account: str) -> int:
    """Where an account of the kernel's own stands: behind all that anybody opened."""
    return OWN_FROM + int(account.removeprefix(_ESCROW)) if account != ISSUANCE else OWN_FROM


def is_own(account: str) -> bool:
    """Whether it is an account of the kernel's own: nobody can open it or sign for it."""
    return account == ISSUANCE or account.startswith(_ESCROW)


def is_name(account: str) -> bool:
    """Whether an account could have this name."""
    return 0 < len(account) <= NAME_SIZE and account.isascii() and account.isprintable()


def holding_of(account: str) -> Holding:
    """From where an account pays, and where it is paid."""
    return ISSUED if account == ISSUANCE else free(account)
