"""What a payoff of one lognormal price is worth: exact expectations, piece by piece.

For a price S with carry q, under the rate r and the volatility σ, a time τ ahead,

    E[S_τ^p 1{S_τ > κ}] e^{-rτ} = S^p exp((p(r-q) - r + p(p-1)σ²/2) τ) N(d_p),
    d_1 = (log(S/κ) + (r - q + σ²/2) τ) / (σ√τ),    d_p = d_1 + (p-1) σ√τ

(a shift of measure; Hull, Options, Futures, and Other Derivatives, appendix to ch. 15, has p = 0
and 1). Delta and gamma are written with the densities at the cut points: S^p exp(...) n(d_p) is
κ^p e^{-rτ} n(d_0), so what a payoff does not jump by drops out of the formula.
"""

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula
from rfos_lang.valuation.closed_form.payoff import Interval, NoClosedForm, Payoff
from rfos_lang.valuation.closed_form.polynomial import (
    Polynomial,
    constant,
    expanded,
    raised,
)
from rfos_lang.valuation.constructors import (
    ONE,
    add,
    density,
    divide,
    exponential,
    logarithm,
    maximum,
    multiply,
    negate,
    normal,
    number,
    power,
    product,
    root,
    subtract,
    total,
)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """The formulas that the dynamics of one price are made of. `price` is the letter that stands
    for it in payoffs, `spot` its value now; they differ for a mirrored price."""

    price: Formula
    spot: Formula
    volatility: Formula
    rate: Formula
    carry: Formula
    years: Formula

    @property
    def deviation(self) -> Formula:
        """σ√τ."""
        return multiply(self.volatility, root(self.years))

    @property
    def discount(self) -> Formula:
        """e^{-rτ}."""
        return exponential(negate(multiply(self.rate, self.years)))

    def first(self, cut: Formula) -> Formula:
        """d_1 at a cut point."""
        half = divide(multiply(self.volatility, self.volatility), number(2))
        drift = multiply(add(subtract(self.rate, self.carry), half), self.years)
        return divide(add(logarithm(divide(self.spot, cut)), drift), self.deviation)

    def distance(self, exponent: int, cut: Formula) -> Formula:
        """d_p at a cut point."""
        return add(self.first(cut), multiply(number(exponent - 1), self.deviation))

    def growth(self, exponent: int) -> Formula:
        """e^{-rτ} E[S_τ^p] / S^p."""
        p = number(exponent)
        convexity = number(exponent * (exponent - 1) / 2)
        rate = subtract(multiply(p, subtract(self.rate, self.carry)), self.rate)
        if exponent == 1:
            rate = negate(self.carry)
        variance = multiply(self.volatility, self.volatility)
        return exponential(multiply(add(rate, multiply(convexity, variance)), self.years))


def present_value(payoff: Payoff, model: Lognormal) -> Formula:
    """What the payoff is worth now."""
    return total(
        [
            product(
                coefficient.formula(),
                power(model.spot, p),
                model.growth(p),
                _chance(at, p, model),
            )
            for at, p, coefficient in _atoms(payoff, model)
        ]
    )


def delta(payoff: Payoff, model: Lognormal) -> Formula:
    """The derivative of the present value by the spot."""
    smooth = [
        product(
            (coefficient * constant(p)).formula(),
            power(model.spot, p - 1),
            model.growth(p),
            _chance(at, p, model),
        )
        for at, p, coefficient in _atoms(payoff, model)
        if p
    ]
    edges = [
        product(jump.formula(), _at_edge(cut, model), divide(ONE, model.spot))
        for cut, (jump, _) in _jumps(payoff, model).items()
    ]
    return total(smooth + edges)


def gamma(payoff: Payoff, model: Lognormal) -> Formula:
    """The second derivative of the present value by the spot."""
    smooth = [
        product(
            (coefficient * constant(p * (p - 1))).formula(),
            power(model.spot, p - 2),
            model.growth(p),
            _chance(at, p, model),
        )
        for at, p, coefficient in _atoms(payoff, model)
        if p not in (0, 1)
    ]
    edges = []
    for cut, (jump, tilt) in _jumps(payoff, model).items():
        slope = add(ONE, divide(model.distance(0, cut), model.deviation))
        bend = subtract(tilt.formula(), multiply(jump.formula(), slope))
        edges.append(product(bend, _at_edge(cut, model), divide(ONE, power(model.spot, 2))))
    return total(smooth + edges)


def _atoms(payoff: Payoff, model: Lognormal) -> list[tuple[Interval, int, Polynomial]]:
    """Interval, power of the price, and what multiplies it. Raises NoClosedForm."""
    atoms = []
    for at, whole in payoff.pieces.items():
        if at.price not in (None, model.price):
            raise NoClosedForm("it depends on prices of several assets at once")
        for exponent, coefficient in sorted(whole.by_power(model.price).items(), reverse=True):
            atoms.append((at, exponent, coefficient))
    return atoms


def _chance(at: Interval, exponent: int, model: Lognormal) -> Formula:
    """The probability of an interval under the measure that S^p is the numeraire of."""
    lower, upper = _ends(at)
    match lower, upper:
        case None, None:
            return ONE
        case None, _:
            assert upper is not None
            return normal(negate(model.distance(exponent, upper)))
        case _, None:
            assert lower is not None
            return normal(model.distance(exponent, lower))
        case _:
            assert lower is not None and upper is not None
            over_lower, over_upper = (normal(model.distance(exponent, x)) for x in (lower, upper))
            return subtract(over_lower, over_upper)


def _ends(at: Interval) -> tuple[Formula | None, Formula | None]:
    """The ends of an interval; an empty one has both ends at its lower."""
    lower, upper = at.lower(), at.upper()
    if lower is not None and upper is not None and not at.ordered:
        upper = maximum(lower, upper)
    return lower, upper


def _jumps(payoff: Payoff, model: Lognormal) -> dict[Formula, tuple[Polynomial, Polynomial]]:
    """At each cut point κ how much the payoff jumps up, and the same with each c κ^p times p."""
    found: dict[Formula, tuple[Polynomial, Polynomial]] = {}
    for at, exponent, coefficient in _atoms(payoff, model):
        lower, upper = _ends(at)
        for cut, sign in ((lower, 1), (upper, -1)):
            if cut is None:
                continue
            height = coefficient * raised(expanded(cut), exponent) * constant(sign)
            jump, tilt = found.get(cut, (constant(0), constant(0)))
            found[cut] = (jump + height, tilt + height * constant(exponent))
    return {cut: (jump, tilt) for cut, (jump, tilt) in found.items() if jump or tilt}


def _at_edge(cut: Formula, model: Lognormal) -> Formula:
    """e^{-rτ} n(d_0) / (σ√τ)."""
    return divide(multiply(model.discount, density(model.distance(0, cut))), model.deviation)
