"""An instance and a market, made ready to be simulated, and its paths block by block.

Each block has random numbers of its own from a counter-based generator keyed by the seed and the
block, so that the same seed gives the same values whatever else is done, and in whatever order.
"""

from collections.abc import Callable, Iterator, Sequence
from math import ceil
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.core.program import Program
from rfos_lang.path.program import PathProgram
from rfos_lang.valuation.dynamics.motion import Diffusion, Motion
from rfos_lang.valuation.model_lognormal import Lognormal, Rows
from rfos_lang.valuation.pace import Pace
from rfos_lang.valuation.path.fused import Fused, drawn, in_blocks
from rfos_lang.valuation.path.numpy_printer import Decide, run
from rfos_lang.valuation.path.timeline import Floats, Timeline

BLOCKS_LEAST = 20
BLOCK_MOST = 8_192
PILOT_PATHS = 2_048
PILOT = 2**32 - 1
"""The block number of the pilot run, which no other block has."""
FUSED_FROM = 400_000
"""Paths times steps from which on kernels run them."""
FUSED_BLOCK = 2_048
TOGETHER = 128
"""So many blocks are handed out at once."""

Found = TypeVar("Found")


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

    @property
    def is_random(self) -> bool:
        diffusing = bool(np.any(self.rows.deviation > 0.0))
        return bool(self.model.pairs) and (diffusing or not self.motion.has_adjoint)

    @property
    def is_fused(self) -> bool:
        """Whether its paths are many enough for kernels, which take seconds to compile once and a
        second to load; a matter of its size alone, so that the same seed gives the same bits. They
        know lognormal prices, and no choices."""
        many = self.paths * len(self.line) >= FUSED_FROM
        chooses = any(region.feasible is not None for region in self.program.step)
        return many and self.is_random and isinstance(self.motion, Diffusion) and not chooses

    @property
    def block(self) -> int:
        """Paths in a block, an even number; one path if nothing is random."""
        if not self.is_random:
            return 1
        if self.is_fused:
            return FUSED_BLOCK
        return 2 * ceil(min(BLOCK_MOST, self.paths / BLOCKS_LEAST) / 2)

    @property
    def blocks(self) -> int:
        return ceil(self.paths / self.block) if self.is_random else 1

    @property
    def fused(self) -> Fused:
        """The same as kernels run it."""
        return Fused.of(self.program, self.line, self.model, self.rows)


Sampler = Callable[[int], Floats]
"""Carried values at the end of a block's paths, `[slots, paths]`, the second half of the paths
mirroring the first."""


def sampler(
    simulation: Simulation, slots: tuple[int, ...], decide: Decide | None = None
) -> Sampler:
    """What some carried values are at the end, block by block."""
    if simulation.is_fused:
        kernels = simulation.fused
        return lambda block: kernels.values(half_of(simulation, block), slots)

    def numbers(block: int) -> Floats:
        paths = simulation.block
        if block == PILOT and simulation.is_random:
            paths = PILOT_PATHS
        ticks = simulation.motion.ticks(normals(simulation, block, paths))
        program, line, worths = simulation.program, simulation.line, simulation.rows.worths
        carried = run(program, line, worths, ticks, paths, decide)
        return np.stack([np.broadcast_to(carried[slot], paths) for slot in slots])

    return numbers


def every_block(
    simulation: Simulation, of: Callable[[int], Found], blocks: Sequence[int] | None = None
) -> Iterator[Found]:
    """What each block gives, or each of some, in order; kernels run side by side. Raises what the
    pace does."""
    asked, done = range(simulation.blocks) if blocks is None else blocks, 0
    for first in range(0, len(asked), TOGETHER):
        few = asked[first : first + TOGETHER]
        for found in in_blocks(few, of, threads=simulation.is_fused):
            yield found
            done += 1
            if simulation.pace is not None:
                simulation.pace(done, len(asked))


def half_of(simulation: Simulation, block: int) -> Floats:
    """The normals of a block for kernels, which mirror them: `[n, m, paths / 2]`."""
    shape = (len(simulation.line), len(simulation.model.pairs), FUSED_BLOCK // 2)
    return drawn(simulation.seed, block, shape)


def normals(
    simulation: Simulation, block: int, paths: int | None = None
) -> Iterator[NDArray[np.float64]]:
    """Independent normals `[m, paths]`, m as the motion asks, for each step of a block, the second
    half of the paths mirroring the first."""
    generator = np.random.Generator(np.random.Philox(key=[simulation.seed, block]))
    half = (paths or simulation.block) // 2
    for step in range(len(simulation.line)):
        count = simulation.motion.normals(step)
        if not simulation.is_random:
            yield np.zeros((count, 1))
            continue
        drawn = generator.standard_normal((count, half))
        yield np.concatenate([drawn, -drawn], axis=1)
