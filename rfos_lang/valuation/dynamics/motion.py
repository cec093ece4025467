"""What simulation asks of a model: the spots along a timeline, from independent normals.

Curves and drifts are the market's, whatever the model; `model_lognormal` reads them. A motion says
how the spots move about their forwards. Contracts know nothing of it.
"""

from collections.abc import Iterable, Iterator
from math import inf
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.valuation import model_lognormal
from rfos_lang.valuation.model_lognormal import Lognormal, Rows, Shifts
from rfos_lang.valuation.path.numpy_printer import Tick


class Motion(Protocol):
    """How the spots of a market move along one timeline."""

    @property
    def name(self) -> str:
        """The model in a word, for people."""

    @property
    def has_adjoint(self) -> bool:
        """Whether Greeks are adjoint; else they are differences on the very same normals."""

    @property
    def straight(self) -> float:
        """How many years its dates can move, all alike, without a bend in what its values are."""

    @property
    def hidden(self) -> int:
        """How many values it remembers of each path beside the spots, see `Tick`."""

    @property
    def is_random(self) -> bool:
        """Whether one path differs from another."""

    def normals(self, step: int) -> int:
        """How many independent normals a path takes for a step."""

    def ticks(self, normals: Iterable[NDArray[np.float64]]) -> Iterator[Tick]:
        """The market at each step, from `[normals(step), paths]` for each."""

    def moved(self, shifts: Shifts) -> "Motion":
        """The same in a market moved by `shifts`."""


@dataclass(frozen=True, slots=True)
class Diffusion:
    """Jointly lognormal spots: exact from step to step, however long."""

    model: Lognormal
    rows: Rows

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def has_adjoint(self) -> bool:
        return True

    @property
    def straight(self) -> float:
        return inf

    @property
    def hidden(self) -> int:
        return 0

    @property
    def is_random(self) -> bool:
        return bool(np.any(self.rows.deviation > 0.0))

    def normals(self, step: int) -> int:
        return len(self.model.pairs)

    def ticks(self, normals: Iterable[NDArray[np.float64]]) -> Iterator[Tick]:
        return model_lognormal.ticks(self.model, self.rows, normals)

    def moved(self, shifts: Shifts) -> "Diffusion":
        return Diffusion(self.model, model_lognormal.rows(self.model.numbers, shifts))
