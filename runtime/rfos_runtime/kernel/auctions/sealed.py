"""Auctions by sealed bids, as `reference/sealed` says. What is sealed lies in a table of its own;
the bid itself among the standing ones, under `SEALED` above its instrument, with a limit of 0 until
it is opened."""

from typing import Any

import numpy as np

from rfos_runtime.kernel.auctions import bids
from rfos_runtime.kernel.auctions.bids import Bidder
from rfos_runtime.kernel.auctions.stops import resumes
from rfos_runtime.kernel.contracts.rows import NEVER
from rfos_runtime.kernel.ledger.apply import amount
from rfos_runtime.kernel.ledger.rules import ACCEPTED
from rfos_runtime.kernel.places import place_of_pair
from rfos_runtime.kernel.positions.money import post
from rfos_runtime.kernel.positions.trading import known_instrument
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import Held, Why
from rfos_runtime.kernel.world import one_more
from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.records.commands import HASH, LIMIT_MAX, ONE, OpenBid, SealBid
from rfos_runtime.records.sealing import SALT_SIZE, seal_of
from rfos_runtime.records.wire import in_words

SEALED = 2**30
"""No instrument has so high a handle."""

_WORDS = ("w0", "w1", "w2", "w3")


def seal_bid(state: State, command: SealBid) -> None:
    """Takes a sealed bid in, in place of one that the account has for the instrument."""
    handle, account, units = command.instrument, state.account(command.account), command.units
    asset = state.assets.get(command.asset, 0)
    require(known_instrument(state.world, handle), Code.UNKNOWN_INSTRUMENT)
    require(len(command.seal) == 32, Code.MALFORMED)
    rows = state.world.auctions
    there = (rows["open"] != 0) & (rows["instrument"] == handle)
    when = resumes(state, handle)  # by the clocks of auctions, which may stand still
    takes = there & _take_in(rows, when)
    require(when < NEVER and bool(takes.any()), Code.NO_SEALED_AUCTION)
    _require(amount(state.world, asset, units))
    state.make_room({Of.SEALS: 1, Of.BIDS: 1}, 2)
    world = state.world
    _require(bids.placed(world, state.told, SEALED + handle, account, 0, 1, asset, units))
    row = state.touched(Of.SEALS, int(place_of_pair(world.seals, handle, account)))
    if row["account"] == 0:
        row["instrument"], row["account"] = handle, account
        one_more(world, Of.SEALS)
    row["open"], row["at"] = 1, when
    for word, value in zip(_WORDS, in_words(command.seal, HASH).values(), strict=True):
        row[word] = value


def _require(code: int) -> None:
    if code != ACCEPTED:
        raise Refused(Code(code))


def open_bid(state: State, command: OpenBid) -> None:
    """Opens a bid: what it says must be what was sealed."""
    handle, limit, lots, salt = command.instrument, command.limit, command.lots, command.salt
    require(len(salt) <= SALT_SIZE, Code.MALFORMED)
    require(0 < limit <= LIMIT_MAX and 0 < lots <= LIMIT_MAX, Code.MALFORMED)
    require(known_instrument(state.world, handle), Code.UNKNOWN_SEAL)
    bidder = Bidder(SEALED + handle, state.account(command.account))
    seal = state.world.seals[place_of_pair(state.world.seals, handle, bidder.account)]
    require(bool(seal["open"]) and bids.lots_of(state, bidder) > 0, Code.UNKNOWN_SEAL)
    at = int(place_of_pair(state.world.bids, *bidder))
    require(state.world.bids[at]["limit"] == 0, Code.OPENED_BEFORE)
    said = in_words(seal_of(command.account, handle, limit, lots, salt), HASH).values()
    same = all(seal[word] == value for word, value in zip(_WORDS, said, strict=True))
    require(same, Code.ANOTHER_SEAL)
    row = state.touched(Of.BIDS, at)
    row["limit"], row["lots"] = limit, lots


def opened(state: State, handle: int, account: int) -> list[tuple[Bidder, int]]:
    """The bids that take part in the auction of a position and were opened, best first, with their
    limits."""
    found = []
    for bidder in _taking_part(state, handle, account):
        row = state.world.bids[place_of_pair(state.world.bids, *bidder)]
        if row["limit"]:
            found.append((-int(row["limit"]), int(row["number"]), bidder))
    return [(bidder, -limit) for limit, _, bidder in sorted(found)]


def forfeit(state: State, handle: int, account: int, penalty: int) -> None:
    """Takes the fraction of a penalty from what is set aside for bids that were not opened."""
    why, held, fund = Why.FORFEIT.value, Held.RESERVED.value, Held.FUND.value
    for bidder in _taking_part(state, handle, account):
        at = int(place_of_pair(state.world.bids, *bidder))
        if state.world.bids[at]["limit"] == 0:
            state.make_room({}, 1)
            row = state.touched(Of.BIDS, at)
            asset, lost = int(row["asset"]), int(row["units"]) * penalty // ONE
            row["units"] -= lost
            who = bidder.account
            post(state.world, state.told, why, handle, asset, who, held, 0, fund, lost)


def clear(state: State) -> None:
    """Ends bids that take part in no auction any more."""
    if state.world.counts[Of.SEALS]["lying"] == 0:
        return
    auctions = state.world.auctions[state.world.auctions["open"] != 0]
    for seal in _seals(state):
        handle, account = int(seal["instrument"]), int(seal["account"])
        there = auctions["instrument"] == handle
        if (there & _take_in(auctions, int(seal["at"]))).any():
            continue
        _end(state, handle, account)


def end_in(state: State, handle: int) -> None:
    """Ends the bids for an instrument: nothing of it is sold any more."""
    if state.world.counts[Of.SEALS]["lying"] == 0:
        return
    for seal in _seals(state):
        if seal["instrument"] == handle:
            _end(state, handle, int(seal["account"]))


def _end(state: State, handle: int, account: int) -> None:
    at = int(place_of_pair(state.world.seals, handle, account))
    state.touched(Of.SEALS, at)["open"] = 0
    bidder = Bidder(SEALED + handle, account)
    lots = bids.lots_of(state, bidder)
    if lots:
        state.make_room({}, 1)
        state.may_touch(3)
        bids.take(state.world, state.told, *bidder, lots)


def _taking_part(state: State, handle: int, account: int) -> list[Bidder]:
    """The bids that take part in the auction of a position: by account, of which its own has
    none."""
    rows = state.world.auctions
    row = rows[place_of_pair(rows, handle, account)]
    found = []
    for seal in _seals(state):
        bidder, takes = Bidder(SEALED + handle, int(seal["account"])), _take_in(row, seal["at"])
        if seal["instrument"] == handle and bidder.account != account and takes:
            found.append(bidder)
    return [bidder for bidder in found if bids.lots_of(state, bidder)]


def _take_in(auctions: Any, at: int) -> Any:
    """Which auctions take bids in that are sealed at an instant of their clocks."""
    return (auctions["began"] <= at) & (auctions["began"] > at - auctions["sealed"])


def _seals(state: State) -> Any:
    """All that are there, by instrument and account."""
    rows = state.world.seals[state.world.seals["open"] != 0]
    return rows[np.lexsort((rows["account"], rows["instrument"]))]
