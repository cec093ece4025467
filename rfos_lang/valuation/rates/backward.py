"""The value of a course: from its last stage back to the first, claim by claim."""

from collections.abc import Callable

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.path.program import Node
from rfos_lang.valuation.path.numpy_printer import Witness
from rfos_lang.valuation.rates.amounts import addends, evaluated, fixings, products
from rfos_lang.valuation.rates.choosing import Choosing
from rfos_lang.valuation.rates.claims import (
    NOTHING,
    Claim,
    Curved,
    Floats,
    Lump,
    fixed,
    parted,
    summed,
)
from rfos_lang.valuation.rates.curves import Curves
from rfos_lang.valuation.rates.no_reading import NoReading
from rfos_lang.valuation.rates.reading import Arm, Flow, Layer, Stage
from rfos_lang.valuation.rates.smoothing import REACH, Marks, mean

LOOKED_AT = 801
ORIGIN = np.zeros(1)


@dataclass(frozen=True, slots=True)
class Found:
    """A value, and whether anything was integrated for it."""

    value: float
    integrated: bool


def value(curves: Curves, fineness: float = 1.0) -> Found:
    """What a course is worth to its first party. Raises NoReading."""
    going = _Backward(curves, Choosing(curves, fineness))
    claims: dict[Layer, Claim] = {}
    stages = curves.course.stages
    for at in range(len(stages) - 1, -1, -1):
        stage = stages[at]
        claims = going.before(stage, claims)
        if at == 0 or stages[at - 1].step != stage.step:
            claims = {layer: going.made(claim, stage.step) for layer, claim in claims.items()}
    claim = claims.get(curves.course.start, NOTHING)
    assert not list(claim.waits_for), "every fixing to come is made at a step"
    lumps = [number * float(mean(lump, 0.0, ORIGIN)[0]) for lump, number in claim.lumps.items()]
    return Found(sum(claim.exponentials.values()) + sum(lumps), bool(lumps))


@dataclass(frozen=True, slots=True)
class _Backward:
    curves: Curves
    choosing: Choosing

    def before(self, stage: Stage, after: dict[Layer, Claim]) -> dict[Layer, Claim]:
        """The claims by layer before a stage, from those after it."""
        found = {}
        for layer, move in stage.moves.items():
            waiting = self.arm(move.waiting, after)
            if move.taking is not None:
                waiting, taking = (
                    self.made(claim, stage.step)
                    for claim in (waiting, self.arm(move.taking, after))
                )
                variance = self.curves.variance(stage.step)
                waiting = self.choosing.better(waiting, taking, stage.gain, variance)
            found[layer] = waiting
        return found

    def arm(self, arm: Arm, after: dict[Layer, Claim]) -> Claim:
        """A claim together with what is paid before it."""
        claim = after.get(arm.after, NOTHING)
        for flow in arm.flows:
            claim = claim.plus(self.flow(flow))
        return claim

    # --- payments

    def flow(self, flow: Flow) -> Claim:
        """A payment as a claim."""
        worth = self.curves.worth(flow.asset, flow.years)
        if not self.curves.factor.moves:
            known = {node: self.curves.forward(node) for node in fixings(flow.amount)}
            amount = float(evaluated(flow.amount, known))
            return Claim({(): {0.0: flow.sign * amount * worth}}, {}, {}, {})
        if self.curves.course.terms.assets[flow.asset] != self.curves.told_in:
            raise NoReading("it pays in a currency whose exchange rate has no model beside rates")
        exposure = self.curves.exposure(flow)
        claim = NOTHING
        for number, part in addends(flow.amount):
            claim = claim.plus(self.part(part, flow.sign * number, worth, exposure))
        return claim

    def part(self, amount: Node, number: float, worth: float, exposure: float) -> Claim:
        """A part of a payment: exactly, if it is a sum of products of fixings."""
        if (known := products(amount)) is not None:
            claim = NOTHING
            for product in known:
                terms = {exposure: number * product.number * worth}
                claim = claim.plus(Claim({product.factors: terms}, {}, {}, {}))
            return claim
        if len({node.offset for node in fixings(amount)}) > 1:
            raise NoReading("an amount depends on fixings of several dates, and is no sum of them")
        return Claim({}, {Curved(amount, worth, exposure): number}, {}, {})

    # --- fixings

    def made(self, claim: Claim, step: int) -> Claim:
        """A claim just before the fixings of a step, which it then waits for no longer."""
        if step not in claim.waits_for:
            return claim
        kept, found = parted(claim, step)
        for rows, terms in found.products.items():
            while rows and rows[-1].fixing.offset == step:
                rows, terms = rows[:-1], fixed(rows, terms, self.curves)
            kept = kept.plus(Claim({rows: terms}, {}, {}, {}))
        for each, number in found.curved.items():
            kept = kept.plus(self.lump(each, step), number)
        for choice, number in found.pending.items():
            kept = kept.plus(Claim({}, {}, {choice.settle(): number}, {}))
        return kept

    def lump(self, each: Curved, step: int) -> Claim:
        """A curved amount of the fixings of a step, once they are made."""
        variance, nodes = self.curves.variance(step), fixings(each.amount)
        laws = {node: self.curves.fixing(node) for node in nodes}
        if variance <= 0.0:
            known = {node: self.curves.forward(node) for node in nodes}
            number = each.worth * float(evaluated(each.amount, known))
            return Claim({(): {each.exposure: number}}, {}, {}, {})
        worth = summed({each.exposure: each.worth}, variance)

        def amount(factor: Floats, witness: Witness | None = None) -> Floats:
            known = {node: law.at(factor, variance) for node, law in laws.items()}
            return np.asarray(evaluated(each.amount, known, witness))

        lump = Lump(variance, lambda u: amount(u) * worth(u), _bends(amount, variance))
        return Claim({}, {}, {lump: 1.0}, {})


def _bends(amount: Callable[[Floats, Witness | None], Floats], variance: float) -> Marks:
    """Where an amount bends or jumps: where one of its comparisons changes sides."""
    reach = REACH * float(np.sqrt(variance))
    places = np.linspace(-reach, reach, LOOKED_AT)

    def differences(at: Floats) -> list[Floats]:
        seen: list[Floats] = []
        amount(at, lambda _, node, difference: seen.append(np.broadcast_to(difference, at.shape)))
        return seen

    low, high, which = [], [], []
    for number, difference in enumerate(differences(places)):
        for k in np.flatnonzero(np.sign(difference[1:]) != np.sign(difference[:-1])):
            low.append(places[k])
            high.append(places[k + 1])
            which.append((number, np.sign(difference[k])))
    if not which:
        return ()
    below, above = np.array(low), np.array(high)
    for _ in range(60):
        middle = (below + above) / 2
        seen = differences(middle)
        sides = np.array([np.sign(seen[number][k]) for k, (number, _) in enumerate(which)])
        same = sides == np.array([side for _, side in which])
        below, above = np.where(same, middle, below), np.where(same, above, middle)
    return tuple((float(place), 0.0) for place in np.unique((below + above) / 2))
