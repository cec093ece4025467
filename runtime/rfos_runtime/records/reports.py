"""Reports as records, and back. A feed is a handle there, its place from 1 in the order in which
feeds were registered; a reporter is its place among those of the feed. 0 is a feed, or a reporter,
that is not known.

A value has 128 bits: the lower half is taken as signed, like every column.
"""

from collections.abc import Iterator

from rfos_runtime.records.block import Report
from rfos_runtime.records.commands import INSTANT_MAX, PastEvent
from rfos_runtime.records.layout import COMMAND
from rfos_runtime.records.operations import Flag, Op
from rfos_runtime.records.wire import SIZE, Names, NoCommand

COLUMNS = frozenset({"op", "flags", "instrument", "account", "until_ns", "a0", "a1", "reference"})
"""What a report uses: the feed in `instrument`, the reporter in `account`, its instant, both halves
of the value, and of a DATED one the date in `reference`."""
_HALF = 1 << 64
VALUE_BELOW = 1 << 127
"""A value lies between this and its negation."""


def halves(value: int) -> tuple[int, int]:
    """The lower and the upper half of a value, both signed. Raises NoCommand if it has more."""
    if not is_value(value):
        raise NoCommand(f"{value} has more than 128 bits")
    low = value & (_HALF - 1)
    return low - _HALF if low >= _HALF >> 1 else low, value >> 64


def whole(low: int, high: int) -> int:
    """The value with these halves."""
    return (high << 64) | (low & (_HALF - 1))


def is_possible(past: PastEvent, feeds: int) -> bool:
    """Whether an event of the past says something of each of so many feeds, within all bounds."""
    told = [value for value in past.observations if value is not None]
    return (
        len(past.observations) == feeds
        and abs(past.instant) <= INSTANT_MAX
        and all(abs(value) < VALUE_BELOW for value in told)
        and all(0 <= slot < feeds for slot in past.moved)
    )


def has_record(report: Report) -> bool:
    """Whether a report can be told by a record; one that cannot is malformed to every kernel."""
    dated = -(_HALF >> 1) <= (report.date or 0) < _HALF >> 1
    return dated and abs(report.instant) <= INSTANT_MAX and is_value(report.value)


def is_value(value: int) -> bool:
    """Whether a value has no more than 128 bits."""
    return -VALUE_BELOW <= value < VALUE_BELOW


def encode_report(report: Report, names: Names) -> bytes:
    """The record of a report. Raises NoCommand for a value beyond 128 bits."""
    low, high = halves(report.value)
    dated = {} if report.date is None else {"flags": int(Flag.DATED), "reference": report.date}
    reporters = names.feeds.get(report.feed, ())
    return COMMAND.packed(
        {
            "op": Op.REPORT,
            "instrument": _place(tuple(names.feeds), report.feed),
            "account": _place(tuple(reporters), report.reporter),
            "until_ns": report.instant,
            "a0": low,
            "a1": high,
            **dated,
        }
    )


def _place(names: tuple[str, ...], name: str) -> int:
    return names.index(name) + 1 if name in names else 0


def reports_end(records: bytes | memoryview) -> int:
    """Where the reports with which a block begins end, in bytes."""
    at = 0
    while at < len(records) and records[at : at + 4] == _OP:
        at += SIZE
    return at


_OP = Op.REPORT.to_bytes(4, "little")

MALFORMED = COMMAND.packed({"op": Op.REPORT, "until_ns": -INSTANT_MAX - 1})
"""A record that stands for a report that has none: its instant is none."""


def decode_reports(records: bytes | memoryview, names: Names) -> Iterator[Report]:
    """The reports with which a block begins; names that are not known are empty. Raises
    NoCommand."""
    feeds = list(names.feeds.items())
    for at in range(0, reports_end(records), SIZE):
        values = COMMAND.unpacked(records[at : at + SIZE])
        _check(values)
        handle, place = values["instrument"], values["account"]
        feed, reporters = feeds[handle - 1] if 0 < handle <= len(feeds) else ("", ())
        yield Report(
            feed,
            values["until_ns"],
            whole(values["a0"], values["a1"]),
            reporters[place - 1] if 0 < place <= len(reporters) else "",
            values["reference"] if values["flags"] & Flag.DATED else None,
        )


def _check(values: dict[str, int]) -> None:
    filled = [name for name, value in values.items() if value and name not in COLUMNS]
    if values["flags"] & ~int(Flag.DATED):
        filled.append("flags")
    if values["reference"] and not values["flags"] & Flag.DATED:
        filled.append("reference")
    if filled:
        raise NoCommand(f"{', '.join(filled)} of a report must be zero")
