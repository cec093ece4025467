"""Where the end of a line ends a statement."""

import pytest

from rfos_lang.syntax.layout import lines_to_statements
from rfos_lang.syntax.lexer import scan
from rfos_lang.syntax.parser import parse


def statements(text: str) -> list[str]:
    """The text of each statement, its tokens separated by one space."""
    tokens = lines_to_statements(scan(text, "test.rfos").tokens)
    joined = " ".join(";" if it.type == "SEMICOLON" else it.text for it in tokens)
    return [statement.strip() for statement in joined.split(";")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = b\nc = d", ["a = b", "c = d"]),
        ("a = b\n\n\nc = d", ["a = b", "c = d"]),
        ("a = b // remark\nc = d", ["a = b", "c = d"]),
        ("a = f(b,\n  c\n)\nd", ["a = f ( b , c )", "d"]),
        ("a = [b\n, c]\nd", ["a = [ b , c ]", "d"]),
        ("a = b +\nc", ["a = b + c"]),
        ("a = b\n  + c", ["a = b + c"]),
        ("a\n  = b", ["a = b"]),
        ("a = if b\n then c\n else d", ["a = if b then c else d"]),
        ("a = b and\n c", ["a = b and c"]),
        ("a\n{ b\n}\notherwise { c }", ["a { b } otherwise { c }"]),
        ('a pays b c\n as "d"', ['a pays b c as "d"']),
        ("a\nbetween b", ["a between b"]),
        ("a = f(b\nlet c = d", ["a = f ( b", "let c = d"]),
        ("a = f(b\n    if c then d else e)", ["a = f ( b if c then d else e )"]),
        ("\n\na = b\n", ["a = b"]),
    ],
)
def test_lines(text: str, expected: list[str]) -> None:
    assert statements(text) == expected


def test_a_line_end_and_a_semicolon_are_read_alike() -> None:
    lines, _ = parse("unit a\nunit b\n", "test.rfos")
    marked, _ = parse("unit a; unit b", "test.rfos")
    assert lines.items == marked.items


def test_windows_line_ends_change_nothing() -> None:
    unix = "contract A() between a, b {\n    let x = 1 // one\n    end\n}\n"
    windows, diagnostics = parse(unix.replace("\n", "\r\n"), "test.rfos")
    assert diagnostics == ()
    assert windows.items == parse(unix, "test.rfos")[0].items
