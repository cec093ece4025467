"""How much of each control variate is taken, and how many are enough; found on pilot draws."""

import numpy as np

from rfos_lang.valuation.path.timeline import Floats

NEARLY = 1.2
"""How much more variance may be left for fewer controls to be enough."""


def needed(values: Floats, controls: Floats) -> int:
    """How many of the first controls do nearly as well as all, on such draws as `coefficients`."""

    def left(count: int) -> float:
        taken = coefficients(values, controls[:count])
        return float(np.var(values - taken @ controls[:count]))

    least = left(len(controls))
    counts = range(1, len(controls))
    return next((each for each in counts if left(each) <= NEARLY * least), len(controls))


def coefficients(values: Floats, controls: Floats) -> Floats:
    """How much of each control takes most of the variance away, found on draws of their own:
    `values[draws]`, `controls[k, draws]`. What does not vary gets none."""
    centred = controls - controls.mean(axis=1, keepdims=True)
    scale = centred.std(axis=1)
    usable = scale > 1e-12 * np.abs(controls).max(axis=1)
    result = np.zeros(len(controls))
    if usable.any():
        basis = centred[usable] / scale[usable, None]
        # The normal equations, summed one by one: in an order that no number of threads changes.
        products = np.array([[np.mean(one * other) for other in basis] for one in basis])
        with_value = np.array([np.mean(one * (values - values.mean())) for one in basis])
        fitted, *_ = np.linalg.lstsq(products, with_value, rcond=1e-12)
        result[usable] = fitted / scale[usable]
    return result
