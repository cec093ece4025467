"""The words that the mode for Emacs colours: `editors/emacs/rfos-words.el`."""

from rfos_lang.base.day_count import DayCount
from rfos_lang.base.duration import DurationUnit
from rfos_lang.editing.vocabulary import FUNCTIONS, KNOWN_NAMES, NAMING, RESERVED_WORDS, Category

FACE_OF: dict[Category, str | None] = {
    Category.COMMENT: "font-lock-comment-face",
    Category.DOCUMENTATION: "font-lock-doc-face",
    Category.TEXT: "font-lock-string-face",
    Category.NUMBER: "font-lock-constant-face",
    Category.UNIT: "font-lock-type-face",
    Category.DATE: "font-lock-constant-face",
    Category.DURATION: "font-lock-constant-face",
    Category.DAY_COUNT: "font-lock-constant-face",
    Category.DECLARING: "font-lock-keyword-face",
    Category.KEYWORD: "font-lock-keyword-face",
    Category.LOGIC: "font-lock-keyword-face",
    Category.TRUTH: "font-lock-constant-face",
    Category.TYPE: "font-lock-type-face",
    Category.CALENDAR: "font-lock-constant-face",
    Category.CONVENTION: "font-lock-constant-face",
    Category.FUNCTION: "font-lock-builtin-face",
    Category.CALL: "font-lock-function-name-face",
    Category.GIVEN: "font-lock-builtin-face",
    Category.DECLARED: "font-lock-type-face",
    Category.LABEL: "font-lock-variable-name-face",
    Category.FIELD: "default",
    Category.NAME: None,
    Category.OPERATOR: None,
    Category.PUNCTUATION: None,
    Category.WRONG: None,
}
"""The face of each category in `rfos-mode.el`, as `editors/check emacs` compares it."""

_HEAD = """\
;;; rfos-words.el --- The words of rfos -*- lexical-binding: t -*-
;; Made by `python -m rfos_lang.editing.generate`; not to be edited.
"""
_FOOT = """
(provide 'rfos-words)
;;; rfos-words.el ends here
"""


def words() -> str:
    """One constant for each list of words."""
    lists = {
        "naming-words": NAMING,
        **{f"{_spelled(each)}s": words for each, words in RESERVED_WORDS.items()},
        **{f"{_spelled(each)}s": words for each, words in KNOWN_NAMES.items()},
        "functions": FUNCTIONS,
        "day-counts": tuple(each.value for each in DayCount),
        "duration-units": tuple(each.value for each in DurationUnit),
    }
    constants = (
        f"\n(defconst rfos-{name}\n  '({_quoted(each)}))\n" for name, each in lists.items()
    )
    return _HEAD + "".join(constants) + _FOOT


def _spelled(category: Category) -> str:
    return category.name.lower().replace("_", "-")


def _quoted(words: tuple[str, ...]) -> str:
    return " ".join(f'"{word}"' for word in words)
