"""Simulation by a WebAssembly module of the contract's path program: the same bits on every host.

What is computed is the module and the bytes it reads, and both are told by their hashes; whoever
runs the one on the other gets every path to the last bit.
"""

import hashlib
import math
import struct
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from rfos_lang.artefact.paths import Rows, Spots, compile, rows_of
from rfos_lang.artefact.webassembly import PAGE
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.core.elementary import ELEMENTARY
from rfos_lang.core.program import Program, Terms
from rfos_lang.valuation import model_lognormal
from rfos_lang.valuation.dynamics.motion import Diffusion
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.owed import worth_of_owed
from rfos_lang.valuation.request import Request
from rfos_lang.valuation.result import Valuation
from rfos_lang.valuation.simulated.monte_carlo import monitoring, prepared
from rfos_lang.valuation.simulated.simulation import Simulation

PAIRS_AT_ONCE = 1_024

_STRICT = SimpleNamespace(
    **{name: getattr(np, name) for name in ("sqrt", "where", "diff", "zeros_like")},
    exp=np.vectorize(ELEMENTARY.exp, otypes=[np.float64]),
    log=np.vectorize(ELEMENTARY.log, otypes=[np.float64]),
)


def value(program: Program, terms: Terms, market: Market, paths: int, seed: int) -> Valuation:
    """The value to the first party by antithetic pairs of paths, without Greeks. Raises Refused
    E0669 for choices and for prices that are not lognormal; E065x, E06xx as Monte Carlo does."""
    request = Request.of(program, terms, market, paths, seed, greeks=False)
    asked = (paths, seed, request.seasoned, request.reporting)
    simulation = prepared(request.program, request.terms, market, *asked)
    if not isinstance(simulation.motion, Diffusion):
        reason = f"prices move by a model of their own ({simulation.motion.name})"
        raise Refused("E0669", contract=program.name, reason=reason)
    job = job_of(simulation)
    pairs = max(1, paths // 2) if simulation.is_random else 1
    means = np.concatenate(list(Host(job).pair_means(seed, pairs)))
    mean = math.fsum(means) / pairs
    if not math.isfinite(mean):
        raise Refused("E0655", contract=program.name)
    spread = math.fsum((each - mean) ** 2 for each in means)
    return Valuation(
        mean + worth_of_owed(terms, market, request.before.pending, simulation.asset),
        simulation.asset,
        "Monte Carlo in WebAssembly",
        simulation.motion.name,
        standard_error=math.sqrt(spread / (pairs - 1) / pairs) if pairs > 1 else 0.0,
        monitoring=monitoring(simulation),
        notes=(
            f"{2 * pairs:,} paths in antithetic pairs over {len(simulation.line)} steps, seed"
            f" {seed}; no control variates.",
            f"Module {_hash(job.module)}, inputs {_hash(job.inputs)}: the same bits everywhere.",
        ),
    )


@dataclass(frozen=True, slots=True)
class Job:
    """A module and what it reads: a block of inputs, and the first rows of the tables."""

    module: bytes
    inputs: bytes
    tables: bytes
    steps: int
    spots: int


def job_of(simulation: Simulation) -> Job:
    """What is to be run for a simulation. Raises Refused E0669, TooLarge."""
    program, line = simulation.program, simulation.line
    model = simulation.model
    spots = Spots(len(model.pairs), dict(model.feeds), dict(model.quotes))
    market = model_lognormal.rows(model.numbers, model.unmoved, cast(Any, _STRICT))
    feeds = market.still.shape[1]
    places = rows_of(
        program, spots, len(line.terms), line.columns.shape[1], feeds, len(line.tables)
    )
    return Job(
        compile(simulation.origin.name, program, spots, places),
        _inputs(simulation, market, places),
        b"".join(_floats(table) for table in line.tables),
        len(line),
        spots.count,
    )


def _inputs(simulation: Simulation, market: model_lognormal.Rows, places: Rows) -> bytes:
    """The block that `places` describes."""
    line, count = simulation.line, len(simulation.line)
    image = bytearray(places.records + places.record * count)
    begins = np.cumsum([0, *(8 * len(table) for table in line.tables)])[:-1]
    once = (
        (places.terms, _floats(line.terms)),
        (places.initial, _floats(line.initial)),
        (places.start, _floats(market.start)),
        (places.factor, _floats(simulation.model.numbers.factor)),
        (places.tables, begins.astype("<i4").tobytes()),
    )
    for place, block in once:
        image[place : place + len(block)] = block
    for step in range(count):
        record = (
            (places.gates, line.gates[step].astype("<i4").tobytes()),
            (places.occurrences, line.occurrences[step].astype("<i4").tobytes()),
            (places.falls_due, _floats(line.falls_due[step])),
            (places.columns, _floats(line.columns[step])),
            (places.moving, struct.pack("<d", line.moving[step])),
            (places.worths, _floats(market.worths[step])),
            (places.still, _floats(market.still[step])),
            (places.drift, _floats(market.drift[step])),
            (places.deviation, _floats(market.deviation[step])),
        )
        for place, block in record:
            at = places.records + places.record * step + place
            image[at : at + len(block)] = block
    return bytes(image)


def _floats(numbers: NDArray[np.float64]) -> bytes:
    return np.ascontiguousarray(numbers, dtype="<f8").tobytes()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


class Host:
    """A module with its inputs laid out in its memory; tables, normals and results behind them."""

    def __init__(self, job: Job) -> None:
        import wasmtime

        self.job = job
        self.store = wasmtime.Store(wasmtime.Engine())
        module = wasmtime.Module(self.store.engine, job.module)
        self.exports = cast(Any, wasmtime.Instance(self.store, module, []).exports(self.store))
        self.memory = self.exports["memory"]
        self.tables = len(job.inputs)
        self.normals = self.tables + 2 * len(job.tables)
        self.out = self.normals + PAIRS_AT_ONCE * job.steps * job.spots * 8
        size = self.out + 2 * PAIRS_AT_ONCE * 8
        missing = size - self.memory.data_len(self.store)
        if missing > 0:
            self.memory.grow(self.store, -(-missing // PAGE))
        self.memory.write(self.store, job.inputs + job.tables, 0)

    def pair_means(self, seed: int, pairs: int) -> Iterator[NDArray[np.float64]]:
        """What the pairs of paths get on average, some at a time."""
        for first in range(0, pairs, PAIRS_AT_ONCE):
            count = min(PAIRS_AT_ONCE, pairs - first)
            self.draw(seed, first, count)
            paths = self.follow(count)
            yield (paths[0::2] + paths[1::2]) / 2

    def draw(self, seed: int, first: int, pairs: int) -> None:
        """The normals of some pairs, into memory."""
        each = self.job.steps * self.job.spots
        self.exports["draw"](self.store, seed, first, pairs, each, self.normals)

    def follow(self, pairs: int) -> NDArray[np.float64]:
        """What each path of the pairs gets, by the normals in memory."""
        job = self.job
        self.exports["follow"](
            self.store,
            0,
            job.steps,
            self.tables,
            len(job.tables),
            self.normals,
            2 * pairs,
            self.out,
        )
        data = self.memory.read(self.store, self.out, self.out + 16 * pairs)
        return np.frombuffer(bytes(data), dtype="<f8")
