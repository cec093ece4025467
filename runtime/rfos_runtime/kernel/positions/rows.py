"""The rows of positions and debts, 64 bytes each, looked up by their keys."""

from rfos_runtime.records.layout import layout

POSITION = layout(
    "position",
    """
    instrument   4 in which instrument; 0 in a place where nothing lies
    account      4 whose
    lots         8 signed; positive is the first party
    collateral   8 posted, in what the first side posts
    collateral2  8 posted, in what the second side posts, if that is another asset
    to_come      8 what it has to pay on later dates in what the first side posts
    to_come2     8 the same, in what the second side posts, if that is another asset
    owing        4 how many payments it has to make on later dates
    auction      4 1 while it is under auction
    next         4 the place of the next position of the instrument that has lots; 0: none
    previous     4 the place of the one before; 0: the first
    """,
)
DEBT = layout(
    "debt",
    """
    account     8 who owes the insurance fund; 0 in a place where nothing lies
    instrument  8 for which instrument
    asset       8 of what
    units       8 how much; 0 once it is repaid
    """,
)
