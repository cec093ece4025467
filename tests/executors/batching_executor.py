"""Scripts that are asked for the risk of many instances in one call, as compiled contracts are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.executor.batches import Risks
from rfos_runtime.records.commands import ONE
from rfos_runtime.reference.executor import DefinitionView, PartyRisk, RiskInputs
from tests.executors.scripted_executor import ScriptedExecutor


class BatchingExecutor(ScriptedExecutor):
    """The same scripts; `asked` counts the calls for many."""

    def __init__(self) -> None:
        self.asked = 0

    def risk_many(
        self,
        view: DefinitionView,
        terms: NDArray[np.uint8],
        standings: NDArray[np.uint8],
        now: int,
        values: NDArray[np.float64],
    ) -> Risks:
        """What is said of each row alone."""
        self.asked += 1
        each = len(values) // len(terms)
        said = []
        for row, inputs in enumerate(values.tolist()):
            of = row // each
            known = RiskInputs(now, tuple(round(value * ONE) for value in inputs))
            found = self.risk(view, terms[of].tobytes(), standings[of].tobytes(), known)
            said.append(_columns(found or (PartyRisk(0, 0, 0),) * 2) | {"sound": found is not None})
        columns = ("sound", "exposure", "maintenance", "initial")
        return Risks(*(np.array([row[name] for row in said]) for name in columns))


def _columns(parties: tuple[PartyRisk, PartyRisk]) -> dict[str, Any]:
    names = ("exposure", "maintenance", "initial")
    return {name: [getattr(party, name) for party in parties] for name in names}
