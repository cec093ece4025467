"""Places as editors count them: lines from 0, and columns in units of UTF-16.

A line ends with a line feed, a carriage return, or the two together. Offsets are the compiler's:
characters from the beginning of the text.
"""

import re
from bisect import bisect_right
from functools import lru_cache
from typing import NamedTuple

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span

_LINE_END = re.compile(r"\r\n|\r|\n")
_FIRST_OF_TWO = 0x1_0000
"""From here on a character takes two units."""


class Position(NamedTuple):
    """A line, from 0, and how many units lie before the place on it."""

    line: int
    column: int


class Range(NamedTuple):
    """From a position up to, and without, another."""

    start: Position
    end: Position


@dataclass(frozen=True, slots=True)
class Lines:
    """A text with the offsets at which its lines begin; `narrow`: every character is one unit."""

    text: str
    starts: tuple[int, ...]
    narrow: bool

    def position(self, offset: int) -> Position:
        """Where an offset lies; one beyond the end counts as the end."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.starts, offset) - 1
        return Position(line, self._units(self.starts[line], offset))

    def range(self, span: Span) -> Range:
        """The places of a span of this text."""
        return Range(self.position(span.start), self.position(span.end))

    def offset(self, position: Position) -> int:
        """The offset of a position; a column beyond the end of its line counts as the end, a line
        beyond the last as the end of the text."""
        line, column = position
        if line < 0:
            return 0
        if line >= len(self.starts):
            return len(self.text)
        start, end = self.starts[line], self.end(line)
        if self.narrow:
            return min(start + max(column, 0), end)
        offset = start
        while offset < end and column > 0:
            column -= 1 + (ord(self.text[offset]) >= _FIRST_OF_TWO)
            offset += 1
        return offset

    def end(self, line: int) -> int:
        """The offset at which a line ends, without what ends it."""
        last = len(self.text) if line + 1 == len(self.starts) else self.starts[line + 1]
        return self.starts[line] + len(self.text[self.starts[line] : last].rstrip("\r\n"))

    def _units(self, start: int, end: int) -> int:
        if self.narrow:
            return end - start
        return sum(1 + (ord(each) >= _FIRST_OF_TWO) for each in self.text[start:end])


@lru_cache(maxsize=64)
def lines_of(text: str) -> Lines:
    """The lines of a text."""
    starts = (0, *(match.end() for match in _LINE_END.finditer(text)))
    return Lines(text, starts, not text or ord(max(text)) < _FIRST_OF_TWO)
