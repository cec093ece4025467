"""The words of the language by category: the one table behind all grammars of editors.

What the words are is read where they are decided: the grammar, the functions, the types, the
calendars. Only the categories are of this file.
"""

from enum import Enum, unique
from itertools import chain

from rfos_lang.base.calendar import Calendar, Roll
from rfos_lang.base.schedule import Accrual, Stub
from rfos_lang.semantics import functions
from rfos_lang.semantics.scope import RESERVED
from rfos_lang.semantics.types import NAMED_TYPES
from rfos_lang.syntax.table import ACTIONS, KEYWORDS


@unique
class Category(Enum):
    """What a stretch of text is, as far as its words and signs alone tell."""

    COMMENT = "comment"
    DOCUMENTATION = "documentation"
    TEXT = "text"
    NUMBER = "number"
    UNIT = "unit"
    DATE = "date"
    DURATION = "duration"
    DAY_COUNT = "day count"
    DECLARING = "declaring word"
    KEYWORD = "keyword"
    LOGIC = "logical word"
    TRUTH = "truth"
    TYPE = "type"
    CALENDAR = "calendar"
    CONVENTION = "convention of a schedule"
    FUNCTION = "function of the language"
    CALL = "call"
    GIVEN = "name that the language gives"
    DECLARED = "name being declared"
    LABEL = "name before a colon"
    FIELD = "name behind a dot"
    NAME = "name"
    OPERATOR = "operator"
    PUNCTUATION = "punctuation"
    WRONG = "cannot be read"


LOGIC = ("and", "not", "or")
TRUTHS = ("false", "true")

DECLARING = tuple(sorted({"state"} | {word for word in KEYWORDS if KEYWORDS[word] in ACTIONS[0]}))
"""The words that begin an item of a file, and a state."""

NAMING = tuple(word for word in DECLARING if word not in ("perpetual", "test", "use"))
"""Those of them with the name of what they declare behind them."""

_SPOKEN_FOR = {*LOGIC, *TRUTHS, *DECLARING}

RESERVED_WORDS: dict[Category, tuple[str, ...]] = {
    Category.DECLARING: DECLARING,
    Category.LOGIC: LOGIC,
    Category.TRUTH: TRUTHS,
    Category.KEYWORD: tuple(sorted(KEYWORDS.keys() - _SPOKEN_FOR)),
}
"""Every reserved word of the grammar, once."""

FUNCTIONS = tuple(functions.ALL_NAMES)
"""What is a function of the language where a bracket follows."""

KNOWN_NAMES: dict[Category, tuple[str, ...]] = {
    Category.TYPE: tuple(sorted(NAMED_TYPES)),
    Category.CALENDAR: tuple(sorted(each.value for each in Calendar)),
    Category.CONVENTION: tuple(
        sorted({str(each.value) for each in chain[Roll | Stub | Accrual](Roll, Stub, Accrual)})
    ),
    Category.GIVEN: tuple(sorted(RESERVED)),
}
"""Names that mean the same in every file, though they are not reserved."""

CATEGORY_OF_TERMINAL: dict[str, Category] = {
    "COMMENT": Category.COMMENT,
    "STRING": Category.TEXT,
    "NUMBER": Category.NUMBER,
    "DATE": Category.DATE,
    "INSTANT": Category.DATE,
    "TIME": Category.DATE,
    "DURATION": Category.DURATION,
    "DAYCOUNT": Category.DAY_COUNT,
    **dict.fromkeys(("PLUS", "MINUS", "STAR", "SLASH", "CIRCUMFLEX"), Category.OPERATOR),
    **dict.fromkeys(("COMPARISON", "EQUAL", "ASSIGNMENT"), Category.OPERATOR),
    **dict.fromkeys(("LPAR", "RPAR", "LSQB", "RSQB", "LBRACE", "RBRACE"), Category.PUNCTUATION),
    **dict.fromkeys(("COLON", "COMMA", "DOT", "SEMICOLON"), Category.PUNCTUATION),
    **dict.fromkeys(("MALFORMED_DATE", "MALFORMED_NUMBER"), Category.WRONG),
    **dict.fromkeys(("UNCLOSED_STRING", "UNKNOWN"), Category.WRONG),
}
"""Words and signs that are of one category wherever they stand; a quantity is a number and its
unit, and names are told apart by what stands around them."""
