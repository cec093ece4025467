"""Black's formula of calls over their forward, and its inverse."""

from math import sqrt

import numpy as np
from scipy.special import ndtr

from rfos_lang.valuation.path.timeline import Floats

ROUNDS = 80


def black(k: Floats, deviation: Floats) -> Floats:
    """Calls per unit of the forward."""
    d1 = -k / deviation + deviation / 2
    return np.asarray(ndtr(d1) - np.exp(k) * ndtr(d1 - deviation))


def implied(calls: Floats, k: Floats, years: float) -> Floats:
    """Implied volatilities of calls, by bisection."""
    low, high = np.full(len(k), 1e-6), np.full(len(k), 20.0 * max(sqrt(years), 0.1))
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        above = black(k, middle) > calls
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.asarray((low + high) / 2 / sqrt(years))
