"""What the fast kernel told and knows, in the words of the reference."""

from collections import defaultdict
from typing import Any

from rfos_runtime.kernel.block import Kernel
from rfos_runtime.kernel.contracts import living
from rfos_runtime.kernel.contracts.bound import Bound
from rfos_runtime.kernel.contracts.lodging import lodged_in
from rfos_runtime.kernel.contracts.rows import NEVER, Is
from rfos_runtime.kernel.contracts.rows import Phase as RowPhase
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import Held, Over, What, Why
from rfos_runtime.records import events
from rfos_runtime.records.events import Cause, Happening, Posted
from rfos_runtime.records.holdings import Holding, Purpose
from rfos_runtime.records.parameters import Parameter
from rfos_runtime.records.reports import whole
from rfos_runtime.reference.executor import PartyRisk
from rfos_runtime.reference.stakes import NOBODY
from rfos_runtime.reference.world import (
    Auction,
    Heard,
    Instrument,
    Leaving,
    Lodged,
    Lodging,
    Obligation,
    Paid,
    Phase,
    Proposal,
    Setting,
    StandingBid,
    Turnover,
)


def happening(kernel: Kernel, row: Any) -> Happening:
    """A row of what a block told."""
    what = What(row["kind"])
    if what is What.POSTED:
        return posted(kernel, row)
    if what in (What.OBSERVED, What.OBSERVATION_REFUSED):
        return _observed(kernel, what, row)
    if what in (What.ENACTED, What.OVERTAKEN, What.UNSTAKED):
        return _set(kernel, what, row)
    handle = int(row["instrument"])
    bound = kernel.contracts.of(handle)
    return _of_contract(kernel, what, bound, row)


def _observed(kernel: Kernel, what: What, row: Any) -> Happening:
    feed = list(kernel.feeds.handles)[row["instrument"] - 1]
    value = whole(int(row["units"]), int(row["credit"]))
    if what is What.OBSERVED:
        return events.Observed(feed, int(row["debit"]), value)
    return events.ObservationRefused(feed, int(row["debit"]), value, int(row["cause"]))


def _set(kernel: Kernel, what: What, row: Any) -> Happening:
    asset, units = _asset(kernel, row), int(row["units"])
    if what is What.UNSTAKED:
        return events.Unstaked(kernel.name(int(row["debit"])), asset, int(row["credit"]), units)
    kind = events.Enacted if what is What.ENACTED else events.Overtaken
    return kind(asset, int(row["instrument"]), units)


def _of_contract(kernel: Kernel, what: What, bound: Bound, row: Any) -> Happening:
    handle, parties = bound.handle, bound.view.parties
    match what:
        case What.OWED:
            return events.Owed(
                handle,
                parties[row["debit_purpose"]],
                parties[row["credit_purpose"]],
                _asset(kernel, row),
                int(row["units"]),
                int(row["debit"]),
                int(row["clause"]) - 1,
                int(row["action"]) - 1,
            )
        case What.LISTED:
            return events.Listed(handle, bound.view.content_hash)
        case What.FIRED:
            return events.Fired(handle, int(row["debit"]))
        case What.WAITS:
            return events.Waits(handle, int(row["debit"]))
        case What.FROZEN:
            return events.Frozen(handle, int(row["cause"]))
        case What.ENDED:
            return events.Ended(handle)
        case What.FAILED:
            return events.Failed(handle, parties[row["debit_purpose"]])
        case _:
            return _of_account(kernel, what, bound, row)


def _of_account(kernel: Kernel, what: What, bound: Bound, row: Any) -> Happening:
    handle, account, units = bound.handle, kernel.name(int(row["debit"])), int(row["units"])
    choices = bound.view.choices
    match what:
        case What.CHOICE_TAKEN:
            return events.ChoiceTaken(handle, choices[row["clause"] - 1].name, account, units)
        case What.CHOICE_DROPPED:
            name = choices[row["clause"] - 1].name
            return events.ChoiceDropped(handle, name, account, int(row["cause"]))
        case What.ASSIGNED:
            return events.Assigned(handle, account, units)
        case What.ADVANCED:
            return events.Advanced(handle, account, _asset(kernel, row), units)
        case What.REPAID:
            return events.Repaid(handle, account, _asset(kernel, row), units)
        case What.SHORT_PAID:
            return events.ShortPaid(handle, account, _asset(kernel, row), units)
        case What.AUCTION_ENDED:
            return events.AuctionEnded(handle, account, Over(row["cause"]).words)
        case What.AUCTION_BEGAN:
            equity, maintenance = int(row["credit"]), int(row["command"])
            return events.AuctionBegan(handle, account, units, equity, maintenance)
        case What.AUCTION_FILLED:
            return _filled(kernel, handle, account, row)
        case What.DELEVERAGED:
            against, mark = kernel.name(int(row["credit"])), int(row["command"])
            return events.Deleveraged(handle, account, against, units, mark)
        case _:
            raise AssertionError(f"{what.name} is not told here")


