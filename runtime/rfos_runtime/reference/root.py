"""The state root: a hash of the whole world, the root of the block before included."""

from hashlib import sha256

from rfos_runtime.records.canonical import encode
from rfos_runtime.reference.world import World

LAYOUT = 6
"""Raised whenever the same state would get another root."""


def state_root(world: World) -> bytes:
    """The SHA-256 of the canonical bytes of the world. Definitions stand there by their content
    hash; events are no part of it.
    """
    state = {
        "layout": LAYOUT,
        "number": world.number,
        "time": world.time,
        "parent": world.root,
        "assets": world.assets,
        "issuers": world.issuers,
        "supplies": world.supplies,
        "receipts": world.receipts,
        "limits": world.limits,
        "spent": world.spent,
        "reservations": world.reservations,
        "accounts": world.accounts,
        "feeds": world.feeds,
        "definitions": tuple(sorted(world.definitions)),
        "instruments": world.instruments,
        "positions": world.positions,
        "balances": world.balances,
        "policies": tuple(sorted(world.policies)),
        "elections": world.elections,
        "tables": world.tables,
        "debts": world.debts,
        "obligations": world.obligations,
        "lodged": world.lodged,
        "parameters": world.parameters,
        "proposals": world.proposals,
        "turnover": world.turnover,
        "shares": world.shares,
        "leaving": world.leaving,
        "auctions": world.auctions,
        "bids": world.bids,
        "counter": world.counter,
        "reserved": world.reserved,
    }
    return sha256(encode(state)).digest()
