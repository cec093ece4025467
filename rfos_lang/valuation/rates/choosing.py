"""The better of two claims: what its chooser gains is a lump, with a bend where both are equal."""

from collections.abc import Callable, Mapping

import numpy as np
from scipy.optimize import brentq

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.rates.amounts import Linear, evaluated, fixings
from rfos_lang.valuation.rates.claims import (
    Claim,
    Curved,
    Exponentials,
    Floats,
    Function,
    Lump,
    Pending,
    summed,
)
from rfos_lang.valuation.rates.curves import Curves
from rfos_lang.valuation.rates.no_reading import NoReading
from rfos_lang.valuation.rates.smoothing import (
    REACH,
    Marks,
    later,
    mean,
    nodes,
    panels,
    spline,
)

ROOT_STEPS = 60
LOOKED_AT = 33
NEGLIGIBLE = 1e-9
LIKELY = 0.75
"""The part of the reach in which a choice that is best taken on several stretches would matter."""
PIECES = 5


Gained = Callable[[Floats, Floats], Floats]
"""What a chooser gains, by the factor now and by the factor when its fixings were made."""


@dataclass(frozen=True, slots=True)
class Choosing:
    """How finely functions of the factor are looked at. `curves` say how it moves."""

    curves: Curves
    fineness: float = 1.0

    def better(self, waiting: Claim, taking: Claim, gain: float, variance: float) -> Claim:
        """What the chooser makes of two claims; `gain` is 1 if the first party chooses, else -1."""
        difference = taking.plus(waiting, -1.0)
        steps = set(difference.waits_for)
        if len(steps) > 1:
            raise NoReading("a choice depends on fixings of several dates before it")
        if difference.pending:
            raise NoReading("a choice depends on another one and on fixings before both")
        if steps:
            return self._pending(waiting, difference, gain, variance, steps.pop())
        if variance <= 0.0:
            return taking if gain * self._now(difference) > 0.0 else waiting
        return self._chosen(waiting, difference, gain, variance)

    def _now(self, claim: Claim) -> float:
        """What a claim is worth at once, where the factor has not moved yet."""
        lumps = (c * float(mean(lump, 0.0, _ORIGIN)[0]) for lump, c in claim.lumps.items())
        return sum(claim.exponentials.values()) + sum(lumps)

    def _chosen(self, waiting: Claim, difference: Claim, gain: float, variance: float) -> Claim:
        """One lump in the place of all that the claims have."""
        marks = self._marks({**waiting.lumps, **difference.lumps}, variance)
        kept = self._lumps(waiting.lumps, variance, marks)
        gained = self._smooth(difference, variance, marks)
        bends = _roots(gained, nodes(variance, marks, self.fineness))

        def function(factor: Floats) -> Floats:
            return kept(factor) + gain * np.maximum(gain * gained(factor), 0.0)

        lump = Lump(variance, function, (*marks, *((bend, 0.0) for bend in bends)))
        return Claim(waiting.products, waiting.curved, {lump: 1.0}, waiting.pending)

    def _marks(self, lumps: Mapping[Lump, float], variance: float) -> Marks:
        return tuple(
            mark
            for lump in lumps
            for mark in later(lump.marks, float(np.sqrt(lump.variance - variance)), variance)
        )

    def _lumps(self, lumps: Mapping[Lump, float], variance: float, marks: Marks) -> Function:
        """What lumps are worth at a variance: those of that very date exactly, others smoothly."""
        now = [(lump, c) for lump, c in lumps.items() if lump.variance <= variance]
        ahead = [(lump, c) for lump, c in lumps.items() if lump.variance > variance]
        parts: list[Function] = [_scaled(lump.function, c) for lump, c in now]
        if ahead:
            places = nodes(variance, marks, self.fineness)
            total = sum(c * mean(lump, variance, places) for lump, c in ahead)
            parts.append(spline(places, np.asarray(total)))
        return lambda factor: sum((part(factor) for part in parts), np.zeros_like(factor))

    def _smooth(self, claim: Claim, variance: float, marks: Marks) -> Function:
        """A claim that waits for no fixing, as a function of the factor."""
        known, lumps = summed(claim.exponentials, variance), claim.lumps
        if not lumps:
            return known
        unknown = self._lumps(lumps, variance, marks)
        return lambda factor: known(factor) + unknown(factor)

    # --- fixings of an earlier date

    def _pending(
        self, waiting: Claim, difference: Claim, gain: float, variance: float, step: int
    ) -> Claim:
        """The choice, to be worked out where its fixings are made."""
        marks = self._marks(difference.lumps, variance)
        base = self._smooth(difference, variance, marks)
        parts = [(rows, summed(terms, variance)) for rows, terms in _fixed_later(difference)]

        def gained(factor: Floats, then: Floats) -> Floats:
            total = base(factor)
            for rows, worth in parts:
                total = total + self._made(rows, step, then) * worth(factor)
            for each, number in difference.curved.items():
                worth_then = summed({each.exposure: each.worth * number}, variance)(factor)
                total = total + self._amount(each, step, then) * worth_then
            return gain * total

        def settle() -> Lump:
            return self._settled(gained, gain, variance, step)

        return waiting.plus(Claim({}, {}, {}, {Pending(step, settle): 1.0}))

    def _made(self, rows: tuple[Linear, ...], step: int, then: Floats) -> Floats:
        found = np.ones_like(then)
        for row in rows:
            law = self.curves.fixing(row.fixing)
            found = found * (row.constant + row.slope * law.at(then, self.curves.variance(step)))
        return found

    def _amount(self, each: Curved, step: int, then: Floats) -> Floats:
        variance = self.curves.variance(step)
        known = {node: self.curves.fixing(node).at(then, variance) for node in fixings(each.amount)}
        return np.asarray(evaluated(each.amount, known))

    def _settled(self, gained: Gained, gain: float, variance: float, step: int) -> Lump:
        """The mean of what the chooser gains, by where the factor stood at the fixings."""
        before = self.curves.variance(step)
        moved = float(np.sqrt(max(variance - before, 0.0)))
        if before <= 0.0:
            bends = _roots(lambda u: gained(u, np.zeros_like(u)), nodes(variance, (), 1.0))
            marks = tuple((bend, 0.0) for bend in bends)
            return Lump(
                variance, lambda u: gain * np.maximum(gained(u, np.zeros_like(u)), 0.0), marks
            )
        bends = _roots(lambda u: gained(u, u), nodes(before, (), self.fineness))
        marks = tuple((bend, moved) for bend in bends)
        places = nodes(before, marks, self.fineness)
        found = spline(places, gain * _mean_gain(gained, places, moved))
        return Lump(before, found, marks)


