"""Fused kernels, run on blocks of paths: values, and derivatives by the adjoint.

Each block has its own draws and gives its own numbers; blocks run on threads, and whoever adds them
up does so in their order. So the same seed gives the same bits, whatever the number of threads.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.path.adjoint import adjoint
from rfos_lang.path.program import PathProgram
from rfos_lang.valuation.compiled import compiled
from rfos_lang.valuation.model_lognormal import Lognormal, Rows
from rfos_lang.valuation.path import (
    kernel_arguments,
    numba_printer,
    numpy_adjoint,
    numpy_printer,
)
from rfos_lang.valuation.path.kernel_text import LANES
from rfos_lang.valuation.path.timeline import Floats, Timeline

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Fused:
    """A program on a timeline in a market, ready for its kernels. No choice is taken."""

    program: PathProgram
    line: Timeline
    model: Lognormal
    rows: Rows
    market: tuple[Any, ...] = field(default=())

    @staticmethod
    def of(program: PathProgram, line: Timeline, model: Lognormal, rows: Rows) -> "Fused":
        """The same, with the market as the kernels read it."""
        known = numpy_printer.evaluated_setup(program, line)
        return Fused(program, line, model, rows, _market(program, line, model, rows, known))

    def values(self, drawn: Floats, slots: tuple[int, ...]) -> Floats:
        """Carried values at the end, `[slots, paths]`, of normals `[n, m, paths / 2]` and of their
        mirror images, which come second."""
        text = numba_printer.exact_text(
            self.program, self.model.feeds, self.model.quotes, slots, LANES
        )
        found = np.empty((len(slots), 2 * drawn.shape[2]))
        _kernel(text, kernel_arguments.EXACT_ARGUMENTS)(drawn, *self.market, found)
        return found

    def slopes(self, drawn: Floats, widths: Floats, seeds: dict[int, float]) -> Rows:
        """The mean derivatives, over normals and their mirror images, of a sum of carried values of
        the smooth program, each times its seed, by the market."""
        text = numba_printer.adjoint_text(self.program, self.model.feeds, self.model.quotes, LANES)
        sums = Rows(*(np.zeros(np.shape(part)) for part in self.rows))
        seeding = np.zeros(len(self.program.carried))
        seeding[list(seeds)] = list(seeds.values())
        places, room = self._places()
        _kernel(text, kernel_arguments.ADJOINT_ARGUMENTS)(
            drawn,
            *self.market,
            np.ascontiguousarray(widths),
            seeding,
            places,
            room,
            sums.start,
            sums.drift,
            sums.deviation,
            sums.worths,
            sums.still,
        )
        return Rows(*(part / (2 * drawn.shape[2]) for part in sums))

    def smooth(self) -> "Fused":
        """The same for derivatives, which read the setup block as a smooth program does."""
        known = numpy_adjoint.evaluated_setup(self.program, self.line)
        market = _market(self.program, self.line, self.model, self.rows, known)
        return Fused(self.program, self.line, self.model, self.rows, market)

    def _places(self) -> tuple[NDArray[np.int64], int]:
        """Where each region keeps at each step what it needs again, and how much that is in all."""
        each = [len(backward.remembered) for backward in adjoint(self.program).backward]
        sizes = np.where(self.line.gates, np.array(each, dtype=np.int64), 0)
        ends = np.cumsum(sizes.reshape(-1)).reshape(sizes.shape)
        return np.ascontiguousarray(ends - sizes), int(sizes.sum())


def _market(
    program: PathProgram, line: Timeline, model: Lognormal, rows: Rows, known: dict[Any, Any]
) -> tuple[Any, ...]:
    lengths = np.array([len(table) for table in line.tables], dtype=np.int64)
    return (
        *(np.ascontiguousarray(part, dtype=np.float64) for part in rows[:3]),
        np.ascontiguousarray(model.numbers.factor, dtype=np.float64),
        *(np.ascontiguousarray(part, dtype=np.float64) for part in (rows.still, rows.worths)),
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
    found = np.empty(shape)
    draw = compiled(
        kernel_arguments.prelude(),
        "draw",
        kernel_arguments.signature(kernel_arguments.DRAW_ARGUMENTS),
    )
    draw(seed % 2**63, block, found)
    return found


def in_blocks(
    blocks: Sequence[int], each: Callable[[int], Found], threads: bool = True
) -> Iterable[Found]:
    """What each block gives, in order."""
    if not threads or not blocks:
        return map(each, blocks)
    first = each(blocks[0])  # which compiles what is not compiled yet
    with ThreadPoolExecutor(processors()) as pool:
        return [first, *pool.map(each, blocks[1:])]


def processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _kernel(text: str, arguments: dict[str, str]) -> Callable[..., None]:
    source = f"{kernel_arguments.prelude()}\n\n{text}"
    return compiled(source, "kernel", kernel_arguments.signature(arguments))
