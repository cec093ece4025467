"""Means of functions of the factor over the normal by which it moves on, and splines of them."""

import numpy as np
from scipy.interpolate import make_interp_spline

from rfos_lang.valuation.rates.claims import Floats, Function, Lump

REACH = 8.0
"""In standard deviations: what lies beyond has no weight in binary64."""
POINTS = 10
"""Of Gauss and Legendre in a panel, which is no wider than a standard deviation of the step."""
NODES = 240
"""Of a spline over the whole reach, besides those about each mark."""
ABOUT = np.array([-6.0, -4.0, -3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0])
DEGREE = 5
NARROW = 0.5
"""A bend that is wider than this part of a standard deviation needs no nodes of its own."""

_ROOTS, _WEIGHTS = np.polynomial.legendre.leggauss(POINTS)

Marks = tuple[tuple[float, float], ...]


def panels(edges: Floats) -> tuple[Floats, Floats]:
    """Points and weights that integrate over all panels between edges."""
    middle, half = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    points = middle[:, None] + half[:, None] * _ROOTS
    return points.ravel(), (half[:, None] * _WEIGHTS).ravel()


def mean(lump: Lump, variance: float, factor: Floats) -> Floats:
    """What a lump is worth sooner, when the variance of the factor is `variance`."""
    step = float(np.sqrt(max(lump.variance - variance, 0.0)))
    if step == 0.0:
        return lump.function(factor)
    reach = REACH * (float(np.sqrt(variance)) + step)
    edges = [np.linspace(-reach, reach, 2 + int(2 * reach / step))]
    edges += [place + width * ABOUT for place, width in lump.marks]
    every = np.unique(np.clip(np.concatenate(edges), -reach, reach))
    points, weights = panels(every)
    values = lump.function(points) * weights / (step * np.sqrt(2 * np.pi))
    found = np.empty(len(factor))
    for at, place in enumerate(factor):
        near = np.abs(points - place) < (REACH + 1.0) * step
        apart = (points[near] - place) / step
        found[at] = np.exp(-(apart**2) / 2) @ values[near]
    return found


def later(marks: Marks, step: float, variance: float) -> Marks:
    """How marks look from a time before which the factor still moves by `step`."""
    wider = tuple((place, float(np.hypot(width, step))) for place, width in marks)
    return tuple(mark for mark in wider if mark[1] < NARROW * np.sqrt(variance))


def nodes(variance: float, marks: Marks, fineness: float = 1.0) -> Floats:
    """Where a function that bends at marks is looked at."""
    reach = REACH * float(np.sqrt(variance))
    even = np.linspace(-reach, reach, 1 + round(NODES * fineness))
    about = np.linspace(-6.0, 6.0, 1 + round(48 * fineness))
    every = [even, *(place + width * about for place, width in marks if width > 0.0)]
    inside = np.concatenate(every)
    inside = np.sort(inside[(inside >= -reach) & (inside <= reach)])
    apart = np.diff(inside, prepend=-np.inf) > 1e-9 * reach
    return inside[apart]


def spline(places: Floats, values: Floats) -> Function:
    """A smooth function through values; straight beyond the first and the last place."""
    inner, (first, last) = make_interp_spline(places, values, k=DEGREE), places[[0, -1]]
    slopes = inner.derivative()([first, last])

    def function(factor: Floats) -> Floats:
        inside = np.clip(factor, first, last)
        found = inner(inside)
        found += slopes[0] * np.minimum(factor - first, 0.0)
        found += slopes[1] * np.maximum(factor - last, 0.0)
        return np.asarray(found)

    return function
