"""Sums of products that do not fit 64 bits, in two cells each: high x 2**60 + low, where low is 0
or more and below 2**60. An amount is 2**60 at most, so high alone says whether a sum is beyond one.

Lots are fewer than 2**62, as many as a position can have, and amounts 2**60 at most.
"""

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.arithmetic import MOST
from rfos_runtime.kernel.machine import within

BITS = 30
LIMB = 2**BITS - 1
_WORD = 2 * BITS
_LOW = 2**_WORD - 1


@within
def add(cells: NDArray[np.int64], at: int, lots: int, amount: int) -> None:
    """Adds lots x amount, both signed, to a sum."""
    above, below = lots >> BITS, lots & LIMB
    high, low = amount >> BITS, amount & LIMB
    middle = above * low + below * high
    rest = cells[at + 1] + ((middle & LIMB) << BITS) + below * low
    cells[at] += above * high + (middle >> BITS) + (rest >> _WORD)
    cells[at + 1] = rest & _LOW


@within
def nearest(cells: NDArray[np.int64], at: int) -> int:
    """The nearest amount that the kernel works with."""
    if cells[at] > 0:
        return MOST
    return -MOST if cells[at] < -1 else cells[at + 1] + cells[at] * (_LOW + 1)
