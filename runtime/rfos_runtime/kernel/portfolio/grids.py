"""Tables of many instruments of one definition, asked for in one call."""

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.contracts import living
from rfos_runtime.kernel.contracts.asking import FEW
from rfos_runtime.kernel.contracts.rows import Is
from rfos_runtime.kernel.machine import compiled
from rfos_runtime.kernel.margin.kinds import Batches, Laid, Numbers, NumbersByRow
from rfos_runtime.kernel.margin.rules import held_back, times
from rfos_runtime.kernel.oracle import feeds as oracle
from rfos_runtime.kernel.places import place_of_table
from rfos_runtime.kernel.portfolio.pools import asset_together
from rfos_runtime.kernel.portfolio.tabulating import (
    NOTIONALS,
    asked_of,
    place_of,
    tabulate,
)
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import WORDS, World, touch
from rfos_runtime.records.commands import ONE
from rfos_runtime.reference.executor import DefinitionView, PolicyView

_NEW, _NONE = -1, -2
"""In place of a table's: there is none yet; there is none to be."""


def tabulate_all(state: State) -> None:
    """Asks anew for what every instrument does to a portfolio, whose marks are known."""
    for bound in state.contracts.instruments:
        for policy in range(1, len(state.policies.views) + 1):
            place_of(state, bound, policy)
    state.marking.learn(state.contracts.instruments)
    for kind in state.marking.kinds.values():
        if kind.is_appraised:
            for handle in kind.handles:
                tabulate(state, handle)
        else:
            tabulate_kind(state, kind.view, kind.laid())


def tabulate_kind(state: State, view: DefinitionView, laid: Laid) -> None:
    """The same of instruments of one definition."""
    if len(laid.handles) <= FEW or not isinstance(state.executor, Batches):
        for handle in laid.handles.tolist():
            tabulate(state, handle)
        return
    for policy in range(1, len(state.policies.views) + 1):
        places = _cleared(state, laid.handles, policy)
        marked = state.world.instruments["flags"][laid.handles] & Is.MARKED != 0
        chosen = np.flatnonzero(marked & (places >= 0))
        if len(chosen):
            _ask(state, view, laid.among(chosen), places[chosen], state.policies.views[policy - 1])


def _cleared(state: State, handles: Numbers, policy: int) -> Numbers:
    """The places of tables of which nothing is known any more; below 0 where there is none."""
    places = np.empty(len(handles), np.int64)
    if _clear(state.world, handles, policy, places):
        for handle in handles[places == _NEW].tolist():
            place_of(state, state.contracts.of(handle), policy)
        _clear(state.world, handles, policy, places)  # rows may have moved
    return places


@compiled
def _clear(world: World, handles: Numbers, policy: int, places: Numbers) -> int:
    """Writes where tables lie, of which nothing is known any more. Returns how many are missing."""
    missing, asset = 0, world.policies[policy]["asset"]
    for place in range(len(handles)):
        handle = handles[place]
        at = place_of_table(world.tables, handle, policy)
        if world.tables[at]["instrument"] != 0:
            places[place] = at
            touch(world, Of.TABLES.value, at)
            world.tables[at]["known"] = 0
            continue
        mark, flags = world.marks[handle], world.instruments[handle]["flags"]
        is_asked = (
            asset_together(mark, flags, 0) == asset or asset_together(mark, flags, 1) == asset
        )
        places[place] = _NEW if is_asked else _NONE
        missing += 1 if is_asked else 0
    return missing


def _ask(
    state: State, view: DefinitionView, laid: Laid, places: Numbers, policy: PolicyView
) -> None:
    """Asks of marked instruments what a policy wants to know."""
    assert isinstance(state.executor, Batches)
    values = _values(state, view, laid, policy)
    count, cases, inputs = values.shape
    for standings, among in living.standings_of(state, laid.handles):
        moved = values if len(among) == count else values[among]
        rows = moved.reshape(len(among) * cases, inputs)
        said = state.executor.risk_many(view, laid.terms[among], standings, state.time, rows)
        shape = len(among), cases
        is_sound = np.all(said.sound.reshape(shape), axis=1)
        exposures = np.ascontiguousarray(said.exposure[:, 0]).reshape(shape)
        _write(state.world, places[among], is_sound, exposures, len(policy.scenarios))


def _values(
    state: State, view: DefinitionView, laid: Laid, policy: PolicyView
) -> NDArray[np.float64]:
    """The risk inputs of each instrument in each case that is asked for: `[instrument, case,
    input]`. Prices move as integers, each feed once for each move."""
    every, places = np.unique(laid.feeds, return_inverse=True)
    at: Numbers = places.reshape(laid.feeds.shape)
    seen = [oracle.fresh(state.world, feed) for feed in every.tolist()]
    known = [value for value in seen if value is not None]
    assert len(known) == len(seen), "a mark without its inputs"
    is_theirs = laid.quotes == policy.asset
    here, elsewhere = (asked_of(view, policy, quoted) for quoted in (True, False))
    moves = sorted({move for case in here for move in case})
    table = np.array([[(v + v * move // ONE) / ONE for move in moves] for v in known])
    numbers = {move: number for number, move in enumerate(moves)}
    found = np.empty((len(at), len(here), at.shape[1]))
    for column in range(at.shape[1]):
        rows = table[at[:, column]]
        one, other = ([numbers[case[column]] for case in each] for each in (here, elsewhere))
        quoted = is_theirs[:, column]
        if not quoted.all():
            found[:, :, column] = rows[:, other]
        if quoted.any():
            found[quoted, :, column] = rows[quoted][:, one]
    return found


@compiled
def _write(
    world: World, places: Numbers, sound: NDArray[np.bool_], exposures: NumbersByRow, scenarios: int
) -> None:
    """Writes tables from exposures in each scenario, then up and down in each price."""
    for place in range(len(places)):
        if not sound[place]:
            continue
        touch(world, Of.TABLES.value, places[place])
        row = world.tables[places[place]]
        now = world.marks[row["instrument"]]["exposure"]
        lines, at = world.policies[row["policy"]]["lines"], row["at"]
        first, largest = world.begins[Of.NUMBERS.value] + at, 0
        for line in range(lines + (2 * row["pairs"] + WORDS - 1) // WORDS):
            touch(world, Of.NUMBERS.value, at + line)
        for case in range(scenarios):
            loss = held_back(held_back(exposures[place, case]) - now)
            world.memory[first + case // WORDS, case % WORDS] = loss
            largest = max(largest, abs(loss))
        for price in range(row["pairs"]):
            up = held_back(exposures[place, scenarios + 2 * price])
            down = held_back(exposures[place, scenarios + 2 * price + 1])
            word = WORDS * lines + 2 * price + 1
            world.memory[first + word // WORDS, word % WORDS] = times(up - down, NOTIONALS)
        row["known"] = 1
        row["largest"] = largest
        row["exposure"] = now
