"""The clock of a contract: the time of day that a date means, in a time zone.

An instant is the same everywhere; its day and its time of day are not. All that counts days asks a
clock which day it is, and for the same time on another day.

A time that a clock skips, when it is put forward, is as long after the skip as it would have been
after its beginning: 02:30 is then 03:30. Of a time that it shows twice, when it is put back, the
first is meant (RFC 5545, section 3.3.5). So each day has its cut.

The rules of the zones are those of the IANA database as the library `tzdata` holds it, never the
machine's; they are read when a zone other than UTC is first asked for.
"""

from datetime import UTC as _UTC
from datetime import date, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from itertools import count, dropwhile, takewhile

from rfos_lang.base.instant import DAY, SECOND, date_of, start_of_day
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.suggestion import did_you_mean

_ONE_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=_UTC)
_EVEN = "UTC"


@dataclass(frozen=True, slots=True)
class Clock:
    """The zone `UTC` or one of `zone_named`, and the cut: nanoseconds after midnight on its clock
    that a date means."""

    cut: int = 0
    zone: str = _EVEN

    @property
    def is_even(self) -> bool:
        """Whether all its days are of one length."""
        return self.zone == _EVEN

    def at_cut(self, day: date) -> int:
        """The instant that a date means."""
        return self._instant(start_of_day(day) + self.cut)

    def day(self, instant: int) -> date:
        """The date on which the clock shows an instant."""
        return self._shown(instant)[0]

    def on(self, day: date, instant: int) -> int:
        """The same time of day as at an instant, on a day."""
        of_instant, time_of_day = self._shown(instant)
        return instant if day == of_instant else self._instant(start_of_day(day) + time_of_day)

    def cuts(self, first: int, last: int) -> tuple[int, ...]:
        """The cuts after an instant, up to another, which may be one."""
        days = (self.day(first) + _ONE_DAY * passed for passed in count(-1))
        ahead = dropwhile(first.__ge__, map(self.at_cut, days))
        return tuple(dict.fromkeys(takewhile(last.__ge__, ahead)))

    def _shown(self, instant: int) -> tuple[date, int]:
        """The date and the time of day of an instant; of a cut, its own, though it was skipped."""
        if self.is_even:
            return date_of(instant), instant % DAY
        there = instant + _offset(self.zone, instant // SECOND)
        if there % DAY == self.cut:
            return date_of(there), self.cut
        for day in (date_of(there), date_of(there) - _ONE_DAY):
            if self.at_cut(day) == instant:
                return day, self.cut
        return date_of(there), there % DAY

    def _instant(self, shown: int) -> int:
        """The instant at which the clock shows a date and time, as nanoseconds since 1970 on it."""
        return shown if self.is_even else shown - _offset_there(self.zone, shown // SECOND)


UTC = Clock()
"""The clock of a contract that says nothing of it."""


@cache
def zone_names() -> tuple[str, ...]:
    """The zones that a contract may name: `UTC`, and places such as `Europe/London`. Abbreviations
    are not among them: `EST` is a clock that is never put forward."""
    from importlib.resources import files

    listed = (files("tzdata") / "zones").read_text(encoding="ascii").split()
    return (_EVEN, *sorted(name for name in listed if "/" in name and "Etc" not in name))


def zone_named(name: str) -> str:
    """The name, if it is that of a zone. Raises Refused E0590."""
    if name == _EVEN or name in zone_names():
        return name
    raise Refused("E0590", name=name, suggestion=_meant(name))


_SAID = {
    "NYC": "America/New_York",
    "NY": "America/New_York",
    "ET": "America/New_York",
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "CT": "America/Chicago",
    "CST": "America/Chicago",
    "LON": "Europe/London",
    "BST": "Europe/London",
    "GMT": "Europe/London",
    "CET": "Europe/Berlin",
    "CEST": "Europe/Berlin",
    "TARGET": "Europe/Berlin",
    "TOK": "Asia/Tokyo",
    "TKY": "Asia/Tokyo",
    "JST": "Asia/Tokyo",
    "HKT": "Asia/Hong_Kong",
    "SGT": "Asia/Singapore",
    "Z": _EVEN,
}
"""What people, and the calendars of business days, call the places where cuts are taken."""


def _meant(name: str) -> str | None:
    """The zone that somebody may have meant: by an abbreviation, by the place alone, or nearly."""
    if (said := _SAID.get(name.upper())) is not None:
        return said
    of_place = {zone.rpartition("/")[2]: zone for zone in reversed(zone_names())}
    place = name.rpartition("/")[2]
    near = place if place in of_place else did_you_mean(place, of_place)
    return did_you_mean(name, zone_names()) if near is None else of_place[near]


_REMEMBERED = 2**14
"""So many offsets are kept: the dates of an instance are asked for again and again."""


@cache
def _rules(name: str) -> tzinfo:
    from importlib.resources import files
    from zoneinfo import ZoneInfo

    with (files("tzdata") / "zoneinfo" / name).open("rb") as file:
        return ZoneInfo.from_file(file, name)


@lru_cache(_REMEMBERED)
def _offset(zone: str, second: int) -> int:
    """How far the clock is ahead of UTC at a second since 1970 UTC, in nanoseconds."""
    moment = _EPOCH + timedelta(seconds=second)
    return _nanoseconds(moment.astimezone(_rules(zone)))


@lru_cache(_REMEMBERED)
def _offset_there(zone: str, second: int) -> int:
    """How far it is ahead when it shows a second since 1970; see above for those that it skips or
    shows twice."""
    shown = _EPOCH.replace(tzinfo=None) + timedelta(seconds=second)
    return _nanoseconds(shown.replace(tzinfo=_rules(zone)))


def _nanoseconds(moment: datetime) -> int:
    offset = moment.utcoffset()
    assert offset is not None
    return offset // timedelta(microseconds=1) * 1000
