"""What was done live is held against the journal, from its first block on."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from rfos_runtime.node.node import Node
from rfos_runtime.records.codes import Code
from rfos_runtime.reference.block import Applied
from rfos_runtime.reference.world import World
from rfos_runtime.simulation.again import REPLAYED, again
from rfos_runtime.simulation.checks.alike import Done
from rfos_runtime.simulation.checks.invariants import Violation
from rfos_runtime.simulation.machine import Machine
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


def test_a_replay_does_what_was_done_live(machine: Machine) -> None:
    node = again(machine.disk, machine.executor, machine._done)
    assert isinstance(node, Node)
    assert [each.applied.root for each in node.history] == machine.roots


@pytest.mark.parametrize(
    "changed", [in_another_order, with_more, with_another_code, with_fewer_events]
)
def test_whatever_differs_is_told(
    machine: Machine, changed: Callable[[World, Applied], Done]
) -> None:
    first, *rest = machine._done
    found = again(machine.disk, machine.executor, [changed(*first), *rest])
    assert isinstance(found, Violation)
    assert found.invariant == REPLAYED
    assert found.words.startswith("block 1: ")


def test_the_last_root_is_hashed_anew(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def another_root(world: World) -> bytes:
        asked.append(world.number)
        return bytes(32)

    monkeypatch.setattr("rfos_runtime.simulation.again.state_root", another_root)
    found = again(machine.disk, machine.executor, machine._done)
    assert isinstance(found, Violation)
    assert "root" in found.words
    assert asked == [len(machine._done)]
