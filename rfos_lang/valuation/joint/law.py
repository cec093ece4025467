"""The joint law of a model's letters: log prices, a Gaussian walk, and discount factors."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.joint.amounts import Weights
from rfos_lang.valuation.model_lognormal import Lognormal, Rows
from rfos_lang.valuation.path.timeline import Floats


class Loads(NamedTuple):
    """What sums load on independent normals of variance 1, `loadings[k, n m]`; their variances."""

    loadings: Floats
    variances: Floats


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Sums of letters, jointly normal: their `mean[k]`, and what they load on normals."""

    mean: Floats
    loads: Loads

    def covariances(self, other: "Gaussian") -> Floats:
        """The covariances of each sum with each of others."""
        return self.loadings @ other.loadings.T

    @property
    def loadings(self) -> Floats:
        """What the sums load on normals."""
        return self.loads.loadings

    @property
    def variances(self) -> Floats:
        """The variance of each sum."""
        return self.loads.variances


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
        known = np.log(self.rows.worths).reshape(-1)[discounts.places]
        mean = np.bincount(discounts.sums, discounts.weights * known, len(sums))
        if steps:
            mean = mean + ahead[:, 0] @ self.rows.start
        mean = mean + np.einsum("kim,im->k", ahead, self.rows.drift)
        deviation, factor = (
            np.asarray(each, dtype=np.float64)
            for each in (self.rows.deviation, self.model.numbers.factor)
        )
        spread = (deviation.tobytes(), factor.tobytes())
        return Gaussian(mean, _loads(tuple(sums), steps, spots, *spread))


@lru_cache(maxsize=16)
def _loads(
    sums: tuple[Weights, ...], steps: int, spots: int, deviation: bytes, factor: bytes
) -> Loads:
    """What sums load on normals: the same in all markets with such volatilities."""
    ahead, _ = _ahead(sums, steps, spots)
    each = ahead * np.frombuffer(deviation).reshape(steps, spots)
    loadings = (each @ np.frombuffer(factor).reshape(spots, spots)).reshape(
        len(sums), steps * spots
    )
    return Loads(loadings, np.einsum("ki,ki->k", loadings, loadings))


class Discounts(NamedTuple):
    """Which of some sums have which discount factors, by their places, and how much of each."""

    sums: NDArray[np.int64]
    places: NDArray[np.int64]
    weights: Floats


@lru_cache(maxsize=16)
def _ahead(sums: tuple[Weights, ...], steps: int, spots: int) -> tuple[Floats, Discounts]:
    """What sums have of the log prices from each step on, `[k, n, m]`, and of discount factors.
    The same in every market."""
    every = [(k, *each) for k, weights in enumerate(sums) for each in weights]
    of, letters = (np.array([each[at] for each in every], dtype=np.int64) for at in (0, 1))
    weights = np.array([weight for _, _, weight in every])
    held, prices = np.zeros((len(sums), steps * spots)), letters >= 0
    held[of[prices], letters[prices]] = weights[prices]
    ahead = np.cumsum(held.reshape(len(sums), steps, spots)[:, ::-1], axis=1)[:, ::-1]
    discounts = Discounts(of[~prices], -1 - letters[~prices], weights[~prices])
    return np.ascontiguousarray(ahead), discounts
