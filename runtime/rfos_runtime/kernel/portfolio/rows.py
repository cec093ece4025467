"""The rows of policies and of what is margined together, 64 bytes each.

The handle of a policy, a step, a haircut or a pair of assets is its place, from 1. Elections,
pledges and tables are looked up by their keys. Members are those positions whose accounts have
elected a policy, one after the other for each account, by instrument.
"""

from rfos_runtime.records.layout import layout

POLICY = layout(
    "policy",
    """
    w0           8 the hash of its artefact
    w1           8 its second part
    w2           8 its third part
    w3           8 its last part
    at           4 the first row of the artefact in the bytes
    size         4 how many bytes it has
    asset        4 in which asset it margins
    lines        4 how many rows of numbers the losses of its scenarios take
    first        4 the first of its steps
    steps        4 how many steps it has; behind them stands what they come to
    haircut      4 the first of its haircuts
    haircuts     4 how many assets it takes besides its own
    """,
)
STEP = layout(
    "step",
    """
    operation  4 see Does
    left       4 the step or the measure that it is of
    right      4 the other step
    n0         4 a number with 18 decimals: its lowest 30 bits
    n1         4 the next 30
    n2         4 the next
    n3         4 the next
    n4         4 the highest, signed
    """,
)
"""Behind the last step of a policy stands which steps are its maintenance and its initial margin,
and in `n0` whether it asks for the losses on each underlying alone."""
ELECTION = layout(
    "election",
    """
    account  8 who margins together; 0 in a place where nothing lies
    asset    4 what is posted in this asset
    policy   4 under which policy; 0: under none any more
    pool     8 what is posted for all of it
    pledges  8 of how many other assets something is pledged to it
    """,
)
HAIRCUT = layout(
    "haircut",
    """
    asset     4 what is taken
    feed      4 of its price in the policy's asset
    kept      8 the fraction of its value that counts, 18 decimals
    whole     8 what a minor unit counts for in those of the policy's asset, at its newest price
    parts     8 the rest of that, 18 decimals
    validity  8 how good that price is
    """,
)
PLEDGE = layout(
    "pledge",
    """
    account  8 whose; 0 in a place where nothing lies
    asset    4 to which of its pools
    pledged  4 what is pledged
    units    8 how much
    """,
)
MEMBER = layout(
    "member",
    """
    instrument  4 in which instrument the position is
    account     4 whose it is
    lots        8 as in the position
    place       8 of the position
    next        8 the member of the same account that comes after it; 0: none
    """,
)
TABLE = layout(
    "table",
    """
    instrument  4 of which instrument; 0 in a place where nothing lies
    policy      4 under which policy
    known       4 1 while all of it is known, AGES if it ages; 0 if not
    sides       4 whose positions belong to the policy: 1 the first side's, 2 the second's
    at          8 the first row of its numbers
    pairs       8 how many notionals stand behind the losses, each after its pair of assets
    exposure    8 of one lot of the first side
    largest     8 no number of it is larger, nor all notionals together
    underlying  8 the pair that stands for all the prices that it hangs on
    """,
)
AGES = 2
"""A table of appraisers: its numbers stand twice, as they count at last and as openings see them.
Behind each a row of what a lot of the first side needs besides, what one of the second does, and
the standard error."""
NUMBERS = layout(
    "numbers",
    """
    n0  8 eight numbers of a table
    n1  8 the second
    n2  8 the third
    n3  8 the fourth
    n4  8 the fifth
    n5  8 the sixth
    n6  8 the seventh
    n7  8 the last
    """,
)
PAIR = layout(
    "pair",
    """
    base   8 of which asset a price is; 0: of none, or the row stands for several prices together
    quote  8 in which
    """,
)
