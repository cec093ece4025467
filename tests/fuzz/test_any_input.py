"""Any bytes, any tokens, any change of a right program: the parser, the checker and the formatter
answer, and what parses is formatted to what parses to the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.stdlib_path import standard_library
from rfos_lang.syntax.lexer import scan
from tests.fuzz.harness import answers

PROGRAMS = [path.read_text() for path in sorted(standard_library().rglob("*.rfos"))]
TOKENS = sorted({token.text for text in PROGRAMS for token in scan(text, "a").tokens})


@given(st.binary(max_size=400))
def test_any_bytes(content: bytes) -> None:
    answers(content)


@given(st.lists(st.sampled_from(TOKENS), max_size=60))
def test_any_tokens(tokens: list[str]) -> None:
    answers(" ".join(tokens).encode())


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A stretch of a right program with a few bytes changed."""
    content = draw(st.sampled_from(PROGRAMS)).encode()
    begin = draw(st.integers(0, len(content)))
    content = bytearray(content[begin : begin + draw(st.integers(0, 2_000))])
    for _ in range(draw(st.integers(0, 4))):
        if content:
            content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return bytes(content)


@given(mutated())
@settings(max_examples=50)
def test_any_change_of_a_right_program(content: bytes) -> None:
    answers(content)


@pytest.mark.slow
@given(mutated())
@settings(max_examples=20_000)
def test_very_many_changes_of_right_programs(content: bytes) -> None:
    answers(content)
