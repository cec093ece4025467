"""Price bars from CSV, spread out into observations."""

import csv
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from io import StringIO
from itertools import pairwise

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.fixed import from_decimal
from rfos_lang.base.instant import parse_instant, show_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report

Observation = tuple[int, int]
"""(instant, fixed-point price)."""

_Bar = tuple[int, int, int, int, int]
"""(instant of the open, open, high, low, close)."""


def observations(
    text: str, file: str, begin: int, end: int, place: Span
) -> tuple[tuple[Observation, ...], tuple[Diagnostic, ...]]:
    """The observations of a bar file within [begin, end], three a bar.

    A bar says when it opens and how far the price went, not when. The open is observed when the
    bar begins; the low and the high a third and two thirds through, first the one that lies against
    the bar's direction; the close is the next bar's open, and is observed for the last bar alone.
    A hole of more than one bar, or before `begin` or `end`, is a diagnostic at `place`.
    """
    try:
        bars = list(_bars(text))
    except _Unreadable as bad:
        wrong = report("E0808", place, file=file, line=bad.line, problem=bad.reason)
        return (), (wrong,)
    if len(bars) < 2:
        return (), (report("E0808", place, file=file, line=1, problem="fewer than two bars"),)
    length = min(later[0] - earlier[0] for earlier, later in pairwise(bars))
    if length <= 0:
        problem = "the bars are not in the order of time"
        return (), (report("E0808", place, file=file, line=2, problem=problem),)
    if gap := _gap(bars, length, begin, end):
        before, after = (show_instant(instant) for instant in gap)
        return (), (report("E0807", place, file=file, before=before, after=after),)
    spread = [o for bar in bars for o in _spread(bar, length)]
    spread.append((bars[-1][0] + length, bars[-1][4]))
    return tuple(o for o in spread if begin <= o[0] <= end), ()


class _Unreadable(Exception):
    def __init__(self, line: int, reason: str) -> None:
        self.line, self.reason = line, reason


def _bars(text: str) -> Iterator[_Bar]:
    rows = csv.DictReader(StringIO(text))
    for line, row in enumerate(rows, 2):
        try:
            instant = parse_instant(row["ts_utc"])
            prices = (from_decimal(Decimal(row[c])) for c in ("open", "high", "low", "close"))
            opened, high, low, closed = prices
        except KeyError as column:
            raise _Unreadable(1, f"there is no column {column}") from None
        except (Refused, InvalidOperation, TypeError):
            raise _Unreadable(line, "not an instant and four prices") from None
        yield instant, opened, high, low, closed


def _gap(bars: list[_Bar], length: int, begin: int, end: int) -> tuple[int, int] | None:
    if bars[0][0] > begin:
        return begin, bars[0][0]
    for earlier, later in pairwise(bars):
        if later[0] - earlier[0] != length:
            return earlier[0], later[0]
    if bars[-1][0] + length < end:
        return bars[-1][0] + length, end
    return None


def _spread(bar: _Bar, length: int) -> Iterator[Observation]:
    instant, opened, high, low, closed = bar
    first, second = (low, high) if closed >= opened else (high, low)
    yield instant, opened
    yield instant + length // 3, first
    yield instant + 2 * length // 3, second
