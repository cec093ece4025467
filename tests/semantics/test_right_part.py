"""What of a text is right, whatever is wrong beside it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.base.diagnostic import has_errors
from rfos_lang.semantics.analyse import analyse
from rfos_lang.semantics.right_part import RightPart, right_part
from rfos_lang.stdlib_path import standard_library
from rfos_lang.syntax import tree
from rfos_lang.syntax.lexer import scan
from rfos_lang.syntax.parser import parse
from tests.semantics.rejected import library
from tests.semantics.test_any_text import PROGRAMS
from tests.semantics.test_reuse import edited

FIRST = "contract First(n: USD, t: Date) between a, b { at t { a pays b n } }\n"
LAST = "contract Last(n: USD, t: Date) between a, b { at t { a pays b n * rate } }\n"
TEXT = f"let rate = 5%\n{FIRST}/// Wrong.\n¦\n/// Right.\n{LAST}"
LIBRARY = [path.read_text() for path in sorted(standard_library().glob("*.rfos"))]


def right(text: str) -> RightPart:
    return right_part(text, analyse(text, "a.rfos", library), library)


@pytest.mark.parametrize(
    "wrong",
    [
        "con",
        "contract",
        "contract M(",
        "contract M(n: USD, t: Date) between a, b {",
        "contract M(n: USD, t: Date) between a, b { at t { a pays } }",
        "contract M(n: USD, t: Date) between a, b { at t { a pays b n }",
        "contract M(n: USD, t: Date) between a, b { at t { a pays b n * (1 + } }",
        "contract M(n: USD, t: Date) between a, b { at t { a pays b nn } }",
        "contract M(n: USD, t: Date) between a, b = Last(",
        "let x =",
        "let x = 1 +",
        "let x = $",
        "let x = unheard_of",
        "unit",
        "unit rate",
        "use std.opt",
        "use std.options.{",
        "use std.options.{UnheardOf}",
        'test "x" {',
        'test "x',
    ],
)
def test_what_is_begun_takes_nothing_away(wrong: str) -> None:
    text = TEXT.replace("¦", wrong)
    found = right(text)
    assert has_errors(analyse(text, "a.rfos", library).diagnostics)
    assert list(found.analysis.definitions) == ["First", "Last"]
    lines = text.splitlines()
    assert found.text.splitlines()[3] == " " * len(lines[3])
    assert found.text.splitlines()[5:] == lines[5:]


def test_what_names_something_wrong_is_not_right() -> None:
    wrong = TEXT.replace("¦", "").replace("5%", "5% *")
    assert list(right(wrong).analysis.definitions) == ["First"]
    both = (
        f"{wrong}contract Twice(n: USD, t: Date) between a, b = 2 * Last(n, t:) {{ unsecured }}\n"
    )
    assert list(right(both).analysis.definitions) == ["First"]


def test_a_contract_that_lost_its_end_is_not_right_without_it() -> None:
    text = (
        "contract A(n: USD, t: Date) between a, b {\n"
        "    at t { a pays b n } }\n"
        "    at t { b pays a n }\n"
        "}\n"
    )
    assert not right(text).analysis.definitions
    assert list(right(FIRST + text).analysis.definitions) == ["First"]


@given(st.sampled_from(LIBRARY), st.data())
def test_a_word_lost_takes_away_its_item_and_those_that_name_it(
    text: str, data: st.DataObject
) -> None:
    module = parse(text, "a.rfos")[0]
    item = data.draw(st.sampled_from(module.items))
    words = [
        token
        for token in scan(text, "a.rfos").tokens
        if item.span.start < token.start < item.span.end and token.type != "NEWLINE"
    ]
    word = data.draw(st.sampled_from(words))
    kept = right(text[: word.start] + " " * len(word.text) + text[word.end :])
    whole = analyse(text, "a.rfos", library).definitions
    gone = {item.name.text} if isinstance(item, tree.Contract | tree.Composite) else set()
    beside = [each for each in module.items if each is not item]
    named = {
        each.name.text: set(re.findall(r"\w+", text[each.span.start : each.span.end]))
        for each in beside
        if isinstance(each, tree.Contract | tree.Composite)
    }
    if isinstance(item, tree.Let | tree.Unit | tree.Feed | tree.Asset):
        gone = {item.name.text}
    elif isinstance(item, tree.Use):
        gone = {name.text for name in item.names}
    while more := {name for name, words in named.items() if words & gone and name not in gone}:
        gone |= more
    for name in named.keys() - gone:
        assert repr(kept.analysis.definitions[name]) == repr(whole[name])


@given(st.sampled_from(PROGRAMS), st.data())
def test_it_is_right_whatever_the_text(text: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(0, 3))):
        text = edited(text, data)
    found = right(text)
    assert not has_errors(found.analysis.diagnostics)
    assert len(found.text) == len(text)
    assert all(new in (old, " ") for new, old in zip(found.text, text, strict=True))
