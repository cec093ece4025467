"""A contract is the same whether all of its file is read or only what it needs."""

from pathlib import Path

import pytest

from rfos_lang.semantics.analyse import analyse
from rfos_lang.syntax.excerpt import excerpt
from tests.semantics.rejected import library
from tests.semantics.test_stdlib import FILES


def without_tests(module: str) -> str | None:
    text = library(module)
    return text and excerpt(text)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_excerpt_has_the_contract_at_its_place(file: Path) -> None:
    text = file.read_text()
    for name, whole in analyse(text, "std", library).definitions.items():
        if whole.span.source != "std":
            continue
        found = analyse(excerpt(text, name), "std", without_tests)
        assert not found.diagnostics
        assert repr(found.definitions[name]) == repr(whole)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_without_a_contract_all_but_tests_is_there(file: Path) -> None:
    text = file.read_text()
    whole, part = (analyse(each, "std", without_tests) for each in (text, excerpt(text)))
    assert repr(part.definitions) == repr(whole.definitions)
    assert part.assets == whole.assets and part.exports.keys() == whole.exports.keys()
    assert part.tests == () and len(excerpt(text)) == len(text)


def test_of_a_contract_that_is_not_there_all_are_kept_to_be_suggested() -> None:
    text = library("std.options")
    assert excerpt(text, "EuropeenCall") == excerpt(text) != text
