"""What of a text may be folded away: brackets over several lines, runs of comments."""

from collections.abc import Iterator

from rfos_lang.base.records import dataclass
from rfos_lang.editing.lines import lines_of
from rfos_lang.syntax.lexer import words_and_signs

_OPENING = ("LPAR", "LSQB", "LBRACE")
_CLOSING = ("RPAR", "RSQB", "RBRACE")


@dataclass(frozen=True, slots=True)
class Fold:
    """From a line to another, both from 0; the last line of a bracket stays to be seen."""

    first: int
    last: int
    comment: bool = False


def folds(text: str) -> tuple[Fold, ...]:
    """All of a text, in order of their first lines."""
    return tuple(sorted({*_brackets(text), *_comments(text)}, key=lambda it: (it.first, -it.last)))


def _brackets(text: str) -> Iterator[Fold]:
    lines, opened = lines_of(text), []
    for token in words_and_signs(text):
        if token.type in _OPENING:
            opened.append(lines.position(token.start).line)
        elif token.type in _CLOSING and opened:
            first, last = opened.pop(), lines.position(token.start).line - 1
            if last > first:
                yield Fold(first, last)


def _comments(text: str) -> Iterator[Fold]:
    """Lines of nothing but comments, two or more in a row."""
    lines = lines_of(text)
    run: list[int] = []
    for token in (*words_and_signs(text), None):
        line = -1 if token is None else lines.position(token.start).line
        alone = token is not None and not text[lines.starts[line] : token.start].strip()
        if (
            token is not None
            and token.type == "COMMENT"
            and alone
            and (not run or line == run[-1] + 1)
        ):
            run.append(line)
        elif token is None or token.type != "NEWLINE":
            if len(run) > 1:
                yield Fold(run[0], run[-1], comment=True)
            run = [line] if token is not None and token.type == "COMMENT" and alone else []
