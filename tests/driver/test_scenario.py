"""Scenario files: what is wrong is said at its line, and nothing is guessed."""

from pathlib import Path

import pytest

from rfos_lang.driver.scenario import parse_scenario

TEXT = Path("examples/black_thursday/scenario.toml").read_text(encoding="utf-8")


def _wrong(text: str) -> list[tuple[str, str]]:
    """(code, the line it points at) of each diagnostic."""
    scenario, wrong = parse_scenario(text, "s.toml")
    assert scenario is None
    return [(each.code, text[each.span.start : each.span.end]) for each in wrong]


def test_the_example_is_right() -> None:
    scenario, wrong = parse_scenario(TEXT, "s.toml")
    assert wrong == ()
    assert scenario is not None
    assert len(scenario.trades) == 5


@pytest.mark.parametrize(
    ("before", "after", "code", "line"),
    [
        ("lots = 25", "lot = 25", "E0802", "[[trades]]"),
        ("staleness", "stalenes", "E0803", 'stalenes = "2h"'),
        ('step = "5min"', 'step = "5 minutes"', "E0804", 'step = "5 minutes"'),
        ("2020-03-16T00:00:00Z", '"16 March"', "E0804", 'to = "16 March"'),
        ("lots = 25", "lots = -25", "E0804", "lots = -25"),
        ("premium = 62", 'premium = "a lot"', "E0804", 'premium = "a lot"'),
        ('"aldgate"', '"aldgat"', "E0805", 'second = "aldgat"'),
        ('instrument = "put_6000"', 'instrument = "put"', "E0805", 'instrument = "put"'),
        ("2020-03-12T10:25:00Z", "2021-03-12T10:25:00Z", "E0806", "at = 2021-03-12T10:25:00Z"),
        ("[oracle]", "[oracle", "E0801", "[oracle"),
    ],
)
def test_a_mistake_is_placed(before: str, after: str, code: str, line: str) -> None:
    assert before in TEXT
    found = _wrong(TEXT.replace(before, after, 1))
    assert (code, line) in found