def _filled(kernel: Kernel, handle: int, account: str, row: Any) -> events.AuctionFilled:
    paid = int(row["debit_purpose"]) + (int(row["credit_purpose"]) << 32)
    penalty = int(row["clause"]) + (int(row["action"]) << 32)
    bidder, price = kernel.name(int(row["credit"])), int(row["command"])
    return events.AuctionFilled(handle, account, bidder, int(row["units"]), price, paid, penalty)


def posted(kernel: Kernel, row: Any) -> Posted:
    """A double entry."""
    handle, clause, action = (int(row[name]) for name in ("instrument", "clause", "action"))
    caused = (clause - 1, action - 1) if clause else (None, None)
    return Posted(
        _asset(kernel, row),
        holding(kernel, row["debit_purpose"], int(row["debit"]), handle),
        holding(kernel, row["credit_purpose"], int(row["credit"]), handle),
        int(row["units"]),
        Cause(Why(row["cause"]).words, handle, *caused),
    )


def holding(kernel: Kernel, purpose: int, account: int, handle: int) -> Holding:
    """What a balance is held for, and whose it is."""
    held = Purpose[Held(purpose).name]
    of_instrument = held in (Purpose.COLLATERAL, Purpose.CLEARING)
    return Holding(held, kernel.name(account) if account else "", handle if of_instrument else 0)


def _asset(kernel: Kernel, row: Any) -> str:
    return list(kernel.assets)[row["asset"] - 1]


# --- state ----------------------------------------------------------------------------------------


def instruments(kernel: Kernel) -> dict[int, Instrument]:
    """All instruments."""
    return {bound.handle: _instrument(kernel, bound) for bound in kernel.contracts.instruments}


def _instrument(kernel: Kernel, bound: Bound) -> Instrument:
    row = kernel.world.instruments[bound.handle]
    paid, besides = kernel.world.parties[bound.handle], living.besides_of(kernel, bound.handle)
    return Instrument(
        definition=bound.view.content_hash,
        terms=bound.terms,
        assets=bound.command.assets,
        feeds=bound.command.feeds,
        risk_feeds=bound.command.risk_feeds,
        locks=bound.locks,
        others=tuple(kernel.name(each) for each in bound.others),
        phase=Phase[RowPhase(row["phase"]).name],
        standing=living.standing_of(kernel, bound.handle),
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
        mark=_mark(kernel, bound.handle),
    )


def _mark(kernel: Kernel, handle: int) -> tuple[PartyRisk, PartyRisk] | None:
    if not kernel.world.instruments[handle]["flags"] & Is.MARKED:
        return None
    row = kernel.world.marks[handle]
    exposure, *others = (int(row[name]) for name in ("exposure", *_NEEDED))
    return PartyRisk(exposure, *others[:2]), PartyRisk(-exposure, *others[2:])


_NEEDED = ("maintenance", "initial", "maintenance2", "initial2")


def _instant(value: int) -> int | None:
    return None if value == NEVER else int(value)


def positions(kernel: Kernel) -> dict[tuple[int, str], int]:
    """Signed lots by instrument and account."""
    rows = kernel.world.positions
    return {
        (int(row["instrument"]), kernel.name(int(row["account"]))): int(row["lots"])
        for row in rows[rows["lots"] != 0]
    }


def balances(kernel: Kernel) -> dict[tuple[str, Holding], int]:
    """What is held beside accounts' own: escrow, collateral, what was issued."""
    found: dict[tuple[str, Holding], int] = {}
    assets = list(kernel.assets)
    for row in kernel.world.positions:
        if row["instrument"]:
            handle, account = int(row["instrument"]), kernel.name(int(row["account"]))
            held, mark = Holding(Purpose.COLLATERAL, account, handle), kernel.world.marks[handle]
            for asset, units in ((mark["asset"], "collateral"), (mark["asset2"], "collateral2")):
                if row[units]:
                    found[assets[asset - 1], held] = int(row[units])
    for asset, row in zip(assets, kernel.world.assets[1:], strict=False):
        if row["issued"]:
            found[asset, Holding(Purpose.ISSUED)] = int(row["issued"])
    return found


