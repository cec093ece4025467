"""An analysis that reuses an earlier one is the analysis of the new text."""

import re
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.base.span import Span
from rfos_lang.semantics import analyse as analysis_module
from rfos_lang.semantics.analyse import Analysis, analyse
from rfos_lang.stdlib_path import standard_library
from rfos_lang.syntax import tree
from rfos_lang.syntax.parser import parse
from tests.semantics.rejected import REJECT, library

FILES = [path.read_text() for path in sorted(standard_library().glob("*.rfos"))]
FILES += [path.read_text() for path in sorted(REJECT.glob("*.rfos")) if "too_" not in path.stem]
FILES.append("""
asset GOLD in 3 decimals
let rate = 5%

/// First.
contract A(n: GOLD, due: Date) between a, b { at due { a pays b n * rate } }  // a remark
// a comment
contract B(n: GOLD, due: Date) between a, b { at due { a pays b n * twice(rate) } }

let twice(x: Number): Number = 2 * x
/// Last.
contract C(m: GOLD, A: Date) between a, b { at A { a pays b m * rate + m / 3 } }
""")
SCRAPS = [
    *("", " ", "\n", "x", "2", "}", "(", "// c\n", "/// d\n", "unsecured\n", "let q = 1\n"),
    *("A", "contract D(n: USD, t: Date) between a, b { at t { a pays b n } }\n", "USD", '"', ";"),
]


def places(value: Any, seen: set[int]) -> list[tuple[str, int, int]]:
    """Every place in a value, in order."""
    if isinstance(value, Span):
        return [(value.source, value.start, value.end)]
    if isinstance(value, list | tuple):
        return [place for each in value for place in places(each, seen)]
    if isinstance(value, dict):
        return places(list(value.items()), seen)
    if not is_dataclass(value) or id(value) in seen:
        return []
    seen.add(id(value))
    names = [field.name for field in fields(value)]
    return [place for name in names for place in places(getattr(value, name), seen)]


def assert_same(found: Analysis, fresh: Analysis) -> None:
    assert found.diagnostics == fresh.diagnostics
    assert found.module == fresh.module
    assert places(found.module, set()) == places(fresh.module, set())
    assert list(found.definitions) == list(fresh.definitions)
    assert found.types == fresh.types
    for name, definition in fresh.definitions.items():
        assert repr(found.definitions[name]) == repr(definition)


def edited(text: str, data: st.DataObject) -> str:
    """The text after one edit, mostly a small one."""
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.sampled_from([0, 0, 1, 3, 40]))
    return text[:start] + data.draw(st.sampled_from(SCRAPS)) + text[start + length :]


@given(st.sampled_from(FILES), st.data())
def test_after_any_edits_it_is_that_of_a_fresh_analysis(text: str, data: st.DataObject) -> None:
    analysis = analyse(text, "a.rfos", library)
    for _ in range(data.draw(st.integers(1, 4))):
        text = edited(text, data)
        analysis = analyse(text, "a.rfos", library, analysis)
        assert_same(analysis, analyse(text, "a.rfos", library))


def test_contracts_that_an_edit_does_not_touch_are_not_checked_again() -> None:
    text = next(text for text in FILES if "contract EuropeanCall" in text)
    before = analyse(text, "a.rfos", library)
    names = list(before.definitions)
    place = text.index("size * max(S - strike, 0)")
    after = analyse(text[:place] + "2 * " + text[place:], "a.rfos", library, before)
    assert before.earlier is not None and after.earlier is not None
    found = [before.earlier.found, after.earlier.found]
    again = [one for one in found[0] if found[0][one] is found[1][one]]
    assert len(again) == names.index("EuropeanCall")
    assert_same(analyse(text, "a.rfos", library, after), before)


@pytest.mark.parametrize("text", FILES[:8])
def test_only_what_an_edit_touches_is_checked_again(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = analyse(text, "a.rfos", library)
    assert before.earlier is not None
    checked: list[str] = []
    whole = analysis_module._contract

    def watched(*given: Any) -> Any:
        checked.append(given[2].name.text)
        return whole(*given)

    monkeypatch.setattr(analysis_module, "_contract", watched)
    items = [each for each in before.module.items if isinstance(each, CONTRACTS)]
    for item in items:
        checked.clear()
        place = text.index("{", item.span.start) + 1
        analyse(text[:place] + "\n" + text[place:], "a.rfos", library, before)
        users = {item.name.text}
        for _ in items:
            users |= {each.name.text for each in items if words_of(text, each) & users}
        assert set(checked) == users


CONTRACTS = tree.Contract | tree.Composite


def words_of(text: str, item: tree.Contract | tree.Composite) -> set[str]:
    return set(re.findall(r"\w+", text[item.span.start : item.span.end]))


def test_an_analysis_of_another_file_is_not_reused() -> None:
    text = "contract A(n: USD, t: Date) between a, b { at t { a pays b n } }\n"
    other = analyse(text, "other.rfos", library)
    found = analyse(text + "\n", "a.rfos", library, other)
    assert found.module.source == "a.rfos"
    assert_same(found, analyse(text + "\n", "a.rfos", library))


def test_the_tree_of_a_text_without_items() -> None:
    empty = analyse("", "a.rfos", library)
    assert analyse("// x\n", "a.rfos", library, empty).module == parse("// x\n", "a.rfos")[0]
