"""A smile in the parameters of SABR: the volatility of a forward moves on its own.

    dF = a F^β dW,    da = ν a dB,    dW dB = ρ dt,    a(0) = α

Implied lognormal volatility to first order in time (Hagan, Kumar, Lesniewski and Woodward, Managing
smile risk, 2002), its leading term as corrected by Obłój (Fine-tune your smile, 2008), which is the
exact one at once. With x = log(F/K), z = ν/α (F^(1-β) - K^(1-β))/(1-β),

    σ(K) = ν x / log((√(1 - 2ρz + z²) + z - ρ)/(1 - ρ)) · (1 + T I(K)),
    I(K) = (1-β)²/24 α²/(FK)^(1-β) + ρναβ/4 /(FK)^((1-β)/2) + (2 - 3ρ²)/24 ν².

Far from the forward the expansion may give a negative density. From where it would, total variance
goes on in a straight line.
"""

from dataclasses import replace
from math import inf, pi
from typing import Any, NamedTuple

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.smile import STEEPEST, Shape, around, durrleman

NAME = "SABR smile"
NEAR = 0.5
"""Up to which z the distance is integrated, since its formula cancels there."""
_BEYOND = np.concatenate([[0.0], np.geomspace(0.01, 10.0, 30)])
"""Where a straight wing is looked at, as parts of how far the formula is."""
_NODES, _WEIGHTS = ((np.polynomial.legendre.leggauss(16)[at] + 1 - at) / 2 for at in (0, 1))


@dataclass(frozen=True, slots=True)
class Sabr:
    """The smile at one expiry, after some `years`. `level` is α F^(β-1), about the volatility at
    the money; the forward enters by it alone. The formula counts from `low` to `high`, logarithms
    of strike over forward. `times` multiplies every volatility."""

    years: float
    level: float
    beta: float
    rho: float
    nu: float
    low: float = -inf
    high: float = inf
    times: float = 1.0

    @property
    def name(self) -> str:
        return NAME

    def shape(self, k: Any) -> Shape:
        inside = np.clip(k, self.low, self.high)
        w, slope, bend = self.formula(inside)
        beyond = k - inside
        rising = np.where(beyond * slope >= 0.0, slope, 0.0)  # no wing falls below nothing
        return Shape(w + rising * beyond, rising, np.where(beyond == 0.0, bend, 0.0))

    def formula(self, k: Any) -> Shape:
        """Total variance by the formula, whatever density that is."""
        k = np.asarray(k, dtype=np.float64)
        sigma = self.in_time(k).over(self._distance(k))
        scale = self.times**2 * self.years
        return Shape(
            scale * sigma.f**2,
            2 * scale * sigma.f * sigma.d,
            2 * scale * (sigma.d**2 + sigma.f * sigma.dd),
        )

    def in_time(self, k: Any) -> "_Jet":
        """1 + T I(K), which is no more than an expansion: at 0 or below it has broken down."""
        b, a, r, x = 1.0 - self.beta, self.level, self.rho, self.nu
        first = (b * a) ** 2 / 24 * np.exp(-b * k)
        second = r * x * a * self.beta / 4 * np.exp(-b * k / 2)
        third = (2 - 3 * r * r) / 24 * x * x
        return _Jet(
            1 + self.years * (first + second + third),
            -self.years * b * (first + second / 2),
            self.years * b * b * (first + second / 4),
        )

    def _z(self, k: Any) -> Any:
        b = 1.0 - self.beta
        return -self.nu / self.level * (np.expm1(b * k) / b if b else k)

    def _distance(self, k: Any) -> "_Jet":
        """How far a strike is from the forward, in units of k: the inverse of the volatility for no
        time. It is the mean between both of a local term."""
        z = self._z(k)
        local = self._local(k[..., None] * _NODES)
        near = _Jet(*(part @ (_WEIGHTS * _NODES**n) for n, part in enumerate(local)))
        far = np.abs(z) > NEAR
        if not np.any(far):
            return near
        with np.errstate(all="ignore"):
            root = np.sqrt(1 - 2 * self.rho * z + z * z)
            up = np.log((root + z - self.rho) / (1 - self.rho))
            down = np.log((1 + self.rho) / (root - z + self.rho))
            whole = -np.where(z > self.rho, up, down) / self.nu
            here, f = self._local(k), whole / k
            d = (here.f - f) / k
            dd = (here.d - 2 * d) / k
        return _Jet(*(np.where(far, x, y) for x, y in zip((f, d, dd), near, strict=True)))

    def _local(self, k: Any) -> "_Jet":
        """What each step of k adds to the distance: F^(1-β) e^((1-β)k)/(α √(1 - 2ρz + z²))."""
        b, r, z = 1.0 - self.beta, self.rho, self._z(k)
        e = np.exp(b * k)
        step, square = -self.nu / self.level * e, 1 - 2 * r * z + z * z
        root, tilt = square**-0.5, r - z
        d = tilt * square**-1.5 * step
        dd = (3 * tilt * tilt / square - 1) * square**-1.5 * step**2 + b * d
        return _Jet(e * root, e * (b * root + d), e * (b * b * root + 2 * b * d + dd)).by(
            1 / self.level
        )

    def scaled(self, by: float) -> "Sabr":
        return replace(self, times=self.times * by)

    def following(self, by: float) -> "Sabr":
        return replace(self, level=self.level * float(np.exp((self.beta - 1.0) * by)))

    @property
    def follows(self) -> bool:
        return self.beta < 1.0

    @property
    def wings(self) -> tuple[float, float]:
        """Where the formula goes on for ever it rises faster than any line, but looks the same as
        one as far as it is looked at."""
        low, high = (float(self.shape(at).slope) for at in self.grid()[[0, -1]])
        return low, high

    def grid(self) -> Any:
        return around(float(self.formula(0.0).w))

    def chance_beyond(self, k: float) -> float:
        """The chance that the price ends beyond a strike, away from the forward."""
        from scipy.special import ndtr

        w, slope, _ = self.shape(k)
        root = float(w) ** 0.5
        d2 = -k / root - root / 2
        above = float(ndtr(d2) - np.exp(-d2 * d2 / 2) / np.sqrt(2 * pi) * slope / (2 * root))
        return 1.0 - above if k < 0 else above


