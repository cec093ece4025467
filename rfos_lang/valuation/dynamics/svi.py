"""A smile in the raw parameters of SVI.

Total variance is w(k) = a + b (ρ (k - m) + √((k - m)² + σ²)), k the logarithm of strike over
forward (Gatheral and Jacquier, Arbitrage-free SVI volatility surfaces, 2014).
"""

from dataclasses import replace
from math import exp, sqrt
from typing import Any

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.smile import Shape, around

NAME = "SVI smile"
LEAST_REACH = 1.0


@dataclass(frozen=True, slots=True)
class Svi:
    """The smile at one expiry."""

    a: float
    b: float
    rho: float
    m: float
    sigma: float

    @property
    def name(self) -> str:
        return NAME

    def shape(self, k: Any) -> Shape:
        x = k - self.m
        root = (x * x + self.sigma**2) ** 0.5
        return Shape(
            self.a + self.b * (self.rho * x + root),
            self.b * (self.rho + x / root),
            self.b * self.sigma**2 / root**3,
        )

    def scaled(self, by: float) -> "Svi":
        return replace(self, a=self.a * by**2, b=self.b * by**2)

    def following(self, by: float) -> "Svi":
        return self

    @property
    def follows(self) -> bool:
        return False

    @property
    def wings(self) -> tuple[float, float]:
        return self.b * (self.rho - 1.0), self.b * (self.rho + 1.0)

    @property
    def lowest(self) -> float:
        """The least total variance at any strike."""
        return self.a + self.b * self.sigma * sqrt(1 - self.rho**2)

    @property
    def lowest_at(self) -> float:
        """The strike over the forward that has it."""
        return exp(self.m - self.rho * self.sigma / sqrt(max(1 - self.rho**2, 1e-12)))

    def grid(self) -> Any:
        return around(float(self.shape(0.0).w), LEAST_REACH) + self.m / 2


def flat_slice(variance: float) -> Svi:
    """The same total variance at all strikes."""
    return Svi(variance, 0.0, 0.0, 0.0, 1.0)
