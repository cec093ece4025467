"""What the operator does when something is wrong, where everybody sees it and why.

Beside `commands`, of which they are a part; their bounds stand with those of `parameters`.
"""

from dataclasses import dataclass

REASON_SIZE = 200
"""So many characters has a reason at most."""


def is_reason(text: str) -> bool:
    """Whether a text can be a reason: there is something in it that can be read."""
    return len(text.strip()) > 0 and len(text) <= REASON_SIZE and text.isprintable()


@dataclass(frozen=True, slots=True)
class Halt:
    """From now on an instrument stands still, or everything that reads a feed or is marked by it:
    nothing opens and no auction runs, until the operator lets it go on. Clauses act, what shrinks
    risk passes, and so does collateral. Exactly one of the two is named; a new reason replaces."""

    instrument: int = 0
    feed: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """What one party of a lot pays another, by their names in the contract, in minor units."""

    payer: str
    payee: str
    asset: str
    units: int


@dataclass(frozen=True, slots=True)
class Resolve:
    """An instrument that is frozen, or waits for what does not come, ends at the instant `at`: each
    lot pays what is said here, a side no more than it has locked, and escrow all that it holds.
    Everybody sees it until then. A new one replaces; without an instant it is taken back."""

    instrument: int
    payments: tuple[Payment, ...] = ()
    reason: str = ""
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Substitute:
    """From the instant `at` on, a value stands for the fixing of a day that nobody has published;
    what waits for it goes on. Everybody sees it until then; a fixing that comes stands. A new one
    replaces; without an instant it is taken back."""

    feed: str
    date: int
    value: int = 0
    reason: str = ""
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    """What was halted goes on from the instant `at`, which everybody sees for a while: auctions run
    from then on, where their clocks stood."""

    at: int
    instrument: int = 0
    feed: str = ""