def _scaled(function: Function, number: float) -> Function:
    return lambda factor: number * function(factor)


_ORIGIN = np.zeros(1)


def _fixed_later(claim: Claim) -> list[tuple[tuple[Linear, ...], Exponentials]]:
    """The parts of a claim that are multiplied by fixings."""
    return [(rows, terms) for rows, terms in claim.products.items() if rows]


def _mean_gain(gained: Gained, places: Floats, moved: float) -> Floats:
    """For each place of the factor at the fixings, the mean of what is gained after it has moved by
    a normal; integrated on both sides of where that begins."""
    column = places[:, None]

    def at(moves: Floats) -> Floats:
        return np.asarray(gained(column + moved * moves, column))

    edge = _edges(at, places)
    total = np.zeros(len(places))
    for low, high in ((np.full(len(places), -REACH), edge), (edge, np.full(len(places), REACH))):
        points, weights = panels(np.linspace(0.0, 1.0, PIECES + 1))
        moves = low[:, None] + (high - low)[:, None] * points
        density = np.exp(-(moves**2) / 2) / np.sqrt(2 * np.pi)
        total += (high - low) * ((np.maximum(at(moves), 0.0) * density) @ weights)
    return total


def _edges(at: Function, places: Floats) -> Floats:
    """For each place the move at which the gain changes its sign; the end of the reach if it does
    not. Raises NoReading if it does more than once."""
    looked, count = np.linspace(-REACH, REACH, LOOKED_AT), len(places)
    signs = _signs(at(np.broadcast_to(looked, (count, LOOKED_AT))))
    changes = signs[:, 1:] != signs[:, :-1]
    likely = np.abs(places) < LIKELY * np.max(np.abs(places))
    if changes[likely].sum(axis=1).max(initial=0) > 1:
        raise NoReading("a choice is best taken on several stretches of the rates")
    first = np.argmax(changes, axis=1)
    low, high = looked[first], looked[first + 1]
    below = signs[np.arange(count), first]
    for _ in range(ROOT_STEPS):
        middle = (low + high) / 2
        same = np.sign(at(middle[:, None])[:, 0]) == below
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return np.where(changes.any(axis=1), (low + high) / 2, REACH)


def _signs(gains: Floats) -> Floats:
    """The signs along each row; one that is as good as nothing has that of the place before it."""
    signs = np.where(np.abs(gains) > NEGLIGIBLE * np.max(np.abs(gains)), np.sign(gains), 0.0)
    for column in range(1, signs.shape[1]):
        same = signs[:, column] == 0.0
        signs[same, column] = signs[same, column - 1]
    first = np.argmax(signs != 0.0, axis=1)
    return np.where(signs == 0.0, signs[np.arange(len(signs)), first][:, None], signs)


def _roots(function: Function, places: Floats) -> list[float]:
    """Where a function changes its sign."""
    values = function(places)
    turns = np.flatnonzero(np.sign(values[1:]) * np.sign(values[:-1]) < 0)
    found = [
        float(
            brentq(
                lambda u: float(function(np.array([u]))[0]), places[k], places[k + 1], xtol=1e-15
            )
        )
        for k in turns
    ]
    return found + [float(place) for place in places[values == 0.0]][:LOOKED_AT]
