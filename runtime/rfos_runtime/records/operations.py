"""The number of each command, and in which columns of a record its fields lie."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import IntEnum, IntFlag, unique
from typing import Any, get_type_hints

from rfos_runtime.records import appraisals, commands, interventions
from rfos_runtime.records.layout import COMMAND, At


@unique
class Op(IntEnum):
    """What a record asks for, stable, by the hundreds of the codes that refuse it."""

    CONTINUES = 1  # bytes of the command before, which are too many for one record
    CONSENT = 2  # a further signer of the command after
    SEAL = 3  # the state root before the block that it begins, in the columns of a hash

    REGISTER_ASSET = 100
    OPEN_ACCOUNT = 101
    DEPOSIT = 200
    WITHDRAW = 201
    TRANSFER = 202
    RESERVE = 203
    COMPLETE = 204
    LIMIT = 205
    STAKE = 206
    UNSTAKE = 207
    TRADE = 300
    DEFINE = 400
    LIST = 401
    CHOOSE = 402
    POST = 500
    RELEASE = 501
    DEFINE_POLICY = 502
    ELECT = 503
    BID = 600
    SEAL_BID = 601
    OPEN_BID = 602
    REGISTER_FEED = 700
    REPORT = 701  # a word on a feed; all of them stand before the commands of a block
    REGISTER_APPRAISERS = 702
    APPRAISE = 703
    PROPOSE = 800
    DROP = 801
    HALT = 802
    RESUME = 803
    RESOLVE = 804
    SUBSTITUTE = 805


class Flag(IntFlag):
    """What is said of a record beside its fields."""

    LINKED = 1  # a command that takes effect only if the next one does
    DATED = 2  # a report that fixes the value of a day


@dataclass(frozen=True, slots=True)
class Operation:
    """A command as a record. `places`: its fields by name; None where its canonical bytes follow in
    records of their own."""

    op: Op
    kind: type
    places: Mapping[str, At] | None

    @property
    def columns(self) -> frozenset[str]:
        """The columns that it uses beside those of every command; all others are zero."""
        if self.places is None:
            return frozenset({"quantity"})
        return frozenset(column for place in self.places.values() for column in place.columns)


def operation(op: Op, kind: type) -> Operation:
    """How a command lies in a record, from the notes on its fields."""
    hints = get_type_hints(kind, include_extras=True)
    found = {field.name: _place(hints[field.name]) for field in fields(kind)}
    places = {name: place for name, place in found.items() if place is not None}
    return Operation(op, kind, places if len(places) == len(found) else None)


def _place(hint: Any) -> At | None:
    notes = (each for each in getattr(hint, "__metadata__", ()) if isinstance(each, At))
    return next(notes, None)


_KINDS: Mapping[Op, type] = {
    Op.REGISTER_ASSET: commands.RegisterAsset,
    Op.OPEN_ACCOUNT: commands.OpenAccount,
    Op.DEPOSIT: commands.Deposit,
    Op.WITHDRAW: commands.Withdraw,
    Op.TRANSFER: commands.Transfer,
    Op.RESERVE: commands.Reserve,
    Op.COMPLETE: commands.Complete,
    Op.LIMIT: commands.Limit,
    Op.STAKE: commands.Stake,
    Op.UNSTAKE: commands.Unstake,
    Op.TRADE: commands.Trade,
    Op.DEFINE: commands.Define,
    Op.LIST: commands.List,
    Op.CHOOSE: commands.Choose,
    Op.POST: commands.Post,
    Op.RELEASE: commands.Release,
    Op.DEFINE_POLICY: commands.DefinePolicy,
    Op.ELECT: commands.Elect,
    Op.BID: commands.Bid,
    Op.SEAL_BID: commands.SealBid,
    Op.OPEN_BID: commands.OpenBid,
    Op.REGISTER_FEED: commands.RegisterFeed,
    Op.REGISTER_APPRAISERS: appraisals.RegisterAppraisers,
    Op.APPRAISE: appraisals.Appraise,
    Op.PROPOSE: commands.Propose,
    Op.DROP: commands.Drop,
    Op.HALT: interventions.Halt,
    Op.RESUME: interventions.Resume,
    Op.RESOLVE: interventions.Resolve,
    Op.SUBSTITUTE: interventions.Substitute,
}
OPERATIONS: Mapping[Op, Operation] = {op: operation(op, kind) for op, kind in _KINDS.items()}
"""Every command."""

COMMON = frozenset({"op", "flags", "session", "sequence", "tag"})
"""Columns that every command has."""

assert all(each.columns <= set(COMMAND.names) - COMMON for each in OPERATIONS.values())