def obligations(kernel: Kernel) -> dict[int, Obligation]:
    """Payments on later dates."""
    rows = kernel.world.owed[: int(kernel.world.counts[Of.OWED]["lying"]) + 1]
    parts: dict[int, list[Any]] = defaultdict(list)
    for row in rows[rows["due"] != 0]:
        parts[int(row["number"])].append(row)
    return {number: _obligation(kernel, each) for number, each in sorted(parts.items())}


def _obligation(kernel: Kernel, parts: list[Any]) -> Obligation:
    first = parts[0]
    payers = [row for row in parts if row["units"] < 0]
    payees = [row for row in parts if row["units"] > 0]

    def amounts(rows: list[Any]) -> tuple[tuple[str, int], ...]:
        return tuple((kernel.name(int(row["account"])), abs(int(row["units"]))) for row in rows)

    return Obligation(
        int(first["instrument"]),
        _asset(kernel, first),
        int(first["due"]),
        int(payers[0]["party"]),
        amounts(payers),
        int(payees[0]["party"]),
        amounts(payees),
        int(first["clause"]) - 1,
        int(first["action"]) - 1,
    )


def debts(kernel: Kernel) -> dict[tuple[str, int, str], int]:
    """What accounts owe the insurance fund."""
    assets, rows = list(kernel.assets), kernel.world.debts
    return {
        (kernel.name(int(row["account"])), int(row["instrument"]), assets[row["asset"] - 1]): int(
            row["units"]
        )
        for row in rows[rows["units"] != 0]
    }


def auctions(kernel: Kernel) -> dict[tuple[int, str], Auction]:
    """The liquidations that run."""
    rows = kernel.world.auctions
    return {
        (int(row["instrument"]), kernel.name(int(row["account"]))): Auction(
            int(row["began"]), int(row["side"])
        )
        for row in rows[rows["open"] != 0]
    }


def bids(kernel: Kernel) -> dict[tuple[str, int], StandingBid]:
    """The bids that stand."""
    rows = kernel.world.bids
    return {
        (kernel.name(int(row["account"])), int(row["instrument"])): StandingBid(
            int(row["number"]), int(row["limit"]), int(row["lots"])
        )
        for row in rows[rows["lots"] != 0]
    }


def lodged(kernel: Kernel) -> dict[Lodging, Lodged]:
    """The choices that have been lodged."""
    return {
        Lodging(bound.handle, each.choice, kernel.name(each.account)): Lodged(
            each.lots, each.amounts
        )
        for bound in kernel.contracts.instruments
        for each in lodged_in(kernel, bound.handle)
    }


def settings(kernel: Kernel) -> tuple[dict[Setting, int], dict[Setting, Proposal]]:
    """What has been set, and what is proposed."""
    rows = kernel.world.settings
    found, proposed = {}, {}
    for row in rows[rows["asset"] != 0]:
        setting = Setting(_asset(kernel, row), Parameter(row["parameter"]))
        found[setting] = int(row["value"])
        if row["at"]:
            proposed[setting] = Proposal(int(row["proposed"]), int(row["at"]))
    return found, proposed


def shares(kernel: Kernel) -> dict[tuple[str, str], int]:
    """The shares in the insurance fund, nobody's included."""
    found = {}
    for asset, row in zip(kernel.assets, kernel.world.assets[1:], strict=False):
        found[asset, NOBODY] = int(row["nobodys"])
    for row in kernel.world.shares:
        if row["account"] and row["epoch"] == kernel.world.assets[row["asset"]]["epoch"]:
            found[_asset(kernel, row), kernel.name(int(row["account"]))] = int(row["shares"])
    return {key: count for key, count in found.items() if count}


def leaving(kernel: Kernel) -> list[Leaving]:
    """The notices of those who leave the fund, in their order."""
    found = []
    for row in kernel.world.leaving:
        if row["at"] and row["epoch"] == kernel.world.assets[row["asset"]]["epoch"]:
            account, asset = kernel.name(int(row["account"])), _asset(kernel, row)
            found.append(Leaving(account, asset, int(row["shares"]), int(row["at"])))
    return found


def turnover(kernel: Kernel) -> dict[tuple[str, str], Turnover]:
    """What accounts have traded."""
    rows = kernel.world.turnover
    return {
        (kernel.name(int(row["account"])), _asset(kernel, row)): Turnover(
            int(row["period"]), int(row["now"]), int(row["before"])
        )
        for row in rows[rows["account"] != 0]
    }
