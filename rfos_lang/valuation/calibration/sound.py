"""Quotes that cannot all be right: those that somebody could earn from without risk.

Of each option two prices are known, as calls over their forward: the least that it is sold for and
the most that it is bought for, its mark counted among both. With x the strike over the forward,
calls are 1 at 0, fall to 0 and are convex (a butterfly costs something), and those of a later
expiry are worth no less (a calendar spread costs something).
"""

from collections.abc import Sequence
from itertools import pairwise
from math import exp

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.path.timeline import Floats

TOLERANCE = 1e-9
FURTHEST = 1e6
"""The strike over the forward at which a call is worth nothing."""


@dataclass(frozen=True, slots=True)
class Priced:
    """A call over its forward is worth `least` to `most`; `level` is the logarithm of its strike
    over the forward."""

    level: float
    least: float
    most: float


def bent(options: Sequence[Priced]) -> tuple[int, float] | None:
    """Of options by strike the one that costs most beyond what those on both sides of it can be
    bought for, and by how much, as a part of the forward; None if there is none."""
    x = np.array([0.0, *(exp(each.level) for each in options), FURTHEST])
    most = np.array([1.0, *(each.most for each in options), 0.0])
    least = [each.least for each in options]
    gaps = [least[at] - _between(x, most, at + 1) for at in range(len(options))]
    if not gaps or max(gaps) <= TOLERANCE:
        return None
    worst = int(np.argmax(gaps))
    return worst, gaps[worst]


def _between(x: Floats, most: Floats, at: int) -> float:
    """The least that a call at a strike can be replaced for by calls below and above it."""
    low, high = slice(0, at), slice(at + 1, len(x))
    weight = (x[at] - x[low, None]) / (x[None, high] - x[low, None])
    return float(np.min((1 - weight) * most[low, None] + weight * most[None, high]))


def early(
    expiries: Sequence[Sequence[Priced]],
) -> list[tuple[int, int, float]]:
    """Options of an expiry that cost more than what is worth no less, calls of the next one: which
    expiry, which option, and by how much, as a part of the forward."""
    found = []
    for number, (sooner, later) in enumerate(pairwise(expiries)):
        if not sooner or not later:
            continue
        x = [exp(each.level) for each in later]
        most = [each.most for each in later]
        for at, each in enumerate(sooner):
            strike = exp(each.level)
            if x[0] <= strike <= x[-1]:
                gap = each.least - float(np.interp(strike, x, most))
                if gap > TOLERANCE:
                    found.append((number, at, gap))
    return found
