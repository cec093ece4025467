"""What the fast kernel told, in the words of the reference."""

from typing import Any

from rfos_runtime.kernel.contracts.bound import Bound
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.telling import Held, Over, What, Why
from rfos_runtime.records import events
from rfos_runtime.records.events import Cause, Happening, Posted
from rfos_runtime.records.holdings import Holding, Purpose, pledged
from rfos_runtime.records.reports import whole
from rfos_runtime.reference.pools import pool


def happening(state: State, row: Any) -> Happening:
    """A row of what a block told."""
    what = What(row["kind"])
    if what is What.POSTED:
        return posted(state, row)
    if what in (What.OBSERVED, What.OBSERVATION_REFUSED, What.SUBSTITUTED, What.PAUSED):
        return _observed(state, what, row)
    if what in (What.HALTED, What.RESUMING, What.ANNOUNCED, What.RESOLVED, What.LAPSED):
        return _stepped_in(state, what, row)
    if what in (What.ENACTED, What.OVERTAKEN, What.UNSTAKED):
        return _set(state, what, row)
    handle = int(row["instrument"])
    bound = state.contracts.of(handle)
    return _of_contract(state, what, bound, row)


def _observed(state: State, what: What, row: Any) -> Happening:
    feed = list(state.feeds.handles)[row["instrument"] - 1]
    value = whole(int(row["units"]), int(row["credit"]))
    if what is What.PAUSED:
        return events.Paused(feed, int(row["debit"]))
    if what is What.SUBSTITUTED:
        return events.Substituted(feed, int(row["debit"]), value)
    if what is What.OBSERVED:
        return events.Observed(feed, int(row["debit"]), value, bool(row["clause"]))
    return events.ObservationRefused(feed, int(row["debit"]), value, int(row["cause"]))


def _stepped_in(state: State, what: What, row: Any) -> Happening:
    handle, feed = int(row["instrument"]), ["", *state.feeds.handles][row["asset"]]
    match what:
        case What.HALTED:
            return events.Halted(handle, feed, state.reasons[row["units"]])
        case What.RESUMING:
            return events.Resuming(handle, feed, int(row["debit"]))
        case What.ANNOUNCED:
            return events.Announced(handle, feed, state.reasons[row["units"]], int(row["debit"]))
        case What.RESOLVED:
            return events.Resolved(handle)
        case _:
            return events.Lapsed(handle, feed)


def _set(state: State, what: What, row: Any) -> Happening:
    asset, units = _asset(state, row), int(row["units"])
    if what is What.UNSTAKED:
        return events.Unstaked(state.name(int(row["debit"])), asset, int(row["credit"]), units)
    kind = events.Enacted if what is What.ENACTED else events.Overtaken
    return kind(asset, int(row["instrument"]), units)


def _of_contract(state: State, what: What, bound: Bound, row: Any) -> Happening:
    handle, parties = bound.handle, bound.view.parties
    match what:
        case What.OWED:
            return events.Owed(
                handle,
                parties[row["debit_purpose"]],
                parties[row["credit_purpose"]],
                _asset(state, row),
                int(row["units"]),
                int(row["debit"]),
                int(row["clause"]) - 1,
                int(row["action"]) - 1,
            )
        case What.APPRAISED:
            return events.Appraised(handle, int(row["debit"]))
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
            return _of_account(state, what, bound, row)


def _of_account(state: State, what: What, bound: Bound, row: Any) -> Happening:
    handle, account, units = bound.handle, state.name(int(row["debit"])), int(row["units"])
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
            return events.Advanced(handle, account, _asset(state, row), units)
        case What.REPAID:
            return events.Repaid(handle, account, _asset(state, row), units)
        case What.SHORT_PAID:
            return events.ShortPaid(handle, account, _asset(state, row), units)
        case What.PLEDGE_BOUGHT | What.PAID_IN_KIND:
            return _pledged(state, what, handle, account, row)
        case What.AUCTION_ENDED:
            return events.AuctionEnded(handle, account, Over(row["cause"]).words)
        case What.AUCTION_BEGAN:
            equity, maintenance = int(row["credit"]), int(row["command"])
            return events.AuctionBegan(handle, account, units, equity, maintenance)
        case What.AUCTION_FILLED:
            return _filled(state, handle, account, row)
        case What.DELEVERAGED:
            against, mark = state.name(int(row["credit"])), int(row["command"])
            return events.Deleveraged(handle, account, against, units, mark)
        case _:
            raise AssertionError(f"{what.name} is not told here")


def _pledged(
    state: State, what: What, handle: int, account: str, row: Any
) -> events.PledgeBought | events.PaidInKind:
    towards, worth = list(state.assets)[row["clause"] - 1], int(row["command"])
    asset, units = _asset(state, row), int(row["units"])
    if what is What.PLEDGE_BOUGHT:
        return events.PledgeBought(handle, account, asset, units, towards, worth)
    payee = state.name(int(row["credit"]))
    return events.PaidInKind(handle, account, payee, asset, units, towards, worth)


def _filled(state: State, handle: int, account: str, row: Any) -> events.AuctionFilled:
    paid = int(row["debit_purpose"]) + (int(row["credit_purpose"]) << 32)
    penalty = int(row["clause"]) + (int(row["action"]) << 32)
    bidder, price = state.name(int(row["credit"])), int(row["command"])
    return events.AuctionFilled(handle, account, bidder, int(row["units"]), price, paid, penalty)


def posted(state: State, row: Any) -> Posted:
    """A double entry."""
    handle, clause, action = (int(row[name]) for name in ("instrument", "clause", "action"))
    caused = (clause - 1, action - 1) if clause else (None, None)
    return Posted(
        _asset(state, row),
        holding(state, row["debit_purpose"], int(row["debit"]), handle, action),
        holding(state, row["credit_purpose"], int(row["credit"]), handle, action),
        int(row["units"]),
        Cause(Why(row["cause"]).words, handle, *caused),
    )


def holding(state: State, purpose: int, account: int, handle: int, towards: int = 0) -> Holding:
    """What a balance is held for, and whose it is."""
    held = _PURPOSES.get(int(purpose))
    if held is not None:
        of_instrument = handle if held in _OF_INSTRUMENT else 0
        return Holding(held, state.name(account) if account else "", of_instrument)
    if purpose == Held.PLEDGED:
        return pledged(state.name(account), list(state.assets)[towards - 1])
    return pool(state.name(account))


_PURPOSES = {
    int(each): Purpose[each.name] for each in Held if each not in (Held.PLEDGED, Held.POOL)
}
_OF_INSTRUMENT = (Purpose.COLLATERAL, Purpose.CLEARING)


def _asset(state: State, row: Any) -> str:
    return list(state.assets)[row["asset"] - 1]
