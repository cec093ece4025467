"""Pro rata by largest remainder: whole units, nothing over, nothing missing."""

from collections.abc import Mapping
from hashlib import sha256


def allot(total: int, weights: Mapping[str, int], salt: bytes) -> dict[str, int]:
    """Splits `total` by weight, 0 <= total <= sum of weights; no share exceeds its weight.

    Each gets the floor of its exact share; the units that are left go to the largest remainders,
    equal ones in the order of sha256(salt, name), which nobody can choose who does not choose the
    salt.
    """
    whole = sum(weights.values())
    assert 0 <= total <= whole, "an allotment beyond the weights"
    if total == 0:
        return dict.fromkeys(weights, 0)
    shares = {name: total * weight // whole for name, weight in weights.items()}
    left = total - sum(shares.values())

    def order(name: str) -> tuple[int, bytes]:
        return -(total * weights[name] % whole), sha256(salt + name.encode()).digest()

    for name in sorted(weights, key=order)[:left]:
        shares[name] += 1
    return shares


def allot_within(
    total: int, most: Mapping[str, int], weights: Mapping[str, int], salt: bytes
) -> dict[str, int]:
    """Splits `total` by weight among those who can bear no more than `most`, which no weight is
    below; 0 <= total <= sum of `most`.

    Whose share is all that it can bear, or more, bears that. What does not fit flows on to the
    others by the same weights, and is rounded as above once it fits.
    """
    shares, rest, left = dict(most), dict(weights), total
    while full := _full(left, most, rest):
        for name in full:
            del rest[name]
            left -= most[name]
    return shares | allot(left, rest, salt)


def _full(total: int, most: Mapping[str, int], weights: Mapping[str, int]) -> list[str]:
    """Whose exact share is at least all that it can bear."""
    whole = sum(weights.values())
    return [name for name, weight in weights.items() if total * weight >= most[name] * whole]
