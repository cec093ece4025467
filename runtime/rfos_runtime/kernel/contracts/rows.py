"""The rows of contracts, 64 bytes each. The handle of a definition or an instrument is its place
there, from 1; sides are columns, the first party's and the second's."""

from enum import IntEnum, IntFlag, unique

from rfos_runtime.records.commands import INSTANT_MAX
from rfos_runtime.records.layout import layout

NEVER = INSTANT_MAX + 1
"""An instant that does not come."""


@unique
class Phase(IntEnum):
    """Where an instrument is in its life."""

    PENDING = 1  # its start is to come
    ACTIVE = 2
    WAITING = 3  # for an observation
    FROZEN = 4  # a timed event was refused
    ENDED = 5


class Is(IntFlag):
    """What is true of an instrument; what is said of a side is said of the second by twice the
    number."""

    MARKED = 1  # its mark is known
    SEPARABLE = 2  # many accounts may hold a side
    HELD = 4  # escrow holds something for each lot, so none may open or close
    RULED = 8  # the first side is marked by a collateral rule
    RULED2 = 16
    COVERED = 32  # the insurance fund stands behind the first side
    COVERED2 = 64
    DOUBTED = 128  # it is marked by what is not good enough for positions to grow
    PAUSED = 256  # it stands still: a breaker's pause, or a halt
    APPRAISED = 512  # its risk is said by appraisers


DEFINITION = layout(
    "definition",
    """
    w0    8 the hash of its artefact
    w1    8 its second part
    w2    8 its third part
    w3    8 its last part
    at    8 the first row of the artefact in the bytes
    size  8 how many bytes it has
    """,
)
INSTRUMENT = layout(
    "instrument",
    """
    definition  4 by handle
    phase       4 where it is in its life
    next_due    8 when a clause falls due; NEVER if none does
    wakes       8 when its patience runs out; NEVER if it has none
    reason      4 why it is frozen
    flags       4 see Is
    lots        8 how many there are
    head        8 the place of the first position that has lots; 0 if none has
    at          8 the first row of its terms, standing and binding in the bytes
    owed        8 units that are to be paid on later dates, by all and of all assets
    """,
)
MARK = layout(
    "mark",
    """
    exposure     8 of one lot of the first side; of the second it is the negative
    maintenance  8 of one lot of the first side
    initial      8 of one lot of the first side
    maintenance2 8 of one lot of the second
    initial2     8 of one lot of the second
    lock         8 what one lot of the first side locks at worst
    lock2        8 of the second
    asset        4 what the first side posts; 0: nothing
    asset2       4 what the second side posts
    """,
)
"""By the handle of an instrument. All but assets in minor units of what the side posts."""
PARTIES = layout(
    "parties",
    """
    paid       8 what one lot of the first side was obliged to pay in what it posts
    paid2      8 of the second side
    payments   8 how often the first was
    payments2  8 how often the second was
    other      4 who stands for the third party: an account, or ESCROW, ISSUANCE; 0: there is none
    other2     4 for the fourth
    other3     4 for the fifth
    other4     4 for the sixth
    other5     4 for the seventh
    other6     4 for the eighth
    other7     4 for the ninth
    other8     4 for the tenth
    """,
)
"""By the handle of an instrument."""
ESCROW, ISSUANCE = -1, -2
"""In place of an account: the instrument's own, and that which brings into being what it pays."""
OWED = layout(
    "owed",
    """
    number      8 of the obligation of which it is a part
    due         8 when it is to be paid; 0 in a place where nothing lies
    account     8 who pays or is paid
    units       8 how much it is paid; negative: how much it pays
    instrument  4 in which instrument
    asset       4 of what
    party       4 for which party
    clause      4 by which clause of the contract
    action      4 by which action of that clause
    """,
)
LODGED = layout(
    "lodged",
    """
    account     8 who has lodged a choice; 0 in a place where nothing lies
    instrument  8 of which instrument
    choice      8 its number in the definition
    lots        8 for how many lots; 0 once it is withdrawn or taken
    at          8 the first row of the chosen amounts in the bytes
    amounts     8 how many they are
    """,
)
BYTES = layout(
    "bytes",
    """
    b0  8 64 bytes of something that has no fixed size
    b1  8 its second word
    b2  8 its third
    b3  8 its fourth
    b4  8 its fifth
    b5  8 its sixth
    b6  8 its seventh
    b7  8 its last
    """,
)
