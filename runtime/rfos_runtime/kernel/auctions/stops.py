"""What stands still, as `reference/breakers` and `reference/halts` say: what the operator has
halted, and what a breaker pauses. A feed has two rows of how it has moved: its newest window of
time, and the one before.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.contracts.rows import NEVER, Is, Phase
from rfos_runtime.kernel.oracle import feeds as oracle
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import What
from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.records.commands import ONE, Breaker
from rfos_runtime.records.interventions import Halt, Resume, is_reason
from rfos_runtime.records.parameters import RESUMING
from rfos_runtime.records.reports import halves, whole
from rfos_runtime.reference.world import Standstill

Range = tuple[int, int] | tuple[()]
"""The lowest and the highest value, if there was any."""


def watch(state: State, feed: int) -> None:
    """Takes in the newest observation of a feed, which may stop what hangs on it."""
    rule, row = state.feeds.registered[feed - 1].breaker, state.world.feeds[feed]
    if rule is None or row["instant"] != state.time or row["paused"] > state.time:
        return
    value = oracle.newest(state.world, feed)
    assert value is not None, "a feed that moved without a value"
    window = state.time // rule.window
    before, now = _seen(state, feed, window - 1), _seen(state, feed, window)
    if any(_is_far(rule, value, each) for each in (*before, *now)):
        _note(state, feed, window, (value, value), ())
        return _stop(state, feed, state.time + rule.pause)
    seen = value, *now
    _note(state, feed, window, (min(seen), max(seen)), before)


def resumes(state: State, handle: int) -> int:
    """From when on an instrument neither pauses nor is halted: the world's time if it does not
    now; NEVER as long as nobody has said when it goes on."""
    feeds = list(state.contracts.of(handle).valued_by)
    paused = int(np.max(state.world.feeds["paused"][feeds], initial=state.time))
    return max(paused, _halted(state, handle)) if state.halts else paused


def stands_still(state: State, handle: int) -> bool:
    """Whether an instrument pauses or is halted."""
    return resumes(state, handle) > state.time


def _halted(state: State, handle: int) -> int:
    """Until when an instrument is halted, itself or by a feed that it reads or is marked by."""
    command = state.contracts.of(handle).command
    keys = [(handle, ""), *((0, feed) for feed in (*command.feeds, *command.risk_feeds) if feed)]
    return max(state.halts[key].until if key in state.halts else 0 for key in keys)


def _is_far(rule: Breaker, value: int, before: int) -> bool:
    return abs(value - before) * ONE > rule.move * abs(before)


def _seen(state: State, feed: int, window: int) -> Range:
    for row in state.world.swings[2 * feed - 1 : 2 * feed + 1]:
        if row["known"] and row["window"] == window:
            low = whole(int(row["low"]), int(row["low_high"]))
            return low, whole(int(row["high"]), int(row["high_high"]))
    return ()


def _note(state: State, feed: int, window: int, now: Range, before: Range) -> None:
    """The newest window in the first row, the one before in the second."""
    for place, each, seen in ((0, window, now), (1, window - 1, before)):
        row: Any = state.touched(Of.SWINGS, 2 * feed - 1 + place)
        low, high = seen or (0, 0)
        row["known"], row["window"] = bool(seen), each if seen else 0
        row["low"], row["low_high"] = halves(low)
        row["high"], row["high_high"] = halves(high)


def _stop(state: State, feed: int, until: int) -> None:
    """Pauses a feed: the clocks of auctions that hang on it stand still."""
    before = _resumptions(state)
    state.touched(Of.FEEDS, feed)["paused"] = until
    _move_clocks(state, before)
    state.tell(What.PAUSED, instrument=feed, debit=until)


def _resumptions(state: State) -> Mapping[int, int]:
    """From when on each instrument goes on in which an auction runs."""
    rows = state.world.auctions
    running = np.unique(rows["instrument"][rows["open"] != 0]).tolist()
    return {handle: resumes(state, handle) for handle in running}


def _move_clocks(state: State, before: Mapping[int, int]) -> None:
    """Moves the clocks of auctions on, or back, as it has changed from when on they run."""
    for handle, was in before.items():
        later = resumes(state, handle) - was
        if later:
            for at in _open_in(state.world.auctions, handle):
                row = state.touched(Of.AUCTIONS, at)
                row["began"] += later
                row["ends"] = min(int(row["began"]) + int(row["length"]), NEVER)
            for at in _open_in(state.world.seals, handle):
                state.touched(Of.SEALS, at)["at"] += later


def _open_in(rows: NDArray[Any], handle: int) -> list[int]:
    """Where the rows of an instrument lie that are not over."""
    running = (rows["open"] != 0) & (rows["instrument"] == handle)
    places: list[int] = np.flatnonzero(running).tolist()
    return places


# --- what the operator halts --------------------------------------------------------------------


def halt(state: State, command: Halt) -> None:
    """Halts at once; a new reason takes the place of the one before."""
    _require_known(state, command)
    require(is_reason(command.reason), Code.MALFORMED)
    _stand(state, command, Standstill(NEVER, command.reason))
    state.reasons.append(command.reason)
    feed = state.feeds.handles.get(command.feed, 0)
    told = len(state.reasons) - 1
    state.tell(What.HALTED, instrument=command.instrument, asset=feed, units=told)


def resume(state: State, command: Resume) -> None:
    """Says when it goes on."""
    _require_known(state, command)
    halted = state.halts.get((command.instrument, command.feed))
    if halted is None:
        raise Refused(Code.NOT_HALTED)
    require(state.time + RESUMING <= command.at < NEVER, Code.TOO_SOON)
    _stand(state, command, halted._replace(until=command.at))
    feed = state.feeds.handles.get(command.feed, 0)
    state.tell(What.RESUMING, instrument=command.instrument, asset=feed, debit=command.at)


def run_out(state: State) -> None:
    """Forgets halts that are over."""
    for key in [key for key, halted in state.halts.items() if halted.until <= state.time]:
        del state.halts[key]


def _require_known(state: State, command: Halt | Resume) -> None:
    require((command.instrument == 0) != (command.feed == ""), Code.MALFORMED)
    if command.feed:
        require(command.feed in state.feeds.handles, Code.UNKNOWN_FEED)
    else:
        require_open(state, command.instrument)


def require_open(state: State, handle: int) -> None:
    """Refuses unless there is an instrument that has not ended and is not frozen."""
    require(0 < handle <= len(state.contracts.instruments), Code.UNKNOWN_INSTRUMENT)
    phase = state.world.instruments[handle]["phase"]
    require(phase not in (Phase.FROZEN, Phase.ENDED), Code.INSTRUMENT_CLOSED)


def _stand(state: State, command: Halt | Resume, halted: Standstill) -> None:
    before = _resumptions(state)
    state.halts[command.instrument, command.feed] = halted
    _move_clocks(state, before)
    feed = state.feeds.handles.get(command.feed, 0)
    reached = {*state.contracts.readers[feed], *state.contracts.marked_by[feed]}
    for handle in sorted(reached) if feed else (command.instrument,):
        row = state.touched(Of.INSTRUMENTS, handle)
        row["flags"] = int(row["flags"]) | Is.PAUSED
