"""An instance and a market, made ready to be simulated, and its paths block by block.

Each block has random numbers of its own from a counter-based generator keyed by the seed and the
block, so that the same seed gives the same values whatever else is done, and in whatever order.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import field
from itertools import islice
from math import ceil, log2
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.core.program import Program
from rfos_lang.path.program import PathProgram
from rfos_lang.valuation.dynamics.motion import Diffusion, Motion
from rfos_lang.valuation.model_lognormal import Lognormal, Rows
from rfos_lang.valuation.path.fused import Fused, drawn, in_blocks
from rfos_lang.valuation.path.numpy_printer import Decide, Tick, run
from rfos_lang.valuation.path.timeline import Floats, Timeline
from rfos_lang.valuation.request import PSEUDO, SOBOL
from rfos_lang.valuation.simulated.pace import Pace
from rfos_lang.valuation.simulated.sobol import DIMENSIONS_MOST, bridged, cube

BLOCKS_LEAST, BLOCKS_OF_PAIRS = 20, 4
"""So many blocks at least: where errors of Greeks are told by blocks; and where those of all are
told by pairs of paths, and fewer blocks take less time."""
BLOCK_MOST = 8_192
PILOT_PATHS = 2_048
REPLICATES = 16
"""Of Sobol's points, each scrambled by itself."""
PILOT = 2**32 - 1
"""The block number of the pilot run, which no other block has."""
FUSED_FROM = 400_000
"""Paths times steps from which on kernels run them."""
FUSED_BLOCK = 2_048
KEPT_MOST = 4_000_000
"""So many normals are kept from the value for the Greeks."""
EXTRAPOLATED_FROM = 4
"""Every so many blocks one is run at a wide width too for Greeks, and for gamma."""
GAMMAS_MOST = 5_000_000
"""Above so many paths times steps gamma, which costs most, is taken from the same blocks alone, and
if that is precise the other Greeks too."""
TOGETHER = 128
"""So many blocks are handed out at once."""

Found = TypeVar("Found")


@dataclass(slots=True)
class Draws:
    """Normals of blocks, kept for whoever asks for the same again as long as there is room for
    so many."""

    room: int = 0
    kept: dict[tuple[int, int, tuple[int, int, int]], Floats] = field(default_factory=dict)

    def of(self, seed: int, block: int, shape: tuple[int, int, int]) -> Floats:
        """As `drawn`; not to be written to."""
        asked = (seed, block, shape)
        if (known := self.kept.get(asked)) is not None:
            return known
        made = drawn(*asked)
        if (len(self.kept) + 1) * made.size <= self.room:
            self.kept[asked] = made
        return made


@dataclass(frozen=True, slots=True)
class Simulation:
    """An instance and a market, made ready to be simulated. `model` and `rows` have its curves,
    `motion` says how the spots move about their forwards. `pace` is told of each block."""

    origin: Program
    program: PathProgram
    line: Timeline
    model: Lognormal
    rows: Rows
    motion: Motion
    asset: str
    paths: int
    seed: int
    pace: Pace | None = None
    sampling: str = PSEUDO
    draws: Draws = field(default_factory=Draws, compare=False, repr=False)

    @property
    def is_random(self) -> bool:
        return self.motion.is_random

    @property
    def is_many(self) -> bool:
        """Whether its paths are many enough for kernels, which take some tenths of a second to
        compile once; a matter of its size alone, so that the same seed gives the same bits. They
        know lognormal prices."""
        return self.is_large and isinstance(self.motion, Diffusion)

    @property
    def is_large(self) -> bool:
        """Whether its blocks are worth a thread each."""
        return self.is_random and self.paths * self.moves >= FUSED_FROM

    @property
    def moves(self) -> int:
        """How often prices move along a path."""
        if isinstance(self.motion, Diffusion):
            return len(self.line)
        return max(len(self.line), self.dimensions)

    @property
    def is_very_many(self) -> bool:
        """Whether Greeks begin with some of the blocks, which may be enough."""
        return self.paths * len(self.line) > GAMMAS_MOST

    @property
    def is_fused(self) -> bool:
        """Whether kernels run all of it; what chooses has a kernel for its value alone."""
        return self.is_many and not self.chooses

    @property
    def block(self) -> int:
        """Paths in a block, an even number; one path if nothing is random."""
        if not self.is_random:
            return 1
        if self.is_even:
            return 2 * 2 ** ceil(log2(max(self.paths / (2 * REPLICATES), 2)))
        if self.is_fused:
            return FUSED_BLOCK
        least = BLOCKS_LEAST if self.motion.has_adjoint else BLOCKS_OF_PAIRS
        return 2 * ceil(min(BLOCK_MOST, self.paths / least) / 2)

    @property
    def blocks(self) -> int:
        if self.is_even:
            return REPLICATES
        return ceil(self.paths / self.block) if self.is_random else 1

    @property
    def chooses(self) -> bool:
        """Whether somebody decides along the paths."""
        return any(region.feasible is not None for region in self.program.step)

    @property
    def is_even(self) -> bool:
        """Whether Sobol's points are taken: there are some for so many normals a path and no more,
        and what choices are worth takes independent paths."""
        asked = self.sampling == SOBOL and self.is_random and not self.chooses
        return asked and self.dimensions <= DIMENSIONS_MOST

    @property
    def dimensions(self) -> int:
        """How many normals a path takes."""
        return sum(self.motion.normals(step) for step in range(len(self.line)))

    @property
    def fused(self) -> Fused:
        """The same as kernels run it."""
        return Fused.of(self.program, self.line, self.model, self.rows)


