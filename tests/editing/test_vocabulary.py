"""Every reserved word and every terminal of the grammar has a category, and one only."""

from collections import Counter

from rfos_lang.editing.vocabulary import (
    CATEGORY_OF_TERMINAL,
    KNOWN_NAMES,
    NAMING,
    RESERVED_WORDS,
    Category,
)
from rfos_lang.syntax.lexer import words_and_signs
from rfos_lang.syntax.table import ACTIONS, KEYWORDS


def test_every_reserved_word_is_in_one_category() -> None:
    counted = Counter(word for words in RESERVED_WORDS.values() for word in words)
    assert counted == Counter(KEYWORDS.keys())


def test_known_names_are_no_reserved_words_and_in_one_category() -> None:
    counted = Counter(name for names in KNOWN_NAMES.values() for name in names)
    assert set(counted.values()) == {1}
    assert not counted.keys() & KEYWORDS.keys()


def test_every_terminal_of_the_grammar_has_a_category() -> None:
    shifted = {symbol for row in ACTIONS for symbol in row if symbol.isupper()}
    by_what_stands_around = {"NAME", "QUANTITY"}
    given = CATEGORY_OF_TERMINAL.keys() | set(KEYWORDS.values()) | by_what_stands_around
    assert shifted - {"$END", "ERROR"} <= given


def test_a_naming_word_is_followed_by_a_name() -> None:
    """What the grammar's automaton says of the state after each of them."""
    for word in NAMING:
        tokens = [token.type for token in words_and_signs(word)]
        states = [row[tokens[0]] for row in ACTIONS if row.get(tokens[0], 0) > 0]
        assert any("NAME" in ACTIONS[state] for state in states)


def test_categories_have_different_names() -> None:
    assert len({each.value for each in Category}) == len(Category)