class _Jet(NamedTuple):
    """A function of k with its first and second derivative."""

    f: Any
    d: Any
    dd: Any

    def by(self, factor: float) -> "_Jet":
        return _Jet(*(factor * each for each in self))

    def over(self, other: "_Jet") -> "_Jet":
        inverse = 1 / other.f
        f = self.f * inverse
        d = (self.d - f * other.d) * inverse
        return _Jet(f, d, (self.dd - 2 * d * other.d - f * other.dd) * inverse)


def _straight(k: Any, shape: Shape) -> Any:
    """Whether a density is left on the line that goes on from each place, away from the forward."""
    outward = np.where(k == 0.0, np.sign(shape.slope), np.sign(k))
    slope = np.where(shape.slope * outward > 0.0, shape.slope, 0.0)[:, None]
    beyond = (outward[:, None]) * np.abs(k[0]) * _BEYOND
    line = Shape(shape.w[:, None] + slope * beyond, slope, 0.0)
    return np.all(durrleman(k[:, None] + beyond, line) > 0, axis=1) & (
        np.abs(slope[:, 0]) < STEEPEST
    )


class Wings(NamedTuple):
    """Where a formula's density turns negative on each side of the forward, None if nowhere; and
    the smile that goes on in straight lines."""

    below: float | None
    above: float | None
    mended: Sabr


def continued(formula: Sabr) -> Wings | None:
    """The smile with straight wings from where the formula, or a straight line from there on, would
    leave a negative density; None if that is so at the forward itself."""
    k = formula.grid()
    with np.errstate(all="ignore"):
        shape = formula.formula(k)
        sound = (durrleman(k, shape) > 0) & (formula.in_time(k).f > 0)
        fitting = sound & _straight(k, shape)
    middle = len(k) // 2
    if not fitting[middle]:
        return None
    below, above = np.flatnonzero(~sound[:middle]), middle + np.flatnonzero(~sound[middle:])
    first = int(below[-1]) + 1 if len(below) else 0
    last = int(above[0]) - 1 if len(above) else len(k) - 1
    ends = first + np.flatnonzero(fitting[first : last + 1])[[0, -1]]
    return Wings(
        float(k[below[-1]]) if len(below) else None,
        float(k[above[0]]) if len(above) else None,
        replace(formula, low=float(k[ends[0]]), high=float(k[ends[1]])),
    )