Sampler = Callable[[int], Floats]
"""Carried values at the end of a block's paths, `[slots, paths]`, the second half of the paths
mirroring the first."""


def sampler(
    simulation: Simulation,
    slots: tuple[int, ...],
    decide: Decide | None = None,
    known: Iterable[Tick] | None = None,
) -> Sampler:
    """What some carried values are at the end, block by block; of one block the market along the
    paths may be `known` already."""
    if simulation.is_fused:
        values = simulation.fused.valuing(slots)
        return lambda block: values(half_of(simulation, block))

    def numbers(block: int) -> Floats:
        paths = simulation.block
        if block == PILOT and simulation.is_random:
            paths = PILOT_PATHS
        ticks = known
        if ticks is None:
            ticks = simulation.motion.ticks(normals(simulation, block, paths))
        program, line, worths = simulation.program, simulation.line, simulation.rows.worths
        carried = run(program, line, worths, ticks, paths, decide)
        return np.stack([np.broadcast_to(carried[slot], paths) for slot in slots])

    return numbers


def every_block(
    simulation: Simulation, of: Callable[[int], Found], blocks: Sequence[int] | None = None
) -> Iterator[Found]:
    """What each block gives, or each of some, in order; of a large simulation side by side. Raises
    what the pace does."""
    asked = range(simulation.blocks) if blocks is None else blocks
    with closing(in_blocks(asked, of, threads=simulation.is_large)) as each:
        for done, found in enumerate(each, start=1):
            yield found
            if simulation.pace is not None:
                simulation.pace(done, len(asked))


def together(each: Iterable[Found]) -> Iterator[list[Found]]:
    """Some at a time."""
    left = iter(each)
    while some := list(islice(left, TOGETHER)):
        yield some


def half_of(simulation: Simulation, block: int) -> Floats:
    """The normals of a block for kernels, which mirror them: `[n, m, paths / 2]`."""
    if simulation.is_even and block < simulation.blocks:
        return np.stack(list(_evenly(simulation, block)))
    shape = (len(simulation.line), len(simulation.model.pairs), FUSED_BLOCK // 2)
    if block % EXTRAPOLATED_FROM and block != PILOT and simulation.is_very_many:
        return drawn(simulation.seed, block, shape)
    return simulation.draws.of(simulation.seed, block, shape)


def drawn_of(simulation: Simulation, block: int) -> Floats:
    """The normals of a block for kernels that follow choosers: as many as a block has paths."""
    half = (PILOT_PATHS if block == PILOT else simulation.block) // 2
    return drawn(simulation.seed, block, (len(simulation.line), len(simulation.model.pairs), half))


def normals(
    simulation: Simulation, block: int, paths: int | None = None
) -> Iterator[NDArray[np.float64]]:
    """Independent normals `[m, paths]`, m as the motion asks, for each step of a block, the second
    half of the paths mirroring the first."""
    if simulation.is_even and block < simulation.blocks:
        for made in _evenly(simulation, block):
            yield np.concatenate([made, -made], axis=1)
        return
    generator = np.random.Generator(np.random.Philox(key=[simulation.seed, block]))
    half = (paths or simulation.block) // 2
    for step in range(len(simulation.line)):
        count = simulation.motion.normals(step)
        if not simulation.is_random:
            yield np.zeros((count, 1))
            continue
        made = generator.standard_normal((count, half))
        yield np.concatenate([made, -made], axis=1)


def _evenly(simulation: Simulation, block: int) -> Iterator[Floats]:
    """The normals of each step from Sobol's points; those of lognormal prices along a bridge."""
    made = cube(simulation.seed, block, simulation.dimensions, simulation.block // 2)
    if isinstance(simulation.motion, Diffusion):
        yield from bridged(made, np.asarray(simulation.rows.deviation))
        return
    counts = [simulation.motion.normals(step) for step in range(len(simulation.line))]
    yield from np.split(made, np.cumsum(counts)[:-1])


def independent(simulation: Simulation, values: Floats) -> Floats:
    """What of the values on a block's paths counts as one draw each: the mean of two paths that
    mirror each other; of Sobol's points, which are not independent, the mean of the block."""
    return values.mean(axis=-1, keepdims=True) if simulation.is_even else paired(values)


def paired(values: Floats) -> Floats:
    """Averages over antithetic pairs: the second half of the paths mirrors the first."""
    half = values.shape[-1] // 2
    return (values[..., :half] + values[..., half:]) / 2 if half else values
