"""The rows of feeds and fixings, 64 bytes each. A feed's handle is its place, from 1."""

from rfos_runtime.records.layout import layout

FEED = layout(
    "feed",
    """
    known      8 1 once there is an observation
    instant    8 of the newest one
    low        8 the lower half of its value
    high       8 the upper half
    staleness  8 how long it is good, in nanoseconds
    fixes      8 1 once a day has a fixing
    latest     8 the latest day that has one, from 1970
    """,
)
FIXING = layout(
    "fixing",
    """
    feed  8 of which feed; 0 in a place where nothing lies
    day   8 of which day, from 1970
    low   8 the lower half of the value
    high  8 the upper half
    """,
)
