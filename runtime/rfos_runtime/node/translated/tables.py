"""What the fast kernel knows, in the words of the reference, table by table."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.contracts import heap, living
from rfos_runtime.kernel.contracts.bound import Bound
from rfos_runtime.kernel.contracts.lodging import lodged_in
from rfos_runtime.kernel.contracts.rows import NEVER, Is
from rfos_runtime.kernel.contracts.rows import Phase as RowPhase
from rfos_runtime.kernel.fees.rows import FEES as FEES_ACCOUNT
from rfos_runtime.kernel.oracle import feeds as oracle
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.records.commands import SUPPLY_MAX, Limit
from rfos_runtime.records.holdings import FEES, FUND, OUTSIDE, Holding, Purpose, free, reserved
from rfos_runtime.records.parameters import Parameter
from rfos_runtime.records.reports import whole
from rfos_runtime.reference.executor import PartyRisk
from rfos_runtime.reference.stakes import NOBODY
from rfos_runtime.reference.world import (
    Account,
    Auction,
    Debt,
    Definition,
    Feed,
    Heard,
    Instrument,
    Leaving,
    Lodged,
    Lodging,
    Obligation,
    Observation,
    Paid,
    Phase,
    Proposal,
    Reservation,
    Seal,
    Setting,
    StandingBid,
    Swing,
    Turnover,
)


def accounts(state: State) -> dict[str, Account]:
    """All accounts, with their newest numbers."""
    numbers = state.world.accounts["sequence"][1:].tolist()
    rows = enumerate(zip(state.accounts, numbers, strict=False), 1)
    return {name: Account(handle, newest) for handle, (name, newest) in rows}


def instruments(state: State) -> dict[int, Instrument]:
    """All instruments."""
    return {bound.handle: _instrument(state, bound) for bound in state.contracts.instruments}


def _instrument(state: State, bound: Bound) -> Instrument:
    row = state.world.instruments[bound.handle]
    paid, besides = state.world.parties[bound.handle], living.besides_of(state, bound.handle)
    return Instrument(
        definition=bound.view.content_hash,
        terms=bound.terms,
        assets=bound.command.assets,
        feeds=bound.command.feeds,
        risk_feeds=bound.command.risk_feeds,
        locks=bound.locks,
        others=tuple(state.name(each) for each in bound.others),
        phase=Phase[RowPhase(row["phase"]).name],
        standing=living.standing_of(state, bound.handle),
        next_due=_instant(row["next_due"]),
        moved=besides.moved,
        heard=tuple(Heard(*each) for each in besides.heard),
        wakes=_instant(row["wakes"]),
        reason=int(row["reason"]),
        paid=(
            Paid(int(paid["paid"]), int(paid["payments"])),
            Paid(int(paid["paid2"]), int(paid["payments2"])),
        ),
        held=besides.held,
        mark=_mark(state, bound.handle),
    )


def _mark(state: State, handle: int) -> tuple[PartyRisk, PartyRisk] | None:
    if not state.world.instruments[handle]["flags"] & Is.MARKED:
        return None
    row = state.world.marks[handle]
    exposure, *others = (int(row[name]) for name in ("exposure", *_NEEDED))
    return PartyRisk(exposure, *others[:2]), PartyRisk(-exposure, *others[2:])


_NEEDED = ("maintenance", "initial", "maintenance2", "initial2")


def _asset(state: State, row: Any) -> str:
    return list(state.assets)[row["asset"] - 1]


def _instant(value: int) -> int | None:
    return None if value == NEVER else int(value)


def positions(state: State) -> dict[tuple[int, str], int]:
    """Signed lots by instrument and account."""
    rows = state.world.positions
    return {
        (int(row["instrument"]), state.name(int(row["account"]))): int(row["lots"])
        for row in rows[rows["lots"] != 0]
    }


def balances(state: State) -> dict[tuple[str, Holding], int]:
    """Everything that is held."""
    found: dict[tuple[str, Holding], int] = _of_accounts(state) | _posted(state)
    for asset, row in zip(state.assets, state.world.assets[1:], strict=False):
        found[asset, OUTSIDE], found[asset, FUND] = int(row["outside"]), int(row["fund"])
        found[asset, Holding(Purpose.ISSUED)] = int(row["issued"])
    return {key: units for key, units in found.items() if units}


def _of_accounts(state: State) -> dict[tuple[str, Holding], int]:
    rows, assets, found = state.world.balances, list(state.assets), {}
    columns = ["account", "asset", "free", "reserved"]
    for account, place, units, held in rows[rows["account"] != 0][columns].tolist():
        asset = assets[place - 1]
        if account == FEES_ACCOUNT:
            found[asset, FEES] = units
            continue
        name = state.name(account)
        found[asset, free(name)] = units
        found[asset, reserved(name)] = held
    return found


def _posted(state: State) -> dict[tuple[str, Holding], int]:
    rows, assets, found = state.world.positions, list(state.assets), {}
    for row in rows[rows["instrument"] != 0]:
        handle, account = int(row["instrument"]), state.name(int(row["account"]))
        held, mark = Holding(Purpose.COLLATERAL, account, handle), state.world.marks[handle]
        for asset, units in ((mark["asset"], "collateral"), (mark["asset2"], "collateral2")):
            if row[units]:
                found[assets[asset - 1], held] = int(row[units])
    return found


def limits(state: State) -> dict[tuple[str, str], Limit]:
    """The limits of accounts, where there are any."""
    found = {}
    for account, asset, row in _accounts_own(state, "floor", "below_ceiling", "below_daily"):
        ceiling = SUPPLY_MAX - int(row["below_ceiling"])
        daily = SUPPLY_MAX - int(row["below_daily"])
        found[account, asset] = Limit(account, asset, int(row["floor"]), ceiling, daily)
    return found


def spent(state: State) -> dict[tuple[str, str], tuple[int, int]]:
    """What went out of accounts on a day: which, and how much."""
    rows = _accounts_own(state, "day", "spent")
    return {(name, asset): (int(row["day"]), int(row["spent"])) for name, asset, row in rows}


def _accounts_own(state: State, *columns: str) -> Iterator[tuple[str, str, Any]]:
    """Rows of accounts that say something in any of some columns."""
    rows = state.world.balances
    says = np.any([rows[column] != 0 for column in columns], axis=0)
    for row in rows[says & (rows["account"] != 0) & (rows["account"] != FEES_ACCOUNT)]:
        yield state.name(int(row["account"])), _asset(state, row), row


def reservations(state: State) -> dict[int, Reservation]:
    """What is held for payees."""
    rows = state.world.reservations
    return {
        int(row["number"]): Reservation(
            state.name(int(row["payer"])),
            state.name(int(row["payee"])),
            _asset(state, row),
            int(row["units"]),
            int(row["until"]),
        )
        for row in rows[rows["open"] != 0]
    }


def deposited(state: State) -> dict[bytes, int]:
    """The blocks that booked deposits, by receipt."""
    return _receipts(state.world.deposited)


def withdrawn(state: State) -> dict[bytes, int]:
    """The blocks that booked withdrawals, by receipt."""
    return _receipts(state.world.withdrawn)


def _receipts(rows: NDArray[Any]) -> dict[bytes, int]:
    words = ("w0", "w1", "w2", "w3")
    lying = rows[np.any([rows[word] != 0 for word in words], axis=0)]
    return {b"".join(row[word].tobytes() for word in words): int(row["block"]) for row in lying}


def feeds(state: State) -> dict[str, Feed]:
    """All feeds, with their newest observations."""
    found = {}
    for handle, of in enumerate(state.feeds.registered, 1):
        value, instant = oracle.newest(state.world, handle), state.world.feeds[handle]["instant"]
        wide = bool(state.world.feeds[handle]["wide"])
        newest = None if value is None else Observation(int(instant), value, wide)
        found[of.feed] = Feed(
            of.reporters,
            of.quorum,
            of.staleness,
            of.lowest,
            of.highest,
            of.maximum_step,
            of.widest,
            of.breaker,
            newest,
        )
    return found


def fixings(state: State) -> dict[tuple[str, int], int]:
    """The values of days, by feed."""
    names, rows = list(state.feeds.handles), state.world.fixings
    return {
        (names[row["feed"] - 1], int(row["day"])): whole(int(row["low"]), int(row["high"]))
        for row in rows[rows["feed"] != 0]
    }


def swings(state: State) -> dict[str, Swing]:
    """How feeds with a breaker have moved."""
    found = {}
    for handle, of in enumerate(state.feeds.registered, 1):
        now, before = state.world.swings[2 * handle - 1 : 2 * handle + 1]
        if now["known"]:
            last = _range(before) if before["known"] else None
            found[of.feed] = Swing(int(now["window"]), _range(now), last)
    return found


def _range(row: Any) -> tuple[int, int]:
    low, high = (int(row["low"]), int(row["low_high"])), (int(row["high"]), int(row["high_high"]))
    return whole(*low), whole(*high)


def pauses(state: State) -> dict[str, int]:
    """Until when feeds pause, or have paused last."""
    rows = state.world.feeds["paused"][1:].tolist()
    pairs = zip(state.feeds.handles, rows, strict=False)
    return {name: until for name, until in pairs if until}


def definitions(state: State) -> dict[str, Definition]:
    """All definitions, with their artefacts."""
    found = {}
    for handle, view in enumerate(state.contracts.definitions, 1):
        row = state.world.definitions[handle]
        artefact = heap.read(state, int(row["at"]), int(row["size"]))
        found[view.content_hash] = Definition(artefact, view)
    return found


def obligations(state: State) -> dict[int, Obligation]:
    """Payments on later dates."""
    rows = state.world.owed[: int(state.world.counts[Of.OWED]["lying"]) + 1]
    parts: dict[int, list[Any]] = defaultdict(list)
    for row in rows[rows["due"] != 0]:
        parts[int(row["number"])].append(row)
    return {number: _obligation(state, each) for number, each in sorted(parts.items())}


def _obligation(state: State, parts: list[Any]) -> Obligation:
    first = parts[0]
    payers = [row for row in parts if row["units"] < 0]
    payees = [row for row in parts if row["units"] > 0]

    def amounts(rows: list[Any]) -> tuple[tuple[str, int], ...]:
        return tuple((state.name(int(row["account"])), abs(int(row["units"]))) for row in rows)

    return Obligation(
        int(first["instrument"]),
        _asset(state, first),
        int(first["due"]),
        int(payers[0]["party"]),
        amounts(payers),
        int(payees[0]["party"]),
        amounts(payees),
        int(first["clause"]) - 1,
        int(first["action"]) - 1,
    )


def debts(state: State) -> dict[Debt, int]:
    """What accounts owe the insurance fund."""
    found, rows = {}, state.world.debts
    for row in rows[rows["units"] != 0]:
        debt = Debt(state.name(int(row["account"])), int(row["instrument"]), _asset(state, row))
        found[debt] = int(row["units"])
    return found


def auctions(state: State) -> dict[tuple[int, str], Auction]:
    """The liquidations that run."""
    rows = state.world.auctions
    return {
        (int(row["instrument"]), state.name(int(row["account"]))): Auction(
            int(row["began"]), int(row["side"]), int(row["sealed"])
        )
        for row in rows[rows["open"] != 0]
    }


def bids(state: State) -> dict[tuple[str, int], StandingBid]:
    """The bids that stand."""
    rows = state.world.bids
    return {
        (state.name(int(row["account"])), int(row["instrument"])): StandingBid(
            int(row["number"]),
            int(row["limit"]),
            int(row["lots"]),
            _asset(state, row) if row["asset"] else "",
            int(row["units"]),
        )
        for row in rows[rows["lots"] != 0]
    }


def seals(state: State) -> dict[tuple[str, int], Seal]:
    """The sealed bids, opened or not, that take part in auctions."""
    rows, words = state.world.seals, ("w0", "w1", "w2", "w3")
    return {
        (state.name(int(row["account"])), int(row["instrument"])): Seal(
            b"".join(row[word].tobytes() for word in words), int(row["at"])
        )
        for row in rows[rows["open"] != 0]
    }


def lodged(state: State) -> dict[Lodging, Lodged]:
    """The choices that have been lodged."""
    return {
        Lodging(bound.handle, each.choice, state.name(each.account)): Lodged(
            each.lots, each.amounts
        )
        for bound in state.contracts.instruments
        for each in lodged_in(state, bound.handle)
    }


def parameters(state: State) -> dict[Setting, int]:
    """What has been set."""
    rows = state.world.settings
    return {_setting(state, row): int(row["value"]) for row in rows[rows["is_set"] != 0]}


def proposals(state: State) -> dict[Setting, Proposal]:
    """What is proposed."""
    rows = state.world.settings
    return {
        _setting(state, row): Proposal(int(row["proposed"]), int(row["at"]))
        for row in rows[rows["at"] != 0]
    }


def _setting(state: State, row: Any) -> Setting:
    return Setting(_asset(state, row), Parameter(row["parameter"]))


def shares(state: State) -> dict[tuple[str, str], int]:
    """The shares in the insurance fund, nobody's included."""
    found = {}
    for asset, row in zip(state.assets, state.world.assets[1:], strict=False):
        found[asset, NOBODY] = int(row["nobodys"])
    for row in _of_this_epoch(state, state.world.shares, "account"):
        found[_asset(state, row), state.name(int(row["account"]))] = int(row["shares"])
    return {key: count for key, count in found.items() if count}


def leaving(state: State) -> dict[int, Leaving]:
    """The notices of those who leave the fund, by number."""
    found = {}
    for row in _of_this_epoch(state, state.world.leaving, "at"):
        account, asset = state.name(int(row["account"])), _asset(state, row)
        notice = Leaving(account, asset, int(row["shares"]), int(row["at"]))
        found[int(row["number"])] = notice
    return found


def _of_this_epoch(state: State, rows: Any, column: str) -> Any:
    """The rows that say something in a column, and of the fund as it has been since it was last
    empty."""
    there = rows[rows[column] != 0]
    return there[there["epoch"] == state.world.assets["epoch"][there["asset"]]]


def turnover(state: State) -> dict[tuple[str, str], Turnover]:
    """What accounts have traded."""
    rows = state.world.turnover
    return {
        (state.name(int(row["account"])), _asset(state, row)): Turnover(
            int(row["period"]), int(row["now"]), int(row["before"])
        )
        for row in rows[rows["account"] != 0]
    }
