"""The instants of a grid in time: close together just before each instant of the contract.

Backward in time a kink or the edge of an exercise region moves with the square root of the time to
the event, so the steps grow as the square: the k-th of n ends (k/n)² of the way. Steps of that kind
keep the second order at early exercise (Forsyth and Vetzal, Quadratic convergence for valuing
American options, SIAM J. Sci. Comput. 23, 2002).
"""

from dataclasses import replace
from itertools import pairwise
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from rfos_lang.valuation.path.timeline import Timeline

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


def places(some: tuple[int, ...], every: tuple[int, ...]) -> NDArray[np.int64]:
    """Where some instants are among others, both ascending."""
    return np.searchsorted(np.array(every), np.array(some))


def thinned(line: Timeline, instants: tuple[int, ...]) -> Timeline:
    """The timeline of some of its instants in their order, the first one among them, for a program
    that pays nothing between steps."""
    at = places(instants, line.instants)
    return replace(
        line,
        instants=instants,
        years=line.years[at],
        gates=line.gates[at],
        occurrences=line.occurrences[at],
        falls_due=line.falls_due[at],
        columns=line.columns[at],
        pay_years=line.pay_years[at],
        moving=line.moving[at],
    )
