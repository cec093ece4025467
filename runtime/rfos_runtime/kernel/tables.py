"""The tables of the world, in the order in which they lie, and what a row of each is."""

from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from typing import Any

import numpy as np

from rfos_runtime.kernel.auctions.rows import AUCTION, BID, SEAL
from rfos_runtime.kernel.contracts.rows import (
    BYTES,
    DEFINITION,
    INSTRUMENT,
    LODGED,
    MARK,
    OWED,
    PARTIES,
)
from rfos_runtime.kernel.fees.rows import TURNOVER
from rfos_runtime.kernel.ledger.rows import ACCOUNT, ASSET, BALANCE, NAME, RECEIPT, RESERVATION
from rfos_runtime.kernel.oracle.rows import FEED, FIXING, SWING
from rfos_runtime.kernel.portfolio.rows import (
    ELECTION,
    HAIRCUT,
    MEMBER,
    NUMBERS,
    PAIR,
    PLEDGE,
    POLICY,
    STEP,
    TABLE,
)
from rfos_runtime.kernel.positions.rows import DEBT, POSITION
from rfos_runtime.kernel.settings.rows import SETTING
from rfos_runtime.kernel.stakes.rows import LEAVING, SHARE
from rfos_runtime.records.layout import Layout, layout

TOTALS = layout(
    "totals",
    """
    number    8 of the newest block
    time      8 of that block
    reserved  8 how many reservations there have been
    counter   8 how many obligations and bids there have been
    debts     8 how many debts to the insurance fund are open
    """,
)
COUNT = layout(
    "count",
    """
    lying  8 how many rows of a table are taken; of those that a handle names, how many there are
    """,
)


class Of(IntEnum):
    """The tables."""

    TOTALS = 0
    COUNTS = 1
    ACCOUNTS = 2
    ASSETS = 3
    BALANCES = 4
    RESERVATIONS = 5
    DEPOSITED = 6
    NAMES = 7
    DEFINITIONS = 8
    INSTRUMENTS = 9
    MARKS = 10
    PARTIES = 11
    POSITIONS = 12
    OWED = 13
    DEBTS = 14
    LODGED = 15
    AUCTIONS = 16
    BIDS = 17
    BYTES = 18
    FEEDS = 19
    FIXINGS = 20
    SETTINGS = 21
    SHARES = 22
    LEAVING = 23
    TURNOVER = 24
    POLICIES = 25
    STEPS = 26
    ELECTIONS = 27
    MEMBERS = 28
    TABLES = 29
    NUMBERS = 30
    PAIRS = 31
    SWINGS = 32
    SEALS = 33
    HAIRCUTS = 34
    PLEDGES = 35
    WITHDRAWN = 36


LAYOUTS: Mapping[Of, Layout] = {
    Of.TOTALS: TOTALS,
    Of.COUNTS: COUNT,
    Of.ACCOUNTS: ACCOUNT,
    Of.ASSETS: ASSET,
    Of.BALANCES: BALANCE,
    Of.RESERVATIONS: RESERVATION,
    Of.DEPOSITED: RECEIPT,
    Of.NAMES: NAME,
    Of.DEFINITIONS: DEFINITION,
    Of.INSTRUMENTS: INSTRUMENT,
    Of.MARKS: MARK,
    Of.PARTIES: PARTIES,
    Of.POSITIONS: POSITION,
    Of.OWED: OWED,
    Of.DEBTS: DEBT,
    Of.LODGED: LODGED,
    Of.AUCTIONS: AUCTION,
    Of.BIDS: BID,
    Of.BYTES: BYTES,
    Of.FEEDS: FEED,
    Of.FIXINGS: FIXING,
    Of.SETTINGS: SETTING,
    Of.SHARES: SHARE,
    Of.LEAVING: LEAVING,
    Of.TURNOVER: TURNOVER,
    Of.POLICIES: POLICY,
    Of.STEPS: STEP,
    Of.ELECTIONS: ELECTION,
    Of.MEMBERS: MEMBER,
    Of.TABLES: TABLE,
    Of.NUMBERS: NUMBERS,
    Of.PAIRS: PAIR,
    Of.SWINGS: SWING,
    Of.SEALS: SEAL,
    Of.HAIRCUTS: HAIRCUT,
    Of.PLEDGES: PLEDGE,
    Of.WITHDRAWN: RECEIPT,
}


@cache
def dtype(rows: Layout, size: int = 0) -> np.dtype[Any]:
    """The rows of a layout, as NumPy sees them; with zeros behind them up to a size in bytes."""
    sizes = [column.size for column in rows.columns]
    return np.dtype(
        {
            "names": list(rows.names),
            "formats": [f"<i{each}" for each in sizes],
            "offsets": [sum(sizes[:index]) for index in range(len(sizes))],
            "itemsize": max(size, sum(sizes)),
        }
    )
