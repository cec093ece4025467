"""Sobol numbers in place of random ones, along a Brownian bridge.

Points that fill a cube more evenly than random ones do (Sobol 1967), scrambled by each replicate's
own seed (Owen 1995), so that every replicate is a fair estimate and what they differ by is the
standard error. Their first coordinates are the most even ones: of each price they make the end, the
next ones the middle given the end, and so on (Moskowitz and Caflisch, Smoothness and dimension
reduction in quasi-Monte Carlo methods, 1996).
"""

from collections.abc import Iterator
from functools import lru_cache
from math import sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from rfos_lang.valuation.path.timeline import Floats

DIMENSIONS_MOST = 21_201
"""As many as there are direction numbers for."""
HALF_A_CELL = 2.0**-31


def cube(seed: int, replicate: int, dimensions: int, points: int) -> Floats:
    """Normals `[dimensions, points]` of one replicate; points are a power of two."""
    generator = np.random.default_rng([seed, replicate])
    draws = qmc.Sobol(dimensions, scramble=True, rng=generator).random(points)
    return np.ascontiguousarray(ndtri(np.clip(draws.T, HALF_A_CELL, 1.0 - HALF_A_CELL)))


def bridged(normals: Floats, deviations: Floats) -> Floats:
    """Normals of steps `[n, m, points]`, as independent as those given, `[n m, points]`; given the
    deviations `[n, m]` of each step, the first normals decide most of each price's path."""
    steps, spots = deviations.shape
    result = np.empty((steps, spots, normals.shape[1]))
    ordered = normals.reshape(steps, spots, -1)
    for spot in range(spots):
        result[:, spot] = _along(ordered[:, spot], tuple(deviations[:, spot].tolist()))
    return result


class _Pin(NamedTuple):
    """The place of a bridge that is decided given those `left` and `right` of it."""

    at: int
    left: int
    right: int
    share: float
    deviation: float


def _along(normals: Floats, deviations: tuple[float, ...]) -> Floats:
    """The normals of one price's steps. Those that do not move it have normals of their own."""
    moving = [step for step, deviation in enumerate(deviations) if deviation > 0.0]
    walk = np.zeros((len(moving) + 1, normals.shape[1]))
    for number, pin in enumerate(_pins(tuple(deviations[step] for step in moving))):
        between = walk[pin.left] + pin.share * (walk[pin.right] - walk[pin.left])
        known = between if pin.right >= 0 else walk[pin.left]
        walk[pin.at] = known + pin.deviation * normals[number]
    result = np.array(normals)
    still = iter(range(len(moving), len(deviations)))
    changes = np.diff(walk, axis=0)
    for step, deviation in enumerate(deviations):
        if deviation > 0.0:
            result[step] = changes[moving.index(step)] / deviation
        else:
            result[step] = normals[next(still)]
    return result


@lru_cache(maxsize=64)
def _pins(deviations: tuple[float, ...]) -> tuple[_Pin, ...]:
    """In which order the places of a walk are decided, and how; place 0 is known to be 0."""
    times = np.concatenate([[0.0], np.cumsum(np.square(deviations))])
    last = len(deviations)
    pins = [_Pin(last, 0, -1, 0.0, sqrt(float(times[last])))] if last else []
    for left, right in _halves(last):
        at = (left + right) // 2
        whole, before = float(times[right] - times[left]), float(times[at] - times[left])
        deviation = sqrt(before * (whole - before) / whole)
        pins.append(_Pin(at, left, right, before / whole, deviation))
    return tuple(pins)


def _halves(last: int) -> Iterator[tuple[int, int]]:
    """The intervals that have a place within, the longest first."""
    row = [(0, last)]
    while row:
        row = [(left, right) for left, right in row if right - left > 1]
        yield from row
        middles = [(left, (left + right) // 2, right) for left, right in row]
        row = [half for left, at, right in middles for half in ((left, at), (at, right))]
