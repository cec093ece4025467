"""The fifteen invariants, and where each is looked at.

`reference/invariants.py` says what must hold of a world as it stands; what must hold from one world
to the next, command by command and posting by posting, is here beside it.
"""

from collections.abc import Iterable
from typing import NamedTuple

INVARIANTS = {
    0: "the kernel answers, whatever it is asked",
    1: "balances of each asset add up to zero",
    2: "nothing is negative but the outside and issuers; held is the sum of reservations",
    3: "lots of each instrument add up to zero",
    4: "every posting names its cause; postings are all that moves balances",
    5: "refused is unchanged",
    6: "a signer's number takes effect once",
    7: "replay from genesis, from a snapshot and live are the same, whatever byte it crashed at",
    8: "the fast kernel does what the reference does",
    9: "bids are filled best first, older first, never beyond their limit",
    10: "every position is above maintenance, in auction, or halted with a reason",
    11: "each clause fires once, never early, never on an old observation",
    12: "no lot pays beyond its certified worst case",
    13: "the waterfall runs in order, and a deficit is allotted exactly",
    14: "nobody's margin worsens by another's command; what reduces risk passes",
    15: "parameters move only as proposed, after their delay; work of a block is within its bound",
}
COMPARED = 8
"""Is looked at where the fast kernel does the same blocks too (`simulation/beside.py`)."""


class Violation(NamedTuple):
    """An invariant that does not hold, by its number, in words."""

    invariant: int
    words: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.words}"


def numbered(problems: Iterable[str]) -> list[Violation]:
    """Problems that begin with the number of their invariant."""
    parts = (problem.partition(": ") for problem in problems)
    return [Violation(int(number), words) for number, _, words in parts]
