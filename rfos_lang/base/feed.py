"""What is said of a feed once and holds wherever it is read: which of its values a reader sees, and
which observations are believed."""

import re
from enum import Enum, unique

from rfos_lang.base.records import dataclass


@unique
class Aspect(Enum):
    """What a slot shows of its feed when an event comes."""

    NEWEST = "newest"
    """The newest accepted value, if it is not stale."""

    FIXING = "fixing"
    """The value that was published for the date of the event."""

    LAPSED = "lapsed"
    """A truth: false once that value is there; true if it is not and the feed's patience has run
    out; unknown while one may still wait for it."""

    LAST = "last"
    """The newest accepted value, however old."""

    RESOLVED = "resolved"
    """A truth: whether the feed has any accepted value. Never unknown."""

    NOW = "now"
    """The instant of the event itself."""

    EVENT = "event"
    """A field of the record that was accepted at this very instant."""

    @property
    def is_value(self) -> bool:
        """Whether it shows a value of the feed itself, in the feed's unit."""
        return self in (Aspect.NEWEST, Aspect.FIXING, Aspect.LAST, Aspect.EVENT)

    @property
    def is_dated(self) -> bool:
        """Whether it belongs to the event's own instant, and is unknown at an earlier one that is
        caught up in the same event."""
        return self in (Aspect.FIXING, Aspect.LAPSED, Aspect.NOW, Aspect.EVENT)


@dataclass(frozen=True, slots=True)
class FeedRules:
    """The rules of a declared feed; None where it states none. Lengths in nanoseconds, bounds in
    fixed point.

    `patience`: how long a clause waits for the value of its date, from that date on; `staleness`:
    how long a tick is good; `lowest`, `highest`: a value outside is refused.
    """

    patience: int | None = None
    staleness: int | None = None
    lowest: int | None = None
    highest: int | None = None

    def admits(self, value: int) -> bool:
        """Whether a value lies within the bounds."""
        above = self.lowest is None or self.lowest <= value
        return above and (self.highest is None or value <= self.highest)


NO_RULES = FeedRules()


def worded(text: str) -> str:
    """A text as it stands in the name of a feed: `wind(KMIA)`, `credit_event("ACME Corp")`."""
    return text if _WORD.fullmatch(text) else f'"{text}"'


_WORD = re.compile(r"[\w.+-]+")
