"""What the tree-sitter grammar takes from the language: words for its queries, its day counts, and
the rule of lines for its scanner. The grammar itself is `editors/tree-sitter-rfos/grammar.js`."""

import json
from string import punctuation

from rfos_lang.base.day_count import DayCount
from rfos_lang.editing.vocabulary import FUNCTIONS, KNOWN_NAMES, RESERVED_WORDS, Category
from rfos_lang.syntax.layout import GOES_ON_BEFORE
from rfos_lang.syntax.lexer import words_and_signs
from rfos_lang.syntax.table import KEYWORDS

NODES_OF_ONE_WORD = ("end", "false", "true", "unsecured")
"""Words that are a whole node of the grammar, which a query writes in brackets."""

CAPTURE_OF: dict[Category, str] = {
    Category.DECLARING: "keyword",
    Category.KEYWORD: "keyword",
    Category.LOGIC: "keyword.operator",
    Category.TRUTH: "boolean",
}
"""What reserved words are in the names that themes of Neovim, Helix, Zed and Emacs know."""

_MADE = """\
; Made by `python -m rfos_lang.editing.generate`; not to be edited.
; Of several patterns that fit, the last counts.

(name) @variable"""

_OF_NODES = """\
(member) @property
(comment) @comment
(documentation) @comment.documentation
(text) @string
[(number) (length)] @number
[(date) (instant) (time)] @constant
(day_count) @constant.builtin
(unit_of_quantity) @type
(unit_of_quantity (name) @type)
(type (name) @type)
(zone (name) @constant)
(path (name) @module)

(contract name: (name) @type.definition)
(asset name: (name) @type.definition)
(unit name: (name) @type.definition)
(margin name: (name) @type.definition)
(feed name: (name) @function)
(let name: (name) @variable)
(let name: (name) @function parameters: (parameters))
(state name: (name) @variable)
(parameter name: (name) @variable.parameter)
(named name: (name) @variable.parameter)
(rule key: (name) @property)
(may name: (name) @function)
(choice name: (name) @function)
(call function: (name) @function.call)
(call function: (field name: (member) @function.method.call))
"""

_OF_SIGNS = """\
["+" "-" "*" "/" "^" "<" "<=" ">" ">=" "==" "!=" "=" "+=" "-="] @operator
["," "." ":" ";"] @punctuation.delimiter
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
"""


def highlights() -> str:
    """The query that gives every node its colour."""
    conventions = KNOWN_NAMES[Category.CALENDAR] + KNOWN_NAMES[Category.CONVENTION]
    parts = [
        _MADE,
        _any_of("(name) @constant.builtin", conventions),
        _any_of("(name) @variable.builtin", KNOWN_NAMES[Category.GIVEN]),
        _OF_NODES,
        _any_of("(call function: (name) @function.builtin)", FUNCTIONS),
        _any_of("(type (name) @type.builtin)", KNOWN_NAMES[Category.TYPE]),
        *(_words(CAPTURE_OF[each], words) for each, words in RESERVED_WORDS.items()),
        _OF_SIGNS,
    ]
    return "\n".join(parts)


def _any_of(pattern: str, words: tuple[str, ...]) -> str:
    capture = pattern.partition("@")[2].rstrip(")")
    quoted = " ".join(f'"{word}"' for word in words)
    return f"({pattern}\n  (#any-of? @{capture} {quoted}))"


def _words(capture: str, words: tuple[str, ...]) -> str:
    shown = (f"({word})" if word in NODES_OF_ONE_WORD else f'"{word}"' for word in words)
    return f"[{' '.join(shown)}] @{capture}"


def vocabulary() -> str:
    """What `grammar.js` reads."""
    return json.dumps({"day_counts": [each.value for each in DayCount]}, indent=2) + "\n"


def line_goes_on() -> str:
    """The header of the scanner: how a line begins that goes on with the one before."""
    words = sorted(word for word, terminal in KEYWORDS.items() if terminal in GOES_ON_BEFORE)
    signs = "".join(sign for sign in punctuation if _goes_on(sign))
    return (
        "/* Made by `python -m rfos_lang.editing.generate`; not to be edited. */\n\n"
        "static const char *const CONTINUING_WORDS[] = {\n"
        + "".join(f'    "{word}",\n' for word in words)
        + f'}};\n\nstatic const char CONTINUING_SIGNS[] = "{signs}";\n'
    )


def _goes_on(sign: str) -> bool:
    """Whether a word of the lexer that begins with the sign goes on with a statement."""
    return any(next(words_and_signs(text)).type in GOES_ON_BEFORE for text in (sign, f"{sign}="))
