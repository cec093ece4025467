"""Places in source text."""

from rfos_lang.base.records import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one source text.

    `source` is the file name as users see it; `start` and `end` are character offsets, `end`
    exclusive. An empty span (start = end) points between two characters.
    """

    source: str
    start: int
    end: int


def join(first: Span, second: Span) -> Span:
    """The shortest span that covers both; they lie in the same source."""
    assert first.source == second.source, "spans of two sources cannot be joined"
    return Span(first.source, min(first.start, second.start), max(first.end, second.end))


@dataclass(frozen=True, slots=True)
class Position:
    """A line and a column, both counted from 1, in characters."""

    line: int
    column: int


def position(text: str, offset: int) -> Position:
    """Where `offset` lies in `text`. An offset past the end counts as the end."""
    offset = min(offset, len(text))
    line_start = text.rfind("\n", 0, offset) + 1
    return Position(text.count("\n", 0, line_start) + 1, offset - line_start + 1)


def line_at(text: str, offset: int) -> str:
    """The line that holds `offset`, without its line end."""
    offset = min(offset, len(text))
    line_start = text.rfind("\n", 0, offset) + 1
    line_end = text.find("\n", offset)
    return text[line_start : line_end if line_end >= 0 else len(text)].rstrip("\r")
