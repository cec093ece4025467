"""Where a text could not be read."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from rfos_lang.base.diagnostic import Diagnostic, Severity
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span


@dataclass(frozen=True, slots=True)
class Unread:
    """The places of all that the parser complained of: their starts in order, and with each the
    furthest end so far."""

    starts: tuple[int, ...] = ()
    furthest: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.starts)

    def is_beside(self, span: Span) -> bool:
        """Whether a place touches one of them."""
        before = bisect_right(self.starts, span.end + 1)
        return before > 0 and self.furthest[before - 1] >= span.start - 1


ALL_READ = Unread()


def unread(complaints: Iterable[Diagnostic], text: str) -> Unread:
    """The places of complaints about a text that are errors, each with the blanks before it."""
    spans = sorted(
        (_behind_blanks(text, each.span.start), each.span.end)
        for each in complaints
        if each.severity is Severity.ERROR
    )
    starts = tuple(start for start, _ in spans)
    return Unread(starts, tuple(accumulate((end for _, end in spans), max)))


def _behind_blanks(text: str, place: int) -> int:
    """Where the blanks before a place begin."""
    while place > 0 and text[place - 1] == " ":
        place -= 1
    return place
