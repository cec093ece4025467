"""What was done live is held against the journal, from its first block on."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from rfos_runtime.node.node import Node
from rfos_runtime.records.codes import Code
from rfos_runtime.reference.block import Applied, Begun
from rfos_runtime.reference.world import World
from rfos_runtime.simulation.again import REPLAYED, Again
from rfos_runtime.simulation.checks.alike import Done, in_order_of_keys
from rfos_runtime.simulation.checks.invariants import Violation
from rfos_runtime.simulation.machine import Machine
from rfos_runtime.simulation.recipe import FaultKind
from tests.simulation.made import played

SEED, COMMANDS = 4, 60


@pytest.fixture
def machine() -> Machine:
    """One that has played a world, and is down."""
    machine = played(SEED, COMMANDS).machine
    assert not machine.found
    machine.node.close()
    return machine


def in_another_order(world: World, applied: Applied) -> Done:
    """Feeds as if others had been registered first."""
    other = world.copy()
    other.feeds = dict(reversed(other.feeds.items()))
    return other, applied


def with_more(world: World, applied: Applied) -> Done:
    """A unit more of something."""
    other = world.copy()
    key = next(iter(other.balances))
    other.balances[key] += 1
    return other, applied


def with_another_code(world: World, applied: Applied) -> Done:
    """As if the first command had been refused."""
    return world, replace(applied, results=(Code.MALFORMED, *applied.results[1:]))


def with_fewer_events(world: World, applied: Applied) -> Done:
    """As if less had happened."""
    other = world.copy()
    other.events.pop()
    return other, applied


def from_the_first(machine: Machine, *done: Done) -> Node | Violation:
    """All of its journal again, as if no recovery had replayed any of it."""
    return Again(machine.executor, list(done)).ended(machine.disk)


def test_a_replay_does_what_was_done_live(machine: Machine) -> None:
    node = from_the_first(machine, *machine._again.done)
    assert isinstance(node, Node)
    assert [each.applied.root for each in node.history] == machine.roots


@pytest.mark.parametrize(
    "changed", [in_another_order, with_more, with_another_code, with_fewer_events]
)
def test_whatever_differs_is_told(
    machine: Machine, changed: Callable[[World, Applied], Done]
) -> None:
    first, *rest = machine._again.done
    found = from_the_first(machine, changed(*first), *rest)
    assert isinstance(found, Violation)
    assert found.invariant == REPLAYED
    assert found.words.startswith("block 1: ")


def test_the_last_root_is_hashed_anew(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def another_root(world: World) -> bytes:
        asked.append(world.number)
        return bytes(32)

    monkeypatch.setattr("rfos_runtime.simulation.again.state_root", another_root)
    found = from_the_first(machine, *machine._again.done)
    assert isinstance(found, Violation)
    assert "root" in found.words
    assert asked == [len(machine._again.done)]


def test_a_world_in_the_order_of_its_keys_is_equal(machine: Machine) -> None:
    world = machine.node.world
    other = in_order_of_keys(world)
    assert other == world
    assert [*other.balances] == sorted(world.balances)
    assert [*other.assets] == [*world.assets]  # of which the root takes in the order


RECOVERING = 10
"""A world with recoveries in it, and blocks that none of them replays."""


def closings(monkeypatch: pytest.MonkeyPatch, wrong: int) -> Counter[int]:
    """Counts how often each block is carried out; the kernel does something else in one of them
    whenever it is not the first time."""
    times = Counter[int]()
    closed = Begun.closed

    def counted(begun: Begun) -> World:
        world = closed(begun)
        times[world.number] += 1
        if world.number == wrong and times[wrong] > 1:
            world.counter += 1
        return world

    monkeypatch.setattr(Begun, "closed", counted)
    return times


def test_every_block_is_carried_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    times = closings(monkeypatch, 0)
    machine = played(RECOVERING, 100).machine
    assert not machine.found
    assert machine.faults[FaultKind.CRASH]
    assert set(times) == set(range(1, len(machine.roots) + 1))
    assert min(times.values()) == 2
    assert machine._again.replayed.keys() == set(times)


def test_a_kernel_that_does_something_else_again_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = len(played(RECOVERING, 100).machine.roots)
    for wrong in range(1, blocks + 1):
        with monkeypatch.context() as patched:
            closings(patched, wrong)
            found = played(RECOVERING, 100).machine.found
        assert found, f"block {wrong} was another the second time"
        assert found[0].invariant == REPLAYED or "RootDiffers" in found[0].words
