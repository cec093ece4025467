"""The envelope of a command: the records that it has, whether they are well made, who signs.

A command is one record; consents of further signers stand right before it, and bytes that have no
room in it right behind it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.bundle import Bundle
from rfos_runtime.kernel.ledger import apply as ledger
from rfos_runtime.kernel.ledger.rules import ACCEPTED
from rfos_runtime.kernel.machine import within
from rfos_runtime.kernel.tables import Of, dtype
from rfos_runtime.kernel.world import World, touch
from rfos_runtime.records.codes import Code
from rfos_runtime.records.layout import COMMAND, RESULT
from rfos_runtime.records.operations import COMMON, OPERATIONS, Flag, Op

OPERATOR = 1
OPS_BELOW = 1024

_BY_OPERATOR = (
    Op.REGISTER_ASSET,
    Op.OPEN_ACCOUNT,
    Op.DEPOSIT,
    Op.LIMIT,
    Op.PROPOSE,
    Op.DROP,
)
_WORDS = 16


@dataclass(frozen=True, slots=True)
class Shape(Bundle):
    """What a record of each op may have: whether it is `known`, `operator` alone may sign it, its
    fields follow `by_bytes`; `unused` has ones in those bits of its words that must be zero."""

    known: NDArray[np.bool_]
    operator: NDArray[np.bool_]
    by_bytes: NDArray[np.bool_]
    unused: NDArray[np.int64]


def _shape() -> Shape:
    known, operator, by_bytes = np.zeros((3, OPS_BELOW), np.bool_)
    known[Op.CONSENT] = True
    unused = np.zeros((OPS_BELOW, _WORDS), np.int64)
    for op, operation in OPERATIONS.items():
        known[op], operator[op] = True, op in _BY_OPERATOR
        by_bytes[op] = operation.places is None
        unused[op] = _ones(set(COMMAND.names) - COMMON - operation.columns)
    unused[Op.CONSENT] = _ones(set(COMMAND.names) - {"op", "session", "sequence"})
    return Shape(known, operator, by_bytes, unused)


def _ones(columns: Iterable[str]) -> NDArray[np.int64]:
    row = np.zeros(1, dtype(COMMAND))
    for name in columns:
        row[name] = -1
    return row.view(np.int64)


SHAPE = _shape()


@dataclass(frozen=True, slots=True)
class Block(Bundle):
    """The records of a block, the same in words of 8 bytes, and how they went: a result for each
    report, which others fill in, and for each command; what continues a command has none."""

    records: NDArray[Any]
    words: NDArray[np.int64]
    results: NDArray[Any]
    progress: NDArray[np.int64]


def block_of(data: bytes | memoryview, reports: int = 0, earlier: int = 0) -> Block:
    """A block of records, none of which has been carried out, after so many reports; or a part of
    one, after so many earlier records."""
    records = np.frombuffer(data, dtype(COMMAND))
    if records.ctypes.data % 8:
        records = records.copy()
    words = records.view(np.int64).reshape(len(records), _WORDS)
    results = np.empty(reports + len(records), dtype(RESULT))
    return Block(records, words, results, np.array([0, -1, 0, 0, reports, 0, earlier], np.int64))


@within
def behind_consents(records: NDArray[Any], at: int) -> int:
    """The place of the command whose consents begin at a place; the last one if there is none."""
    while at < len(records) - 1 and records[at]["op"] == Op.CONSENT.value:
        at += 1
    return at


@within
def behind(shape: Shape, records: NDArray[Any], at: int) -> int:
    """The place behind a command and the bytes that continue it."""
    op = records[at]["op"]
    at += 1
    if not 0 <= op < OPS_BELOW or not shape.by_bytes[op]:
        return at
    while at < len(records) and records[at]["op"] == Op.CONTINUES.value:
        at += 1
    return at


@within
def is_linked(c: Any) -> bool:
    return (c["flags"] & Flag.LINKED.value) != 0


@within
def well_made(shape: Shape, c: Any, words: NDArray[np.int64]) -> int:
    """Whether a record asks for something that is known, and what it does not use is zero."""
    op = c["op"]
    if not 0 <= op < OPS_BELOW or not shape.known[op]:
        return Code.UNKNOWN_OPERATION.value
    wrong = c["flags"] & ~Flag.LINKED.value
    for word in range(len(words)):
        wrong |= words[word] & shape.unused[op, word]
    if wrong != 0:
        return Code.NOT_ZERO.value
    return ACCEPTED


# --- who signs: a command, and the consents right before it -------------------------------------


@within
def signed(world: World, shape: Shape, block: Block, first: int, at: int) -> int:
    """Whether all signers are known, everybody who has to sign is among them, and each number is
    the signer's next."""
    for signer in range(first, at + 1):
        if not ledger.known_account(world, block.records[signer]["session"]):
            return Code.UNKNOWN_SIGNER.value
    if not _all_signed(world, shape, block.records, first, at):
        return Code.NOT_SIGNED.value
    for signer in range(first, at + 1):
        row = block.records[signer]
        before = world.accounts[row["session"]]["sequence"]
        for other in range(first, at + 1):
            comes_first = other == at or (other < signer and signer != at)
            if other != signer and comes_first:
                before += block.records[other]["session"] == row["session"]
        if row["sequence"] != before + 1:
            return Code.WRONG_SEQUENCE.value
    return ACCEPTED


@within
def _all_signed(world: World, shape: Shape, records: NDArray[Any], first: int, at: int) -> bool:
    c = records[at]
    if shape.operator[c["op"]]:
        return _is_signer(records, first, at, OPERATOR)
    if not _is_signer(records, first, at, c["account"]):
        return False
    if c["op"] != Op.TRADE.value:
        return True
    if not _is_signer(records, first, at, c["target"]):
        return False
    if not 0 < c["instrument"] <= world.counts[Of.INSTRUMENTS.value]["lying"]:
        return True
    row = world.parties[c["instrument"]]
    for other in (
        row["other"],
        row["other2"],
        row["other3"],
        row["other4"],
        row["other5"],
        row["other6"],
        row["other7"],
        row["other8"],
    ):
        if other > 0 and not _is_signer(records, first, at, other):
            return False
    return True


@within
def _is_signer(records: NDArray[Any], first: int, at: int, account: int) -> bool:
    found = False
    for signer in range(first, at + 1):
        found |= records[signer]["session"] == account
    return found


@within
def count_signers(world: World, records: NDArray[Any], first: int, at: int) -> None:
    for signer in range(first, at + 1):
        session = records[signer]["session"]
        touch(world, Of.ACCOUNTS.value, session)
        world.accounts[session]["sequence"] += 1
