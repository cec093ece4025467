"""What holds for an asset, and how it is proposed, dropped and enacted: as `reference/parameters`
says."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.contracts.rows import NEVER
from rfos_runtime.kernel.ledger.apply import known_asset
from rfos_runtime.kernel.ledger.rules import ACCEPTED
from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.places import place_of_setting
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import Told, What, happen
from rfos_runtime.kernel.world import World, one_more, touch
from rfos_runtime.records.codes import Code
from rfos_runtime.records.parameters import RULES, Parameter

_COUNT = max(Parameter) + 1


def _column(name: str) -> NDArray[np.int64]:
    rules = [RULES.get(Parameter(each)) if each else None for each in range(_COUNT)]
    return np.array([getattr(rule, name) if rule else 0 for rule in rules], np.int64)


_FIRST, _LOWEST, _HIGHEST = _column("first"), _column("lowest"), _column("highest")
_STEP, _DELAY = _column("step"), _column("delay")


@within
def value_of(world: World, asset: int, parameter: int) -> int:
    """What holds for an asset."""
    row = world.settings[place_of_setting(world.settings, asset, parameter)]
    return row["value"] if row["asset"] != 0 else _FIRST[parameter]


@within
def propose(world: World, c: Any) -> int:
    """Puts a proposal up, in place of one that waits."""
    asset, parameter, value = c["asset"], c["a0"], c["price"]
    code = _known(world, asset, parameter)
    if code != ACCEPTED:
        return code
    if not _LOWEST[parameter] <= value <= _HIGHEST[parameter]:
        return Code.BEYOND_BOUNDS.value
    if abs(value - value_of(world, asset, parameter)) > _STEP[parameter]:
        return Code.BEYOND_STEP.value
    if c["until_ns"] < world.totals[0]["time"] + _DELAY[parameter]:
        return Code.TOO_SOON.value
    at = place_of_setting(world.settings, asset, parameter)
    touch(world, Of.SETTINGS.value, at)
    row = world.settings[at]
    if row["asset"] == 0:
        row["asset"] = asset
        row["parameter"] = parameter
        row["value"] = _FIRST[parameter]
        one_more(world, Of.SETTINGS.value)
    row["proposed"] = value
    row["at"] = c["until_ns"]
    return ACCEPTED


@within
def drop(world: World, c: Any) -> int:
    """Takes a proposal back."""
    code = _known(world, c["asset"], c["a0"])
    if code != ACCEPTED:
        return code
    at = place_of_setting(world.settings, c["asset"], c["a0"])
    if world.settings[at]["at"] == 0:
        return Code.UNKNOWN_PROPOSAL.value
    touch(world, Of.SETTINGS.value, at)
    world.settings[at]["at"] = 0
    return ACCEPTED


@within
def _known(world: World, asset: int, parameter: int) -> int:
    if not known_asset(world, asset):
        return Code.UNKNOWN_ASSET.value
    return ACCEPTED if 0 < parameter < _COUNT else Code.UNKNOWN_PARAMETER.value


def next_due(world: World) -> int:
    """When the next proposal takes effect; NEVER if none waits."""
    if world.counts[Of.SETTINGS]["lying"] == 0:
        return NEVER
    ends = world.settings["at"]
    return int(np.min(ends[ends != 0], initial=NEVER))


def enact(world: World, told: Told) -> None:
    """Lets proposals take effect whose time has come."""
    if world.counts[Of.SETTINGS]["lying"] == 0:
        return
    rows = world.settings
    due = np.flatnonzero((rows["at"] != 0) & (rows["at"] <= world.totals[0]["time"]))
    if len(due):
        _enact_all(world, told, due[np.lexsort((rows["parameter"][due], rows["asset"][due]))])


@compiled
def _enact_all(world: World, told: Told, places: NDArray[np.int64]) -> None:
    for at in places:
        touch(world, Of.SETTINGS.value, at)
        row = world.settings[at]
        near = abs(row["proposed"] - row["value"]) <= _STEP[row["parameter"]]
        if near:
            row["value"] = row["proposed"]
            row["is_set"] = 1
        row["at"] = 0
        what = What.ENACTED.value if near else What.OVERTAKEN.value
        happen(told, what, row["parameter"], row["asset"], 0, row["proposed"])
