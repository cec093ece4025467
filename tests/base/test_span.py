"""Offsets, lines and columns of a source agree with each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.base.span import Position, Span, join, line_at, position

texts = st.text(alphabet="ab \t\n", max_size=40)


@given(texts, st.integers(0, 40))
def test_the_position_leads_back_to_the_offset(text: str, offset: int) -> None:
    offset = min(offset, len(text))
    at = position(text, offset)
    lines = text.split("\n")
    assert sum(len(line) + 1 for line in lines[: at.line - 1]) + at.column - 1 == offset
    assert line_at(text, offset) == lines[at.line - 1]


@given(texts)
def test_past_the_end_is_the_end(text: str) -> None:
    assert position(text, len(text) + 5) == position(text, len(text))


def test_lines_and_columns_count_from_one() -> None:
    assert position("ab\ncd", 0) == Position(1, 1)
    assert position("ab\ncd", 4) == Position(2, 2)
    assert line_at("ab\r\ncd", 1) == "ab"


def test_joining_covers_both() -> None:
    assert join(Span("a.rfos", 7, 9), Span("a.rfos", 2, 4)) == Span("a.rfos", 2, 9)
    with pytest.raises(AssertionError):
        join(Span("a.rfos", 0, 1), Span("b.rfos", 0, 1))
