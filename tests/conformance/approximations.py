"""Approximations that published values are values of, each from its paper, for these tests alone.

`wing` is 1 for a call and -1 for a put, `carry` what the price grows by: the rate less the yield.
"""

from math import exp, log, pi, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

FAR = 100.0
NEAR = 1e-9


def _deviates(price: float, strike: float, carry: float, v: float, t: float) -> tuple[float, float]:
    d1 = (log(price / strike) + (carry + v * v / 2) * t) / (v * sqrt(t))
    return d1, d1 - v * sqrt(t)


def european(
    wing: int, price: float, strike: float, carry: float, rate: float, v: float, t: float
) -> float:
    """Black, Scholes and Merton's value."""
    d1, d2 = _deviates(price, strike, carry, v, t)
    grown = price * exp((carry - rate) * t) * float(ndtr(wing * d1))
    return wing * (grown - strike * exp(-rate * t) * float(ndtr(wing * d2)))


# --- American options ----------------------------------------------------------------------------


def _quadratic(
    wing: int, strike: float, carry: float, rate: float, v: float, t: float
) -> tuple[float, float]:
    """The exponent of the premium, and the critical price."""
    h = -np.expm1(-rate * t)
    alpha_over_h = 2 * rate / (v * v * h) if h else 2 / (v * v * t)
    beta = 2 * carry / (v * v)
    exponent = (1 - beta + wing * sqrt((beta - 1) ** 2 + 4 * alpha_over_h)) / 2

    def gap(price: float) -> float:
        d1, _ = _deviates(price, strike, carry, v, t)
        slope = wing * (1 - exp((carry - rate) * t) * float(ndtr(wing * d1)))
        premium = wing * (price - strike) - european(wing, price, strike, carry, rate, v, t)
        return premium - slope * price / exponent

    low, high = (1 + NEAR, FAR) if wing == 1 else (1 / FAR**2, 1 - NEAR)
    return exponent, float(brentq(gap, low * strike, high * strike, xtol=1e-12))


def barone_adesi_whaley(
    wing: int, price: float, strike: float, carry: float, rate: float, v: float, t: float
) -> float:
    """Efficient analytic approximation of American option values, Journal of Finance 1987."""
    plain = european(wing, price, strike, carry, rate, v, t)
    if wing == 1 and carry >= rate:
        return plain
    exponent, critical = _quadratic(wing, strike, carry, rate, v, t)
    if wing * (price - critical) >= 0:
        return wing * (price - strike)
    there = european(wing, critical, strike, carry, rate, v, t)
    return plain + (wing * (critical - strike) - there) * float((price / critical) ** exponent)


def ju_zhong(
    wing: int, price: float, strike: float, carry: float, rate: float, v: float, t: float
) -> float:
    """An approximate formula for pricing American options, Journal of Derivatives 1999."""
    plain = european(wing, price, strike, carry, rate, v, t)
    exponent, critical = _quadratic(wing, strike, carry, rate, v, t)
    if wing * (price - critical) >= 0:
        return wing * (price - strike)
    h, alpha, beta = -np.expm1(-rate * t), 2 * rate / (v * v), 2 * carry / (v * v)
    by_h = -wing * alpha / (h * h * sqrt((beta - 1) ** 2 + 4 * alpha / h))
    premium = wing * (critical - strike) - european(wing, critical, strike, carry, rate, v, t)
    d1, d2 = _deviates(critical, strike, carry, v, t)
    grown = critical * exp(carry * t)
    changing = grown * exp(-d1 * d1 / 2) / sqrt(2 * pi) * v / (2 * rate * sqrt(t))
    changing -= wing * (rate - carry) * grown * float(ndtr(wing * d1)) / rate
    changing += wing * strike * float(ndtr(wing * d2))
    width, far = 2 * exponent + beta - 1, log(price / critical)
    bend = (1 - h) * alpha * by_h / (2 * width)
    slope = -(1 - h) * alpha / width * (changing / premium + 1 / h + by_h / width)
    share = float((price / critical) ** exponent) / (1 - bend * far * far - slope * far)
    return plain + premium * share


def bjerksund_stensland(
    wing: int, price: float, strike: float, carry: float, rate: float, v: float, t: float
) -> float:
    """Closed-form approximation of American options, Scandinavian Journal of Management 1993."""
    if wing == -1:
        return bjerksund_stensland(1, strike, price, -carry, rate - carry, v, t)
    if carry >= rate:
        return european(1, price, strike, carry, rate, v, t)
    beta = 0.5 - carry / v**2 + sqrt((carry / v**2 - 0.5) ** 2 + 2 * rate / v**2)
    last = beta / (beta - 1) * strike
    first = max(strike, rate / (rate - carry) * strike)
    trigger = first - (last - first) * float(
        np.expm1(-(carry * t + 2 * v * sqrt(t)) * first / (last - first))
    )
    if price >= trigger:
        return price - strike

    def phi(power: float, level: float) -> float:
        growth = -rate + power * carry + power * (power - 1) * v * v / 2
        d = -(log(price / level) + (carry + (power - 0.5) * v * v) * t) / (v * sqrt(t))
        mirrored = (trigger / price) ** (2 * carry / v**2 + 2 * power - 1)
        below = float(ndtr(d)) - mirrored * float(
            ndtr(d - 2 * log(trigger / price) / (v * sqrt(t)))
        )
        return float(exp(growth * t) * price**power * below)

    share = (trigger - strike) * trigger**-beta
    found = share * price**beta - share * phi(beta, trigger) + phi(1, trigger) - phi(1, strike)
    return float(found - strike * phi(0, trigger) + strike * phi(0, strike))


# --- trees ---------------------------------------------------------------------------------------


def nodes_at(level: float, price: float, v: float, t: float, least: int) -> int:
    """The number of steps, at least so many, of which some whole number of moves just reaches a
    level (Boyle and Lau, Bumping up against the barrier with the binomial method, 1994)."""
    unit = v * v * t / log(price / level) ** 2
    moves = next(i for i in range(1, 10_000) if int(i * i * unit) >= least)
    return int(moves * moves * unit)


def out_option_in_a_tree(
    wing: int,
    upward: bool,
    price: float,
    strike: float,
    barrier: float,
    rebate: float,
    carry: float,
    rate: float,
    v: float,
    t: float,
    steps: int,
) -> float:
    """An American option that a touch ends, in Cox, Ross and Rubinstein's tree."""
    dt = t / steps
    up = exp(v * sqrt(dt))
    chance = (exp(carry * dt) - 1 / up) / (up - 1 / up)
    values = np.zeros(steps + 1)
    for step in range(steps, -1, -1):
        prices = price * up ** (2.0 * np.arange(step + 1) - step)
        if step < steps:
            values = exp(-rate * dt) * (chance * values[1:] + (1 - chance) * values[:-1])
        values = np.maximum(values, wing * (prices - strike))
        values = np.where(prices >= barrier if upward else prices <= barrier, rebate, values)
    return float(values[0])


# --- spreads -------------------------------------------------------------------------------------


def kirk(
    first: float,
    second: float,
    strike: float,
    rate: float,
    v1: float,
    v2: float,
    rho: float,
    t: float,
) -> float:
    """A call on the difference of two futures (Kirk, Correlation in the energy markets, 1995)."""
    share = second / (second + strike)
    v = sqrt(v1 * v1 - 2 * rho * v1 * v2 * share + (v2 * share) ** 2)
    return european(1, first, second + strike, 0.0, rate, v, t)
