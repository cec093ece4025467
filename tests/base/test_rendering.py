"""What people see of a diagnostic, to the character, and what programs see."""

import json
import re
from textwrap import dedent

from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.base.diagnostic import (
    TOLD_MAX,
    Diagnostic,
    Related,
    Severity,
    has_errors,
    told,
)
from rfos_lang.base.rendering import count_line, render, render_all, to_json
from rfos_lang.base.span import Span

NOTE = "\n" * 13 + "    issuer pays investor notional + fee\n"


def place(source: str, text: str, part: str) -> Span:
    start = text.index(part)
    return Span(source, start, start + len(part))


def block(text: str) -> str:
    return dedent(text).strip("\n")


SUM = Diagnostic(
    code="E0203",
    message="USD cannot be added to EUR",
    span=place("note.rfos", NOTE, "+ fee"),
    label="`notional` is USD, `fee` is EUR",
    help="convert with `fee * spot(EUR, USD)`",
)


def test_an_error_with_its_place_and_its_mend() -> None:
    assert render(SUM, {"note.rfos": NOTE}) == block("""
        error[E0203]: USD cannot be added to EUR
          ┌─ note.rfos:14:35
        14│     issuer pays investor notional + fee
          │                                   ^^^^^ `notional` is USD, `fee` is EUR
          = help: convert with `fee * spot(EUR, USD)`
        """)


def test_a_second_place_in_another_source() -> None:
    library = "contract Call() {}\n"
    text = "\n" * 99 + "contract Call() {}"
    twice = Diagnostic(
        code="E0301",
        message="there are two contracts `Call`",
        span=place("mine.rfos", text, "Call"),
        related=(Related(place("call.rfos", library, "Call"), "the first one"),),
        severity=Severity.WARNING,
    )
    assert render(twice, {"mine.rfos": text, "call.rfos": library}) == block("""
        warning[E0301]: there are two contracts `Call`
           ┌─ mine.rfos:100:10
        100│ contract Call() {}
           │          ^^^^
           ├─ call.rfos:1:10
          1│ contract Call() {}
           │          ---- the first one
        """)


def test_the_end_of_a_source_gets_one_mark() -> None:
    text = "contract Call("
    end = Diagnostic("E0101", "`)` is missing", Span("a.rfos", len(text), len(text)))
    assert render(end, {"a.rfos": text}).splitlines()[2:] == [
        " 1│ contract Call(",
        "  │               ^",
    ]


def test_a_stretch_of_several_lines_is_marked_on_its_first() -> None:
    text = "at expiry {\n  end\n}"
    whole = Diagnostic("E0101", "", Span("a.rfos", 3, len(text)))
    assert render(whole, {"a.rfos": text}).splitlines()[2:] == [
        " 1│ at expiry {",
        "  │    ^^^^^^^^",
    ]


def test_tabs_and_wide_characters_keep_the_marks_in_place() -> None:
    text = '\t"金利" x'
    wide = Diagnostic("E0101", "", place("a.rfos", text, "x"))
    assert render(wide, {"a.rfos": text}).splitlines()[-1] == "  │ \t       ^"


def test_a_place_without_text_is_named() -> None:
    assert render(SUM, {}).splitlines()[1] == "  ┌─ note.rfos: `notional` is USD, `fee` is EUR"


def test_a_help_of_several_lines_is_indented() -> None:
    long = Diagnostic("E0101", "m", Span("a.rfos", 0, 0), help="first\nsecond")
    assert render(long, {}).splitlines()[-2:] == ["  = help: first", "          second"]


def test_colours_add_nothing_but_escapes() -> None:
    coloured = render(SUM, {"note.rfos": NOTE}, colours=True)
    assert "\033[1;31m" in coloured
    assert re.sub(r"\033\[[\d;]*m", "", coloured) == render(SUM, {"note.rfos": NOTE})


@given(st.text(), st.integers(0, 50), st.integers(0, 50), st.text(), st.text())
def test_every_place_in_every_text_renders(
    text: str, start: int, length: int, label: str, message: str
) -> None:
    span = Span("a.rfos", start, start + length)
    diagnostic = Diagnostic("E0101", message, span, label, (Related(span, label),))
    assert render(diagnostic, {"a.rfos": text})
    assert json.loads(json.dumps(to_json(diagnostic, {"a.rfos": text})))["code"] == "E0101"


def test_json_has_what_an_editor_needs() -> None:
    assert to_json(SUM, {"note.rfos": NOTE}) == {
        "code": "E0203",
        "severity": "error",
        "message": "USD cannot be added to EUR",
        "place": {
            "source": "note.rfos",
            "start": 47,
            "end": 52,
            "line": 14,
            "column": 35,
            "end_line": 14,
            "end_column": 40,
        },
        "label": "`notional` is USD, `fee` is EUR",
        "related": [],
        "help": "convert with `fee * spot(EUR, USD)`",
        "fixes": [],
    }


def test_several_and_their_count() -> None:
    warning = Diagnostic("W0901", "m", Span("a.rfos", 0, 0), severity=Severity.WARNING)
    assert render_all([SUM, warning], {}) == render(SUM, {}) + "\n\n" + render(warning, {})
    assert count_line([SUM, warning, SUM]) == "2 errors, 1 warning"
    assert count_line([]) == "no errors"
    assert has_errors([warning, SUM]) and not has_errors([warning])


def test_of_a_long_line_the_part_around_the_place_is_shown() -> None:
    text = "x + " * 500 + "wrong" + " + y" * 500
    place_of_it = place("a.rfos", text, "wrong")
    shown = render(Diagnostic("E0301", "m", place_of_it), {"a.rfos": text}).splitlines()
    assert max(map(len, shown)) < 260
    assert shown[2].index("wrong") == shown[3].index("^^^^^") and shown[2].endswith(" ...")


def test_no_more_errors_are_told_than_anybody_reads() -> None:
    warning = Diagnostic("W0901", "m", Span("a.rfos", 0, 0), severity=Severity.WARNING)
    errors = [Diagnostic("E0301", "m", Span("a.rfos", k, k)) for k in range(TOLD_MAX + 1)]
    assert told([*reversed(errors), warning]) == tuple(errors[:TOLD_MAX])
    assert told([errors[1], warning]) == (warning, errors[1])
    assert has_errors(told([warning] * TOLD_MAX + errors))
