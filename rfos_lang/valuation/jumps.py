"""Jumps of a price: the closed form of a payment at one date, mixed over how many jumps there were.

Given n jumps before the date the price is lognormal, with

    σ_n² = σ² + n δ²/τ,    q_n = q + λk - n (m + δ²/2)/τ,    k = e^{m + δ²/2} - 1,

and n is a Poisson number with mean λτ (Merton, Option pricing when underlying stock returns are
discontinuous, Journal of Financial Economics 1976). The jumps' risk is taken to earn nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from math import exp, expm1, fsum, sqrt

from rfos_lang.base.records import dataclass

SMALLEST_WEIGHT = 1e-18
JUMPS_MAX = 1000

Numbers = Mapping[str, float]
"""Measures by name: value, delta, gamma, vega, theta, rho, carry; perhaps vanna and volga."""


@dataclass(frozen=True, slots=True)
class Jumps:
    """A price jumps `intensity` times a year on average; the logarithms of its jumps are normal
    with this `mean` and `deviation`."""

    intensity: float
    mean: float
    deviation: float

    @property
    def growth(self) -> float:
        """k, by which a jump changes the price on average, per 1."""
        return expm1(self.mean + self.deviation**2 / 2)

    def chances(self, years: float) -> Iterator[float]:
        """The probabilities of 0, 1, 2, ... jumps, until they no longer matter."""
        expected = self.intensity * years
        chance = exp(-expected)
        for n in range(JUMPS_MAX):
            yield chance
            if n > expected and chance < SMALLEST_WEIGHT:
                return
            chance *= expected / (n + 1)


def mixed(
    jumps: Jumps,
    volatility: float,
    carry: float,
    years: float,
    measure: Callable[[float, float], Numbers],
) -> dict[str, float]:
    """The measures with jumps, from `measure(volatility, carry)` without. Vega is by the volatility
    between jumps; theta has the jumps to come in it."""
    found: dict[str, list[float]] = {}
    before = 0.0
    for n, chance in enumerate(jumps.chances(years)):
        spread = sqrt(volatility**2 + n * jumps.deviation**2 / years)
        drift = n * (jumps.mean + jumps.deviation**2 / 2) / years
        given = dict(measure(spread, carry + jumps.intensity * jumps.growth - drift))
        slope = given.get("vega", 0.0)
        slowing = slope * n * jumps.deviation**2 / (2 * spread * years**2) if spread else 0.0
        theta = given.get("theta", 0.0) + slowing - given.get("carry", 0.0) * drift / years
        arriving = jumps.intensity * (before - chance) * given["value"]
        share = volatility / spread if spread else 0.0  # of a move of σ in that of σ_n
        given["vega"] = slope * share
        if "volga" in given:
            bend = (1 - share**2) / spread if spread else 0.0
            given["volga"] = given["volga"] * share**2 + slope * bend
            given["vanna"] *= share
        for name, number in given.items():
            weighted = chance * (theta if name == "theta" else number)
            found.setdefault(name, []).append(weighted - (arriving if name == "theta" else 0.0))
        before = chance
    return {name: fsum(numbers) for name, numbers in found.items()}
