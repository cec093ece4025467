"""Many spots, each with a motion of its own, along a timeline."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil, inf, sqrt

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.valuation import model_lognormal
from rfos_lang.valuation.correlations import ROUNDING, lowest_eigenvalue
from rfos_lang.valuation.dynamics.mover import Even, Moved, Mover, State, Stretches
from rfos_lang.valuation.dynamics.shift import Shift
from rfos_lang.valuation.market import spot_name
from rfos_lang.valuation.market_on_timeline import Curve, ahead
from rfos_lang.valuation.model_lognormal import Lognormal, Rows, Shifts
from rfos_lang.valuation.path.numpy_printer import Distances, Tick, Value
from rfos_lang.valuation.path.timeline import Floats


@dataclass(frozen=True, slots=True)
class Composed:
    """`model` has the curves; `movers` say for each of its pairs how it moves about its forward.
    `parts[n]` are the parts of a step, `years[n]` its end, `factor` correlates what of each price
    its own normals leave over."""

    name: str
    model: Lognormal
    rows: Rows
    movers: tuple[Mover, ...]
    years: Floats
    parts: tuple[int, ...]
    factor: Floats

    @property
    def has_adjoint(self) -> bool:
        return False

    @property
    def straight(self) -> float:
        return inf

    @property
    def hidden(self) -> int:
        return sum(mover.remembers for mover in self.movers)

    def normals(self, step: int) -> int:
        return self.parts[step] * sum(1 + mover.normals for mover in self.movers)

    @property
    def is_random(self) -> bool:
        return bool(self.movers)

    def moved(self, shifts: Shifts) -> "Composed":
        return Composed(
            self.name,
            self.model,
            model_lognormal.rows(self.model.numbers, shifts),
            tuple(mover.moved(by) for mover, by in zip(self.movers, self._by(shifts), strict=True)),
            ahead(self.model.numbers.years, float(shifts.time)),
            self.parts,
            self.factor,
        )

    def _by(self, shifts: Shifts) -> Iterator[Shift]:
        """What the shifts are to each spot."""
        model = self.model
        spots = np.log(np.asarray(shifts.spots) / np.asarray(model.unmoved.spots)).tolist()
        curves = dict(zip(model.curves, np.asarray(shifts.curves).tolist(), strict=True))
        raised = np.asarray(shifts.volatilities).tolist()
        for (asset, cash), by, spot in zip(model.pairs, raised, spots, strict=True):
            yield Shift(by, spot, _of(curves, cash, "rate") - _of(curves, asset, "carry"))

    def ticks(self, normals: Iterable[NDArray[np.float64]]) -> Iterator[Tick]:
        """The market at each step."""
        return self.along(self.moves(normals))

    def moves_as(self, other: "Composed") -> bool:
        """Whether the same normals move spots about their forwards as those of another market."""
        alike = self.movers == other.movers and np.array_equal(self.years, other.years)
        return alike and np.array_equal(self.rows.deviation, other.rows.deviation)

    def moves(self, normals: Iterable[NDArray[np.float64]]) -> Iterator[list[Moved]]:
        """How each spot moves about its forward at each step."""
        states, begin = [mover.start() for mover in self.movers], 0.0
        for step, drawn in enumerate(normals):
            end = max(float(self.years[step]), begin)
            found = self._moved(step, begin, end, states, drawn)
            states, begin = [each.state for each in found], end
            yield found

    def along(self, moves: Iterable[list[Moved]]) -> Iterator[Tick]:
        """The market at each step. Forwards move as the curves say, each spot about its own."""
        logarithm = list(np.asarray(self.rows.start))
        forward = np.asarray(self.rows.start)
        after = [np.exp(part) for part in logarithm]
        begin = 0.0
        for step, found in enumerate(moves):
            before, since = after, [*zip(logarithm, forward.tolist(), strict=True)]
            growth = self.rows.drift[step] + self.rows.deviation[step] ** 2 / 2
            logarithm = [part + up for part, up in zip(logarithm, growth, strict=True)]
            forward = forward + growth
            end = max(float(self.years[step]), begin)
            logarithm = [at + each.change for at, each in zip(logarithm, found, strict=True)]
            variances = [each.variance for each in found]
            now = [*zip(logarithm, forward.tolist(), strict=True)]
            ways = [mover.even(begin, end) for mover in self.movers]
            distances = {
                slot: _distances(even, since[pair], now[pair])
                for slot, pair in self.model.feeds
                if (even := ways[pair]) is not None
            }
            remembered = zip(self.movers, found, strict=True)
            begin = end
            after = [np.exp(part) for part in logarithm]
            yield Tick(
                dict(enumerate(self.rows.still[step]))
                | {slot: after[pair] for slot, pair in self.model.feeds},
                {slot: after[pair] for slot, pair in self.model.quotes},
                {slot: before[pair] for slot, pair in self.model.feeds},
                {slot: variances[pair] for slot, pair in self.model.feeds},
                [each.state for mover, each in remembered if mover.remembers],
                distances,
            )

    def _moved(
        self, step: int, begin: float, end: float, states: list[State], drawn: Floats
    ) -> list[Moved]:
        """How each spot moves within a step."""
        count, taken, found = self.parts[step], len(self.movers), list[Moved]()
        ends = _graded(begin, end, count)
        lengths = np.diff(ends)
        shares = lengths / (end - begin) if end > begin else np.full(count, 1 / count)
        own = drawn.reshape(count, -1, drawn.shape[-1])
        drivers = own[:, :1] if taken == 1 else self.factor @ own[:, :taken]
        for spot, mover in enumerate(self.movers):
            variance = float(self.rows.deviation[step][spot]) ** 2
            over = Stretches(ends[:-1], lengths, variance * shares)
            mine = own[:, taken : taken + mover.normals]
            found.append(mover.along(states[spot], over, drivers[:, spot], mine))
            taken += mover.normals
        return found


def composed(name: str, model: Lognormal, rows: Rows, movers: Sequence[Mover]) -> Composed:
    """A motion along the timeline of a model.

    Raises Refused E0607 where the correlations of prices ask more of what their own variances leave
    over than there is.
    """
    years = model.numbers.years
    return Composed(
        name, model, rows, tuple(movers), years, _parts(years, movers), _factor(model, movers)
    )


def _distances(even: Even, before: tuple[Value, float], now: tuple[Value, float]) -> Distances:
    """From a level, of a price's logarithm and that of its forward before a step and after it."""

    def of(level: Value) -> tuple[Value, Value]:
        barrier = np.log(level)
        since, after = (
            even(at - forward) - even(barrier - forward) for at, forward in (before, now)
        )
        return since, after

    return of


