"""The rows of auctions and bids, 64 bytes each, looked up by their keys."""

from rfos_runtime.records.layout import layout

AUCTION = layout(
    "auction",
    """
    instrument  4 in which instrument; 0 in a place where nothing lies
    account     4 whose position
    side        4 which side of it
    open        4 1 while it runs
    began       8 when it began
    ends        8 when its clock runs out
    length      8 how long its clock runs
    sealed      8 how long it takes sealed bids in, and is given to open them; 0: by the clock
    """,
)
SEAL = layout(
    "seal",
    """
    w0          8 what a sealed bid must be once it is opened: 32 bytes
    w1          8 their second part
    w2          8 their third part
    w3          8 their last part
    instrument  4 for positions in which instrument
    account     4 who bids; 0 in a place where nothing lies
    open        8 1 while the bid takes part in an auction
    at          8 when it came
    """,
)
BID = layout(
    "bid",
    """
    instrument  4 for positions in which instrument; 0: in any; of a sealed one SEALED above it
    account     4 who bids; 0 in a place where nothing lies
    number      8 bids of one limit stand in this order
    limit       8 the highest price of the clock, 18 decimals
    lots        8 how many at the most; 0 once there is no bid
    asset       8 in which units are set aside for it; 0: in none
    units       8 how many
    """,
)
