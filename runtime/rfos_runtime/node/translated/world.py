"""The whole world of the fast kernel, in the words of the reference."""

from collections.abc import Sequence

from rfos_runtime.kernel.state import State
from rfos_runtime.node.translated import portfolios, tables
from rfos_runtime.records.events import Happening
from rfos_runtime.reference.world import Account, World


def world_of(state: State, root: bytes, told: Sequence[Happening]) -> World:
    """The world after a block that is not sealed yet: `root` is that of the block before."""
    totals = state.world.totals[0]
    assets = list(zip(state.assets, state.world.assets[1:], strict=False))
    numbers = state.world.accounts["sequence"][1:].tolist()
    accounts = enumerate(zip(state.accounts, numbers, strict=False), 1)
    found, proposed = tables.settings(state)
    return World(
        number=int(totals["number"]),
        time=state.time,
        root=root,
        assets={asset: int(row["places"]) for asset, row in assets},
        issuers=dict(state.issuers),
        supplies={asset: int(row["supply"]) for asset, row in assets},
        receipts=tables.receipts(state),
        limits=tables.limits(state),
        spent=tables.spent(state),
        reservations=tables.reservations(state),
        accounts={name: Account(handle, newest) for handle, (name, newest) in accounts},
        feeds=tables.feeds(state),
        fixings=tables.fixings(state),
        swings=tables.swings(state),
        pauses=tables.pauses(state),
        halts=dict(state.halts),
        resolutions=dict(state.resolutions),
        substitutes=dict(state.substitutes),
        definitions=tables.definitions(state),
        instruments=tables.instruments(state),
        positions=tables.positions(state),
        balances=tables.balances(state) | portfolios.pools(state),
        policies=portfolios.policies(state),
        elections=portfolios.elections(state),
        tables=portfolios.tables(state),
        debts=tables.debts(state),
        obligations=tables.obligations(state),
        lodged=tables.lodged(state),
        parameters=found,
        proposals=proposed,
        turnover=tables.turnover(state),
        shares=tables.shares(state),
        leaving=tables.leaving(state),
        auctions=tables.auctions(state),
        bids=tables.bids(state),
        seals=tables.seals(state),
        counter=int(totals["counter"]),
        reserved=int(totals["reserved"]),
        events=list(told),
    )
