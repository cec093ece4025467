"""The TextMate grammar gives every token of every text the scope of its category.

Its rules are flat, so a few lines run them: from where one ended, the rule that matches first; of
several there, the one that stands first. The command of `editors/README.md` runs the same texts
through the engine that VS Code has.
"""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.editing.categories import Stretch, stretches
from rfos_lang.editing.textmate import SCOPE_OF, Rule, grammar
from rfos_lang.editing.vocabulary import Category
from tests.editing.texts import RIGHT, WRONG, name

RULES = [(re.compile(rule["match"]), rule) for rule in grammar()["patterns"]]
CATEGORY_OF = {f"{scope}.rfos": category for category, scope in SCOPE_OF.items()}


def by_rules(text: str) -> list[Stretch]:
    """The stretches that the grammar makes of a text, line by line."""
    found = []
    offset = 0
    for line in text.split("\n"):
        position = 0
        while matches := [
            (match.start(), at, match)
            for at, (pattern, _) in enumerate(RULES)
            if (match := pattern.search(line, position))
        ]:
            _, at, match = min(matches)
            found += scoped(RULES[at][1], match, offset)
            position = match.end()
        offset += len(line) + 1
    return found


def scoped(rule: Rule, match: re.Match[str], offset: int) -> list[Stretch]:
    groups = rule.get("captures") or ({"0": rule} if "name" in rule else {})
    return [
        Stretch(
            CATEGORY_OF[scope["name"]],
            offset + match.start(int(group)),
            offset + match.end(int(group)),
        )
        for group, scope in groups.items()
    ]


def readable(found: list[Stretch]) -> list[Stretch]:
    """Without what cannot be read: there the lexer mends, and an editor need not cut alike."""
    return [each for each in found if each.category is not Category.WRONG]


def test_every_category_has_its_own_scope() -> None:
    assert SCOPE_OF.keys() == set(Category)
    assert len(set(SCOPE_OF.values())) == len(Category)


@pytest.mark.parametrize("path", RIGHT, ids=name)
def test_the_library_is_cut_and_named_as_the_compiler_does(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = by_rules(text)
    assert found == list(stretches(text))
    assert Category.WRONG not in {each.category for each in found}


@pytest.mark.parametrize("path", WRONG, ids=name)
def test_so_is_what_can_be_read_of_wrong_programs(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found, expected = by_rules(text), list(stretches(text))
    if Category.WRONG in {each.category for each in expected}:
        assert Category.WRONG in {each.category for each in found}
    else:
        assert found == expected


WORDS = """let x 3 . at ( : USD/BTC 30/360 2026-01-01 08:00 spot
    // "a" bp % / y contract _ += < 2bd T"""
PIECES = st.sampled_from([*WORDS.split(), " ", "  ", "\n"])


@given(st.lists(PIECES).map("".join))
def test_any_words_in_any_order_are_named_alike(text: str) -> None:
    assert readable(by_rules(text)) == readable(list(stretches(text)))
