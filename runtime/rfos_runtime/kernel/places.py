"""Where a row lies that is looked up by its key: open addressing, in a power of two of places.

Nothing is ever taken out, so a search ends at the first empty place. Signed integers alone, and no
product beyond 63 bits, so that every machine finds the same place.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.machine import within

_LOW = 2**31 - 1
_ODD = 0x2C1B3C6D


@within
def mixed(key: int) -> int:
    """A number below 2**62 in which every bit of a key >= 0 tells."""
    key = (key ^ (key >> 31)) & _LOW
    key = (key ^ (key >> 15)) * _ODD
    return key ^ (key >> 29)


@within
def place_of_balance(rows: NDArray[Any], account: int, asset: int) -> int:
    """The place of an account's balance of an asset, or the empty one where it would lie."""
    mask = len(rows) - 1
    at = mixed(account + (np.int64(asset) << 40)) & mask
    while rows[at]["account"] != 0:
        if rows[at]["account"] == account and rows[at]["asset"] == asset:
            return at
        at = (at + 1) & mask
    return at


@within
def place_of_reservation(rows: NDArray[Any], number: int) -> int:
    """The place of a reservation, or the empty one where it would lie."""
    mask = len(rows) - 1
    at = mixed(number) & mask
    while rows[at]["number"] != 0 and rows[at]["number"] != number:
        at = (at + 1) & mask
    return at


@within
def place_of_pair(rows: NDArray[Any], instrument: int, account: int) -> int:
    """The place of a row of an account in an instrument - a position, an auction, a bid - or the
    empty one where it would lie."""
    mask = len(rows) - 1
    at = mixed(account + (np.int64(instrument) << 32)) & mask
    while rows[at]["account"] != 0:
        if rows[at]["account"] == account and rows[at]["instrument"] == instrument:
            return at
        at = (at + 1) & mask
    return at


@within
def place_of_table(rows: NDArray[Any], instrument: int, policy: int) -> int:
    """The place of what an instrument does to a portfolio under a policy, or the empty one where it
    would lie."""
    mask = len(rows) - 1
    at = mixed(policy + (np.int64(instrument) << 32)) & mask
    while rows[at]["instrument"] != 0:
        if rows[at]["instrument"] == instrument and rows[at]["policy"] == policy:
            return at
        at = (at + 1) & mask
    return at


@within
def place_of_debt(rows: NDArray[Any], account: int, instrument: int, asset: int) -> int:
    """The place of what an account owes for an instrument, or the empty one where it would lie."""
    mask = len(rows) - 1
    at = (mixed(account + (np.int64(instrument) << 32)) ^ mixed(asset)) & mask
    while rows[at]["account"] != 0:
        row = rows[at]
        if row["account"] == account and row["instrument"] == instrument and row["asset"] == asset:
            return at
        at = (at + 1) & mask
    return at


@within
def place_of_pledge(rows: NDArray[Any], account: int, asset: int, pledged: int) -> int:
    """The place of what an account has pledged of one asset to its pool in another, or the empty
    one where it would lie."""
    mask = len(rows) - 1
    at = (mixed(account + (np.int64(asset) << 32)) ^ mixed(np.int64(pledged))) & mask
    while rows[at]["account"] != 0:
        row = rows[at]
        if row["account"] == account and row["asset"] == asset and row["pledged"] == pledged:
            return at
        at = (at + 1) & mask
    return at


@within
def place_of_lodged(rows: NDArray[Any], account: int, instrument: int, choice: int) -> int:
    """The place of a choice that an account has lodged, or the empty one where it would lie."""
    mask = len(rows) - 1
    at = (mixed(account + (np.int64(instrument) << 32)) ^ mixed(choice)) & mask
    while rows[at]["account"] != 0:
        row = rows[at]
        same = row["account"] == account and row["instrument"] == instrument
        if same and row["choice"] == choice:
            return at
        at = (at + 1) & mask
    return at


@within
def place_of_words(rows: NDArray[Any], w0: int, w1: int, w2: int, w3: int) -> int:
    """The place of a row whose key are 32 bytes that are not all zero, such as a receipt, or the
    empty one where it would lie; an empty one if they are."""
    mask = len(rows) - 1
    at = (mixed(w0 & _LOW) ^ mixed(w1 & _LOW) ^ mixed(w2 & _LOW) ^ mixed(w3 & _LOW)) & mask
    while True:
        row = rows[at]
        if (row["w0"] | row["w1"] | row["w2"] | row["w3"]) == 0:
            return at
        if row["w0"] == w0 and row["w1"] == w1 and row["w2"] == w2 and row["w3"] == w3:
            return at
        at = (at + 1) & mask


@within
def place_of_setting(rows: NDArray[Any], asset: int, parameter: int) -> int:
    """The place of a parameter of an asset, or the empty one where it would lie."""
    mask = len(rows) - 1
    at = mixed((np.int64(asset) << 8) + parameter) & mask
    while rows[at]["asset"] != 0:
        if rows[at]["asset"] == asset and rows[at]["parameter"] == parameter:
            return at
        at = (at + 1) & mask
    return at


@within
def place_of_fixing(rows: NDArray[Any], feed: int, day: int) -> int:
    """The place of a feed's fixing of a day, or the empty one where it would lie."""
    mask = len(rows) - 1
    at = (mixed(feed) ^ mixed(day & _LOW)) & mask
    while rows[at]["feed"] != 0 and (rows[at]["feed"] != feed or rows[at]["day"] != day):
        at = (at + 1) & mask
    return at
