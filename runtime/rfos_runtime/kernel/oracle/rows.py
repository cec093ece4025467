"""The rows of feeds and fixings, 64 bytes each. A feed's handle is its place, from 1."""

from rfos_runtime.records.layout import layout

FEED = layout(
    "feed",
    """
    known      4 1 once there is an observation
    wide       4 1 if what was said lies far apart
    instant    8 of the newest one
    low        8 the lower half of its value
    high       8 the upper half
    staleness  8 how long it is good, in nanoseconds
    fixes      8 1 once a day has a fixing
    latest     8 the latest day that has one, from 1970
    paused     8 until when what hangs on it pauses
    """,
)
SWING = layout(
    "swing",
    """
    known     8 1 if there is something
    window    8 in which window of time, by the length of those of the feed's breaker
    low       8 the lowest value in it, its lower half
    low_high  8 its upper half
    high      8 the highest value, its lower half
    high_high 8 its upper half
    """,
)
"""Two for each feed: 2 · feed - 1 is its newest window, the next row the one before."""
FIXING = layout(
    "fixing",
    """
    feed  8 of which feed; 0 in a place where nothing lies
    day   8 of which day, from 1970
    low   8 the lower half of the value
    high  8 the upper half
    """,
)
