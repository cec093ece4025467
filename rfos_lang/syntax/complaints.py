"""What to say about a token that fits nowhere: known slips first, then what was expected."""

from collections.abc import Callable, Iterator
from itertools import islice

from rfos_lang.base.diagnostic import Diagnostic, Fix, Related, insertion
from rfos_lang.base.span import Span
from rfos_lang.base.suggestion import did_you_mean
from rfos_lang.base.wording import report
from rfos_lang.syntax.checks import DECIMALS_MAX
from rfos_lang.syntax.habits import habit
from rfos_lang.syntax.layout import STATEMENT_WORDS
from rfos_lang.syntax.lexer import Token
from rfos_lang.syntax.surprise import CLOSING, Surprise
from rfos_lang.syntax.table import KEYWORDS

_STATEMENT_ENDS = {"SEMICOLON", "LBRACE", "RBRACE", "$END"}
_SIGNS = {
    "LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]", "LBRACE": "{", "RBRACE": "}",
    "COMMA": ",", "COLON": ":", "DOT": ".", "EQUAL": "=", "SLASH": "/",
}  # fmt: skip
_ARITHMETIC = {"PLUS", "MINUS", "STAR", "SLASH", "CIRCUMFLEX", "RPAR", "RSQB", "NUMBER", "NAME"}

LOOKED_AHEAD = 2_000
"""So many tokens are looked through for a bracket that closes."""

_GROUPS: tuple[tuple[str, set[str], set[str]], ...] = (
    # what to say, the terminals that show it, the terminals that it covers
    ("an item such as `contract`, `asset` or `use`", {"CONTRACT", "FEED", "USE"},
     {*STATEMENT_WORDS, "SEMICOLON", "$END"}),
    ("a statement", {"WHEN", "MINT", "STATE"}, {*STATEMENT_WORDS, "SEMICOLON", "NAME"}),
    ("a step of the test (`contract`, `on`, `expect`)", {"EXPECT", "ON", "CONTRACT"},
     {"EXPECT", "ON", "CONTRACT", "SEMICOLON"}),
    ("an expression", {"NAME", "NUMBER", "LPAR"},
     {"NAME", "NUMBER", "QUANTITY", "DATE", "INSTANT", "DURATION", "DAYCOUNT", "STRING",
      "LPAR", "LSQB", "MINUS", "NOT", "IF", "TRUE", "FALSE"}),
    ("an operator", {"AND", "OR"},
     {"PLUS", "MINUS", "STAR", "SLASH", "CIRCUMFLEX", "COMPARISON", "AND", "OR", "AT", "DOT",
      "LPAR", "LSQB"}),
    ("a name", {"NAME"}, {"NAME"}),
    ("a number", {"NUMBER"}, {"NUMBER"}),
    ("a text in quotes", {"STRING"}, {"STRING"}),
    ("a time such as `08:00`", {"TIME"}, {"TIME"}),
    ("the end of the statement", {"SEMICOLON"}, {"SEMICOLON", "RBRACE", "$END"}),
)  # fmt: skip


def complaint(surprise: Surprise) -> Diagnostic:
    """The one report about a token that fits nowhere."""
    for known in _KNOWN_SLIPS:
        if (diagnostic := known(surprise)) is not None:
            return diagnostic
    phrases = list(_expected(surprise))
    expected = _listed(phrases)
    related = tuple(_opened(surprise))
    if surprise.token.type == "$END":
        return report("E0102", surprise.span, related=related, expected=expected)
    found, meant = _found(surprise.token), _misspelled(surprise)
    mend = f"did you mean `{meant}`?" if meant else habit(surprise)
    return report(
        "E0101",
        surprise.span,
        related=related,
        found=found,
        expected=expected,
        mend=mend,
        suggestion=meant,
    )


def _misspelled(it: Surprise) -> str | None:
    """The word of the language that a name may be meant for."""
    if it.token.type != "NAME":
        return None
    return did_you_mean(it.token.text, (word for word in KEYWORDS if it.fits(KEYWORDS[word])))


