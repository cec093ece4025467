"""The root takes in the whole world."""

from dataclasses import fields

from rfos_runtime.reference.root import state_of
from rfos_runtime.reference.world import World, genesis

NAMED_OTHERWISE = {"root": "parent"}


def test_every_part_of_the_world_but_events_is_in_the_root() -> None:
    parts = {NAMED_OTHERWISE.get(each.name, each.name) for each in fields(World)}
    assert set(state_of(genesis())) == parts - {"events"} | {"layout"}
