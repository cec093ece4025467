"""The instants of a grid in time: close together just before each instant of the contract.

Backward in time a kink or the edge of an exercise region moves with the square root of the time to
the event, so the steps grow as the square: the k-th of n ends (k/n)² of the way. Steps of that kind
keep the second order at early exercise (Forsyth and Vetzal, Quadratic convergence for valuing
American options, SIAM J. Sci. Comput. 23, 2002).
"""

from itertools import pairwise
from math import ceil, sqrt

STEPS_LEAST = 4


def between(own: tuple[int, ...], steps: int, fineness: int) -> tuple[int, ...]:
    """Instants between those of `own`, about `steps` times `fineness` if it has one interval; of n
    intervals each has as many as the root of its share."""
    if len(own) < 2:
        return ()
    whole = own[-1] - own[0]
    found = []
    for begin, end in pairwise(own):
        count = max(STEPS_LEAST, ceil(steps * sqrt((end - begin) / whole))) * fineness
        found += [end - round((end - begin) * (k / count) ** 2) for k in range(1, count)]
    return tuple(sorted(set(found) - set(own)))
