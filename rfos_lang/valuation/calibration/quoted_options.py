"""Options on rates as markets quote them: by a normal or a lognormal volatility.

A rate F, of which the holder is paid what exceeds a strike times a sum of discount factors, the
annuity. Bachelier's formula for normal volatilities, Black's, on F and the strike both raised by a
shift, for lognormal ones.
"""

from math import exp, log, pi, sqrt

from scipy.optimize import brentq
from scipy.special import ndtr

from rfos_lang.base.records import dataclass

MOST_NORMAL, MOST_LOGNORMAL = 2.0, 20.0


@dataclass(frozen=True, slots=True)
class Quotation:
    """Whether volatilities are of the rate itself, or of the logarithm of the rate and a shift."""

    normal: bool
    shift: float = 0.0

    def value(self, sign: int, forward: float, strike: float, deviation: float) -> float:
        """What an option is worth a unit of annuity; `deviation` is volatility × √years, `sign` -1
        for one on what falls short of the strike."""
        intrinsic = max(sign * (forward - strike), 0.0)
        if deviation <= 0.0:
            return intrinsic
        if self.normal:
            d = (forward - strike) / deviation
            return sign * (forward - strike) * ndtr(sign * d) + deviation * _density(d)
        f, k = forward + self.shift, strike + self.shift
        d1 = log(f / k) / deviation + deviation / 2
        return sign * (f * ndtr(sign * d1) - k * ndtr(sign * (d1 - deviation)))

    def slope(self, forward: float, strike: float, deviation: float) -> float:
        """How the value changes with the deviation."""
        if self.normal:
            return _density((forward - strike) / deviation)
        f, k = forward + self.shift, strike + self.shift
        return f * _density(log(f / k) / deviation + deviation / 2)

    def implied(self, value: float, forward: float, strike: float, years: float) -> float:
        """The volatility of an option out of the money that is worth so much; 0 if that is
        nothing."""
        sign, root = (1 if strike >= forward else -1), sqrt(years)
        most = MOST_NORMAL if self.normal else MOST_LOGNORMAL

        def off(volatility: float) -> float:
            return self.value(sign, forward, strike, volatility * root) - value

        if off(0.0) >= 0.0 or off(most) <= 0.0:
            return 0.0 if off(0.0) >= 0.0 else most
        return float(brentq(off, 0.0, most, xtol=1e-16, rtol=8.9e-16))

    def holds(self, *rates: float) -> bool:
        """Whether rates have a logarithm where one is needed."""
        return self.normal or all(rate + self.shift > 0.0 for rate in rates)


def _density(d: float) -> float:
    return exp(-d * d / 2) / sqrt(2 * pi)
