"""What the controls of a simulation contribute to its Greeks: the derivatives of what they are
worth, exactly, to be given back for those that are taken away path by path.

Along paths a control is as smooth as the contract: the levels at which it pays have widths. Its
expectation with such a level is a mean of those with sharp ones, over the kernel (`joint/exact`);
so both sides know the same function, and nothing of the control's smoothing is left.
"""

from collections.abc import Mapping, Sequence
from math import sqrt

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation import model_lognormal
from rfos_lang.valuation.joint.amounts import Weights
from rfos_lang.valuation.joint.exact import rounding
from rfos_lang.valuation.joint.law import Law
from rfos_lang.valuation.model_lognormal import Shifts
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.simulated.control_paths import Followed, Rounded
from rfos_lang.valuation.simulated.simulation import Simulation

Widths = Sequence[Mapping[Weights, float]]

SLOPE_STEP, BEND_STEP = 1e-3, 1e-2
"""Of differences by a spot, as parts of the standard deviation of its logarithm at the end: for
the first derivative, and for the second."""
DEVIATION_LEAST = 1e-3
VOLATILITY_STEP, CURVE_STEP, TIME_STEP = 1e-4, 1e-4, 1e-5


@dataclass(frozen=True, slots=True)
class ControlGreeks:
    """Controls of a simulation, each taken so many times."""

    simulation: Simulation
    controls: Followed
    taken: Floats

    def spreads(self) -> Mapping[Weights, float]:
        """The standard deviation of what each level is compared with."""
        directions = list(dict.fromkeys(direction for _, direction in self.controls.levels))
        law = Law(self.simulation.model, self.simulation.rows)
        found = np.sqrt(law.of(directions).variances) if directions else np.zeros(0)
        return dict(zip(directions, found.tolist(), strict=True))

    def widths(self, widths: Floats, part: float) -> Floats:
        """The widths of all kinks, those of the controls being a part of the standard deviations
        that are known."""
        kinks = {node: place for place, node in enumerate(self.simulation.program.kinks)}
        spreads, result = self.spreads(), widths.copy()
        for node, direction in self.controls.levels:
            result[-1, kinks[node]] = part * spreads[direction]
        return result

    def at(self, parts: Sequence[float]) -> list[Floats]:
        """The Greeks of what the controls are worth, their levels as wide as some parts of a
        standard deviation, for each in the order of `greek_names.names`."""
        spreads = self.spreads()
        widths = [{of: part * spread for of, spread in spreads.items()} for part in parts]
        here, unmoved = self.worth(self.unmoved, widths), self.unmoved
        deltas, gammas, vegas, curves = [], [], [], []
        for spot, scale in enumerate(self.scales()):
            deltas.append(self.slope("spots", spot, SLOPE_STEP * scale, widths))
            by = BEND_STEP * scale
            up, down = (self.worth(_moved(unmoved, "spots", spot, s * by), widths) for s in (1, -1))
            gammas.append((up - 2.0 * here + down) / by**2)
            vegas.append(self.slope("volatilities", spot, VOLATILITY_STEP, widths))
        for curve in range(len(unmoved.curves)):
            curves.append(self.slope("curves", curve, CURVE_STEP, widths))
        times = (unmoved._replace(time=np.asarray(sign * TIME_STEP)) for sign in (1, -1))
        later, sooner = (self.worth(each, widths) for each in times)
        theta = (later - sooner) / (2.0 * TIME_STEP)
        return list(np.array([*deltas, *gammas, *vegas, *curves, theta]).T)

    @property
    def unmoved(self) -> Shifts:
        return self.simulation.model.unmoved

    def scales(self) -> list[float]:
        """The standard deviation of each spot at the end."""
        total = np.sum(self.simulation.rows.deviation**2, axis=0)
        return [
            max(sqrt(float(each)), DEVIATION_LEAST) * float(spot)
            for each, spot in zip(total, self.unmoved.spots, strict=True)
        ]

    def slope(self, of: str, at: int, by: float, widths: Widths) -> Floats:
        up, down = (self.worth(_moved(self.unmoved, of, at, sign * by), widths) for sign in (1, -1))
        return (up - down) / (2.0 * by)

    def worth(self, shifts: Shifts, widths: Widths) -> Floats:
        """What the controls are worth in a moved market, for each of several widths."""
        model, total = self.simulation.model, np.zeros(len(widths))
        moved = model_lognormal.rows(model.numbers, shifts)
        standing = moved._replace(worths=self.simulation.rows.worths)
        each = self.controls
        for taken, expectation, discounts, rounded in zip(
            self.taken, each.expectations, each.discounts, each.rounded, strict=True
        ):
            if taken:
                law = Law(model, moved if discounts else standing)
                total += taken * expectation.softened(law, widths)
                for rounding in rounded:
                    total += taken * _rounded(rounding, law, widths)
        return total


def _rounded(rounded: Rounded, law: Law, widths: Widths) -> Floats:
    """What a rounding is worth, for each of several widths."""
    along, paid = law.of([rounded.direction]), rounded.slope
    if rounded.worth is not None:
        paid *= float(law.rows.worths.reshape(-1)[-1 - rounded.worth])
    mean, deviation = float(along.mean[0]), sqrt(float(along.variances[0]))
    each = [rounding(mean, deviation, rounded.level, of[rounded.direction]) for of in widths]
    return paid * np.array(each)


def _moved(unmoved: Shifts, of: str, at: int, by: float) -> Shifts:
    moved = np.array(getattr(unmoved, of), dtype=np.float64)
    moved[at] += by
    return unmoved._replace(**{of: moved})
