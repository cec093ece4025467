"""Payoffs of products of one price's powers at several dates, under Heston's model: geometric
averages, options that start later, ratios.

Such a product is e^(w x), x the logarithms of the price at the dates, and its joint characteristic
function is known step by step: between two dates log E[e^(B Δx + C v)] is linear in the variance v
at the earlier one, with a Riccati equation that has a closed solution. `joint/` reads the payoffs;
here they are valued, by the integral that a single date has. Kim and Wee (Pricing of geometric
Asian options under Heston's stochastic volatility model, Quantitative Finance 2014) have the
average that is taken at all times.
"""

from math import exp, inf, isfinite, pi
from typing import Any

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.bumping import bumped
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.dynamics.chosen import model_of
from rfos_lang.valuation.dynamics.fourier import (
    NEGLIGIBLE,
    Complex,
    jump_exponent,
    log1p,
)
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.joint.amounts import Payoff, Weights
from rfos_lang.valuation.joint.exact import Expectation, Slab, expectation
from rfos_lang.valuation.joint.value import at_its_dates, read_at_its_dates
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.request import Request
from rfos_lang.valuation.result import Valuation
from rfos_lang.valuation.simulated.monte_carlo import reader
from rfos_lang.valuation.simulated.simulation import Simulation

PANELS, ORDER, DOUBLINGS_MOST = 32, 16, 5
PRECISION = 1e-11
_ENDS = 4.0 * 1.5 ** np.arange(44)


def by_averages(request: Request) -> Valuation:
    """The value by the joint characteristic function. Raises NoClosedForm; Refused for what the
    market lacks."""
    market, program = request.market, request.program
    simulation = read_at_its_dates(request, any_model=True)
    pairs = simulation.model.pairs
    if len(pairs) != 1 or pairs[0] not in market.heston:
        raise NoClosedForm("it depends on prices at several dates")
    payoff: Payoff = reader(simulation).payoff()
    feeds = tuple(slot for slot, _ in simulation.model.feeds)
    numeraire = program.feeds[feeds[0]].assets[1] if feeds else request.reporting
    found = _AtDates(request, request.figures(), expectation(payoff), feeds, numeraire)
    value = found.value(market)
    if not isfinite(value):
        raise NoClosedForm("the integral has no finite value for these numbers")
    told = model_of(market, pairs[0])
    note = "Prices at several dates enter by the logarithm of their product."
    return Valuation(
        value,
        simulation.asset,
        told.method,
        told.name,
        greeks=bumped(found, simulation.asset) if request.greeks else (),
        notes=(note, told.note),
    )


@dataclass(frozen=True, slots=True)
class _AtDates:
    """The value of what was read, as a function of the market."""

    request: Request
    figures: Figures
    read: Expectation
    feeds: tuple[int, ...]
    numeraire: int

    def value(self, market: Market) -> float:
        try:
            simulation = at_its_dates(self.request, market)
        except Refused as refused:
            raise NoClosedForm("what is due now does not move with time") from refused
        law = law_at_dates(simulation, market)
        parts = zip(self.read.coefficients, self.read.terms, self.read.slabs, strict=True)
        return float(sum(c * law.expected(weights, slab) for c, weights, slab in parts))


def law_at_dates(simulation: Simulation, market: Market) -> "LawAtDates":
    """The law of the one price of a simulation at its steps."""
    model, rows = simulation.model, simulation.rows
    growth = np.cumsum(rows.drift[:, 0] + rows.deviation[:, 0] ** 2 / 2)
    (pair,) = model.pairs
    return LawAtDates(
        market.heston[pair],
        market.jumps_of(*pair),
        np.maximum(np.asarray(model.numbers.years), 0.0),
        rows.start[0] + growth,
        np.log(rows.worths).reshape(-1),
    )


