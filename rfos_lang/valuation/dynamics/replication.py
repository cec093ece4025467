"""The law of a price at a date from its smile: puts and calls at all strikes hold it."""

from itertools import pairwise
from math import exp, inf, sqrt
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.dynamics.smile import LEAST_VARIANCE, Shape


class Smile(Protocol):
    """Total implied variance by the logarithm of strike over forward, with its derivatives."""

    def shape(self, k: Any, years: float) -> Shape: ...


PANELS = 64
"""Between two places about which prices of options bend."""


def _panels(ends: list[float]) -> NDArray[np.float64]:
    """The edges of panels between some ends."""
    parts = [np.linspace(a, b, PANELS + 1)[:-1] for a, b in pairwise(ends)]
    return np.concatenate([*parts, ends[-1:]])


@dataclass(frozen=True, slots=True)
class ReplicatedLaw:
    """The law at a date, from puts and calls at all strikes (Carr and Madan 1998). A digital is
    minus the derivative of the call by its strike, the slope of the smile included."""

    smile: Smile
    years: float

    def above(self, power: int, level: float) -> float:
        """E[g(M) 1{log M > level}], g(M) = M^power, is g D + g' C at the level and the integral of
        g'' C beyond it."""
        if level == -inf:
            return self._moment(power)
        digital, call = self._digital(level), self._call(level)
        beyond = 0.0 if power in (0, 1) else self._integral(power, level, inf)
        edge = exp(power * level)
        return edge * digital + power * edge / exp(level) * call + beyond

    def _moment(self, power: int) -> float:
        if power in (0, 1):
            return 1.0
        return 1.0 + self._integral(power, -inf, 0.0) + self._integral(power, 0.0, inf)

    def _deviations(self, k: Any) -> tuple[Any, Any, Any]:
        w, slope, _ = self.smile.shape(k, self.years)
        root = np.sqrt(np.maximum(w, LEAST_VARIANCE))
        return root, -k / root + root / 2, slope / (2 * root)

    def _call(self, k: Any) -> Any:
        root, d1, _ = self._deviations(k)
        return ndtr(d1) - np.exp(k) * ndtr(d1 - root)

    def _put(self, k: Any) -> Any:
        root, d1, _ = self._deviations(k)
        return np.exp(k) * ndtr(root - d1) - ndtr(-d1)

    def _digital(self, k: float) -> float:
        root, d1, skew = self._deviations(k)
        d2 = d1 - root
        return float(ndtr(d2) - np.exp(-d2 * d2 / 2) / sqrt(2 * np.pi) * skew)

    def _integral(self, power: int, begin: float, end: float) -> float:
        """The integral of g'' by options out of the money, or by calls from `begin` on."""
        deviation = sqrt(max(float(self.smile.shape(0.0, self.years).w), LEAST_VARIANCE))
        reach = 40 * deviation
        low = -reach if begin == -inf else begin
        high = min(end, max(reach, begin + reach))
        nodes, weights = np.polynomial.legendre.leggauss(16)
        edges = _panels([low, *(at for at in (-reach, 0.0, reach) if low < at < high), high])
        half = np.diff(edges)[:, None] / 2
        k = (edges[:-1, None] + half) + half * nodes
        priced = self._put(k) if end == 0.0 else self._call(k)
        inside = power * (power - 1) * np.exp((power - 1) * k) * priced
        far = inside[0, 0] if end == 0.0 else inside[-1, -1]
        if abs(far) > 1e-9 * max(float(np.max(np.abs(inside))), 1e-300):
            raise NoClosedForm(f"the power {power} of its price has no finite mean on this smile")
        return float(np.sum(inside * weights * half))
