"""The commands of a block, one after the other: chains, and who carries each out.

What only machine code can do fast is done here; a command whose fields have no room in a record
is given back to the caller, who carries it out and goes on.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.auctions import bids
from rfos_runtime.kernel.envelope import (
    Block,
    Shape,
    behind,
    behind_consents,
    count_signers,
    is_linked,
    signed,
    well_made,
)
from rfos_runtime.kernel.ledger import apply as ledger
from rfos_runtime.kernel.ledger.rules import ACCEPTED
from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.places import place_of_reservation
from rfos_runtime.kernel.positions import trading
from rfos_runtime.kernel.positions.debts import repay
from rfos_runtime.kernel.positions.tidying import free_both
from rfos_runtime.kernel.settings import apply as settings
from rfos_runtime.kernel.stakes import apply as stakes
from rfos_runtime.kernel.telling import ACTS, COUNT, Told
from rfos_runtime.kernel.world import World, close_chain, open_chain, take_back
from rfos_runtime.records.codes import Code
from rfos_runtime.records.operations import Op

ELSEWHERE = -1
"""The code of a command that the caller has to carry out."""


# --- what is asked ---------------------------------------------------------------------------


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
        return stakes.stake(world, told, c)
    if op == Op.UNSTAKE.value:
        return stakes.unstake(world, c)
    if op == Op.PROPOSE.value:
        return settings.propose(world, c)
    if op == Op.DROP.value:
        return settings.drop(world, c)
    if op == Op.TRADE.value or op == Op.RELEASE.value or op == Op.ELECT.value:
        return trading.tried(world, told, c)
    if op == Op.POST.value:
        return trading.post_collateral(world, told, c)
    if op == Op.BID.value:
        return bids.bid(world, told, c)
    return ELSEWHERE


@within
def _attempt(world: World, told: Told, shape: Shape, block: Block, first: int, at: int) -> int:
    for record in range(first, at + 1):
        code = well_made(shape, block.records[record], block.words[record])
        if code != ACCEPTED:
            return code
    if block.records[at]["op"] == Op.CONSENT.value:
        return Code.UNKNOWN_OPERATION.value
    if shape.by_bytes[block.records[at]["op"]]:
        return ELSEWHERE
    code = signed(world, shape, block, first, at)
    if code == ACCEPTED:
        code = _carried_out(world, told, block.records[at])
    if code == ACCEPTED and block.records[at]["op"] == Op.TRADE.value:
        free_both(world, told, block.records[at])
    if code == ACCEPTED and world.totals[0]["debts"] != 0:
        _repay(world, told, block.records[at])
    return code


@within
def _repay(world: World, told: Told, c: Any) -> None:
    """Those to whose balances a command may have added pay their debts, by account."""
    one, other = c["account"], c["target"]
    if c["op"] == Op.COMPLETE.value:
        at = place_of_reservation(world.reservations, c["reference"])
        other = world.reservations[at]["payer"]
    repay(world, told, min(one, other))
    if one != other:
        repay(world, told, max(one, other))


# --- one after the other -----------------------------------------------------------------------

AT, CHAIN, FAILED, TOLD, ANSWERED, BEFORE, EARLIER = range(7)
"""Places in the progress of a block: the next record, where the open chain begins (-1: none is
open), whether it has failed, how much had been told before it; how many results there are, and how
many there were before the chain; how many records stood in earlier parts of the block."""


@compiled
def run(world: World, told: Told, shape: Shape, block: Block) -> int:
    """Carries commands out until one has to be carried out elsewhere, and returns its place; the
    caller then says how it went (`went`) and goes on. Returns the number of records at the end."""
    progress, records = block.progress, block.records
    while progress[AT] < len(records):
        first = progress[AT]
        at = behind_consents(records, first)
        if progress[CHAIN] < 0 and is_linked(records[at]):
            _open(world, told, progress)
        code = Code.LINK_FAILED.value
        told.written[ACTS] = progress[EARLIER] + at + 1
        if not progress[FAILED]:
            code = _attempt(world, told, shape, block, first, at)
        if code == ELSEWHERE:
            return at
        went(world, told, shape, block, code)
    if progress[CHAIN] >= 0:
        _take_back(world, told, block)
        _answer_anew(block, progress[ANSWERED], Code.LINK_OPEN.value)
        _close(world, progress)
    return len(records)


@compiled
def went(world: World, told: Told, shape: Shape, block: Block, code: int) -> None:
    """Notes how the present command went, and goes on to the next."""
    progress, first = block.progress, block.progress[AT]
    at = behind_consents(block.records, first)
    c = block.records[at]
    progress[AT] = behind(shape, block.records, at)
    _answer(block, at, code)
    if code == ACCEPTED:
        count_signers(world, block.records, first, at)
    elif progress[CHAIN] >= 0 and not progress[FAILED]:
        _take_back(world, told, block)
        _answer_anew(block, progress[ANSWERED] - 1, Code.LINK_FAILED.value)
        progress[FAILED] = 1
    if progress[CHAIN] >= 0 and not is_linked(c):
        _close(world, progress)


@within
def _answer(block: Block, at: int, code: int) -> None:
    c, row = block.records[at], block.results[block.progress[ANSWERED]]
    block.progress[ANSWERED] += 1
    row["session"] = c["session"]
    row["sequence"] = c["sequence"]
    row["op"] = c["op"]
    row["tag"] = c["tag"]
    row["code"] = code


@within
def _answer_anew(block: Block, end: int, code: int) -> None:
    """Another code for what the open chain has been answered, up to a place."""
    for at in range(block.progress[BEFORE], end):
        block.results[at]["code"] = code


# --- chains ------------------------------------------------------------------------------------


@within
def _open(world: World, told: Told, progress: NDArray[np.int64]) -> None:
    progress[CHAIN], progress[FAILED] = progress[AT], 0
    progress[TOLD], progress[BEFORE] = told.written[COUNT], progress[ANSWERED]
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
