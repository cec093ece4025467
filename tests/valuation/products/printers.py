"""One path program on the very same normals, as each of those that run it has it: NumPy, a fused
kernel, WebAssembly."""

from collections.abc import Iterator, Mapping

import numpy as np

from rfos_lang.base.refusal import Refused
from rfos_lang.driver.instance import Instance
from rfos_lang.driver.strict_paths import Host, job_of
from rfos_lang.valuation.dynamics.motion import Diffusion
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.path.numpy_printer import run
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.simulated.monte_carlo import prepared
from rfos_lang.valuation.simulated.simulation import Simulation

NUMPY, KERNEL, STRICT = "paths by NumPy", "paths by a kernel", "paths in WebAssembly"
WITHIN = 1e-10
"""What two of them may differ by, as a part of the largest of all paths."""


def printed(simulation: Simulation, pairs: int, seed: int = 1) -> Mapping[str, Floats]:
    """What the first party gets on each path of some pairs, first the ones, then those that mirror
    them. Raises Refused for what WebAssembly does not simulate."""
    program, line = simulation.program, simulation.line
    host = Host(job_of(simulation))
    host.draw(seed, 0, pairs)
    shape = (pairs, host.job.steps, host.job.spots)
    drawn = host.memory.read(host.store, host.normals, host.normals + 8 * int(np.prod(shape)))
    half = np.ascontiguousarray(np.moveaxis(np.frombuffer(bytes(drawn)).reshape(shape), 0, 2))
    both, own = np.concatenate([half, -half], axis=2), program.values[0]
    ticks = simulation.motion.ticks(iter(both))
    carried = run(program, line, simulation.rows.worths, ticks, 2 * pairs)
    strict = host.follow(pairs)
    found = {
        NUMPY: np.broadcast_to(carried[own], 2 * pairs),
        STRICT: np.concatenate([strict[0::2], strict[1::2]]),
    }
    if simulation.is_random:
        found[KERNEL] = simulation.fused.values(half, (own,))[0]
    return found


def printed_apart(instance: Instance, market: Market, pairs: int) -> Iterator[str]:
    """In words where one of them differs from NumPy on a path; nothing of what is not simulated
    so."""
    try:
        simulation = prepared(instance.program, instance.terms, market, 2 * pairs, 1)
        if not isinstance(simulation.motion, Diffusion):
            return
        found = printed(simulation, pairs)
    except Refused:
        return
    known = found[NUMPY]
    scale = max(float(np.max(np.abs(known), initial=0.0, where=np.isfinite(known))), 1.0)
    for name, each in found.items():
        alike = np.isclose(each, known, rtol=0.0, atol=WITHIN * scale, equal_nan=True)
        if not alike.all():
            path = int(np.argmin(alike))
            yield f"path {path}: {each[path]!r} by {name}, {known[path]!r} by {NUMPY}"
