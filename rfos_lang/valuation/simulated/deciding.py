"""Who decides along paths whose Greeks are asked for."""

from collections.abc import Callable

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.path.fused import Decided
from rfos_lang.valuation.path.numpy_printer import Decide
from rfos_lang.valuation.simulated.simulation import Simulation


@dataclass(frozen=True, slots=True)
class Deciding:
    """`decide` as NumPy walks along paths; `kernel`, if paths are many, gives what decides on
    normals in the market of a simulation."""

    decide: Decide
    kernel: Callable[[Simulation], Decided] | None = None
