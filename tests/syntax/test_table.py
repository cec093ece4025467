"""The shipped automaton is the grammar's, and the grammar has no conflict."""

import pytest
from lark.exceptions import GrammarError

from rfos_lang.syntax.builder import BUILD
from rfos_lang.syntax.generate import GRAMMAR, TABLE, table_source
from rfos_lang.syntax.table import PRODUCTIONS


def test_the_table_is_what_the_grammar_gives() -> None:
    assert TABLE.read_text() == table_source(GRAMMAR.read_text())


def test_a_conflict_is_fatal() -> None:
    ambiguous = 'start: start "+" start | NAME\nNAME: /x/\n'
    with pytest.raises(GrammarError):
        table_source(ambiguous)


def test_each_rule_of_the_grammar_has_its_builder() -> None:
    actions = {
        action
        for _, _, action, children, transparent in PRODUCTIONS
        if action and not (transparent and len(children) == 1)
    }
    assert actions == set(BUILD)
