"""Nodes and weights of integrals over the logarithm of a price, piece by piece.

Between two prices at which something bends or jumps a value is smooth, so that Gauss and Legendre's
rule on panels of some standard deviations is as precise as binary64; no node lies on a bend.
"""

from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from math import ceil

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.finite_differences.no_grid import NoGrid
from rfos_lang.valuation.path.timeline import Floats

NODES_MOST = 20_000
APART = 1e-12
"""Bends whose logarithms are closer are one."""
BESIDE = 1e-10
"""How far from an end of a piece its inside is looked at."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """`edges` ascending, the first and last being the ends of all; `logs` and `weights` the nodes
    of panels between them."""

    edges: tuple[float, ...]
    logs: Floats
    weights: Floats

    @property
    def ends(self) -> Floats:
        """Just inside both ends of each piece, `[piece, 2]`."""
        edges = np.array(self.edges)
        beside = np.minimum(BESIDE, np.diff(edges) / 4)
        return np.stack([edges[:-1] + beside, edges[1:] - beside], axis=-1)


def laid(low: float, high: float, inner: Iterable[float], width: float, nodes_each: int) -> Pieces:
    """Pieces from `low` to `high`, cut at the inner bends, in panels no wider than `width`. Raises
    NoGrid if that is too many."""
    edges = [low]
    for edge in sorted(inner):
        if edges[-1] + APART < edge < high - APART:
            edges.append(edge)
    edges.append(high)
    counts = [max(1, ceil((b - a) / width)) for a, b in pairwise(edges)]
    if sum(counts) * nodes_each > NODES_MOST:
        raise NoGrid("two of its dates are too close to each other beside all the others")
    points, weights = _rule(nodes_each)
    bounds = np.concatenate(
        [
            *(
                np.linspace(a, b, n, endpoint=False)
                for (a, b), n in zip(pairwise(edges), counts, strict=True)
            ),
            [high],
        ]
    )
    half, middle = np.diff(bounds)[:, None] / 2, (bounds[1:] + bounds[:-1])[:, None] / 2
    return Pieces(tuple(edges), (middle + half * points).ravel(), (half * weights).ravel())


@cache
def _rule(nodes: int) -> tuple[Floats, Floats]:
    points, weights = np.polynomial.legendre.leggauss(nodes)
    return points, weights
