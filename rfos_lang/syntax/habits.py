"""What people write who are used to other languages and to term sheets, and what is said here."""

import re
from collections.abc import Callable

from rfos_lang.syntax.lexer import Token
from rfos_lang.syntax.surprise import Surprise

_WORDS = {
    "const": "a name is given with `let`: `let {name} = ...`",
    "def": "what is worked out has a name by `let`: `let {name}(...) = ...`",
    "elif": "write `else if`",
    "elsif": "write `else if`",
    "for": "write `at each d in dates {{ ... }}`",
    "foreach": "write `at each d in dates {{ ... }}`",
    "function": "what is worked out has a name by `let`: `let {name}(...) = ...`",
    "import": "write `use std.options.{{EuropeanCall}}`",
    "from": "write `use std.options.{{EuropeanCall}}`",
    "parameter": "parameters stand between the brackets behind the contract's name",
    "param": "parameters stand between the brackets behind the contract's name",
    "return": "a contract returns nothing: say who pays whom, `writer pays holder 5 USD`",
    "then": "what happens stands in braces: `if ... {{ ... }}`",
    "var": "what changes is a state, with a type: `state {name}: {type} = ...`",
    "while": "write `at each d in dates {{ ... }}`, or `when ... {{ ... }}` for what is awaited",
}
"""By the word: what is said instead."""

_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+\b")


def habit(it: Surprise) -> str | None:
    """What to say to somebody whose habit led to this token; None if no habit is known."""
    return next((said for each in _HABITS if (said := each(it)) is not None), None)


def _word(it: Surprise) -> str | None:
    """`import std.options`, `var knocked = false`: the word itself, or the one before it."""
    said, at = _WORDS.get(it.token.text.casefold()), it.index + 1
    if said is None and it.before is not None and not it.starts_line and it.before.type == "NAME":
        said, at = _WORDS.get(it.before.text.casefold()), it.index
    name = it.tokens[min(at, len(it.tokens) - 1)].text
    return said and said.format(name=name, type=_type_of(it.tokens[at + 2 :][:1]))


def _type_of(values: list[Token]) -> str:
    """The type of what is written, as far as one token shows it."""
    types = {"TRUE": "Bool", "FALSE": "Bool", "DATE": "Date"}
    named = [types.get(each.type) or each.text.partition(" ")[2] for each in values]
    return "".join(named) or "Number"


def _clause_on(it: Surprise) -> str | None:
    """`on expiry { ... }`."""
    is_clause = it.token.type == "ON" and it.fits("AT") and bool(it.open_braces)
    return "a clause that acts on a date begins with `at`" if is_clause else None


def _and_between_parties(it: Surprise) -> str | None:
    above = [entry.symbol for entry in it.stack[-2:]]
    is_list = it.token.type == "AND" and above == ["BETWEEN", "NAME"]
    if not (is_list and it.before):
        return None
    other = it.tokens[it.index + 1].text
    return f"parties are listed with commas: `between {it.before.text}, {other}`"


def _date(it: Surprise) -> str | None:
    """`25.12.2026`."""
    written = it.before and _DAY_FIRST.match(it.text, it.before.start)
    if not written:
        return None
    day, month, year = written.groups()
    return f"write the date as `{year}-{month:0>2}-{day:0>2}`"


def _digits_in_groups(it: Surprise) -> str | None:
    """`60,000`."""
    written = it.before and grouped(it.text, it.before.start)
    return written and f"digits are grouped by `_`: `{written}`"


def grouped(text: str, start: int) -> str | None:
    """How a number is written that has commas between its digits; None if none begins there."""
    written = _GROUPED.match(text, start)
    return written[0].replace(",", "_") if written else None


def _default_for_type(it: Surprise) -> str | None:
    """`coupon: 5%`."""
    if it.token.type not in ("NUMBER", "QUANTITY") or it.before is None or it.before.text != ":":
        return None
    name, type = it.tokens[it.index - 2].text, _type_of([it.token])
    wanted = it.fits("NAME") and it.fits("LSQB")
    return f"a default stands behind a type: `{name}: {type} = {it.token.text}`" if wanted else None


def _state_without_type(it: Surprise) -> str | None:
    """`state knocked = false`."""
    above = [entry.symbol for entry in it.stack[-2:]]
    if it.token.type != "EQUAL" or above != ["STATE", "NAME"]:
        return None
    name, type = it.tokens[it.index - 1].text, _type_of(it.tokens[it.index + 1 :][:1])
    return f"a state has a type: `state {name}: {type} = ...`"


def _colon_equals(it: Surprise) -> str | None:
    follows = it.tokens[it.index + 1 :][:1]
    assigns = it.token.type == "COLON" and follows and follows[0].text in ("=", "==")
    return "write `=`" if assigns and follows[0].start == it.token.end else None


def _module_without_names(it: Surprise) -> str | None:
    """`use std.options`."""
    above = [entry.symbol for entry in it.stack]
    if "USE" not in above or it.token.type not in ("SEMICOLON", "$END") or not it.fits("DOT"):
        return None
    line = it.text[: it.token.start].rpartition("\n")[2].strip()
    return f"say what is used of it: `{line}.{{...}}`"


_HABITS: tuple[Callable[[Surprise], str | None], ...] = (
    _clause_on,
    _and_between_parties,
    _date,
    _digits_in_groups,
    _default_for_type,
    _state_without_type,
    _colon_equals,
    _module_without_names,
    _word,
)
