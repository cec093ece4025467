"""The root takes in the whole world."""

from dataclasses import fields

from rfos_runtime.reference.root import state_of, state_root
from rfos_runtime.reference.world import Feed, World, genesis

NAMED_OTHERWISE = {"root": "parent"}


def test_every_part_of_the_world_but_events_is_in_the_root() -> None:
    parts = {NAMED_OTHERWISE.get(each.name, each.name) for each in fields(World)}
    assert set(state_of(genesis())) == parts - {"events"} | {"layout", "registered"}


def test_worlds_of_assets_or_feeds_registered_in_another_order_have_another_root() -> None:
    first, then = Feed((), 1, 0, 0, 0, None), Feed((), 1, 1, 0, 0, None)
    for table, rows in (("assets", {"USD": 2, "BTC": 8}), ("feeds", {"one": first, "two": then})):
        here, there = genesis(), genesis()
        setattr(here, table, rows)
        setattr(there, table, dict(reversed(rows.items())))
        assert here == there and state_root(here) != state_root(there)
