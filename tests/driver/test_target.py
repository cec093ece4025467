"""What a user points at, taken apart."""

from pathlib import PurePath

import pytest

from rfos_lang.driver.target import Target, parse_target


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("call.rfos", Target(PurePath("call.rfos"), None, None)),
        ("call.rfos:Call", Target(PurePath("call.rfos"), None, "Call")),
        ("deep/er/call.rfos:Call", Target(PurePath("deep/er/call.rfos"), None, "Call")),
        ("notes.txt", Target(PurePath("notes.txt"), None, None)),
        ("std.rfos", Target(PurePath("std.rfos"), None, None)),
        ("std.options", Target(None, "std.options", None)),
        ("std.options.EuropeanCall", Target(None, "std.options", "EuropeanCall")),
        ("std.options:EuropeanCall", Target(None, "std.options", "EuropeanCall")),
    ],
)
def test_targets(text: str, target: Target) -> None:
    assert parse_target(text) == target
