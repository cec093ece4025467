"""Means over paths with their standard errors, and what is said of how they came about."""

from dataclasses import replace
from math import sqrt

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.simulated.simulation import Simulation


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over paths with its standard error; antithetic pairs count as one draw.

    `plain_error` is what the error would be without control variates, `controls` which they were;
    None and empty if there were none. `done` is how much of all paths there was time for."""

    mean: float
    error: float
    plain_error: float | None = None
    controls: str = ""
    done: float = 1.0

    @property
    def is_partial(self) -> bool:
        return self.done < 1.0

    @property
    def note(self) -> tuple[str, ...]:
        """What is to be said of how it went."""
        if not self.is_partial:
            return self._of_controls
        stopped = (
            f"It was interrupted: {self.done:.1%} of these paths count, and no Greeks were taken."
        )
        return (stopped, *self._of_controls)

    @property
    def _of_controls(self) -> tuple[str, ...]:
        """One sentence on the controls, if they were of use."""
        if not self.plain_error or self.error > 0.99 * self.plain_error:
            return ()
        times = f"{self.plain_error / self.error:,.3g}"
        return (
            f"Control variates ({self.controls}) make the standard error {times} times smaller.",
        )


@dataclass(slots=True)
class Sums:
    """The mean of draws so far and the sum of their squared distances from it, some at a time
    (Chan, Golub and LeVeque, 1983), so that any number of paths needs no room."""

    blocks: int = 0
    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, draws: Floats, blocks: int = 1) -> None:
        """More independent draws, of so many blocks."""
        count, mean = len(draws), float(np.mean(draws))
        squares, apart = float(np.sum((draws - mean) ** 2)), mean - self.mean
        whole = self.count + count
        self.squares += squares + apart * apart * self.count * count / whole
        self.mean += apart * count / whole
        self.count, self.blocks = whole, self.blocks + blocks

    @property
    def error(self) -> float:
        """The standard error of the mean."""
        return sqrt(self.squares / (self.count - 1) / self.count) if self.count > 1 else 0.0


def estimated_of(simulation: Simulation, sums: Sums) -> Estimate:
    """What draws come to. Raises Refused E0655 if that is not finite."""
    if not np.isfinite(sums.mean):
        raise Refused("E0655", contract=simulation.origin.name)
    return Estimate(sums.mean, sums.error, done=sums.blocks / simulation.blocks)


def estimate_of(simulation: Simulation, draws: Floats) -> Estimate:
    """The mean of independent draws. Raises Refused E0655 if it is not finite."""
    sums = Sums()
    sums.add(draws)
    return replace(estimated_of(simulation, sums), done=1.0)


def errors_of_blocks(narrow: Floats, change: Floats) -> Floats:
    """The standard error of each of several numbers: the mean over the blocks that have it plus the
    mean change, which is found on some of them."""
    if len(narrow) < 2:
        return np.zeros(narrow.shape[1])
    taken = np.isfinite(narrow).sum(axis=0)
    squared = np.nanvar(narrow, axis=0, ddof=1) / taken
    if len(change) > 1:
        centred = narrow[: len(change)] - np.nanmean(narrow, axis=0)
        together = np.sum(centred * (change - change.mean(axis=0)), axis=0) / (len(change) - 1)
        squared += np.var(change, axis=0, ddof=1) / len(change) + 2.0 * together / taken
    return np.sqrt(np.maximum(squared, 0.0))