def _of(curves: Mapping[Curve, float], asset: str, kind: str) -> float:
    """By how much the curve of an asset is moved that is of this kind, or of the other if it has
    none."""
    other = "carry" if kind == "rate" else "rate"
    return curves.get((kind, asset), curves.get((other, asset), 0.0))


def _parts(years: Floats, movers: Sequence[Mover]) -> tuple[int, ...]:
    """Into how many parts each step is divided."""
    if not len(years):
        return ()
    times = np.sqrt(np.maximum(years, 0.0))
    horizon = float(times[-1])
    densest = max((max(m.per_year * horizon**2, m.least) for m in movers), default=0.0)
    lengths = np.maximum(np.diff(times, prepend=0.0), 0.0)
    shares = densest * lengths / horizon if horizon else lengths
    return tuple(max(1, ceil(share - 1e-9)) for share in shares.tolist())


def _graded(begin: float, end: float, count: int) -> Floats:
    """The ends of equal parts of √time: shorter at first, where models change most."""
    graded = np.linspace(sqrt(begin), sqrt(end), count + 1) ** 2
    graded[0], graded[-1] = begin, end
    return graded


def _factor(model: Lognormal, movers: Sequence[Mover]) -> Floats:
    """A matrix L with L Lᵀ the correlations of what is left over of each price."""
    factor = np.asarray(model.numbers.factor)
    left = np.array([sqrt(1.0 - mover.leverage) for mover in movers])
    if np.all(left == 1.0):
        return factor
    rest = factor @ factor.T / np.outer(left, left)
    np.fill_diagonal(rest, 1.0)
    if len(movers) > 1 and (lowest := lowest_eigenvalue(rest.tolist())) < -ROUNDING:
        names = ", ".join(spot_name(*pair) for pair in model.pairs)
        raise Refused("E0607", names=names, eigenvalue=f"{lowest:.3g}")
    values, vectors = np.linalg.eigh(rest)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
