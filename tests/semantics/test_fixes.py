"""Fixes as data: each one that is offered for a wrong program removes what it was offered for."""

import re
from itertools import pairwise

import pytest

from rfos_lang.base.diagnostic import Diagnostic, Edit, Fix, has_errors
from rfos_lang.base.fixing import edited, safe_fixes
from rfos_lang.base.span import Span
from rfos_lang.semantics.analyse import analyse
from rfos_lang.syntax.parser import parse
from tests.semantics.rejected import REJECT, library

PROGRAMS = {path.stem: path.read_text() for path in sorted(REJECT.glob("*.rfos"))}


def said(text: str) -> tuple[Diagnostic, ...]:
    return analyse(text, "a.rfos", library).diagnostics


def offered(text: str) -> list[tuple[Diagnostic, Fix]]:
    return [(diagnostic, fix) for diagnostic in said(text) for fix in diagnostic.fixes]


def moved(offset: int, edits: tuple[Edit, ...]) -> int:
    """Where an offset lies once the edits before it are made."""
    before = [edit for edit in edits if edit.span.end <= offset and edit.span.start < offset]
    return offset + sum(len(edit.text) - (edit.span.end - edit.span.start) for edit in before)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_fix_removes_what_it_was_offered_for(name: str) -> None:
    text = PROGRAMS[name]
    unreadable = len(parse(text, "a.rfos")[1])
    for diagnostic, fix in offered(text):
        mended = edited(text, fix.edits)
        assert len(parse(mended, "a.rfos")[1]) <= unreadable, (fix, mended)
        start = moved(diagnostic.span.start, fix.edits)
        again = [(d.code, d.message) for d in said(mended) if d.span.start == start]
        assert (diagnostic.code, diagnostic.message) not in again, (fix, mended)


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_a_title_quotes_is_what_the_fix_leaves(name: str) -> None:
    text = PROGRAMS[name]
    for _, fix in offered(text):
        mended = " ".join(edited(text, fix.edits).split())
        parts = [part for each in fix.title.split("`")[1::2] for part in each.split("...")]
        if fix.title.startswith("write"):
            assert parts and all(" ".join(part.split()) in mended for part in parts), fix
        else:
            assert fix.title in WITHOUT_QUOTES or re.match(r"(add|let|put in|say) ", fix.title), fix


WITHOUT_QUOTES = ("begin a new line", "call it perpetual", "remove it", "turn it round")


@pytest.mark.parametrize("name", PROGRAMS)
def test_edits_of_a_fix_lie_in_the_text_and_apart(name: str) -> None:
    text = PROGRAMS[name]
    for _, fix in offered(text):
        assert fix.title and fix.edits
        spans = sorted((edit.span.start, edit.span.end) for edit in fix.edits)
        assert all(0 <= start <= end <= len(text) for start, end in spans)
        assert all(first[1] <= second[0] for first, second in pairwise(spans))


def test_the_codes_that_offer_a_fix() -> None:
    """So that none is lost unseen."""
    codes = {diagnostic.code for text in PROGRAMS.values() for diagnostic, _ in offered(text)}
    assert codes == FIXED


FIXED = {
    "E0101",
    "E0103",
    "E0104",
    "E0105",
    "E0106",
    "E0107",
    "E0108",
    "E0109",
    "E0110",
    "E0111",
    "E0112",
    "E0115",
    "E0117",
    "E0118",
    "E0121",
    "E0201",
    "E0202",
    "E0203",
    "E0204",
    "E0205",
    "E0206",
    "E0207",
    "E0210",
    "E0213",
    "E0223",
    "E0224",
    "E0301",
    "E0309",
    "E0315",
    "E0316",
    "E0323",
    "E0408",
    "E0410",
    "E0472",
    "E0590",
    "W0902",
    "W0905",
}


def fixed(text: str, title: str) -> str:
    """The text after the one fix with this title."""
    ((_, fix),) = [(d, f) for d, f in offered(text) if f.title == title]
    return edited(text, fix.edits)


def test_an_amount_that_would_be_negative_is_paid_by_the_other() -> None:
    text = "contract C(t: Date) between a, b { at t { a pays b -5 USD } }"
    mended = fixed(text, "let b pay a")
    assert mended == text.replace("a pays b -5", "b pays a 5")
    assert said(mended) == ()


def test_an_amount_of_another_asset_is_converted() -> None:
    text = "contract C(n: USD, m: EUR, t: Date) between a, b { at t { a pays b n + (m - 1 EUR) } }"
    mended = fixed(text, "write `(m - 1 EUR) * spot(EUR, USD)`")
    assert "n + ((m - 1 EUR) * spot(EUR, USD))" in mended and not has_errors(said(mended))


def test_safe_fixes_that_touch_each_other_are_made_one_at_a_time() -> None:
    here = Span("a.rfos", 0, 2)
    fix = Fix("write", (Edit(here, "x"),), safe=True)
    doubtful = Fix("or else", (Edit(Span("a.rfos", 5, 6), "y"),))
    diagnostics = [Diagnostic("E0301", "m", here, fixes=(doubtful, fix)) for _ in range(2)]
    assert safe_fixes(diagnostics) == [fix]
