"""Fused kernels, run on blocks of paths: values, and derivatives by the adjoint.

Each block has its own draws and gives its own numbers; blocks run on threads, and whoever adds them
up does so in their order. So the same seed gives the same bits, whatever the number of threads.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import field
from functools import lru_cache
from math import prod
from threading import local
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.path.adjoint import JUMP_POWERS, adjoint
from rfos_lang.path.program import PathProgram
from rfos_lang.valuation.model_lognormal import Lognormal, Rows
from rfos_lang.valuation.path import kernel_printer, numpy_adjoint, numpy_printer
from rfos_lang.valuation.path.kernel_places import Prices
from rfos_lang.valuation.path.kernel_text import LANES
from rfos_lang.valuation.path.machine import addresses, function
from rfos_lang.valuation.path.running import running
from rfos_lang.valuation.path.timeline import Floats, Timeline
from rfos_lang.valuation.rows.vectors import WIDTH

Found = TypeVar("Found")
JUMP_SUMS = 3 * JUMP_POWERS - 1


@dataclass(frozen=True, slots=True)
class Fused:
    """A program on a timeline in a market, ready for its kernels. No choice is taken."""

    program: PathProgram
    line: Timeline
    model: Lognormal
    rows: Rows
    numbers: tuple[Any, ...] = field(default=())
    addresses: tuple[int, ...] = field(default=())
    back: "Back | None" = None

    @staticmethod
    def of(program: PathProgram, line: Timeline, model: Lognormal, rows: Rows) -> "Fused":
        """What runs of it, with the market as the kernels read it."""
        program, line = running(program, line)
        known = numpy_printer.evaluated_setup(program, line)
        numbers = _numbers(program, line, model, rows, known)
        return Fused(program, line, model, rows, numbers, addresses(numbers))

    @property
    def at_once(self) -> bool:
        """Whether the first region runs at every step."""
        runs = self.line.gates[:, :1]
        return bool(runs.size) and bool(runs.all())

    @property
    def prices(self) -> Prices:
        """The spots that move, and what reads them."""
        return Prices(len(self.model.pairs), self.model.feeds, self.model.quotes)

    def values(self, drawn: Floats, slots: tuple[int, ...]) -> Floats:
        """See `valuing`."""
        return self.valuing(slots)(drawn)

    def valuing(self, slots: tuple[int, ...]) -> Callable[[Floats], Floats]:
        """What gives carried values at the end, `[slots, paths]`, of normals `[n, m, paths / 2]`
        and of their mirror images, which come second."""
        text = kernel_printer.exact_text(self.program, self.prices, slots, LANES, self.at_once)
        kernel, market = function(text, "kernel"), self.market()

        def on(drawn: Floats) -> Floats:
            half, normals = drawn.shape[2], whole_tiles(drawn)
            found = np.empty((len(slots), 2, normals.shape[2]))
            kernel(*market(normals), found)
            return found[:, :, :half].reshape(len(slots), 2 * half)

        return on

    def seen(self, drawn: Floats) -> Iterator[tuple[NDArray[np.bool_], Floats]]:
        """For each kink the steps at which it is compared, and what is, `[steps, paths]`. Normals
        are for whole tiles."""
        normals = whole_tiles(drawn)
        text = kernel_printer.seen_text(self.program, self.prices, LANES)
        kinks = len(self.program.kinks)
        found = np.empty((len(self.line), kinks, 2 * normals.shape[2]))
        function(text, "kernel")(*self.market()(normals), found)
        runs = np.zeros((len(self.line), kinks), dtype=np.bool_)
        for index in range(len(self.program.step)):
            for _, at in kernel_printer.kinks_of(self.program, index):
                runs[:, at] |= self.line.gates[:, index]
        for at in range(kinks):
            yield runs[:, at], found[runs[:, at], at]

    def slopes(self, drawn: Floats, widths: Floats, seeds: dict[int, float]) -> Rows:
        """The mean derivatives, over normals and their mirror images, of a sum of carried values of
        the smooth program, each times its seed, by the market."""
        return self.slopes_and_bends(drawn, Widths.of(widths), seeds)[0]

    def slopes_and_bends(
        self, drawn: Floats, widths: "Widths", seeds: dict[int, float]
    ) -> tuple[Rows, Floats]:
        """See `sweep`."""
        return self.sweep(widths, seeds)(drawn)

    def sweep(
        self, widths: "Widths", seeds: dict[int, float], decided: "Decided | None" = None
    ) -> "Sweep":
        """What gives the same as `slopes` of normals; and second derivatives by the logarithm of
        each spot: the first times the score of the first step, if the path depends on where that
        leads and not on its start. Where somebody chooses it takes what is `decided`."""
        swept = self._sweeping(widths, seeds)

        def on(drawn: Floats) -> tuple[Rows, Floats]:
            bends, *rows = swept(drawn, *(() if decided is None else (decided(drawn),)))
            return Rows(*rows), bends

        return on

    def jumps(self, drawn: Floats, widths: "Widths", seeds: dict[int, float]) -> Floats:
        """Sums at each step and kink, see JUMP_ARGUMENTS, `[n, kinks, sums]`."""
        kinks = len(self.program.kinks)
        found = np.zeros((len(self.line), kinks, JUMP_SUMS, WIDTH))
        self._sweeping(widths, seeds, looks=True)(drawn, found)
        return np.asarray(found.sum(axis=-1))

    def _sweeping(
        self, widths: "Widths", seeds: dict[int, float], looks: bool = False
    ) -> Callable[..., list[Floats]]:
        """What runs the kernel of the adjoint on normals: the means over paths of the derivatives,
        those by bends before those by the market. The kernel sums up in as many parts as a vector
        has numbers, all of them in one place."""
        model, back = self.model, self.back
        assert back is not None
        text = kernel_printer.adjoint_text(self.program, self.prices, LANES, looks, self.at_once)
        kernel = function(text, "kernel")
        seeding = np.zeros(len(self.program.carried))
        seeding[list(seeds)] = list(seeds.values())
        shapes = [(len(model.pairs),), *(np.shape(part) for part in self.rows)]
        ends = np.cumsum([prod(shape) for shape in shapes]).tolist()
        begins, market = [0, *ends[:-1]], self.market(back.kept)
        fixed = (*widths, seeding, back.inverse, back.places, back.kept)

        def on(drawn: Floats, *looked: Floats) -> list[Floats]:
            normals, paths = whole_tiles(drawn), 2 * drawn.shape[2]
            sums = np.zeros((ends[-1], WIDTH))
            (first,) = addresses([sums])
            kernel(
                *market(normals),
                _counted(normals.shape[2], drawn.shape[2]),
                *fixed,
                *(first + sums.itemsize * WIDTH * begin for begin in begins),
                *looked,
            )
            means = sums.sum(axis=-1) / paths
            parts = zip(begins, ends, shapes, strict=True)
            return [means[begin:end].reshape(shape) for begin, end, shape in parts]

        return on

    def market(self, kept: int = 0) -> Callable[[Floats], tuple[int, ...]]:
        """What gives, of normals for whole tiles, what every kernel is called with first; `kept`
        numbers more of each path have room."""
        line, rows = self.line, sum(len(table) for table in self.line.tables)
        needed = LANES * kernel_printer.room(self.program, self.prices, len(line), rows, kept)
        widths = (rows, line.columns.shape[1], np.shape(self.rows.still)[1])

        def of(normals: Floats) -> tuple[int, ...]:
            steps, _, half = normals.shape
            first, room = addresses([normals, _room(needed)])
            return (first, *self.addresses, steps, half, *widths, room)

        return of

    def smooth(self) -> "Fused":
        """The same for derivatives, which read the setup block as a smooth program does."""
        known = numpy_adjoint.evaluated_setup(self.program, self.line)
        numbers = _numbers(self.program, self.line, self.model, self.rows, known)
        at = (self.program, self.line, self.model, self.rows, numbers, addresses(numbers))
        return Fused(*at, Back.of(self.program, self.line, self.model))


Sweep = Callable[[Floats], tuple[Rows, Floats]]
"""The mean derivatives of a block of normals, and second ones; see `Fused.sweep`."""


Decided = Callable[[Floats], Floats]
"""What is decided on normals, as kernels tell it."""


class Widths(NamedTuple):
    """Of each kink at each step, `[n, kinks]`: the `width`, the `wider` one of what jumps leave of
    their expectation, and the coefficients `[n, kinks, powers]` of that, see
    `path.adjoint.at_level`."""

    width: Floats
    wider: Floats
    jump: Floats

    @staticmethod
    def of(width: Floats) -> "Widths":
        """Without such an expectation."""
        width = np.ascontiguousarray(width)
        return Widths(width, width, np.zeros((*width.shape, JUMP_POWERS)))

    def scaled(self, by: float) -> "Widths":
        """The same with wider widths."""
        return self._replace(width=by * self.width, wider=by * self.wider)


@dataclass(frozen=True, slots=True)
class Back:
    """What the way back of a program on a timeline needs: the `inverse` of the correlations, the
    `places` where each region keeps at each step what it needs again, and how much is `kept`."""

    inverse: Floats
    places: NDArray[np.int64]
    kept: int

    @staticmethod
    def of(program: PathProgram, line: Timeline, model: Lognormal) -> "Back":
        each = [
            len(backward.remembered) for backward in adjoint(program, jumps_apart=True).backward
        ]
        sizes = np.where(line.gates, np.array(each, dtype=np.int64), 0)
        ends = np.cumsum(sizes.reshape(-1)).reshape(sizes.shape)
        places = np.ascontiguousarray(ends - sizes)
        return Back(_inverse(model.numbers.factor), places, int(sizes.sum()))


def _numbers(
    program: PathProgram, line: Timeline, model: Lognormal, rows: Rows, known: dict[Any, Any]
) -> tuple[Any, ...]:
    """The market and the contract's numbers as kernels read them."""
    lengths = np.array([len(table) for table in line.tables], dtype=np.int64)
    base = np.asarray(rows.start) + np.cumsum(rows.drift, axis=0)
    with np.errstate(over="ignore", under="ignore"):
        forward = np.exp(base)
    numbers = (rows.start, base, forward, rows.deviation, model.numbers.factor, rows.still)
    return (
        *(np.ascontiguousarray(part, dtype=np.float64) for part in (*numbers, rows.worths)),
        np.ascontiguousarray(line.columns),
        np.ascontiguousarray(line.falls_due, dtype=np.float64),
        np.ascontiguousarray(line.moving, dtype=np.float64),
        np.ascontiguousarray(line.gates).view(np.uint8),
        np.ascontiguousarray(line.occurrences),
        np.array([float(known[node]) for node in program.setup]),
        np.ascontiguousarray(line.initial, dtype=np.float64),
        np.concatenate([*line.tables, np.zeros(0)]),
        np.cumsum(lengths) - lengths,
        lengths,
    )


