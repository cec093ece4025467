"""The whole world of the fast kernel, in the words of the reference.

Whoever translates block after block keeps what was read last: a table is read again once something
in it was written, and rows that are as they were are the same objects, of which the bytes of the
state root are known.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import ROWS
from rfos_runtime.node.translated import portfolios, tables
from rfos_runtime.records.events import Happening
from rfos_runtime.records.holdings import Holding
from rfos_runtime.reference.world import World

Rows = dict[Any, Any]


class _Reading(NamedTuple):
    """How rows are read, and of which tables. Bytes that never change once they are named need not
    be among them."""

    rows: Callable[[State], Rows]
    tables: tuple[Of, ...]


def _balances(state: State) -> dict[tuple[str, Holding], int]:
    return tables.balances(state) | portfolios.pools(state) | portfolios.pledges(state)


_READINGS: Mapping[str, _Reading] = {
    "deposited": _Reading(tables.deposited, (Of.DEPOSITED,)),
    "withdrawn": _Reading(tables.withdrawn, (Of.WITHDRAWN,)),
    "limits": _Reading(tables.limits, (Of.BALANCES,)),
    "spent": _Reading(tables.spent, (Of.BALANCES,)),
    "reservations": _Reading(tables.reservations, (Of.RESERVATIONS,)),
    "accounts": _Reading(tables.accounts, (Of.ACCOUNTS,)),
    "feeds": _Reading(tables.feeds, (Of.FEEDS,)),
    "fixings": _Reading(tables.fixings, (Of.FIXINGS,)),
    "swings": _Reading(tables.swings, (Of.SWINGS,)),
    "pauses": _Reading(tables.pauses, (Of.FEEDS,)),
    "definitions": _Reading(tables.definitions, (Of.DEFINITIONS,)),
    "instruments": _Reading(tables.instruments, (Of.INSTRUMENTS, Of.MARKS, Of.PARTIES, Of.BYTES)),
    "positions": _Reading(tables.positions, (Of.POSITIONS,)),
    "balances": _Reading(
        _balances, (Of.BALANCES, Of.ASSETS, Of.POSITIONS, Of.ELECTIONS, Of.PLEDGES)
    ),
    "policies": _Reading(portfolios.policies, (Of.POLICIES, Of.HAIRCUTS)),
    "elections": _Reading(portfolios.elections, (Of.ELECTIONS,)),
    "tables": _Reading(portfolios.tables, (Of.TABLES, Of.NUMBERS)),
    "debts": _Reading(tables.debts, (Of.DEBTS,)),
    "obligations": _Reading(tables.obligations, (Of.OWED,)),
    "lodged": _Reading(tables.lodged, (Of.LODGED,)),
    "parameters": _Reading(tables.parameters, (Of.SETTINGS,)),
    "proposals": _Reading(tables.proposals, (Of.SETTINGS,)),
    "turnover": _Reading(tables.turnover, (Of.TURNOVER,)),
    "shares": _Reading(tables.shares, (Of.SHARES, Of.ASSETS)),
    "leaving": _Reading(tables.leaving, (Of.LEAVING, Of.ASSETS)),
    "auctions": _Reading(tables.auctions, (Of.AUCTIONS,)),
    "bids": _Reading(tables.bids, (Of.BIDS,)),
    "seals": _Reading(tables.seals, (Of.SEALS,)),
}


@dataclass(slots=True)
class Read:
    """What was read of a state last. No page of its world is dirty afterwards."""

    rows: dict[str, Rows] = field(default_factory=lambda: {name: {} for name in _READINGS})
    keys: dict[Any, Any] = field(default_factory=dict)

    def anew(self, state: State) -> Mapping[str, Rows]:
        """The rows of now."""
        changed = _changed(state)
        for name, reading in _READINGS.items():
            if not changed.isdisjoint(reading.tables):
                self.rows[name] = self._kept(reading.rows(state), self.rows[name])
        return self.rows

    def _kept(self, rows: Rows, before: Rows) -> Rows:
        found = {}
        for key, row in rows.items():
            known = before.get(key)
            found[self.keys.setdefault(key, key)] = known if known == row else row
        return found


def _changed(state: State) -> set[Of]:
    """The tables in which something was written."""
    world = state.world
    written = np.logical_or.reduceat(world.dirty, world.begins[:-1] // ROWS)
    world.dirty[:] = False
    return {Of(table) for table in np.flatnonzero(written).tolist()}


def world_of(
    state: State, root: bytes, told: Sequence[Happening], read: Read | None = None
) -> World:
    """The world after a block that is not sealed yet: `root` is that of the block before."""
    totals = state.world.totals[0]
    assets = list(zip(state.assets, state.world.assets[1:], strict=False))
    rows = (
        {name: reading.rows(state) for name, reading in _READINGS.items()}
        if read is None
        else read.anew(state)
    )
    return World(
        number=state.number,
        time=state.time,
        root=root,
        assets={asset: int(row["places"]) for asset, row in assets},
        issuers=dict(state.issuers),
        supplies={asset: int(row["supply"]) for asset, row in assets},
        halts=dict(state.halts),
        resolutions=dict(state.resolutions),
        substitutes=dict(state.substitutes),
        panels=dict(state.panels),
        words=dict(state.words),
        appraised=dict(state.appraised),
        counter=int(totals["counter"]),
        reserved=int(totals["reserved"]),
        events=list(told),
        **rows,
    )
