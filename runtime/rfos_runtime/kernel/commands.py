"""The commands of a block, one after the other: the envelope, chains, and who carries each out.

What only machine code can do fast is done here; a command whose fields have no room in a record
is given back to the caller, who carries it out and goes on.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.ledger import apply as ledger
from rfos_runtime.kernel.ledger.rules import ACCEPTED
from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.telling import ACTS, COUNT, Told
from rfos_runtime.kernel.world import (
    Of,
    World,
    close_chain,
    dtype,
    open_chain,
    take_back,
    touch,
)
from rfos_runtime.records.codes import Code
from rfos_runtime.records.layout import COMMAND, RESULT
from rfos_runtime.records.operations import COMMON, OPERATIONS, Flag, Op

OPERATOR = 1
ELSEWHERE = -1
"""The code of a command that the caller has to carry out."""
OPS_BELOW = 1024

_BY_OPERATOR = (Op.REGISTER_ASSET, Op.OPEN_ACCOUNT, Op.DEPOSIT, Op.LIMIT)
_WORDS = 16


class Shape(NamedTuple):
    """What a record of each op may have: whether it is `known`, `operator` alone may sign it, its
    fields follow `by_bytes`; `unused` has ones in those bits of its words that must be zero."""

    known: NDArray[np.bool_]
    operator: NDArray[np.bool_]
    by_bytes: NDArray[np.bool_]
    unused: NDArray[np.int64]


def _shape() -> Shape:
    known, operator, by_bytes = np.zeros((3, OPS_BELOW), np.bool_)
    unused = np.zeros((OPS_BELOW, _WORDS), np.int64)
    kind = dtype(COMMAND)
    for op, operation in OPERATIONS.items():
        known[op], operator[op] = True, op in _BY_OPERATOR
        by_bytes[op] = operation.places is None
        row = np.zeros(1, kind)
        for name in set(COMMAND.names) - COMMON - operation.columns:
            row[name] = -1
        unused[op] = row.view(np.int64)
    return Shape(known, operator, by_bytes, unused)


SHAPE = _shape()


@within
def _is_linked(c: Any) -> bool:
    return (c["flags"] & Flag.LINKED.value) != 0


@within
def _envelope(world: World, shape: Shape, c: Any, words: NDArray[np.int64]) -> int:
    """Whether a record is well made, and signed by whoever has to sign with its next number."""
    op = c["op"]
    if not 0 <= op < OPS_BELOW or not shape.known[op]:
        return Code.UNKNOWN_OPERATION.value
    wrong = (c["flags"] & ~Flag.LINKED.value) | 0
    for word in range(len(words)):
        wrong |= words[word] & shape.unused[op, word]
    if wrong != 0:
        return Code.NOT_ZERO.value
    session = c["session"]
    if not ledger.known_account(world, session):
        return Code.UNKNOWN_SIGNER.value
    if session != (OPERATOR if shape.operator[op] else c["account"]):
        return Code.NOT_SIGNED.value
    if c["sequence"] != world.accounts[session]["sequence"] + 1:
        return Code.WRONG_SEQUENCE.value
    return ACCEPTED


@within
def _carried_out(world: World, told: Told, c: Any) -> int:
    op = c["op"]
    if op == Op.TRANSFER.value:
        return ledger.transfer(world, told, c)
    if op == Op.DEPOSIT.value:
        return ledger.deposit(world, told, c)
    if op == Op.WITHDRAW.value:
        return ledger.withdraw(world, told, c)
    if op == Op.RESERVE.value:
        return ledger.reserve(world, told, c)
    if op == Op.COMPLETE.value:
        return ledger.complete(world, told, c)
    if op == Op.LIMIT.value:
        return ledger.limit(world, c)
    if op == Op.OPEN_ACCOUNT.value:
        return ledger.open_account(world, c)
    if op == Op.STAKE.value:
        return ledger.stake(world, told, c)
    return ELSEWHERE


@within
def _attempt(world: World, told: Told, shape: Shape, c: Any, words: NDArray[np.int64]) -> int:
    code = _envelope(world, shape, c, words)
    return _carried_out(world, told, c) if code == ACCEPTED else code


# --- one after the other -----------------------------------------------------------------------

AT, CHAIN, FAILED, TOLD = 0, 1, 2, 3
"""Places in the progress of a block: the next record, where the open chain begins (-1: none is
open), whether it has failed, how much had been told before it."""


class Block(NamedTuple):
    """The records of a block, the same in words of 8 bytes, how they went, and which of them are
    commands; the others continue the one before."""

    records: NDArray[Any]
    words: NDArray[np.int64]
    results: NDArray[Any]
    is_answer: NDArray[np.bool_]
    progress: NDArray[np.int64]


def block_of(data: bytes | memoryview) -> Block:
    """A block of records, none of which has been carried out."""
    records = np.frombuffer(data, dtype(COMMAND))
    words = np.frombuffer(data, np.int64).reshape(len(records), _WORDS)
    progress = np.array([0, -1, 0, 0], np.int64)
    results = np.zeros(len(records), dtype(RESULT))
    return Block(records, words, results, np.zeros(len(records), np.bool_), progress)


@compiled
def run(world: World, told: Told, shape: Shape, block: Block) -> int:
    """Carries commands out until one has to be carried out elsewhere, and returns its place; the
    caller then says how it went (`went`) and goes on. Returns the number of records at the end."""
    progress, records = block.progress, block.records
    while progress[AT] < len(records):
        at = progress[AT]
        c = records[at]
        if progress[CHAIN] < 0 and _is_linked(c):
            _open(world, told, progress)
        code = Code.LINK_FAILED.value
        told.written[ACTS] = at + 1
        if not progress[FAILED]:
            code = _attempt(world, told, shape, c, block.words[at])
        if code == ELSEWHERE:
            return at
        went(world, told, shape, block, code)
    if progress[CHAIN] >= 0:
        _take_back(world, told, block)
        _answer_anew(block, progress[CHAIN], len(records), Code.LINK_OPEN.value)
    return len(records)


@compiled
def went(world: World, told: Told, shape: Shape, block: Block, code: int) -> None:
    """Notes how the present command went, and goes on to the next."""
    progress, at = block.progress, block.progress[AT]
    c = block.records[at]
    progress[AT] = _behind(shape, block.records, at)
    _answer(block, at, code)
    if code == ACCEPTED:
        session = c["session"]
        touch(world, Of.ACCOUNTS.value, session)
        world.accounts[session]["sequence"] += 1
    elif progress[CHAIN] >= 0 and not progress[FAILED]:
        _take_back(world, told, block)
        _answer_anew(block, progress[CHAIN], at, Code.LINK_FAILED.value)
        progress[FAILED] = 1
    if progress[CHAIN] >= 0 and not _is_linked(c):
        _close(world, progress)


@within
def _behind(shape: Shape, records: NDArray[Any], at: int) -> int:
    """The place behind a command and the bytes that continue it."""
    op = records[at]["op"]
    at += 1
    if not 0 <= op < OPS_BELOW or not shape.by_bytes[op]:
        return at
    while at < len(records) and records[at]["op"] == Op.CONTINUES.value:
        at += 1
    return at


@within
def _answer(block: Block, at: int, code: int) -> None:
    c, row = block.records[at], block.results[at]
    row["session"] = c["session"]
    row["sequence"] = c["sequence"]
    row["op"] = c["op"]
    row["tag"] = c["tag"]
    row["code"] = code
    block.is_answer[at] = True


@within
def _answer_anew(block: Block, begin: int, end: int, code: int) -> None:
    for at in range(begin, end):
        if block.is_answer[at]:
            block.results[at]["code"] = code


# --- chains ------------------------------------------------------------------------------------


@within
def _open(world: World, told: Told, progress: NDArray[np.int64]) -> None:
    progress[CHAIN], progress[FAILED], progress[TOLD] = progress[AT], 0, told.written[COUNT]
    open_chain(world)


@within
def _close(world: World, progress: NDArray[np.int64]) -> None:
    progress[CHAIN], progress[FAILED] = -1, 0
    close_chain(world)


@within
def _take_back(world: World, told: Told, block: Block) -> None:
    """Everything is as it was before the open chain."""
    told.written[COUNT] = block.progress[TOLD]
    take_back(world)
