"""What the text alone tells about the order of instants, and that no clause reads the future."""

import pytest

from rfos_lang.semantics.analyse import analyse
from tests.semantics.rejected import library

CONTRACT = """contract C(
    underlying, cash: Asset, dates: Schedule, first_day, expiry: Date, size: underlying
)
between holder, writer {{
    let S = spot(underlying, cash)
    unsecured
    {clause}
    at expiry {{ writer pays holder size * S }}
}}
"""


def errors(clause: str) -> list[str]:
    text = CONTRACT.format(clause=clause)
    found = analyse(text, "c.rfos", library).diagnostics
    return [diagnostic.code for diagnostic in found if diagnostic.code[0] == "E"]


def read_at(instant: str, clause: str) -> list[str]:
    """The errors of a clause that reads the price at an instant."""
    return errors(f"{clause} {{ writer pays holder size * (S at {instant}) }}")


@pytest.mark.parametrize(
    ("instant", "clause"),
    [
        ("start", "at expiry"),
        ("start", "when S > S at start"),
        ("expiry", "at expiry"),
        ("(expiry - 3M)", "at expiry"),
        ("(expiry - 2bd(NYC))", "at (expiry - 1bd(NYC))"),
        ("first(dates)", "at last(dates)"),
        ("first(dates)", "at each t in dates"),
        ("t", "at each t in dates"),
        ("t.previous", "at each t in dates"),
        ("(t - 1d)", "at each t in dates"),
        ("p.start", "at each p in periods(dates)"),
        ("p.end", "at each p in periods(dates)"),
        ("(p.start - 2bd(TARGET))", "at each p in periods(dates)"),
        ("2026-01-01", "at 2026-02-01"),
        ("first_day", "at expiry"),
        ("(start - 3M)", "when S > 0 on dates"),
    ],
)
def test_the_past_and_the_undecided_may_be_read(instant: str, clause: str) -> None:
    assert read_at(instant, clause) == []


@pytest.mark.parametrize(
    ("instant", "clause"),
    [
        ("(expiry + 1d)", "at expiry"),
        ("expiry", "at expiry - 1d"),
        ("last(dates)", "at first(dates)"),
        ("last(dates)", "at each t in dates"),
        ("(t + 1d)", "at each t in dates"),
        ("(p.end + 2bd(NYC))", "at each p in periods(dates)"),
        ("2026-02-01", "at 2026-01-01"),
        ("expiry", "when S > 0"),
        ("expiry", "holder may exercise until expiry default true"),
        ("(start + 1d)", "when S > 0"),
    ],
)
def test_the_future_may_not(instant: str, clause: str) -> None:
    assert read_at(instant, clause) == ["E0415"]


def test_a_mean_is_not_read_before_its_first_fixing() -> None:
    mean = "{ writer pays holder size * mean(S on dates) }"
    assert errors("at first(dates) - 1d " + mean) == ["E0415"]
    assert errors("at first(dates) " + mean) == []
    assert errors("at last(dates) " + mean) == []


def test_the_future_is_seen_inside_of_lets_and_path_functions() -> None:
    assert errors(
        "let later = 1 + ((S at expiry) / S); when S > 0 { writer pays holder size * later }"
    ) == ["E0415"]
    assert errors("at first(dates) { if ever(S > S at last(dates)) { end } }") == ["E0415"]


def test_rules_may_not_read_it_either() -> None:
    rule = "collateral of writer in cash { maintenance: size * (S at expiry); initial: 0 }"
    assert errors(rule) == ["E0415"]


def test_what_runs_when_a_deadline_passes_knows_what_came_before() -> None:
    choice = (
        "holder may exercise until expiry {} otherwise { writer pays holder size * (S at expiry) }"
    )
    assert errors(choice) == []


@pytest.mark.parametrize("on", ["t", "t + 2bd(NYC)", "expiry", "last(dates)"])
def test_a_payment_may_fall_due_later(on: str) -> None:
    assert errors(f"at each t in dates {{ writer pays holder size on {on} }}") == []


@pytest.mark.parametrize("on", ["t - 2bd(NYC)", "t.previous"])
def test_a_payment_may_not_fall_due_before_it_is_fixed(on: str) -> None:
    assert errors(f"at each t in dates {{ writer pays holder size on {on} }}") == ["E0416"]
