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


def allot_within(
    total: int,
    names: Sequence[str],
    most: NDArray[np.int64],
    weights: NDArray[np.int64],
    salt: bytes,
) -> NDArray[np.int64]:
    """Splits `total` by weight among those who can bear no more than `most`, which no weight is
    below; 0 <= total <= sum of `most`.

    Whose share is all that it can bear, or more, bears that. What does not fit flows on to the
    others by the same weights, and is rounded as above once it fits.
    """
    shares, rest, left = most.copy(), np.arange(len(names)), total
    while (full := _full(left, most[rest], weights[rest])).any():
        left -= int(most[rest[full]].sum())
        rest = rest[~full]
    shares[rest] = allot(left, [names[place] for place in rest.tolist()], weights[rest], salt)
    return shares


def _full(total: int, most: NDArray[np.int64], weights: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whose exact share is at least all that it can bear."""
    pairs = list(zip(most.tolist(), weights.tolist(), strict=True))
    whole = sum(weight for _, weight in pairs)
    return np.array([total * weight >= each * whole for each, weight in pairs], np.bool_)
