"""Worlds from seeds: no invariant breaks in them, both kernels do the same, one seed is one world,
and everything that can be asked, told and go wrong is in some of them."""

import pytest

from rfos_runtime.simulation.machine import play
from rfos_runtime.simulation.market import Trouble
from rfos_runtime.simulation.recipe import FaultKind
from rfos_runtime.simulation.streams import Stream
from rfos_runtime.simulation.tally import Tally
from tests.simulation.made import executor, played

WORLDS, PARTS, COMMANDS = 200, 4, 1_000


@pytest.mark.parametrize("part", range(PARTS))
def test_no_invariant_breaks_and_everything_goes_wrong_somewhere(part: int) -> None:
    tally = Tally()
    for seed in range(part, WORLDS, PARTS):
        tally.add(seed, played(seed, COMMANDS, is_compared=True))
    assert tally.broken == []
    assert {*map(str, FaultKind), *map(str, Trouble)} <= set(tally.faults)
    assert {"Fired", "Waits", "AuctionBegan", "AuctionFilled", "Assigned"} <= set(tally.events)
    assert len(tally.refused) > 25


def test_the_same_seed_is_the_same_world() -> None:
    one, other = played(7, 200), played(7, 200)
    assert one.recipe == other.recipe
    assert one.machine.roots == other.machine.roots
    assert played(8, 200).recipe != one.recipe


def test_a_recipe_played_again_is_the_world_that_made_it() -> None:
    made = played(11, 200)
    again = play(made.recipe, executor())
    assert again.found == []
    assert again.roots == made.machine.roots


def test_streams_of_other_names_do_not_shift_each_other() -> None:
    one, other = Stream(1, "price", 4), Stream(1, "fault", 4)
    first = [one.below(100) for _ in range(20)]
    mixed = Stream(1, "price", 4)
    drawn = []
    for _ in range(20):
        other.below(7)
        drawn.append(mixed.below(100))
    assert drawn == first
