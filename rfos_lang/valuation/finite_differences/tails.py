"""How far a price comes, for all that it is worth: where a put that is struck lower, or a call that
is struck higher, is worth next to nothing."""

import numpy as np

from rfos_lang.valuation.finite_differences.induction import Space

STRIKES = 61
NOTHING = 1e-8
"""What is next to nothing, as a part of the forward."""


def tails(space: Space, forward: float, steps: int) -> tuple[float, float]:
    """The logarithms of the lowest and the highest strike over the forward, so many steps ahead.
    By implicit Euler, which leaves nothing that would swing."""
    prices = space.prices[0]
    strikes = np.geomspace(prices.min(), prices.max(), STRIKES)
    above = (strikes > forward)[:, None]
    ahead = prices - strikes[:, None]
    values = np.zeros((2, *ahead.shape))
    values[1] = np.maximum(np.where(above, ahead, -ahead), 0.0)
    for step in reversed(range(steps)):
        values, _ = space.stepped(values, step, 1.0, True, None)
    still = np.zeros(len(prices), dtype=np.int64)
    worth = np.array([space.told(each, still)[0] for each in values[1]])
    met = strikes[worth > NOTHING * forward]
    return float(np.log(met.min() / forward)), float(np.log(met.max() / forward))
