"""Barriers by reflection: payments that are lost, or made, when a price touches a level.

Write V(S) for what a payoff is worth without barriers, the payoff being zero where the price at
expiry has passed a level, and R_b V(S) = (b/S)^(2(r-q)/σ² - 1) V(b²/S) for its image in a level b.
An image is a value too, and equals V on the level. So with one level the payoff is worth V - R_b V
(method of images; Buchen, Image options and the road to barriers, Risk 2001); with a level l below
and u above

    Σ_n T^n V - R_l T^n V,    n = ..., -1, 0, 1, ...,    T V(S) = R_u R_l V(S)

(Kunitomo and Ikeda, Pricing options with curved boundaries, Mathematical Finance 1992). One unit
paid at the first touch of b before expiry is worth

    A_b(S) = (b/S)^(μ+λ) N(η z) + (b/S)^(μ-λ) N(η (z - 2λσ√τ)),
    μ = (r-q)/σ² - 1/2,  λ = √(μ² + 2r/σ²),  z = log(b/S)/(σ√τ) + λσ√τ,

η = 1 for a level below and -1 for one above (Reiner and Rubinstein, Breaking down the barriers,
Risk 1991; formula F of Haug, The Complete Guide to Option Pricing Formulas, 4.17.1). If a touch of
another level c ends the contract before, it is worth Σ_n (R_b R_c)^n A_b - R_c (R_b R_c)^n A_b,
n = 0, 1, ...
"""

from dataclasses import replace
from types import MappingProxyType

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula
from rfos_lang.valuation.closed_form.lognormal import Lognormal, present_value
from rfos_lang.valuation.closed_form.payoff import Interval, Payoff
from rfos_lang.valuation.closed_form.polynomial import constant
from rfos_lang.valuation.constructors import (
    ONE,
    ZERO,
    add,
    divide,
    exponential,
    less,
    less_or_equal,
    logarithm,
    maximum,
    minimum,
    multiply,
    negate,
    normal,
    number,
    product,
    root,
    select,
    subtract,
    total,
)
from rfos_lang.valuation.floors import HIGHEST_EXPONENT

IMAGES = 12
"""How many images of two levels are taken on each side: enough while the levels lie more than
`NARROWEST` standard deviations apart. Nothing survives between levels that are closer."""
NARROWEST = 0.3


@dataclass(frozen=True, slots=True)
class Barrier:
    """The levels that end something when a price touches them; None where there is none."""

    price: Formula
    lower: Formula | None
    upper: Formula | None

    @property
    def levels(self) -> tuple[Formula, ...]:
        """The levels there are, the lower one first."""
        return tuple(level for level in (self.lower, self.upper) if level is not None)

    @property
    def is_hit(self) -> Formula:
        """Whether the price now lies on a level or beyond it."""
        hits = []
        if self.lower is not None:
            hits.append(less_or_equal(self.price, self.lower))
        if self.upper is not None:
            hits.append(less_or_equal(self.upper, self.price))
        return hits[0] if len(hits) == 1 else maximum(*hits)

    @property
    def alive(self) -> Payoff:
        """1 where the price at expiry has passed no level."""
        above = frozenset({self.lower}) if self.lower is not None else frozenset()
        below = frozenset({self.upper}) if self.upper is not None else frozenset()
        return Payoff(MappingProxyType({Interval(self.price, above, below): constant(1)}))

    @property
    def passed(self) -> Payoff:
        """1 where the price at expiry has passed the one level."""
        (level,) = self.levels
        beyond = frozenset({level})
        at = Interval(
            self.price,
            *((beyond, frozenset()) if self.upper is not None else (frozenset(), beyond)),
        )
        return Payoff(MappingProxyType({at: constant(1)}))


def untouched_value(payoff: Payoff, barrier: Barrier, model: Lognormal) -> Formula:
    """What a payoff is worth that is paid at expiry if no level has been touched. It is zero where
    the price at expiry has passed a level."""
    if len(barrier.levels) == 1:
        (level,) = barrier.levels
        direct, image = present_value(payoff, model), present_value(payoff, mirrored(level, model))
        return subtract(direct, multiply(_weight(level, model), image))
    assert barrier.lower is not None and barrier.upper is not None
    terms = []
    for n in range(-IMAGES, IMAGES + 1):
        moved = shifted(barrier, n, model)
        scale = _shift_weight(barrier, n, model)
        direct = present_value(payoff, moved)
        terms.append(multiply(scale, direct))
        image = present_value(payoff, mirrored(barrier.lower, moved))
        terms.append(negate(product(scale, _weight(barrier.lower, moved), image)))
    return select(is_narrow(barrier, model), ZERO, total(terms))


def touched_value(payoff: Payoff, barrier: Barrier, model: Lognormal) -> Formula:
    """What a payoff is worth that is paid at expiry if the one level has been touched: what it
    pays beyond the level, and the image of what it pays on this side. Nothing cancels in it, so
    that it is precise also for levels far away."""
    (level,) = barrier.levels
    direct = present_value(payoff * barrier.passed, model)
    image = present_value(payoff * barrier.alive, mirrored(level, model))
    return add(direct, multiply(_weight(level, model), image))


