"""Worlds in which the simulator once found something, as the small files that it made of them."""

from pathlib import Path

import pytest

from tests.cli.running import document

WORLDS = sorted((Path(__file__).parent / "worlds").glob("*.toml"))


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_every_invariant_holds_now(path: Path) -> None:
    told = document("run", path, "--kernel", "fast")
    assert told["ok"]
    assert told["violations"] == []