def drawn(seed: int, block: int, shape: tuple[int, int, int]) -> Floats:
    """Independent normals `[n, m, paths]` of a block."""
    steps, spots, paths = shape
    whole = -(-paths // (4 * WIDTH)) * 4 * WIDTH
    found = np.empty((steps, spots, whole))
    draw = function(kernel_printer.draw_text(), "draw")
    draw(found, steps, spots, whole, seed % 2**63, block)
    return found[:, :, :paths]


def _inverse(factor: Floats) -> Floats:
    """The inverse of correlations; nothing where there is none."""
    with suppress(np.linalg.LinAlgError):
        return np.ascontiguousarray(np.linalg.inv(factor @ factor.T))
    return np.zeros_like(factor)


@lru_cache(maxsize=16)
def _counted(half: int, paths: int) -> Floats:
    """1 for each of so many paths, and 0 for those that only make a tile whole."""
    return (np.arange(half) < paths).astype(np.float64)


def whole_tiles(drawn: Floats) -> Floats:
    """Normals for as many paths as make whole tiles; those that are added do not count."""
    missing = -drawn.shape[2] % (LANES // 2)
    if not missing:
        return np.ascontiguousarray(drawn)
    return np.concatenate([drawn, np.zeros((*drawn.shape[:2], missing))], axis=2)


_OF_THREAD = local()


def _room(count: int) -> Floats:
    """Room for so many numbers of one tile, vectors of which begin where memory is read fastest:
    the same for each kernel that a thread runs, which find nothing there and leave nothing."""
    kept: Floats | None = getattr(_OF_THREAD, "room", None)
    if kept is None or len(kept) < count:
        room = np.empty(count + WIDTH)
        kept = _OF_THREAD.room = room[-(room.ctypes.data // 8) % WIDTH :]
    return kept


def in_blocks(
    blocks: Sequence[int], each: Callable[[int], Found], threads: bool = True
) -> Generator[Found, None, None]:
    """What each block gives, in order, as soon as it is there. Once this is closed no block is
    begun any more."""
    left, found = iter(enumerate(blocks)), dict[int, Found]()

    def one() -> bool:
        """Does the next block, if there is one."""
        for at, block in left:  # a thread takes it as soon as it can
            found[at] = each(block)
            return True
        return False

    def work() -> None:
        while one():
            pass

    helpers = min(processors(), len(blocks)) - 1 if threads else 0
    with ThreadPoolExecutor(max(helpers, 1)) as pool:
        others = [pool.submit(work) for _ in range(helpers)]
        try:
            for at in range(len(blocks)):
                while at not in found and one():
                    pass
                if at not in found:  # another thread has it still
                    for other in others:
                        other.result()
                yield found.pop(at)
        finally:
            deque(left, maxlen=0)


def processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
