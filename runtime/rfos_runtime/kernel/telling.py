"""The events of a block: double entries, in the order in which they were made."""

from enum import IntEnum, unique
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.machine import within


@unique
class Why(IntEnum):
    """Why money moved."""

    DEPOSIT = 1
    WITHDRAWAL = 2
    TRANSFER = 3
    RESERVATION = 4
    RETURN = 5
    STAKE = 6


@unique
class Held(IntEnum):
    """What a balance is held for."""

    OUTSIDE = 1
    ISSUED = 2
    FREE = 3
    RESERVED = 4
    COLLATERAL = 5
    CLEARING = 6
    FUND = 7


COUNT, ACTS = 0, 1
"""Places in `written`."""


class Told(NamedTuple):
    """Rows of EVENT; in `written` how many there are, and the place of the command that acts, from
    1; 0 while time does."""

    rows: NDArray[Any]
    written: NDArray[np.int64]


@within
def tell(
    told: Told,
    why: int,
    asset: int,
    debit: int,
    debit_for: int,
    credit: int,
    credit_for: int,
    units: int,
) -> None:
    """Reports a double entry of units > 0."""
    row = told.rows[told.written[COUNT]]
    row["kind"] = 1
    row["cause"] = why
    row["instrument"] = 0
    row["asset"] = asset
    row["debit"] = debit
    row["credit"] = credit
    row["units"] = units
    row["debit_purpose"] = debit_for
    row["credit_purpose"] = credit_for
    row["command"] = told.written[ACTS]
    row["clause"] = 0
    row["action"] = 0
    told.written[COUNT] += 1
