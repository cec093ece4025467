"""Circuit breakers, as `reference/breakers` says: once a feed has moved too far in too short a
time, what hangs on it pauses. A feed has two rows: of its newest window of time, and of the one
before.
"""

from typing import Any

import numpy as np

from rfos_runtime.kernel.contracts.rows import NEVER
from rfos_runtime.kernel.oracle import feeds as oracle
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import What
from rfos_runtime.records.commands import ONE, Breaker
from rfos_runtime.records.reports import halves, whole

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
    """From when on an instrument is not paused: the world's time if it is not now."""
    feeds = list(state.contracts.of(handle).risk_feeds)
    return int(np.max(state.world.feeds["paused"][feeds], initial=state.time))


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
    rows = state.world.auctions
    for at in np.flatnonzero(rows["open"] != 0).tolist():
        handle = int(rows[at]["instrument"])
        if feed in state.contracts.of(handle).risk_feeds:
            longer = max(0, until - resumes(state, handle))
            row = state.touched(Of.AUCTIONS, at)
            row["began"] += longer
            row["ends"] = min(int(row["ends"]) + longer, NEVER)
    state.touched(Of.FEEDS, feed)["paused"] = until
    state.tell(What.PAUSED, instrument=feed, debit=until)
