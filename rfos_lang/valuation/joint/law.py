"""The joint law of a model's letters: log prices, a Gaussian walk, and discount factors."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.joint.amounts import Weights
from rfos_lang.valuation.model_lognormal import Lognormal, Rows
from rfos_lang.valuation.path.timeline import Floats


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Sums of letters, jointly normal: their `mean[k]`, and what they load on independent normals
    of variance 1, `loadings[k, n m]`."""

    mean: Floats
    loadings: Floats

    def covariances(self, other: "Gaussian") -> Floats:
        """The covariances of each sum with each of others."""
        return self.loadings @ other.loadings.T

    @property
    def variances(self) -> Floats:
        """The variance of each sum."""
        return np.einsum("ki,ki->k", self.loadings, self.loadings)


@dataclass(frozen=True, slots=True)
class Law:
    """A market on the steps of a timeline."""

    model: Lognormal
    rows: Rows

    def of(self, sums: Sequence[Weights]) -> Gaussian:
        """The law of sums of letters.

        What a sum has of a log price at a step it has of each change until then; so it loads on
        each step's normals with all that it has from there on.
        """
        steps, spots = self.rows.drift.shape
        ahead, discounts = _ahead(tuple(sums), steps, spots)
        mean, known = np.zeros(len(sums)), np.log(self.rows.worths).reshape(-1)
        for k, letter, weight in discounts:
            mean[k] += weight * known[-1 - letter]
        if steps:
            mean = mean + ahead[:, 0] @ self.rows.start
        mean = mean + np.einsum("kim,im->k", ahead, self.rows.drift)
        loadings = (ahead * self.rows.deviation) @ self.model.numbers.factor
        return Gaussian(mean, loadings.reshape(len(sums), steps * spots))


@lru_cache(maxsize=16)
def _ahead(
    sums: tuple[Weights, ...], steps: int, spots: int
) -> tuple[Floats, tuple[tuple[int, int, float], ...]]:
    """What sums have of the log prices from each step on, `[k, n, m]`, and of discount factors:
    (sum, letter, weight). The same in every market."""
    held, discounts = np.zeros((len(sums), steps * spots)), []
    for k, weights in enumerate(sums):
        for letter, weight in weights:
            if letter >= 0:
                held[k, letter] = weight
            else:
                discounts.append((k, letter, weight))
    ahead = np.cumsum(held.reshape(len(sums), steps, spots)[:, ::-1], axis=1)[:, ::-1]
    return np.ascontiguousarray(ahead), tuple(discounts)
