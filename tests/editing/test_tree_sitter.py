"""The tree-sitter grammar has every word of the language. What it makes of texts is looked at by
its own engine: `editors/check tree-sitter`."""

import re

import pytest

from rfos_lang.editing.generate import EDITORS
from rfos_lang.syntax.table import KEYWORDS

GRAMMAR = EDITORS / "tree-sitter-rfos"


@pytest.mark.parametrize("word", KEYWORDS)
def test_a_reserved_word_is_in_the_grammar(word: str) -> None:
    assert f'"{word}"' in (GRAMMAR / "grammar.js").read_text(encoding="utf-8")


def test_queries_name_only_nodes_of_the_grammar() -> None:
    """`node-types.json` lists the nodes that the generated parser makes."""
    types = re.findall(r'"type": "(\w+)",\s+"named": true', _text("src/node-types.json"))
    for query in sorted((GRAMMAR / "queries").glob("*.scm")):
        text = re.sub(r";.*|\"[^\"]*\"|\(#[^)]*\)", "", query.read_text(encoding="utf-8"))
        assert set(re.findall(r"\((\w+)", text)) <= set(types), query.name


def _text(name: str) -> str:
    return (GRAMMAR / name).read_text(encoding="utf-8")
