"""Instants.

An instant is an integer: nanoseconds since 1970-01-01T00:00Z, without leap seconds, so that every
day has 86 400 s. A date names the instant at which it begins; a contract adds its cut.
"""

import re
from datetime import date, timedelta

from rfos_lang.base.refusal import Refused

SECOND = 10**9
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

FIRST_YEAR = 1700
LAST_YEAR = 2261
"""The years all of whose instants fit 64 bits."""

_EPOCH = date(1970, 1, 1)
_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?Z)?", re.ASCII
)


def parse_instant(text: str) -> int:
    """The instant of `2026-12-25`, `2026-12-25T08:00Z`, `...T08:00:30Z` or `...T08:00:30.5Z`.

    Raises Refused E0580 (not a date) or E0581 (outside the years 1700 to 2261).
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise Refused("E0580", text=text)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    if hour > 23 or minute > 59 or second > 59:
        raise Refused("E0580", text=text)
    try:
        midnight = start_of_day(date(year, month, day))
    except ValueError:
        raise Refused("E0580", text=text) from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused("E0581", text=text, first=FIRST_YEAR, last=LAST_YEAR)
    fraction = int((match[7] or "").ljust(9, "0"))
    return midnight + hour * HOUR + minute * MINUTE + second * SECOND + fraction


def parse_date(text: str) -> int:
    """The first instant of the date `2026-12-25`. Raises Refused E0580, E0581."""
    if len(text) != len("2026-12-25"):
        raise Refused("E0580", text=text)
    return parse_instant(text)


def show_instant(instant: int) -> str:
    """The shortest text that `parse_instant` reads back as this instant."""
    shown = date_of(instant).isoformat()
    hour, rest = divmod(instant % DAY, HOUR)
    minute, rest = divmod(rest, MINUTE)
    second, fraction = divmod(rest, SECOND)
    if not (hour or minute or second or fraction):
        return shown
    seconds = f":{second:02}" if second or fraction else ""
    decimals = f".{fraction:09}".rstrip("0") if fraction else ""
    return f"{shown}T{hour:02}:{minute:02}{seconds}{decimals}Z"


def date_of(instant: int) -> date:
    """The UTC date in which the instant lies."""
    return _EPOCH + timedelta(days=instant // DAY)


def start_of_day(day: date) -> int:
    """The first instant of a UTC date."""
    return (day - _EPOCH).days * DAY
