"""Marks: what contract code says of the risk of one lot, for many instruments of a definition at
once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.auctions.stops import stands_still
from rfos_runtime.kernel.contracts import living
from rfos_runtime.kernel.contracts.asking import FEW
from rfos_runtime.kernel.contracts.bound import Bound
from rfos_runtime.kernel.contracts.rows import Is, Phase
from rfos_runtime.kernel.machine import compiled
from rfos_runtime.kernel.margin import appraising
from rfos_runtime.kernel.margin.kinds import Batches, Laid, Numbers, NumbersByRow
from rfos_runtime.kernel.margin.rules import held_back, is_closed
from rfos_runtime.kernel.oracle import feeds as oracle
from rfos_runtime.kernel.portfolio.grids import tabulate_kind
from rfos_runtime.kernel.portfolio.tabulating import tabulate
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import World, touch
from rfos_runtime.records.commands import ONE
from rfos_runtime.reference.bounds import MOST
from rfos_runtime.reference.executor import DefinitionView, PartyRisk, RiskInputs


def mark(state: State, handle: int) -> None:
    """Asks for the risk of one instrument at the world's time."""
    bound, row = state.contracts.of(handle), state.world.instruments[handle]
    if row["phase"] == Phase.ENDED:
        return
    told = None if row["phase"] == Phase.FROZEN else _asked_alone(state, bound)
    sound = np.array([told is not None])
    first, second = told or (PartyRisk(0, 0, 0), PartyRisk(0, 0, 0))
    rows = [(first.exposure, first.maintenance, first.initial, second.maintenance, second.initial)]
    held = [[max(-MOST, min(number, MOST)) for number in each] for each in rows]
    state.may_touch(2)
    stops = np.array([oracle.stops(state.world, bound.risk_feeds) | _pauses(state, bound)])
    _write(state.world, np.array([handle]), sound, np.array(held, np.int64), stops)
    tabulate(state, handle)


def _asked_alone(state: State, bound: Bound) -> tuple[PartyRisk, PartyRisk] | None:
    if bound.is_appraised:
        return appraising.risk_of(state, bound)
    values = [oracle.fresh(state.world, feed) for feed in bound.risk_feeds]
    known = tuple(value for value in values if value is not None)
    if not bound.view.has_risk or len(known) < len(values):
        return None
    inputs = RiskInputs(state.time, known)
    standing = living.standing_of(state, bound.handle)
    return state.executor.risk(bound.view, bound.terms, standing, inputs)


def mark_all(state: State) -> None:
    """Asks for the risk of every instrument at the world's time."""
    _mark_kinds(state, None)


def mark_many(state: State, handles: Sequence[int]) -> None:
    """The same for some instruments, ascending."""
    if len(handles) <= FEW or not isinstance(state.executor, Batches):
        for handle in handles:
            mark(state, handle)
    else:
        _mark_kinds(state, np.array(handles, np.int64))


def _mark_kinds(state: State, wanted: Numbers | None) -> None:
    state.marking.learn(state.contracts.instruments)
    for kind in state.marking.kinds.values():
        laid = kind.laid()
        handles = laid.handles
        chosen = np.ones(len(handles), np.bool_) if wanted is None else np.isin(handles, wanted)
        chosen &= state.world.instruments["phase"][handles] != Phase.ENDED
        few = kind.is_appraised or np.count_nonzero(chosen) <= FEW
        if few or not isinstance(state.executor, Batches):
            for handle in handles[chosen].tolist():
                mark(state, handle)
        else:
            _mark_kind(state, kind.view, laid.among(chosen))
            tabulate_kind(state, kind.view, laid.among(chosen))


def _mark_kind(state: State, view: DefinitionView, laid: Laid) -> None:
    """Marks instruments of one definition: what cannot be asked has no mark."""
    handles, feeds, terms, _ = laid
    values, known, stops = _values(state, feeds)
    if state.halts:
        stops |= np.array([_halts(state, handle) for handle in handles.tolist()], np.int64)
    known &= state.world.instruments["phase"][handles] != Phase.FROZEN
    if not view.has_risk:
        known[:] = False
    none = np.zeros((len(handles), 5), np.int64)
    _write(state.world, handles[~known], known[~known], none, stops[~known])
    for standings, among in living.standings_of(state, handles):
        asked = among[known[among]]
        if not len(asked):
            continue
        assert isinstance(state.executor, Batches)
        rows = standings[known[among]]
        said = state.executor.risk_many(view, terms[asked], rows, state.time, values[asked])
        numbers = (said.exposure[:, 0], said.maintenance[:, 0], said.initial[:, 0])
        second = (said.maintenance[:, 1], said.initial[:, 1])
        rows = np.column_stack((*numbers, *second))
        _write(state.world, handles[asked], said.sound, rows, stops[asked])


def _values(state: State, feeds: Numbers) -> tuple[NDArray[np.float64], NDArray[np.bool_], Numbers]:
    """The newest good observation of each feed, whether all of a row are known, and what keeps the
    positions of a row from growing."""
    every, places = np.unique(feeds, return_inverse=True)
    seen = [oracle.fresh(state.world, feed) for feed in every.tolist()]
    values = np.array([0.0 if value is None else value / ONE for value in seen])
    known = np.array([value is not None for value in seen], np.bool_)
    places = places.reshape(feeds.shape)
    stops = np.array([oracle.stops(state.world, (feed,)) for feed in every.tolist()], np.int64)
    every_known: NDArray[np.bool_] = np.all(known[places], axis=1)
    return values[places], every_known, np.bitwise_or.reduce(stops[places], axis=1)


def _pauses(state: State, bound: Bound) -> int:
    """Of what appraisers value, not only by what it is asked with."""
    still = bound.is_appraised and stands_still(state, bound.handle)
    return int(Is.PAUSED) if still else _halts(state, bound.handle)


def _halts(state: State, handle: int) -> int:
    return int(Is.PAUSED) if state.halts and stands_still(state, handle) else 0


_STOPS = (Is.DOUBTED | Is.PAUSED).value


@compiled
def _write(
    world: World,
    handles: Numbers,
    sound: NDArray[np.bool_],
    numbers: NumbersByRow,
    stops: Numbers,
) -> None:
    """Writes marks, and what keeps positions from growing; an instrument of which nothing sound was
    said has none."""
    for place in range(len(handles)):
        handle = handles[place]
        touch(world, Of.INSTRUMENTS.value, handle)
        instrument = world.instruments[handle]
        instrument["flags"] = (instrument["flags"] & ~_STOPS) | stops[place]
        if not sound[place] or is_closed(instrument["phase"]):
            instrument["flags"] &= ~Is.MARKED.value
            continue
        instrument["flags"] |= Is.MARKED.value
        touch(world, Of.MARKS.value, handle)
        row = world.marks[handle]
        row["exposure"] = held_back(numbers[place, 0])
        row["maintenance"] = held_back(numbers[place, 1])
        row["initial"] = held_back(numbers[place, 2])
        row["maintenance2"] = held_back(numbers[place, 3])
        row["initial2"] = held_back(numbers[place, 4])
