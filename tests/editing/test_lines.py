"""Offsets and the positions of editors."""

from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.editing.lines import Position, lines_of

TEXTS = st.lists(st.sampled_from(["a", "é", "😀", "\n", "\r", "\r\n"]), max_size=30).map("".join)


@given(TEXTS)
def test_every_offset_comes_back_but_those_within_a_line_end(text: str) -> None:
    lines = lines_of(text)
    for offset in range(len(text) + 1):
        within = text[offset - 1 : offset + 1] == "\r\n"
        if not within:
            assert lines.offset(lines.position(offset)) == offset


@given(TEXTS)
def test_columns_are_counted_in_units_of_utf_16(text: str) -> None:
    lines = lines_of(text)
    for offset in range(len(text) + 1):
        line, column = lines.position(offset)
        before = text[lines.starts[line] : offset]
        assert column == len(before.encode("utf-16-le")) // 2


@given(TEXTS, st.integers(-2, 40), st.integers(-2, 40))
def test_any_position_is_some_offset(text: str, line: int, column: int) -> None:
    assert 0 <= lines_of(text).offset(Position(line, column)) <= len(text)


def test_line_ends_are_those_of_editors() -> None:
    assert lines_of("a\nb\r\nc\rd").starts == (0, 2, 5, 7)
    assert lines_of("a\r\nb").offset(Position(0, 9)) == 1
