"""An error in a data file points at the line that holds its key."""

import pytest

from rfos_lang.base.toml_place import place_of, place_of_error

TEXT = """\
title = "x"

[feeds."spot(BTC, USD)"]
bars = "a.csv"   # a comment
nested.key = 1

[[trades]]
lots = 1

[[trades]]
lots = 2
"""


def _line(*path: str | int) -> str:
    span = place_of(TEXT, "file.toml", path)
    return TEXT[span.start : span.end]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 'title = "x"'),
        (("feeds", "spot(BTC, USD)"), '[feeds."spot(BTC, USD)"]'),
        (("feeds", "spot(BTC, USD)", "bars"), 'bars = "a.csv"   # a comment'),
        (("feeds", "spot(BTC, USD)", "nested", "key"), "nested.key = 1"),
        (("trades", 0, "lots"), "lots = 1"),
        (("trades", 1, "lots"), "lots = 2"),
    ],
)
def test_a_key_is_found_at_its_line(path: tuple[str | int, ...], line: str) -> None:
    assert _line(*path) == line


def test_a_missing_key_is_placed_at_its_table() -> None:
    assert _line("feeds", "spot(BTC, USD)", "lowest") == '[feeds."spot(BTC, USD)"]'


def test_a_missing_table_is_placed_at_the_start() -> None:
    assert place_of(TEXT, "file.toml", ("accounts",)).end == 0


def test_an_error_is_placed_at_the_line_it_names() -> None:
    span = place_of_error(TEXT, "file.toml", "Expected newline or end (at line 4, column 3)")
    assert TEXT[span.start : span.end] == 'bars = "a.csv"   # a comment'


def test_an_error_that_names_no_line_is_placed_at_the_start() -> None:
    problem = "Expected newline or end of document (at end of document)"
    assert place_of_error(TEXT, "file.toml", problem).end == 0
