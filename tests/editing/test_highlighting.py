"""The Pygments lexer says of every token what the compiler's lexer says."""

import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.token import Error, Keyword, Name, Text

from rfos_lang.editing.categories import stretches
from rfos_lang.editing.highlighting import TOKEN_OF, RfosLexer
from rfos_lang.editing.vocabulary import Category
from rfos_lang.syntax.lexer import words_and_signs
from tests.editing.texts import RIGHT, ROOT, WRONG, name

SHOWN = """/// A call.
contract Call(u, cash: Asset, strike: cash/u, t: Date) between a, b {
    let S = spot(u, cash)
    at t { b pays a 3_000 USD/BTC * twice(S) + 5% on t.end + 2bd(NYC) as "x" } // 30/360
}
"""


def coloured(text: str) -> dict[str, Category]:
    """What each word of a text is."""
    return {text[start:end]: category for category, start, end in stretches(text)}


def test_what_the_words_of_a_contract_are() -> None:
    found = coloured(SHOWN)
    assert found["/// A call."] is Category.DOCUMENTATION
    assert found["contract"] is found["let"] is Category.DECLARING
    assert found["Call"] is Category.DECLARED
    assert found["S"] is Category.NAME  # where it is read, behind its declaration
    assert found["strike"] is Category.LABEL
    assert found["Asset"] is found["Date"] is Category.TYPE
    assert found["spot"] is Category.FUNCTION
    assert found["twice"] is Category.CALL
    assert found["3_000"] is found["5%"] is Category.NUMBER
    assert found["USD/BTC"] is Category.UNIT
    assert found["end"] is Category.FIELD
    assert found["2bd"] is Category.DURATION
    assert found["NYC"] is Category.CALENDAR
    assert found["// 30/360"] is Category.COMMENT


def test_a_number_before_a_word_of_the_language_has_no_unit() -> None:
    assert coloured("x = 3 otherwise") == {
        "x": Category.NAME,
        "=": Category.OPERATOR,
        "3": Category.NUMBER,
        "otherwise": Category.KEYWORD,
    }


@pytest.mark.parametrize("path", RIGHT, ids=name)
def test_the_library_has_no_stretch_that_cannot_be_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tokens = list(RfosLexer(stripnl=False, ensurenl=False).get_tokens(text))
    assert "".join(value for _, value in tokens) == text
    assert Error not in {type for type, _ in tokens}


@pytest.mark.parametrize("path", [*RIGHT, *WRONG], ids=name)
def test_stretches_are_the_tokens_of_the_compiler(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tokens = {(each.start, each.end) for each in words_and_signs(text) if each.text.strip()}
    halves = {(start, end) for category, start, end in stretches(text) if category is Category.UNIT}
    found = {(start, end) for _, start, end in stretches(text)}
    assert {end for _, end in found} >= {end for _, end in tokens}
    assert {start for start, _ in found} - {start for start, _ in halves} == {
        start for start, _ in tokens
    }


@given(st.text())
def test_any_text_comes_out_again(text: str) -> None:
    tokens = list(RfosLexer(stripnl=False, ensurenl=False).get_tokens_unprocessed(text))
    assert "".join(value for _, _, value in tokens) == text
    assert all(value.isspace() or value == "\ufeff" for _, type, value in tokens if type is Text)


def test_every_category_has_a_token() -> None:
    assert TOKEN_OF.keys() == set(Category)
    assert TOKEN_OF[Category.KEYWORD] in Keyword
    assert TOKEN_OF[Category.CALL] in Name


def test_pygments_finds_it_by_its_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, attribute = project["entry-points"]["pygments.lexers"]["rfos"].partition(":")
    assert getattr(import_module(module), attribute) is RfosLexer