def touch_value(level: Formula, barrier: Barrier, model: Lognormal) -> Formula:
    """What one unit is worth that is paid when a level is touched before expiry, and before the
    other one if there are two."""
    side = 1 if level is barrier.lower else -1
    if len(barrier.levels) == 1:
        return _single_touch(level, side, model)
    (other,) = (each for each in barrier.levels if each is not level)
    terms = []
    for n in range(IMAGES + 1):
        away = -n if side == 1 else n
        moved = shifted(barrier, away, model)
        scale = _shift_weight(barrier, away, model)
        terms.append(multiply(scale, _single_touch(level, side, moved)))
        image = mirrored(other, model)
        moved, scale = shifted(barrier, away, image), _shift_weight(barrier, away, image)
        touched = _single_touch(level, side, moved)
        terms.append(negate(product(_weight(other, model), scale, touched)))
    return select(is_narrow(barrier, model), _sooner(level, other, model), total(terms))


def bridge_survival(barrier: Barrier, end: Formula, volatility: Formula, years: Formula) -> Formula:
    """The chance that no level is touched, given the price now and the one at the end: of one level
    1 - exp(-2 log(b/x) log(b/y) / (σ²τ)), of two the sum of its images, 2w log(u/l) apart."""
    variance = product(volatility, volatility, years)

    def image(distance: Formula, other: Formula) -> Formula:
        exponent = divide(product(number(-2), distance, other), variance)
        return exponential(minimum(exponent, HIGHEST_EXPONENT))

    start = barrier.price
    beyond = maximum(barrier.is_hit, replace(barrier, price=end).is_hit)
    if len(barrier.levels) == 1:
        (level,) = barrier.levels
        away = (logarithm(divide(level, price)) for price in (start, end))
        return select(beyond, ZERO, subtract(ONE, image(*away)))
    assert barrier.lower is not None and barrier.upper is not None
    moved, terms = logarithm(divide(end, start)), []
    ends = tuple(logarithm(divide(price, barrier.lower)) for price in (start, end))
    for n in range(-IMAGES, IMAGES + 1):
        width = _log_ratio(barrier, -n)
        terms.append(image(width, add(width, moved)))
        terms.append(negate(image(*(add(width, each) for each in ends))))
    narrow = less(_log_ratio(barrier, -1), multiply(number(NARROWEST), root(variance)))
    return select(maximum(beyond, narrow), ZERO, maximum(total(terms), ZERO))


def mirrored(level: Formula, model: Lognormal) -> Lognormal:
    """The model from b²/S."""
    return replace(model, spot=divide(multiply(level, level), model.spot))


def shifted(barrier: Barrier, n: int, model: Lognormal) -> Lognormal:
    """The model from S (l/u)^(2n)."""
    if n == 0:
        return model
    return replace(model, spot=multiply(model.spot, exponential(_log_ratio(barrier, 2 * n))))


def is_narrow(barrier: Barrier, model: Lognormal) -> Formula:
    """Whether two levels lie so close that no path stays between them up to expiry."""
    return less(_log_ratio(barrier, -1), multiply(number(NARROWEST), model.deviation))


def _log_ratio(barrier: Barrier, times: int) -> Formula:
    """log((l/u)^times)."""
    assert barrier.lower is not None and barrier.upper is not None
    return multiply(number(times), logarithm(divide(barrier.lower, barrier.upper)))


def _shift_weight(barrier: Barrier, n: int, model: Lognormal) -> Formula:
    """(l/u)^(n (2(r-q)/σ² - 1))."""
    return ONE if n == 0 else _power(_log_ratio(barrier, n), _image_exponent(model))


def _single_touch(level: Formula, side: int, model: Lognormal) -> Formula:
    """A_b; `side` is 1 for a level below."""
    mu, spread = _touch_exponents(model)
    distance = _log_distance(level, model)
    width = multiply(spread, model.deviation)
    far = add(divide(distance, model.deviation), width)
    near = subtract(far, multiply(number(2), width))
    eta = number(side)
    return add(
        multiply(_power(distance, add(mu, spread)), normal(multiply(eta, far))),
        multiply(_power(distance, subtract(mu, spread)), normal(multiply(eta, near))),
    )


def _sooner(level: Formula, other: Formula, model: Lognormal) -> Formula:
    """One unit at the touch of a level if that comes before the touch of the other, however late:
    (b/S)^μ sinh(λ log(c/S)) / sinh(λ log(c/b))."""
    mu, spread = _touch_exponents(model)
    here = multiply(spread, _log_distance(other, model))
    whole = multiply(spread, logarithm(divide(other, level)))
    return multiply(
        _power(_log_distance(level, model), mu),
        divide(_hyperbolic_sine(here), _hyperbolic_sine(whole)),
    )


def _hyperbolic_sine(operand: Formula) -> Formula:
    """2 sinh."""
    return subtract(exponential(operand), exponential(negate(operand)))


def _touch_exponents(model: Lognormal) -> tuple[Formula, Formula]:
    """μ and λ."""
    variance = multiply(model.volatility, model.volatility)
    mu = subtract(divide(subtract(model.rate, model.carry), variance), number(0.5))
    carried = divide(multiply(number(2), model.rate), variance)
    return mu, root(add(multiply(mu, mu), carried))


def _image_exponent(model: Lognormal) -> Formula:
    """2(r-q)/σ² - 1."""
    variance = multiply(model.volatility, model.volatility)
    drift = product(number(2), subtract(model.rate, model.carry))
    return subtract(divide(drift, variance), number(1))


def _weight(level: Formula, model: Lognormal) -> Formula:
    """(b/S)^(2(r-q)/σ² - 1)."""
    return _power(_log_distance(level, model), _image_exponent(model))


def _log_distance(level: Formula, model: Lognormal) -> Formula:
    return logarithm(divide(level, model.spot))


def _power(log_base: Formula, exponent: Formula) -> Formula:
    return exponential(minimum(multiply(exponent, log_base), HIGHEST_EXPONENT))
