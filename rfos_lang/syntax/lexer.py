"""From text to words and signs.

Comments are kept aside, documentation among them. Whatever cannot be read is reported here and
mended into what was most likely meant, so that one slip is one error.
"""

import re
from collections.abc import Iterator
from dataclasses import field
from datetime import datetime, time
from typing import NamedTuple

from rfos_lang.base.diagnostic import Diagnostic, rewriting
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.syntax.table import KEYWORDS, PATTERN
from rfos_lang.syntax.tree import Comment

DIGITS_MAX = 60

_PATTERN = re.compile(PATTERN, re.ASCII)
_WORDS_FOR_SIGNS = {"&&": "and", "||": "or", "!": "not"}
_SIGNS_FOR_SIGNS = {
    "\u00d7": ("STAR", "*"), "\u00b7": ("STAR", "*"), "\u00f7": ("SLASH", "/"),
    "\u2212": ("MINUS", "-"), "\u2013": ("MINUS", "-"),
    "\u2264": ("COMPARISON", "<="), "\u2265": ("COMPARISON", ">="), "\u2260": ("COMPARISON", "!="),
}  # fmt: skip
_MONEY = {"$": "USD", "\u20ac": "EUR", "\u00a3": "GBP", "\u00a5": "JPY"}
_SUM = re.compile(r"\d[\d_]*(?:[.,]\d+)*", re.ASCII)
_HINTS = {**_MONEY, "\u201c": '"', "\u201d": '"'}
"""What is meant by signs of other keyboards and languages: words, signs, and what to write."""


class Token(NamedTuple):
    """A word or sign: its terminal of the grammar, how it is written, and from where to where."""

    type: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Scanned:
    """A text cut into tokens; the last is `$END`, and line ends are NEWLINE, one for each run.

    `docs` holds the `///` lines in front of the token that starts at that offset.
    """

    tokens: list[Token] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    docs: dict[int, list[Comment]] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def scan(text: str, source: str) -> Scanned:
    """All tokens of a text. Never raises."""
    scanned = Scanned()
    pending: list[Comment] = []
    strange = read = -1
    for token in words_and_signs(text):
        if token.start < read:
            continue
        if token.type == "UNKNOWN" and token.start == strange and not _meant(token.text):
            strange = token.end  # of a run of them the first is reported
            continue
        if token.type == "COMMENT":
            comment = Comment(token.text.rstrip(), span=Span(source, token.start, token.end))
            (pending if _is_doc(comment, scanned.tokens) else scanned.comments).append(comment)
            continue
        if token.type in _MENDED:
            read = _read_with(token, text)
            token = token._replace(text=text[token.start : read], end=read)
            token = _mended(token, source, scanned.diagnostics)
        if token.type == "NEWLINE":
            if scanned.tokens and scanned.tokens[-1].type == "NEWLINE":
                scanned.tokens.pop()
        elif token.type == "UNKNOWN":
            strange = token.end
            continue
        elif pending:
            scanned.docs[token.start] = pending
            pending = []
        scanned.tokens.append(token)
    return scanned


def words_and_signs(text: str) -> Iterator[Token]:
    """Everything but spaces as it is written, nothing mended; the last is `$END`. Never raises."""
    position, after_dot = 0, False
    while match := _PATTERN.match(text, position):
        kind = match.lastgroup or ""
        start, position = match.span()
        if kind == "SPACE":
            continue
        if kind == "QUANTITY" and _unit_is_keyword(match.group()):
            kind, position = "NUMBER", text.index(" ", start)
        elif kind == "UNCLOSED_STRING":  # the brackets behind it are not part of the text
            position = start + len(match.group().rstrip(" \t)]};"))
        elif kind == "NAME" and not after_dot:
            kind = KEYWORDS.get(match.group(), kind)
        after_dot = kind == "DOT"
        yield Token(kind, text[start:position], start, position)
    yield Token("$END", "", len(text), len(text))


def _unit_is_keyword(quantity: str) -> bool:
    return quantity.partition(" ")[2].partition("/")[0] in KEYWORDS


def _is_doc(comment: Comment, before: list[Token]) -> bool:
    first_on_line = not before or before[-1].type == "NEWLINE"
    return first_on_line and comment.text.startswith("///") and not comment.text.startswith("////")


