"""The rows of the ledger, 64 bytes each. The handle of an account or an asset is its place there,
from 1."""

from rfos_runtime.records.layout import layout

ACCOUNT = layout(
    "account",
    """
    sequence  8 the number of its newest command
    owing     8 how many debts to the insurance fund it has
    elected   8 for how many assets it has elected a policy
    members   8 the first of its positions that may be margined together; 0: none is known
    coming    8 how many payments its positions have to make on later dates
    """,
)
NAME = layout(
    "name",
    """
    w0      8 up to 32 characters, and zeros behind them
    w1      8 their second part
    w2      8 their third part
    w3      8 their last part
    handle  8 the account that has this name
    """,
)
ASSET = layout(
    "asset",
    """
    places   4 decimals of its minor unit
    epoch    4 how often the insurance fund has begun anew, empty
    supply   8 the most of it that deposits may bring in
    issuer   8 the definition that alone brings it into being; 0 if deposits do
    outside  8 what came in from outside, negative
    issued   8 what contracts have brought into being, negative
    fund     8 what the insurance fund has
    shares   8 how many there are in it
    nobodys  8 how many of them are nobody's
    """,
)
BALANCE = layout(
    "balance",
    """
    account        8 whose; 0 in a place where nothing lies
    asset          4 of what
    day            4 the day of which `spent` tells, from 1970
    free           8 what the account may dispose of
    reserved       8 what it has set aside for payees
    floor          8 the lowest that it may bring its free balance to
    below_ceiling  8 its ceiling, as what it is below the highest there is
    below_daily    8 the most that goes out a day, likewise
    spent          8 what has gone out that day
    """,
)
"""Ceilings are told by how far they are below the highest there is, so that zero is no limit."""
RESERVATION = layout(
    "reservation",
    """
    number  8 from 1; 0 in a place where nothing lies
    payer   8 whose units they are
    payee   8 who may take them
    asset   8 of what
    units   8 how many
    until   8 when they go back
    open    8 1 until it is completed, or has run out
    """,
)
RECEIPT = layout(
    "receipt",
    """
    w0     8 the 32 bytes of a receipt, of which one is not zero
    w1     8 their second part
    w2     8 their third part
    w3     8 their last part
    block  8 the number of the block that booked it
    """,
)