# --- slips that we know --------------------------------------------------------------------------


def _unclosed_bracket(it: Surprise) -> Diagnostic | None:
    if not it.open_brackets:
        return None
    if it.token.type not in _STATEMENT_ENDS and (not it.starts_line or _closes_later(it)):
        return None
    opening = it.open_brackets[-1]
    place = Span(it.source, opening.start, opening.end)
    closing = _SIGNS[CLOSING[opening.symbol]]
    opened = _SIGNS[opening.symbol]
    related = (Related(it.span, f"a `{closing}` was expected before this"),)
    fix = _put_in(it, closing)
    return report("E0103", place, related=related, fixes=fix, opened=opened, closing=closing)


def _put_in(it: Surprise, sign: str, *, safe: bool = False) -> tuple[Fix, ...]:
    """The sign behind the last thing that could be read."""
    end = it.before.end if it.before else 0
    title = f"put in `{sign}`" if sign.strip() else "begin a new line"
    return (insertion(title, it.source, end, sign, safe=safe),)


def _closes_later(it: Surprise) -> bool:
    """Whether a bracket that was opened before the token is closed before the statement ends."""
    depth = 0
    for token in islice(it.tokens, it.index, it.index + LOOKED_AHEAD):
        if token.type in _STATEMENT_ENDS:
            break
        depth += (token.type in ("LPAR", "LSQB")) - (token.type in ("RPAR", "RSQB"))
        if depth < 0:
            return True
    return False


def _unclosed_brace(it: Surprise) -> Diagnostic | None:
    at_margin = it.token.start == 0 or it.text[it.token.start - 1] == "\n"
    begins_item = at_margin and it.token.type in STATEMENT_WORDS
    if not it.open_braces or not (it.token.type == "$END" or begins_item):
        return None
    opening = it.open_braces[-1]
    place = Span(it.source, opening.start, opening.end)
    end = "the end of the file" if it.token.type == "$END" else f"`{it.token.text}`"
    return report("E0104", place, end=end, fixes=_put_in(it, "}"))


def _stray_bracket(it: Surprise) -> Diagnostic | None:
    is_stray = it.token.type == "RBRACE" and not it.open_braces
    is_stray |= it.token.type in ("RPAR", "RSQB") and not it.open_brackets
    return report("E0105", it.span, text=it.token.text) if is_stray else None


def _payment(it: Surprise) -> Diagnostic | None:
    """`pays to holder 5 USD`, `pays 5 USD`, `pays holder`: something is missing or too much."""
    above = [entry.symbol for entry in it.stack[-2:]]
    ends = it.token.type in _STATEMENT_ENDS
    lacks = above[-1:] == ["PAYS"] and it.token.type in ("TO", "QUANTITY", "NUMBER")
    return report("E0127", it.span) if lacks or (above == ["PAYS", "NAME"] and ends) else None


def _reserved_name(it: Surprise) -> Diagnostic | None:
    if it.token.text not in KEYWORDS or not it.fits("NAME"):
        return None
    follower = it.tokens[it.index + 1].type
    if it.fits("WHEN"):  # where a statement begins, only what follows shows that a name was meant
        is_name = follower in ("EQUAL", "ASSIGNMENT", "PAYS", "MAY")
    else:
        is_name = it.token.type not in STATEMENT_WORDS or not it.starts_line
    return None if not is_name else report("E0106", it.span, name=it.token.text)


def _chained_comparison(it: Surprise) -> Diagnostic | None:
    if it.token.type != "COMPARISON":
        return None
    for entry in reversed(it.stack):
        if entry.symbol == "COMPARISON":
            middle = it.text[entry.end : it.token.start].strip()
            return report("E0107", it.span, middle=middle, operator=it.token.text)
        if entry.symbol.isupper() and entry.symbol not in _ARITHMETIC:
            break
    return None


def _assignment_for_comparison(it: Surprise) -> Diagnostic | None:
    return report("E0108", it.span) if it.token.type == "EQUAL" and it.fits("COMPARISON") else None


