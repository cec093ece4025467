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
    """,
)
BID = layout(
    "bid",
    """
    instrument  4 for positions in which instrument; 0: in any
    account     4 who bids; 0 in a place where nothing lies
    number      8 bids of one limit stand in this order
    limit       8 the highest price of the clock, 18 decimals
    lots        8 how many at the most; 0 once there is no bid
    asset       8 in which units are set aside for it; 0: in none
    units       8 how many
    """,
)
