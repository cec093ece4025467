"""A text as stretches of one category each: the colours of a page, a prompt, a notebook.

It cuts with the lexer of the compiler, so both agree on every text, wrong ones too. What a name is
beyond that only the checker knows; the words around it tell enough to colour it.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from rfos_lang.editing.vocabulary import (
    CATEGORY_OF_TERMINAL,
    FUNCTIONS,
    KNOWN_NAMES,
    NAMING,
    RESERVED_WORDS,
    Category,
)
from rfos_lang.syntax.lexer import Token, words_and_signs

_RESERVED = {word: category for category, words in RESERVED_WORDS.items() for word in words}
_KNOWN = {name: category for category, names in KNOWN_NAMES.items() for name in names}
_FOLLOWS = re.compile(r"[ \t]*(\S?)")


class Stretch(NamedTuple):
    """A stretch of text from `start` up to, and without, `end`."""

    category: Category
    start: int
    end: int


def stretches(text: str) -> Iterator[Stretch]:
    """The text in stretches, in order; between them lie only spaces and line ends."""
    before = "NEWLINE"
    word = ""
    for token in words_and_signs(text):
        match token.type:
            case "$END" | "NEWLINE":
                pass
            case "QUANTITY":
                yield from _quantity(token)
            case "COMMENT":
                yield Stretch(_comment(token.text), token.start, token.end)
            case "NAME":
                yield Stretch(_name(token, before, word, text), token.start, token.end)
            case type if type in CATEGORY_OF_TERMINAL:
                yield Stretch(CATEGORY_OF_TERMINAL[type], token.start, token.end)
            case _:
                yield Stretch(_RESERVED[token.text], token.start, token.end)
        before, word = token.type, token.text


def _quantity(token: Token) -> Iterator[Stretch]:
    gap = token.start + token.text.index(" ")
    yield Stretch(Category.NUMBER, token.start, gap)
    yield Stretch(Category.UNIT, gap + 1, token.end)


def _comment(text: str) -> Category:
    documents = text.startswith("///") and not text.startswith("////")
    return Category.DOCUMENTATION if documents else Category.COMMENT


def _name(token: Token, before: str, word: str, text: str) -> Category:
    """By what stands before it, and behind it on its line."""
    match = _FOLLOWS.match(text, token.end)
    assert match is not None, "the pattern matches anything"
    if before == "DOT":
        return Category.FIELD
    if before != "NAME" and word in NAMING:
        return Category.DECLARED
    if match[1] == ":":
        return Category.LABEL
    if match[1] == "(":
        return Category.FUNCTION if token.text in FUNCTIONS else Category.CALL
    return _KNOWN.get(token.text, Category.NAME)
