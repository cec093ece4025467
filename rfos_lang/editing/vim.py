"""The syntax file for Vim and Neovim, made of the table of words and of the lexer's patterns."""

from rfos_lang.editing.textmate import terminals
from rfos_lang.editing.vocabulary import (
    CATEGORY_OF_TERMINAL,
    DECLARING,
    FUNCTIONS,
    KNOWN_NAMES,
    NAMING,
    RESERVED_WORDS,
    Category,
)
from rfos_lang.syntax.table import KEYWORDS

GROUP_OF: dict[Category, str] = {
    Category.COMMENT: "Comment",
    Category.DOCUMENTATION: "SpecialComment",
    Category.TEXT: "String",
    Category.NUMBER: "Number",
    Category.UNIT: "Type",
    Category.DATE: "Constant",
    Category.DURATION: "Number",
    Category.DAY_COUNT: "Constant",
    Category.DECLARING: "Structure",
    Category.KEYWORD: "Statement",
    Category.LOGIC: "Operator",
    Category.TRUTH: "Boolean",
    Category.TYPE: "Type",
    Category.CALENDAR: "Constant",
    Category.CONVENTION: "Constant",
    Category.FUNCTION: "Function",
    Category.CALL: "Function",
    Category.GIVEN: "Special",
    Category.DECLARED: "Identifier",
    Category.LABEL: "Label",
    Category.FIELD: "Identifier",
    Category.OPERATOR: "Operator",
    Category.PUNCTUATION: "Delimiter",
    Category.WRONG: "Error",
}
"""Vim's own groups, which every colour scheme knows; a plain name has none."""

_HEAD = """\
" Made by `python -m rfos_lang.editing.generate`; not to be edited.
" Of several that begin at one place, the last that is defined counts; keywords count before all.

if exists("b:current_syntax")
  finish
endif

" Nothing goes over the end of a line.
syn sync maxlines=1
"""
_WORD_ENDS = "%([A-Za-z0-9_])@!"
_NAME = "[A-Za-z_][A-Za-z0-9_]*"


def syntax() -> str:
    """The file `syntax/rfos.vim`."""
    lines = [_HEAD, _match(Category.WRONG, "\\S"), *_names(), *_words()]
    for terminal, pattern in reversed(terminals()):
        if terminal == "QUANTITY":
            lines += _quantity(pattern)
        elif terminal == "DOT":
            lines += [_match(Category.PUNCTUATION, very_magic(pattern)), *_field()]
        elif terminal in CATEGORY_OF_TERMINAL and terminal != "UNKNOWN":
            lines.append(_match(CATEGORY_OF_TERMINAL[terminal], very_magic(pattern)))
    lines.append(_match(Category.DOCUMENTATION, r"\/\/\/%(\/)@!.*"))
    links = [f"hi def link {group(each)} {GROUP_OF[each]}" for each in GROUP_OF]
    return "\n".join([*lines, "", *links, "", 'let b:current_syntax = "rfos"', ""])


def group(category: Category) -> str:
    """The group of a category: `rfosDayCount`."""
    return "rfos" + "".join(part.capitalize() for part in category.name.split("_"))


def very_magic(pattern: str) -> str:
    r"""A pattern of the lexer in Vim's `\v`: groups, what must not follow, signs that mean more."""
    written, opened = [], []
    at = 0
    while at < len(pattern):
        if pattern[at] == "[":
            end = pattern.index("]", at + 1) + 1
            written.append(pattern[at:end].replace("\n", "").replace("\\/", "/"))
            at = end
        elif pattern.startswith(("(?:", "(?!"), at):
            opened.append("@!" if pattern[at + 2] == "!" else "")
            written.append("%(")
            at += 3
        elif pattern[at] == ")":
            written.append(")" + opened.pop())
            at += 1
        elif pattern[at] == "\\":
            written.append(pattern[at : at + 2])
            at += 2
        else:
            written.append("\\" + pattern[at] if pattern[at] in "%/=<>&@~" else pattern[at])
            at += 1
    return "".join(written).replace("[^]", ".")


def _match(category: Category, pattern: str, *options: str) -> str:
    return " ".join(["syn match", group(category), f"/\\v{pattern}/", *options])


def _any_of(words: tuple[str, ...]) -> str:
    return f"%({'|'.join(words)}){_WORD_ENDS}"


def _words() -> list[str]:
    """Reserved words; behind some of them stands the name of what they declare."""
    declared = group(Category.DECLARED)
    others = {**RESERVED_WORDS, Category.DECLARING: tuple({*DECLARING} - {*NAMING})}
    return [
        *(_keyword(category, words) for category, words in others.items()),
        f"{_keyword(Category.DECLARING, NAMING)} nextgroup={declared} skipwhite",
        _match(Category.DECLARED, f"{_not_reserved()}{_NAME}", "contained"),
    ]


def _keyword(category: Category, words: tuple[str, ...]) -> str:
    return f"syn keyword {group(category)} {' '.join(sorted(words))}"


def _not_reserved() -> str:
    return f"%({_any_of(tuple(KEYWORDS))})@!"


def _names() -> list[str]:
    """Least particular first."""
    known = [_match(each, _any_of(words)) for each, words in KNOWN_NAMES.items()]
    return [
        f"syn match rfosName /\\v{_NAME}/",
        *known,
        _match(Category.CALL, f"{_NAME}%(\\s*\\()@="),
        _match(Category.FUNCTION, f"{_any_of(FUNCTIONS)}%(\\s*\\()@="),
        _match(Category.LABEL, f"{_NAME}%(\\s*:)@="),
    ]


def _field() -> list[str]:
    field = f"nextgroup={group(Category.FIELD)}"
    return [
        _match(Category.PUNCTUATION, f"\\.%(\\s*{_NAME})@=", field, "skipwhite"),
        _match(Category.FIELD, _NAME, "contained"),
    ]


def _quantity(pattern: str) -> list[str]:
    """The number of a quantity, and its unit, which does not begin with a reserved word."""
    number, unit = (very_magic(part) for part in pattern.split(" "))
    behind = f" {_not_reserved()}{unit}"
    return [
        _match(Category.NUMBER, f"{number}%({behind})@=", f"nextgroup={group(Category.UNIT)}"),
        _match(Category.UNIT, behind, "contained"),
    ]
