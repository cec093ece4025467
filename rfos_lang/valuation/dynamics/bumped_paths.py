"""Greeks of a simulation that has no adjoint: differences on the very same normals.

Conventions are those of `smooth_greeks`. Each difference has its own standard error, that of the
mean over pairs of paths.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation import model_lognormal
from rfos_lang.valuation.dynamics.composed import Composed
from rfos_lang.valuation.dynamics.motion import Motion
from rfos_lang.valuation.greek_names import names
from rfos_lang.valuation.model_lognormal import Shifts
from rfos_lang.valuation.path.numpy_printer import Decide, Tick
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.result import Greek, Valuation
from rfos_lang.valuation.simulated.estimate import Sums
from rfos_lang.valuation.simulated.monte_carlo import pair_means
from rfos_lang.valuation.simulated.simulation import Simulation, every_block, normals

SPOT_STEP = 0.01
"""As a part of the spot: wide, so that payoffs with jumps are not lost in noise."""
VOLATILITY_STEP = 0.005
CURVE_STEP = 1e-3
"""Where rates alone matter, or a policy that was found for the unmoved curves. Elsewhere curves
move forwards, as a spot does and about as far."""
DAY = 1.0 / 365.0
TIME_STEP, TIME_PART = 10.0 * DAY, 1 / 36
"""Both ways, at most this part of the whole time and half of that until something happens; wide for
the same reason. Where rates alone matter, no farther than until a date passes a knot of a curve:
there forward rates jump, and the value has another slope."""
NORMALS_MOST = 10_000_000
"""So many of a block are kept for all markets."""
ESTIMATOR = "bump on the same random numbers"


def added(valuation: Valuation, simulation: Simulation, decide: Decide | None = None) -> Valuation:
    """The valuation with its Greeks; under a policy the decisions are those of the moved market."""
    differences = _Differences(simulation, decide)
    found = differences.all()
    kept = "" if decide is None else ", exercise policy kept"
    greeks = tuple(
        Greek(measure, subject, value, unit, ESTIMATOR + kept, error)
        for (measure, subject, unit), (value, error) in zip(
            names(simulation.model.pairs, simulation.model.curves, simulation.asset),
            found,
            strict=True,
        )
    )
    note = (
        f"Greeks are differences over {SPOT_STEP:.0%} of a spot, {VOLATILITY_STEP:.1%} of "
        f"volatility, {differences.curve:.1%} of a curve and {differences.time / DAY:.2g} days."
    )
    return replace(valuation, greeks=greeks, notes=(*valuation.notes, note))


@dataclass(frozen=True, slots=True)
class _Differences:
    simulation: Simulation
    decide: Decide | None

    def all(self) -> list[tuple[float, float]]:
        """Value and standard error of each Greek, in the order of `greek_names.names`; block by
        block, so that any number of paths needs no room. Raises Enough if the pace does."""
        moved = self.moved()
        sums = [Sums() for _ in self.of([np.zeros(1)] * len(moved))]
        for draws in every_block(self.simulation, lambda block: self.draws(moved, block)):
            for total, each in zip(sums, self.of(draws), strict=True):
                total.add(each)
        return [(total.mean, total.error) for total in sums]

    @property
    def time(self) -> float:
        """How far the valuation is moved ahead, and back."""
        line = self.simulation.line
        happens = line.years[line.gates.any(axis=1) & (line.years > 0.0)]
        longest = min(TIME_STEP, TIME_PART * self.horizon, self.simulation.motion.straight)
        return min(longest, float(np.min(happens, initial=2 * longest)) / 2)

    @property
    def curve(self) -> float:
        """How far curves are moved both ways."""
        near = not self.simulation.model.pairs or self.decide is not None
        return CURVE_STEP if near else SPOT_STEP / max(self.horizon, 1.0)

    @property
    def horizon(self) -> float:
        return float(np.max(self.simulation.line.years, initial=DAY))

    def moved(self) -> list[Simulation]:
        """The simulation in each market that is looked at."""
        unmoved = self.simulation.model.unmoved
        times = [np.asarray(sign * self.time) for sign in (1, -1)]
        asked = [unmoved, *(unmoved._replace(time=each) for each in times)]
        for of, at, by in self.steps():
            asked += [self.shifted(of, at, sign * by) for sign in (1, -1)]
        return [self.at(shifts) for shifts in asked]

    def steps(self) -> list[tuple[str, int, float]]:
        """What is moved both ways, and by how much, in the order of the Greeks."""
        spots = np.asarray(self.simulation.model.unmoved.spots)
        return [
            *(("spots", at, SPOT_STEP * float(spot)) for at, spot in enumerate(spots)),
            *(("volatilities", at, VOLATILITY_STEP) for at in range(len(spots))),
            *(("curves", at, self.curve) for at in range(len(self.simulation.model.curves))),
        ]

    def of(self, draws: Sequence[Floats]) -> list[Floats]:
        """The differences of each pair of paths, from its values in the markets."""
        here, later, sooner, *both = draws
        steps = list(zip(self.steps(), both[::2], both[1::2], strict=True))
        slopes = [(up - down) / (2 * by) for (_, _, by), up, down in steps]
        count = len(self.simulation.model.unmoved.spots)
        bends = [(up - 2 * here + down) / by**2 for (_, _, by), up, down in steps[:count]]
        return [*slopes[:count], *bends, *slopes[count:], (later - sooner) / (2 * self.time)]

    def shifted(self, of: str, at: int, by: float) -> Shifts:
        unmoved = self.simulation.model.unmoved
        moved = np.array(getattr(unmoved, of), dtype=np.float64)
        moved[at] += by
        return unmoved._replace(**{of: moved})

    def at(self, shifts: Shifts) -> Simulation:
        """The simulation in a moved market."""
        simulation = self.simulation
        rows = model_lognormal.rows(simulation.model.numbers, shifts)
        return replace(simulation, rows=rows, motion=simulation.motion.moved(shifts))

    def draws(self, moved: Sequence[Simulation], block: int) -> list[Floats]:
        """The value on each pair of paths of a block in each market. Normals are drawn once, and
        move spots about their forwards once for all markets in which they do so alike."""
        here = self.simulation
        if here.block * here.dimensions > NORMALS_MOST:
            return [pair_means(each, block, self.decide) for each in moved]
        made = list(normals(here, block))
        ticks = _sharing(here.motion, made)
        return [pair_means(each, block, self.decide, ticks(each.motion)) for each in moved]


def _sharing(unmoved: Motion, made: Sequence[Floats]) -> Callable[[Motion], Iterator[Tick]]:
    """What gives the market of a motion from given normals; what it has in common with the unmoved
    one is worked out once."""
    if not isinstance(unmoved, Composed):
        return lambda motion: motion.ticks(made)
    first, same = unmoved, list(unmoved.moves(made))

    def ticks(motion: Motion) -> Iterator[Tick]:
        if isinstance(motion, Composed) and motion.moves_as(first):
            return motion.along(same)
        return motion.ticks(made)

    return ticks
