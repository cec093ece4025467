"""Where comments go when a text is set anew: each stays with the thing that it stood beside."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import field

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.syntax.lexer import scan
from rfos_lang.syntax.tree import Comment

_CLOSING = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
_EMPTY_LINE = re.compile(r"\n[ \t\r\f]*\n")


@dataclass(slots=True)
class Place:
    """What stands around one member of a list: comments above it and at the end of its line.

    `apart` says for each comment above, and last for the member itself, whether an empty line
    stood before it.
    """

    above: list[str] = field(default_factory=list)
    behind: str = ""
    apart: list[bool] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Places:
    """All comments of one bracketed list: behind the opening bracket, by member, at the end."""

    opening: list[str]
    members: list[Place]
    end: Place

    @property
    def has_comments(self) -> bool:
        around = any(place.above or place.behind for place in [*self.members, self.end])
        return bool(self.opening) or around


@dataclass(frozen=True, slots=True)
class Original:
    """The text as it was written: its comments, taken out one by one, and its brackets.

    For a tree that no text belongs to it is empty.
    """

    text: str
    comments: list[Comment]
    brackets: dict[str, list[tuple[int, int]]]

    def inside(self, opening: str, after: int) -> tuple[int, int]:
        """From where to where the first bracket of this kind reaches at or after an offset."""
        pairs = self.brackets.get(opening, [])
        index = bisect_left(pairs, (after, 0))
        return pairs[index] if index < len(pairs) else (after, after)

    def starts_line(self, offset: int) -> bool:
        """Whether only spaces stand before this offset on its line, and a line before that."""
        line = self.text.rfind("\n", 0, offset)
        return line >= 0 and not self.text[line:offset].strip()

    def holds_comment(self, start: int, end: int) -> bool:
        return any(start <= comment.span.start < end for comment in self.comments)

    def places(self, members: Sequence[Span], inside: tuple[int, int]) -> Places:
        """Takes out the comments that are still there inside the brackets; where each belongs.

        A comment in the midst of a member comes to stand above it.
        """
        result = Places([], [Place() for _ in members], Place())
        taken = self._take(*inside)
        last = inside[0]
        for index, member in enumerate(members):
            place = result.members[index]
            while taken and taken[0].span.start < member.end:
                comment = taken.pop(0)
                if index == 0 and not place.above and self._same_line(inside[0], comment):
                    result.opening.append(comment.text)
                else:
                    self._put_above(place, comment, last)
                last = comment.span.end
            place.apart.append(self._is_apart(last, member.start))
            last = max(last, member.end)
            limit = members[index + 1].start if index + 1 < len(members) else inside[1]
            if taken and taken[0].span.start < limit and self._same_line(member.end, taken[0]):
                last = taken[0].span.end
                place.behind = taken.pop(0).text
        for comment in taken:
            if not members and not result.end.above and self._same_line(inside[0], comment):
                result.opening.append(comment.text)
            else:
                self._put_above(result.end, comment, last)
            last = comment.span.end
        return result

    def _put_above(self, place: Place, comment: Comment, last: int) -> None:
        place.above.append(comment.text)
        place.apart.append(self._is_apart(last, comment.span.start))

    def _take(self, start: int, end: int) -> list[Comment]:
        first = bisect_left(self.comments, start, key=lambda it: it.span.start)
        beyond = bisect_left(self.comments, end, key=lambda it: it.span.start)
        taken = self.comments[first:beyond]
        del self.comments[first:beyond]
        return taken

    def _is_apart(self, last: int, start: int) -> bool:
        return bool(_EMPTY_LINE.search(self.text, last, max(last, start)))

    def _same_line(self, offset: int, comment: Comment) -> bool:
        return offset > 0 and "\n" not in self.text[offset : comment.span.start]


def original(text: str, comments: Sequence[Comment]) -> Original:
    """What the formatter wants to know of a text that was parsed, and whose comments these are."""
    brackets: dict[str, list[tuple[int, int]]] = {opening: [] for opening in _CLOSING}
    opened: list[int] = []
    for token in scan(text, "").tokens:
        if token.type in _CLOSING:
            opened.append(token.start)
        elif token.type in _CLOSING.values() and opened:
            kind = next(opening for opening, it in _CLOSING.items() if it == token.type)
            brackets[kind].append((opened.pop() + 1, token.start))
    for pairs in brackets.values():
        pairs.sort()
    return Original(text, list(comments), brackets)
