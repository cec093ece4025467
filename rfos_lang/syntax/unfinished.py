"""Whether a text is right so far and ends too early: for whoever reads one line after another."""

from rfos_lang.syntax.automaton import new_stack, shift
from rfos_lang.syntax.layout import lines_to_statements
from rfos_lang.syntax.lexer import scan


def is_unfinished(text: str) -> bool:
    """Whether the parser misses nothing in the text but what comes after its end."""
    tokens = lines_to_statements(scan(text, "").tokens)
    stack = new_stack()
    for token in tokens:
        if not shift(stack, token.type, None, 0, 0, _nothing):
            return token.type == "$END"
    return False


def _nothing(*_: object) -> None:
    """Nothing is built."""
