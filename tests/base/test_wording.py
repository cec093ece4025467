"""The catalogue is whole: each code in its section, each entry complete, each template fillable."""

from string import Formatter

import pytest

from rfos_lang.base.diagnostic import Severity
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.suggestion import did_you_mean
from rfos_lang.base.wording import CATALOGUE, SECTIONS, report

HERE = Span("a.rfos", 0, 1)


def names_in(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("prefix", SECTIONS)
def test_each_code_lies_in_its_section(prefix: str) -> None:
    for code in SECTIONS[prefix]:
        assert code.startswith(prefix) and len(code) == 5 and code[1:].isdigit()


def test_no_code_is_in_two_sections() -> None:
    assert len(CATALOGUE) == sum(len(section) for section in SECTIONS.values())


@pytest.mark.parametrize("code", CATALOGUE)
def test_each_entry_is_complete(code: str) -> None:
    entry = CATALOGUE[code]
    assert entry.title and entry.message and entry.explanation
    assert not entry.message.endswith("."), "a message is a sentence of its own line: no full stop"
    for name in names_in(entry.message) | names_in(entry.help or ""):
        assert name.isidentifier() and name not in {"code", "span", "label", "related"}


@pytest.mark.parametrize("code", CATALOGUE)
def test_each_template_can_be_filled(code: str) -> None:
    entry = CATALOGUE[code]
    needed = names_in(f"{entry.message} {entry.help or ''} {entry.fix or ''}")
    made = report(code, HERE, label="here", **{name: f"<{name}>" for name in needed})
    assert made.code == code and made.span == HERE and made.label == "here"
    assert all(f"<{name}>" in made.message for name in names_in(entry.message))
    assert all(f"<{name}>" in (made.help or "") for name in names_in(entry.help or ""))
    assert (made.severity is Severity.WARNING) == code.startswith("W")


def test_a_help_that_lacks_its_name_is_left_out() -> None:
    refusal = Refused("E0584", name="MOON", suggestion=None)
    assert report(refusal.code, HERE, **refusal.names).help is None
    assert report("E0584", HERE, name="NYK", suggestion="NYC").help == "did you mean `NYC`?"


def test_an_unknown_code_or_a_missing_name_is_our_bug() -> None:
    with pytest.raises(KeyError):
        report("E9999", HERE)
    with pytest.raises(KeyError):
        report("E0584", HERE, suggestion="NYC")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("notinal", "notional"), ("NOTIONAL", "notional"), ("strik", "strike"), ("zebra", None)],
)
def test_the_nearest_name(name: str, expected: str | None) -> None:
    assert did_you_mean(name, ["strike", "notional", "expiry"]) == expected


def test_a_name_is_never_suggested_for_itself() -> None:
    assert did_you_mean("strike", ["strike"]) is None