def _comparison_for_assignment(it: Surprise) -> Diagnostic | None:
    mistaken = it.token.text == "==" and it.fits("EQUAL")
    return report("E0109", it.span) if mistaken else None


def _two_statements(it: Surprise) -> Diagnostic | None:
    joined = it.token.type in STATEMENT_WORDS and it.fits("SEMICOLON", it.token.type)
    fix = _put_in(it, "\n", safe=True) if joined else ()
    return report("E0110", it.span, text=it.token.text, fixes=fix) if joined else None


def _quantity_spacing(it: Surprise) -> Diagnostic | None:
    before = it.before
    if it.token.type != "NAME" or before is None or before.type != "NUMBER":
        return None
    gap = it.text[before.end : it.token.start]
    if "\n" in gap or it.text[before.start : before.end] != before.text:
        return None
    place = Span(it.source, before.start, it.token.end)
    if not before.text[-1].isdigit():
        return report("E0118", place, number=before.text, unit=it.token.text)
    return report("E0117", place, number=before.text, unit=it.token.text)


def _one_party(it: Surprise) -> Diagnostic | None:
    ends = it.token.type in ("LBRACE", "EQUAL", "RPAR") and it.fits("COMMA", "NAME", "LBRACE")
    alone = [entry.symbol for entry in it.stack[-2:]] == ["BETWEEN", "NAME"]
    return report("E0125", it.place(it.tokens[it.index - 1])) if alone and ends else None


def _statement_outside(it: Surprise) -> Diagnostic | None:
    outside = not it.open_braces and it.token.type in STATEMENT_WORDS and it.fits("CONTRACT")
    return report("E0122", it.span, text=it.token.text) if outside else None


def _decimals(it: Surprise) -> Diagnostic | None:
    return report("E0120", it.span, limit=DECIMALS_MAX) if it.fits("NUMBER", "DECIMALS") else None


def _reason(it: Surprise) -> Diagnostic | None:
    ends = it.token.type in ("SEMICOLON", "RBRACE", "STRING")
    return report("E0126", it.span) if ends and it.fits("COMMA", "STRING") else None


_KNOWN_SLIPS: tuple[Callable[[Surprise], Diagnostic | None], ...] = (
    _unclosed_bracket,
    _unclosed_brace,
    _stray_bracket,
    _statement_outside,
    _two_statements,
    _payment,
    _reserved_name,
    _chained_comparison,
    _assignment_for_comparison,
    _comparison_for_assignment,
    _quantity_spacing,
    _one_party,
    _decimals,
    _reason,
)


# --- what was expected ---------------------------------------------------------------------------


def _expected(surprise: Surprise) -> Iterator[str]:
    terminals = {terminal for terminal in _ALL_TERMINALS if surprise.fits(terminal)}
    for phrase, shown_by, covered in _GROUPS:
        if shown_by <= terminals:
            yield phrase
            terminals -= covered
    for terminal in sorted(terminals - {"$END", "ERROR"}):
        yield f"`{_SIGNS.get(terminal) or _WORDS.get(terminal, terminal.lower())}`"


_WORDS = {terminal: word for word, terminal in KEYWORDS.items()} | {"ASSIGNMENT": "+="}
_ALL_TERMINALS = {*_WORDS, *_SIGNS, "SEMICOLON", "$END"} | {
    terminal for _, _, covered in _GROUPS for terminal in covered
}


def _listed(phrases: list[str]) -> str:
    if len(phrases) < 2:
        return "".join(phrases) or "nothing more"
    return f"{', '.join(phrases[:-1])} or {phrases[-1]}"


def _found(token: Token) -> str:
    if token.type == "$END":
        return "the end of the file"
    return "the end of the line" if token.text == "\n" else f"`{token.text}`"


def _opened(surprise: Surprise) -> Iterator[Related]:
    for bracket in surprise.open_brackets[-1:]:
        yield Related(Span(surprise.source, bracket.start, bracket.end), "inside this bracket")