@dataclass(frozen=True, slots=True)
class LawAtDates:
    """The price at dates in `years`, whose logarithms of forwards are `forwards`; `known` are the
    logarithms of what discounts."""

    heston: Heston
    jumps: Jumps | None
    years: Floats
    forwards: Floats
    known: Floats

    def expected(self, weights: Weights, slab: Slab | None) -> float:
        """E[e^(w X) on the slab]."""
        w, shift = self._held(weights)
        if slab is None:
            return exp(shift + float(self.exponent(w[:, None]).real[0]))
        v, moved = self._held(slab.direction)
        above = [self._above(w, v, end - moved) for end in (slab.lower, slab.upper)]
        return exp(shift) * (above[0] - above[1])

    def _held(self, weights: Weights) -> tuple[Floats, float]:
        """How much of each price over its forward, and the logarithm of what is known."""
        held, shift = np.zeros(len(self.years)), 0.0
        for letter, weight in weights:
            if letter >= 0:
                held[letter] += weight
                shift += weight * float(self.forwards[letter])
            else:
                shift += weight * float(self.known[-1 - letter])
        return held, shift

    def exponent(self, held: Complex) -> Complex:
        """log E[e^(Σ held x)] for columns of weights, x the logarithms of price over forward."""
        later = np.cumsum(held[::-1], axis=0)[::-1]
        lengths = np.diff(self.years, prepend=0.0)
        total = np.zeros(held.shape[1], dtype=complex)
        variance = np.zeros(held.shape[1], dtype=complex)
        for step in range(len(lengths) - 1, -1, -1):
            if lengths[step] <= 0.0:
                continue
            added, variance = _over(self.heston, later[step], variance, lengths[step])
            total = total + added
            if self.jumps is not None:
                total = total + jump_exponent(self.jumps, -1j * later[step], lengths[step])
        return total + self.heston.v0 * variance

    def _above(self, w: Floats, v: Floats, level: float) -> float:
        """E[e^(w x) 1{v x > level}]."""
        if level == inf:
            return 0.0
        whole = exp(float(self.exponent(w[:, None]).real[0]))
        if level == -inf:
            return whole
        line = _line(w, v)
        found = self._integral(w, v, level, line)
        return found if line > 0.0 else whole + found

    def _integral(self, w: Floats, v: Floats, level: float, line: float) -> float:
        def sizes(u: Any) -> Complex:
            return self.exponent(w[:, None] + v[:, None] * (line + 1j * u))

        small = np.flatnonzero(sizes(_ENDS).real - sizes(np.zeros(1)).real < NEGLIGIBLE)
        if not len(small):
            raise NoClosedForm("its prices hardly move in this model")
        end = float(_ENDS[small[0]])
        nodes, weights = np.polynomial.legendre.leggauss(ORDER)

        def summed(panels: int) -> float:
            edges = end * np.linspace(0.0, 1.0, panels + 1) ** 2
            half = np.diff(edges)[:, None] / 2
            u = ((edges[:-1, None] + half) + half * nodes).ravel()
            z = line + 1j * u
            inside = np.exp(sizes(u) - z * level) / z
            return float(np.sum(inside.real * (weights * half).ravel())) / pi

        panels = PANELS
        before = summed(panels)
        for _ in range(DOUBLINGS_MOST):
            panels *= 2
            after = summed(panels)
            if abs(after - before) < PRECISION:
                break
            before = after
        return after


def _line(w: Floats, v: Floats) -> float:
    """A line Re z, off 0, on which what is held of every later move lies between 0 and 1, so that
    all moments are finite. Raises NoClosedForm."""
    whole, moved = (np.cumsum(each[::-1])[::-1] for each in (w, v))
    low, high = -inf, inf
    for a, b in zip(whole.tolist(), moved.tolist(), strict=True):
        if b == 0.0:
            continue
        ends = sorted(((0.0 - a) / b, (1.0 - a) / b))
        low, high = max(low, ends[0]), min(high, ends[1])
    below, beyond = min(high, 0.0) - low, high - max(low, 0.0)
    if not isfinite(low) or not isfinite(high) or max(below, beyond) <= 1e-12:
        raise NoClosedForm("its moments may not be finite in this model")
    return (max(low, 0.0) + high) / 2 if beyond >= below else (low + min(high, 0.0)) / 2


def _over(heston: Heston, held: Complex, after: Complex, length: float) -> tuple[Complex, Complex]:
    """log E[e^(held Δx + after v')] = a + c v over a time: a and c, v the variance before."""
    k, x, r = heston.kappa, heston.xi, heston.rho
    b = k - r * x * held
    d = np.sqrt(b * b - x * x * (held * held - held))
    low, high = (held * held - held) / (b + d), (b + d) / (x * x)
    ratio = (after - low) / (after - high)
    fading = np.exp(-d * length)
    c = (low - high * ratio * fading) / (1 - ratio * fading)
    logarithm = log1p(ratio * (1 - fading) / (1 - ratio)) / (x * x)
    return k * heston.theta * (low * length - 2 * logarithm), c
