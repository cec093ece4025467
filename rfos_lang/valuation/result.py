"""What a valuation says: the value, and how it was found."""

from itertools import combinations
from math import isfinite

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.greek_names import CROSS, both
from rfos_lang.valuation.greeks import SECOND_ORDER

SYMBOLIC = "symbolic"

LOGNORMAL = "lognormal"
"""The model of prices that closed forms and simulation share: Black and Scholes, with curves."""


@dataclass(frozen=True, slots=True)
class Greek:
    """One derivative of the value to the first party.

    `measure` is "delta", "gamma", "vega", "theta", "rho" or "carry", or "vanna" and "volga", by how
    much a volatility moves delta and vega, or "cross gamma" to two spots, or "rate gamma" and "rate
    vanna", by how much rates move rho and the vega to their volatility; `subject` what it is
    taken to: `spot(BTC, USD)`, or for rho the asset of the rate, and empty for theta.
    `unit` reads as in the language: `BTC`, `USD`, `USD/y`. `estimator` says how it was found:
    "symbolic", "pathwise adjoint", "bump", ...; `standard_error` is None if there is none to tell.
    `bias_bound` is by how much smoothing, or the width of a difference, was extrapolated away:
    what is left of it is less.
    """

    measure: str
    subject: str
    value: float
    unit: str
    estimator: str
    standard_error: float | None = None
    bias_bound: float | None = None

    @property
    def is_formula(self) -> bool:
        """Whether it is the derivative of a formula by rule."""
        return self.estimator == SYMBOLIC

    @property
    def name(self) -> str:
        """`delta(spot(BTC, USD))`, `theta`."""
        return f"{self.measure}({self.subject})" if self.subject else self.measure


@dataclass(frozen=True, slots=True)
class Bound:
    """What a value is at most, if it `is_upper`, or at least."""

    value: float
    standard_error: float
    is_upper: bool


@dataclass(frozen=True, slots=True)
class Valuation:
    """The value to the first party, in units of `asset`, and how it was found.

    `method`: "closed form", "Monte Carlo", "least-squares Monte Carlo", ... `model` names the
    dynamics. `bias_bound` bounds what smoothing or a suboptimal exercise may add; `monitoring` says
    how a barrier between fixings was read. None: there is nothing to say. `notes` are whole
    sentences, such as why `auto` chose this method. `dual` bounds the value of choices from the
    side that a suboptimal exercise does not, if it was asked for.
    """

    value: float
    asset: str
    method: str
    model: str
    standard_error: float | None = None
    bias_bound: float | None = None
    monitoring: str | None = None
    greeks: tuple[Greek, ...] = ()
    notes: tuple[str, ...] = ()
    dual: Bound | None = None

    @property
    def beyond_numbers(self) -> str:
        """The first of its numbers that is infinite or none, by name; empty if all are numbers."""
        errors = {"standard error": self.standard_error, "bias": self.bias_bound}
        greeks = {greek.name: greek.value for greek in self.greeks}
        told = {"value": self.value, **errors, **greeks}
        return next((n for n, each in told.items() if each is not None and not isfinite(each)), "")

    @property
    def not_given(self) -> tuple[tuple[str, str], ...]:
        """Measures of second order, and the spot, of which there is vega alone; or both spots. A
        formula's parts are of one price each, so that two of them have no cross gamma."""
        vegas = [g for g in self.greeks if g.measure == "vega" and g.subject.startswith("spot(")]
        spots = sorted(g.subject for g in vegas)
        mixed = sorted(g.subject for g in vegas if not g.is_formula)
        asked = [(measure, spot) for measure in SECOND_ORDER for spot in spots]
        asked += [(CROSS, both(*two)) for two in combinations(mixed, 2)]
        return tuple(each for each in asked if each[1] not in self.subjects(each[0]))

    def subjects(self, measure: str) -> frozenset[str]:
        """What there are Greeks of a measure to."""
        return frozenset(greek.subject for greek in self.greeks if greek.measure == measure)

    def greek(self, measure: str, subject: str = "") -> Greek:
        """A Greek by its measure and subject; the only one of that measure if no subject is given.

        Raises KeyError.
        """
        found = [g for g in self.greeks if g.measure == measure and subject in ("", g.subject)]
        if len(found) != 1:
            raise KeyError(measure, subject)
        return found[0]
