"""Pro rata by largest remainder: whole units, nothing over, nothing missing."""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray


def allot(
    total: int, names: Sequence[str], weights: NDArray[np.int64], salt: bytes
) -> NDArray[np.int64]:
    """Splits `total` by weight, 0 <= total <= sum of weights; no share exceeds its weight.

    Each gets the floor of its exact share; the units that are left go to the largest remainders,
    equal ones in the order of sha256(salt, name), which nobody can choose who does not choose the
    salt.
    """
    held = weights.tolist()
    whole = sum(held)
    assert 0 <= total <= whole, "an allotment beyond the weights"
    if total == 0:
        return np.zeros(len(held), np.int64)
    shares = [total * weight // whole for weight in held]
    left = total - sum(shares)

    def order(place: int) -> tuple[int, bytes]:
        remainder = total * held[place] % whole
        return -remainder, sha256(salt + names[place].encode()).digest()

    for place in sorted(range(len(held)), key=order)[:left]:
        shares[place] += 1
    return np.array(shares, np.int64)
