"""What a kernel has at hand beside its rows and names, worked out again from them: definitions,
instruments and policies, and what their handles stand for."""

from typing import Any, TypeVar

from rfos_runtime.kernel.contracts import heap, living
from rfos_runtime.kernel.contracts.listing import bound_next
from rfos_runtime.kernel.contracts.rows import Is
from rfos_runtime.kernel.machine import address_of
from rfos_runtime.kernel.portfolio.measuring import measure
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import World
from rfos_runtime.records import canonical
from rfos_runtime.records.commands import HASH, List, Lock
from rfos_runtime.records.wire import in_words
from rfos_runtime.reference.executor import DefinitionView, PolicyView
from rfos_runtime.reference.inputs import underlying_of

View = TypeVar("View", DefinitionView, PolicyView)


def derive(state: State) -> None:
    """Gives a state that has nothing but rows and names all that hangs on them. Raises ValueError
    if the executor does not take an artefact, or if rows do not fit together."""
    _definitions(state)
    _instruments(state)
    _policies(state)
    _pairs(state)


def _definitions(state: State) -> None:
    contracts = state.contracts
    for row in _lying(state, Of.DEFINITIONS):
        view = state.executor.load(_artefact(state, row))
        contracts.definitions.append(_known(view, row))
        contracts.by_hash[contracts.definitions[-1].content_hash] = len(contracts.definitions)


def _instruments(state: State) -> None:
    for handle, row in enumerate(_lying(state, Of.INSTRUMENTS), 1):
        command = canonical.decode(living.binding_of(state, handle), (List, Lock))
        is_appraised = bool(int(row["flags"]) & Is.APPRAISED)
        bound = bound_next(state, int(row["definition"]), command, is_appraised)
        state.contracts.take_in(bound)


def _policies(state: State) -> None:
    policies = state.policies
    for row in _lying(state, Of.POLICIES):
        view = state.executor.policy(_artefact(state, row))
        policies.views.append(_known(view, row))
        policies.by_hash[policies.views[-1].content_hash] = len(policies.views)
    if policies.views:
        state.world.entry[0] = address_of(measure, World)


def _pairs(state: State) -> None:
    """What each row of pairs stands for: for all the prices together that an instrument hangs on,
    as its tables say, or for the pair that it names."""
    policies, together = state.policies, set[int]()
    for row in state.world.tables[state.world.tables["instrument"] != 0]:
        bound, handle = state.contracts.of(int(row["instrument"])), int(row["underlying"])
        policies.underlyings[underlying_of(bound.view, bound.command.assets)] = handle
        together.add(handle)
    for handle, row in enumerate(_lying(state, Of.PAIRS), 1):
        if handle not in together:
            policies.pairs[int(row["base"]), int(row["quote"])] = handle


# --- rows -----------------------------------------------------------------------------------------


def _lying(state: State, table: Of) -> Any:
    """The rows of a table that a handle names, from 1."""
    return state.world.table(table)[1 : int(state.world.counts[table]["lying"]) + 1]


def _artefact(state: State, row: Any) -> bytes:
    return heap.read(state, int(row["at"]), int(row["size"]))


def _known(view: View | None, row: Any) -> View:
    """What an executor says of an artefact, of which the row has the hash."""
    words = [int(row[word]) for word in ("w0", "w1", "w2", "w3")]
    if view is None or words != list(in_words(bytes.fromhex(view.content_hash), HASH).values()):
        raise ValueError("an artefact that the executor does not take")
    return view
