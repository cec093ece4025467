"""The terms of an ACTUS contract, read: numbers, times, cycles, conventions.

A case writes every value as a text, and leaves out what its contract does not use. The names are
those of the ACTUS data dictionary.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from rfos_lang.base.duration import Duration, DurationUnit, parse_duration
from rfos_lang.base.instant import DAY, SECOND, start_of_day
from rfos_lang.base.records import dataclass
from rfos_lang.base.schedule import Stub

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?)?", re.ASCII)
_CYCLE = re.compile(r"P?(\d+)([DWMQHY])(?:L?([01+-]))?", re.ASCII)
_UNITS = {"D": "1d", "W": "1w", "M": "1M", "Q": "3M", "H": "6M", "Y": "1y"}
_STUBS = {"0": Stub.LONG_LAST, "+": Stub.LONG_LAST, "1": Stub.SHORT_LAST, "-": Stub.SHORT_LAST}


class Unmapped(Exception):
    """A term has no counterpart in the contract, or cannot be read; the message says which."""


@dataclass(frozen=True, slots=True)
class Step:
    """`P3ML1`: how far the dates of a cycle lie apart, and what becomes of the odd end."""

    length: Duration
    stub: Stub


@dataclass(frozen=True, slots=True)
class Terms:
    """A term dictionary, read by name; what is not there is None. Every reader raises Unmapped.

    ACTUS counts the last second of a day as the next midnight, and the language a day count by
    whole days. So where a case has such a time, all its times are one second later here
    (`lateness`), which keeps their order and the days between them.
    """

    values: Mapping[str, Any]
    lateness: int = 0

    def text(self, name: str) -> str | None:
        """The value as it is written, without spaces at its ends."""
        value = self.values.get(name)
        text = "" if value is None else str(value).strip()
        return text or None

    def number(self, name: str) -> Decimal | None:
        """A number; the dictionary has no units."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return Decimal(text)
        except InvalidOperation:
            raise Unmapped(f"{name}: {text} is no number") from None

    def time(self, name: str) -> int | None:
        """An instant."""
        text = self.text(name)
        return None if text is None else self.instant(text)

    def instant(self, text: str) -> int:
        """The instant of a time as ACTUS writes it; 24:00 is the next midnight."""
        match = _TIME.fullmatch(text)
        if match is None:
            raise Unmapped(f"{text} is no time")
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
        try:
            midnight = start_of_day(date(year, month, day))
        except ValueError:
            raise Unmapped(f"{text} is no time") from None
        return midnight + (3600 * hour + 60 * minute + second) * SECOND + self.lateness

    def step(self, name: str) -> Step | None:
        """A cycle."""
        text = self.text(name)
        if text is None:
            return None
        length, stub = _cycle(name, text)
        if not length.count:
            raise Unmapped(f"{name}: {text} is no cycle")
        return Step(length, stub)

    def period(self, name: str) -> Duration | None:
        """A length of time, none at all too."""
        text = self.text(name)
        return None if text is None else _cycle(name, text)[0]

    def word(self, name: str, meanings: Mapping[str | None, str]) -> str:
        """What a word of the dictionary is called here; `meanings` has None for a term left out."""
        text = self.text(name)
        if text not in meanings:
            raise Unmapped(f"{name}: {text} is not known here")
        return meanings[text]


def _cycle(name: str, text: str) -> tuple[Duration, Stub]:
    match = _CYCLE.fullmatch(text)
    if match is None:
        raise Unmapped(f"{name}: {text} is no cycle")
    return parse_duration(_UNITS[match[2]]) * int(match[1]), _STUBS[match[3] or "0"]


def read(values: Mapping[str, Any], events: Sequence[Mapping[str, Any]] = ()) -> Terms:
    """The terms of a dictionary, with the events that were observed beside it."""
    times = (*values.values(), *(event.get("time") for event in events))
    late = any(str(time).strip().endswith("T23:59:59") for time in times)
    return Terms(values, SECOND if late else 0)


def is_of_months(length: Duration) -> bool:
    """Whether a cycle counts months, so that it may keep to their ends."""
    return length.unit in (DurationUnit.MONTH, DurationUnit.YEAR)


def next_instant(instant: int) -> int:
    """Just after an instant: ACTUS knows no time shorter than a second."""
    return instant + SECOND


def a_day_before(instant: int) -> int:
    """The same time on the day before."""
    return instant - DAY
