"""The TextMate grammar, for VS Code and whatever else reads such: made of the table of words and of
the lexer's own patterns, so that it cuts a line exactly as the lexer does."""

import re
from typing import Any

from rfos_lang.editing.vocabulary import (
    CATEGORY_OF_TERMINAL,
    FUNCTIONS,
    KNOWN_NAMES,
    NAMING,
    RESERVED_WORDS,
    Category,
)
from rfos_lang.syntax.table import KEYWORDS, PATTERN

SCOPE_OF: dict[Category, str] = {
    Category.COMMENT: "comment.line.double-slash",
    Category.DOCUMENTATION: "comment.block.documentation",
    Category.TEXT: "string.quoted.double",
    Category.NUMBER: "constant.numeric",
    Category.UNIT: "keyword.other.unit",
    Category.DATE: "constant.other.date",
    Category.DURATION: "constant.numeric.duration",
    Category.DAY_COUNT: "constant.language.day-count",
    Category.DECLARING: "storage.type",
    Category.KEYWORD: "keyword.control",
    Category.LOGIC: "keyword.operator.logical",
    Category.TRUTH: "constant.language",
    Category.TYPE: "support.type",
    Category.CALENDAR: "support.constant.calendar",
    Category.CONVENTION: "support.constant.convention",
    Category.FUNCTION: "support.function",
    Category.CALL: "entity.name.function",
    Category.GIVEN: "variable.language",
    Category.DECLARED: "entity.name.type",
    Category.LABEL: "variable.parameter",
    Category.FIELD: "variable.other.property",
    Category.NAME: "variable.other",
    Category.OPERATOR: "keyword.operator",
    Category.PUNCTUATION: "punctuation",
    Category.WRONG: "invalid.illegal",
}
"""By the conventions for names of scopes that themes are written for; `.rfos` is put behind."""

NAME = "[A-Za-z_][A-Za-z0-9_]*"
_WORD_ENDS = "(?![A-Za-z0-9_])"
_GAP = "[ \\t]*"

Rule = dict[str, Any]


def grammar() -> Rule:
    """The grammar: a flat list of rules, tried in the lexer's order; each is a whole token."""
    rules = [_documentation()]
    for terminal, pattern in terminals():
        match terminal:
            case "NEWLINE":
                pass  # an engine is given one line at a time
            case "SPACE":
                rules.append({"match": pattern})
            case "NAME":
                rules += _names()
            case "DOT":
                rules += [_field(), _rule(Category.PUNCTUATION, pattern)]
            case "QUANTITY":
                rules.append(_quantity(pattern))
            case _:
                rules.append(_rule(CATEGORY_OF_TERMINAL[terminal], pattern))
    return {
        "name": "rfos",
        "scopeName": "source.rfos",
        "fileTypes": ["rfos"],
        "patterns": rules,
    }


def _rule(category: Category, pattern: str) -> Rule:
    return {"name": _scope(category), "match": pattern}


def _captures(pattern: str, *categories: Category) -> Rule:
    """A pattern whose groups are of these categories, in order."""
    captures = {str(at): {"name": _scope(each)} for at, each in enumerate(categories, start=1)}
    return {"match": pattern, "captures": captures}


def _scope(category: Category) -> str:
    return f"{SCOPE_OF[category]}.rfos"


def _any_of(words: tuple[str, ...]) -> str:
    return f"(?:{'|'.join(map(re.escape, words))}){_WORD_ENDS}"


def _documentation() -> Rule:
    return _rule(Category.DOCUMENTATION, "///(?!/).*")


def _quantity(pattern: str) -> Rule:
    """A number, a space, a unit that does not begin with a reserved word."""
    number, unit = pattern.split(" ")
    not_reserved = f"(?!{_any_of(tuple(KEYWORDS))})"
    return _captures(f"({number}) ({not_reserved}{unit})", Category.NUMBER, Category.UNIT)


def _field() -> Rule:
    return _captures(f"(\\.){_GAP}({NAME})", Category.PUNCTUATION, Category.FIELD)


def _names() -> list[Rule]:
    """What is written as a name: by the words around it, then by what it is in every file."""
    not_reserved = f"(?!{_any_of(tuple(KEYWORDS))})"
    declares = f"({_any_of(NAMING)}){_GAP}({not_reserved}{NAME})"
    called = f"(?={_GAP}\\()"
    return [
        _captures(declares, Category.DECLARING, Category.DECLARED),
        *(_rule(category, _any_of(words)) for category, words in RESERVED_WORDS.items()),
        _rule(Category.LABEL, f"{NAME}(?={_GAP}:)"),
        _rule(Category.FUNCTION, f"{_any_of(FUNCTIONS)}{called}"),
        _rule(Category.CALL, f"{NAME}{called}"),
        *(_rule(category, _any_of(words)) for category, words in KNOWN_NAMES.items()),
        _rule(Category.NAME, NAME),
    ]


def terminals() -> list[tuple[str, str]]:
    """The lexer's patterns in its order, with letters and digits of ASCII spelled out, since an
    editor's `\\w` takes in those of all languages."""
    found = re.findall(r"\(\?P<(\w+)>(.*?)\)(?=\|\(\?P<|$)", PATTERN, re.DOTALL)
    return [(name, _in_ascii(pattern)) for name, pattern in found]


def _in_ascii(pattern: str) -> str:
    """`\\w` and `\\d`, within brackets and without, as ranges; groups that capture nothing."""
    within = re.sub(r"\[[^\]]*\]", lambda match: _ranges(match[0]), pattern)
    outside = within.replace("\\w", "[A-Za-z0-9_]").replace("\\d", "[0-9]")
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", outside)


def _ranges(brackets: str) -> str:
    return brackets.replace("\\w", "A-Za-z0-9_").replace("\\d", "0-9")
