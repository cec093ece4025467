"""Where in the language a place lies, as far as the words before it tell. It is asked of texts that
are being typed, so no tree is needed."""

from collections.abc import Sequence
from functools import lru_cache

from rfos_lang.base.records import dataclass
from rfos_lang.syntax.lexer import Token, words_and_signs
from rfos_lang.syntax.table import KEYWORDS

_OPENING = ("LPAR", "LSQB", "LBRACE")
_CLOSING = ("RPAR", "RSQB", "RBRACE")
NESTED_MAX = 16
"""So many brackets around a place are looked at."""

_UNREADABLE = ("COMMENT", "STRING", "UNCLOSED_STRING")


@dataclass(frozen=True, slots=True)
class Opened:
    """A bracket that is open at a place. `begins`: the first word of the statement that it belongs
    to; `before`: the word just before it, `word` the one before that; `inside`: the words and signs
    in it up to the place that lie in no other bracket, line ends among them."""

    bracket: str
    begins: str
    before: str
    word: str
    inside: tuple[Token, ...]

    @property
    def commas(self) -> int:
        """How many commas lie between the bracket and the place."""
        return sum(token.type == "COMMA" for token in self.inside)

    @property
    def labels(self) -> frozenset[str]:
        """The names with a colon behind them."""
        pairs = zip(self.inside, self.inside[1:], strict=False)
        return frozenset(name.text for name, sign in pairs if sign.type == "COLON")


@dataclass(frozen=True, slots=True)
class Context:
    """What surrounds a place. `start`: where the word begins that is being typed; `word`: that
    word up to the place; `unread`: whether the place lies in a comment or a text; `before`: the
    words and signs before the word that lie in the same bracket; `opened`: the brackets, the
    innermost last."""

    start: int
    word: str
    unread: bool
    before: tuple[Token, ...]
    opened: tuple[Opened, ...]

    @property
    def last(self) -> str:
        """The kind of the word or sign before; `NEWLINE` at the beginning."""
        return self.before[-1].type if self.before else "NEWLINE"

    @property
    def line(self) -> tuple[Token, ...]:
        """The words and signs before that stand in the same line or statement."""
        for index in range(len(self.before) - 1, -1, -1):
            if self.before[index].type in ("NEWLINE", "SEMICOLON"):
                return self.before[index + 1 :]
        return self.before


@lru_cache(maxsize=16)
def _tokens(text: str) -> tuple[Token, ...]:
    return tuple(words_and_signs(text))


def context(text: str, offset: int) -> Context:
    """What surrounds an offset of a text."""
    start = offset
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    if start < offset and text[start].isdigit():
        start = offset
    tokens = [token for token in _tokens(text) if token.start < start]
    unread = bool(tokens) and _holds(tokens[-1], start, text)
    tokens = [token for token in tokens if token.type != "COMMENT"]
    stack: list[tuple[Token, int]] = []
    for index, token in enumerate(tokens):
        if token.type in _OPENING:
            stack.append((token, index))
        elif token.type in _CLOSING and stack:
            stack.pop()
    opened = tuple(_opened(tokens, index) for _, index in stack[-NESTED_MAX:])
    before = opened[-1].inside if opened else _shallow(tokens)
    return Context(start, text[start:offset], unread, before, opened)


def _holds(token: Token, start: int, text: str) -> bool:
    """Whether a place lies inside of a comment or a text that begins before it."""
    if token.type not in _UNREADABLE:
        return False
    closed = token.type == "STRING" and token.end <= start
    return not closed and "\n" not in text[token.start : start]


def _opened(tokens: Sequence[Token], index: int) -> Opened:
    word, before = ["", "", *(token.text for token in tokens[max(0, index - 2) : index])][-2:]
    inside = _shallow(tokens[index + 1 :])
    return Opened(tokens[index].text, _begins(tokens, index), before, word, inside)


def _shallow(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Those that lie in no bracket of their own; of a bracket that is closed the ends are left."""
    depth, found = 0, []
    for token in tokens:
        depth -= token.type in _CLOSING
        if depth <= 0:
            found.append(token)
        depth += token.type in _OPENING
    return tuple(found)


def _begins(tokens: Sequence[Token], index: int) -> str:
    """The first word of the statement that a bracket belongs to."""
    first, depth = tokens[index], 0
    for token in reversed(tokens[:index]):
        if token.type in _CLOSING:
            depth += 1
        elif token.type in _OPENING:
            if depth == 0:
                break
            depth -= 1
        elif depth == 0 and token.type in ("NEWLINE", "SEMICOLON"):
            break
        first = token
    return first.text


def is_name(token: Token) -> bool:
    """Whether it is a name and not a word of the language."""
    return token.type == "NAME" and token.text not in KEYWORDS