def _read_with(token: Token, text: str) -> int:
    """How far a token goes: a sign of money takes the sum behind it, and a foreign sign of comments
    the rest of its line."""
    if token.text == "#":
        end = text.find("\n", token.start)
        return end if end >= 0 else len(text)
    behind = _SUM.match(text, token.end) if token.text in _MONEY else None
    return behind.end() if behind else token.end


# --- mending -------------------------------------------------------------------------------------


def _mended(token: Token, source: str, diagnostics: list[Diagnostic]) -> Token:
    """The token as it was meant, after a report if there is anything to report.

    What means nothing comes back as UNKNOWN.
    """
    span = Span(source, token.start, token.end)
    mended, complaint = _MENDED[token.type](token, span)
    if complaint is not None and not _continues(diagnostics, span):
        diagnostics.append(complaint)
    return token if mended is None else token._replace(type=mended[0], text=mended[1])


def _continues(diagnostics: list[Diagnostic], span: Span) -> bool:
    """Whether a run of strange characters goes on, of which the first was reported."""
    return (
        bool(diagnostics)
        and diagnostics[-1].code == "E0115"
        and (diagnostics[-1].span.end == span.start)
    )


_Mended = tuple[tuple[str, str] | None, Diagnostic | None]


def _day(token: Token, span: Span) -> _Mended:
    try:
        datetime.fromisoformat(token.text)
    except ValueError:
        meant = "2000-01-01" if token.type == "DATE" else "2000-01-01T00:00Z"
        return (token.type, meant), report("E0114", span, text=token.text)
    return None, None


def _time(token: Token, span: Span) -> _Mended:
    try:
        time.fromisoformat(token.text)
    except ValueError:
        return (token.type, "00:00"), report("E0114", span, text=token.text)
    return None, None


def _malformed_date(token: Token, span: Span) -> _Mended:
    if "T" in token.text:
        return ("INSTANT", "2000-01-01T00:00Z"), report("E0113", span, text=token.text, meant=None)
    parts = token.text.split("-")
    meant = "-".join(part.zfill(2) for part in parts) if len(parts) == 3 else None
    return ("DATE", "2000-01-01"), report("E0112", span, text=token.text, meant=meant)


def _digits(token: Token, span: Span) -> _Mended:
    number, _, unit = token.text.partition(" ")
    if sum(character.isdigit() for character in number) <= DIGITS_MAX:
        return None, None
    meant = {"QUANTITY": f"1 {unit}", "DURATION": "1d"}.get(token.type, "1")
    return (token.type, meant), report("E0119", span, limit=DIGITS_MAX)


def _malformed_number(token: Token, span: Span) -> _Mended:
    split = re.fullmatch(r"(\d+(?:_\d+)*(?:\.\d+)?)([A-Za-z_]{2,})", token.text)
    meant = f"{split[1]} {split[2]}" if split else None
    return ("NUMBER", "1"), report("E0111", span, text=token.text, meant=meant)


def _unclosed_text(token: Token, span: Span) -> _Mended:
    return ("STRING", token.text + '"'), report("E0116", span)


def _unknown(token: Token, span: Span) -> _Mended:
    meant = _meant(token.text)
    sign, rest = token.text[:1], token.text[1:]
    if sign == "#":
        return None, report("E0115", span, text=sign, word=f"//{rest}")
    if sign in _MONEY and rest:
        meant = ("QUANTITY", f"{rest.replace(',', '_')} {_MONEY[sign]}")
    hint = meant[1] if meant else _HINTS.get(token.text)
    fix = rewriting(f"write `{hint}`", span, hint, safe=meant is not None) if hint else None
    fixes = (fix,) if fix else ()
    return meant, report("E0115", span, fixes=fixes, text=_shown(token.text), word=hint)


def _meant(sign: str) -> tuple[str, str] | None:
    """The terminal and the spelling of what a sign of another language stands for."""
    word = _WORDS_FOR_SIGNS.get(sign)
    return (KEYWORDS[word], word) if word else _SIGNS_FOR_SIGNS.get(sign)


def _shown(character: str) -> str:
    return character if character.isprintable() else f"U+{ord(character):04X}"


_MENDED = {
    "DATE": _day,
    "INSTANT": _day,
    "TIME": _time,
    "NUMBER": _digits,
    "QUANTITY": _digits,
    "DURATION": _digits,
    "MALFORMED_DATE": _malformed_date,
    "MALFORMED_NUMBER": _malformed_number,
    "UNCLOSED_STRING": _unclosed_text,
    "UNKNOWN": _unknown,
}
