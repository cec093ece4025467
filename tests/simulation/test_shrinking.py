"""A world in which an invariant breaks becomes a small file, which breaks it again."""

from pathlib import Path

import pytest

from rfos_lang.cli.run import context
from rfos_lang.driver.world_file import script, written
from rfos_runtime.records.commands import Define, List
from rfos_runtime.simulation.checks.invariants import COMPARED
from rfos_runtime.simulation.machine import play
from rfos_runtime.simulation.recipe import bound
from rfos_runtime.simulation.shrink import least, shrunk
from tests.cli.running import rfos
from tests.simulation.made import executor, parts, played
from tests.simulation.mutants import MUTANTS, Mutant, applied

FEEDS = {feed.feed: feed for feed in parts().feeds}
REORDERED = next(
    each for each in MUTANTS if each.module == "reference.trading" and 3 in each.breaks
)

DIFFERS = next(each for each in MUTANTS if COMPARED in each.breaks)


def test_the_least_part_that_fails_is_found() -> None:
    whole = tuple(range(100))
    assert least(whole, lambda part: {3, 50, 51} <= set(part)) == (3, 50, 51)
    assert least(whole, lambda part: True) == ()


@pytest.mark.parametrize("seed", range(4))
def test_a_world_as_a_file_is_the_same_world(seed: int, tmp_path: Path) -> None:
    made = played(seed, 120).recipe
    path = tmp_path / "world.toml"
    path.write_text(written(made, "a world", FEEDS), encoding="utf-8")
    again = script(context(path)).recipe
    assert again.steps == made.steps
    assert again.liars == made.liars


@pytest.mark.parametrize("mutant", [REORDERED, DIFFERS], ids=str)
def test_a_failure_becomes_a_small_file_that_fails_too(mutant: Mutant, tmp_path: Path) -> None:
    both = COMPARED in mutant.breaks
    kernel = ("--kernel", "fast") if both else ()
    path = tmp_path / "world.toml"
    with applied(mutant):
        result = next(r for seed in range(40) if (r := played(seed, 300, both)).machine.found)
        found = result.machine.found[0]
        small = shrunk(result.recipe, found, executor())
        assert play(small, executor(), both).found[0].invariant == found.invariant
        assert small.commands <= 20
        asked = [order.command for step in small.steps for order in step.orders]
        listed = [bound(each) for each in asked if isinstance(each, List)]
        assert [bound(each.listing) for each in small.offers][: len(listed)] == listed
        assert len(small.offers) <= len([each for each in asked if isinstance(each, Define)])
        path.write_text(written(small, str(found), FEEDS), encoding="utf-8")
        told = rfos("run", path, *kernel)
        assert (told.exit_code, f"invariant {found.invariant}" in told.output) == (1, True)
    told = rfos("run", path, *kernel)
    assert (told.exit_code, "every invariant holds" in told.output) == (0, True)
