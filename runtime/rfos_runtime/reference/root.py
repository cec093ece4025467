"""The state root: a hash of the whole world, the root of the block before included."""

from hashlib import sha256

from rfos_runtime.records.canonical import Table, encode
from rfos_runtime.reference.world import World

LAYOUT = 11
"""Raised whenever the same state would get another root."""


def state_root(world: World) -> bytes:
    """The SHA-256 of the canonical bytes of the world."""
    return sha256(encode(state_of(world))).digest()


def state_of(world: World) -> dict[str, object]:
    """What the root takes in: everything but events. Definitions stand there by their content
    hash."""
    return {
        "layout": LAYOUT,
        "number": world.number,
        "time": world.time,
        "parent": world.root,
        "assets": world.assets,
        "issuers": world.issuers,
        "supplies": world.supplies,
        "receipts": Table(world.receipts),
        "limits": Table(world.limits),
        "spent": Table(world.spent),
        "reservations": Table(world.reservations),
        "accounts": Table(world.accounts),
        "feeds": Table(world.feeds),
        "fixings": Table(world.fixings),
        "swings": Table(world.swings),
        "pauses": Table(world.pauses),
        "halts": Table(world.halts),
        "resolutions": Table(world.resolutions),
        "substitutes": Table(world.substitutes),
        "panels": Table(world.panels),
        "words": Table(world.words),
        "appraised": Table(world.appraised),
        "definitions": tuple(sorted(world.definitions)),
        "instruments": Table(world.instruments),
        "positions": Table(world.positions),
        "balances": Table(world.balances),
        "policies": Table({name: each.feeds for name, each in world.policies.items()}),
        "elections": Table(world.elections),
        "tables": Table(world.tables),
        "debts": Table(world.debts),
        "obligations": Table(world.obligations),
        "lodged": Table(world.lodged),
        "parameters": Table(world.parameters),
        "proposals": Table(world.proposals),
        "turnover": Table(world.turnover),
        "shares": Table(world.shares),
        "leaving": Table(world.leaving),
        "auctions": Table(world.auctions),
        "bids": Table(world.bids),
        "seals": Table(world.seals),
        "counter": world.counter,
        "reserved": world.reserved,
    }
