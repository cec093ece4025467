"""Contract code in batches: many instances of one definition, laid out once, in one call.

The instances of a batch have terms of one size and standings of one size; they are rows of bytes.
A batch says what `rows` would say of each row alone, to the byte. It has the fuel of a single row,
so whatever comes back would come back alone; one that does not come back is halved until the row
that is at fault stands alone.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from rfos_lang.artefact import format as artefacts
from rfos_lang.artefact.format import (
    NEVER,
    OUTCOME_SIZE,
    POSTING_SIZE,
    POSTINGS_MAX,
    aligned,
)
from rfos_runtime.executor import rows
from rfos_runtime.executor.modules import Loaded
from rfos_runtime.reference.executor import ISSUANCE, Event, Outcome, RiskInput, Status

MEMORY = 1 << 20
"""How many bytes of a module's memory a batch may take, so that they lie in a near cache; more rows
are several batches."""

Bytes = NDArray[np.uint8]

_OUTCOME = np.dtype(
    {
        "names": ["status", "requirement", "next_due", "ended", "postings"],
        "formats": ["<i4", "<i4", "<i8", "<i4", "<i4"],
        "itemsize": OUTCOME_SIZE,
    }
)
_MADE = np.dtype(
    {
        "names": ["payer", "payee", "asset", "clause", "action", "units", "due"],
        "formats": ["<i4"] * 5 + ["<i8"] * 2,
        "offsets": [0, 4, 8, 12, 16, 24, 32],
        "itemsize": POSTING_SIZE,
    }
)
POSTING = np.dtype([("row", "<i4"), *((name, _MADE[name]) for name in _MADE.names or ())])
"""A payment that is owed per lot, of the row that makes it; `due` NEVER: at once."""


class Fired(NamedTuple):
    """What events did, by row: `status`; for one that is not OK `requirement` (-1: none); for one
    that is `next_due` (NEVER: none), `ended`, `standings`, and `postings` in order of rows."""

    status: NDArray[np.int32]
    requirement: NDArray[np.int32]
    next_due: NDArray[np.int64]
    ended: NDArray[np.bool_]
    standings: Bytes
    postings: NDArray[Any]


class Risks(NamedTuple):
    """The risk of one lot by row and side; where `sound` is false it is not finite, and nothing
    else counts."""

    sound: NDArray[np.bool_]
    exposure: NDArray[np.int64]
    maintenance: NDArray[np.int64]
    initial: NDArray[np.int64]


def as_rows(blocks: Sequence[bytes]) -> Bytes:
    """Blocks of one size as the rows of an array."""
    return np.frombuffer(b"".join(blocks), np.uint8).reshape(len(blocks), -1)


# --- calls ---------------------------------------------------------------------------------------


def _called(
    loaded: Loaded, export: str, given: Sequence[Bytes], rooms: Sequence[int], capacity: int
) -> list[Bytes] | None:
    """Lays rows out from address 0 and calls an export. Returns what lies in the rooms of each row
    until the next call; None if it broke off. Of a block of fewer rows each is shared."""
    count = max(map(len, given))
    counts = [len(each) for each in given] + [count] * len(rooms)
    sizes = [each.shape[1] for each in given] + list(rooms)
    strides = [aligned(size, 16) for size in sizes]
    lengths = [n * stride for n, stride in zip(counts, strides, strict=True)]
    begins = list(accumulate(lengths, initial=artefacts.ROW_SIZE * count))
    memory = loaded.room(begins[-1])
    memory[:] = 0
    row = np.zeros((count, artefacts.ROW_SIZE // 4), "<i4")
    for place, (n, stride) in enumerate(zip(counts, strides, strict=True)):
        places = begins[place] + stride * np.arange(n)
        row[:, place] = places if n == count else np.repeat(places, count // n)
    row[:, len(counts)] = capacity
    memory[: row.nbytes] = row.view(np.uint8).reshape(-1)
    laid = [
        memory[begin : begin + length].reshape(n, stride)[:, :size]
        for begin, length, n, stride, size in zip(
            begins, lengths, counts, strides, sizes, strict=False
        )
    ]
    for place, block in enumerate(given):
        laid[place][:] = block
    return laid[len(given) :] if loaded.call(export, count) else None


Said = TypeVar("Said", Fired, Risks)


def _in_parts(given: Sequence[Bytes], size: int, call: Callable[[list[Bytes]], Said]) -> Said:
    """What a call says of all rows, asked in parts of at most so many bytes each."""
    count = len(given[0])
    most = max(1, MEMORY // size)
    parts = [call(_cut(given, at, min(at + most, count))) for at in range(0, max(count, 1), most)]
    return parts[0] if len(parts) == 1 else _together(parts, most)


def _cut(given: Sequence[Bytes], begin: int, end: int) -> list[Bytes]:
    """What belongs to some instances, of blocks that have one row or several for each, or one for
    all."""
    each_has = [len(block) // max(len(given[0]), 1) for block in given]
    return [
        block[begin * rows : end * rows] if rows else block
        for block, rows in zip(given, each_has, strict=True)
    ]


def _together(parts: Sequence[Said], first: int) -> Said:
    """What was said of parts one after the other, each but the last of `first` rows."""
    for place, each in enumerate(parts):
        if isinstance(each, Fired):
            each.postings["row"] += first * place
    return type(parts[0])(*map(np.concatenate, zip(*parts, strict=True)))


# --- events --------------------------------------------------------------------------------------


def laid_events(loaded: Loaded, events: Sequence[Event]) -> Bytes:
    """Events as rows of bytes."""
    shape, known = loaded.shape, dict[Event, bytes]()
    for each in events:
        if each not in known:
            known[each] = artefacts.encode_event(
                shape, each.instant, each.observations, each.moved, each.taken, each.amounts
            )
    return as_rows([known[each] for each in events])


def fire(loaded: Loaded, terms: Bytes, standings: Bytes, events: Bytes) -> Fired:
    """Lets events act on instances: one event for each row, or one for all."""
    room = POSTINGS_MAX * POSTING_SIZE + OUTCOME_SIZE
    size = terms.shape[1] + 2 * standings.shape[1] + events.shape[1] + room
    given = (terms, standings, events)
    return _in_parts(given, size, lambda part: _fired(loaded, part))


def _fired(loaded: Loaded, given: list[Bytes]) -> Fired:
    count, size = given[1].shape
    rooms = (size, OUTCOME_SIZE, POSTING_SIZE * POSTINGS_MAX)
    written = _called(loaded, "fire", given, rooms, POSTINGS_MAX)
    if written is None and count > 1:
        half = count // 2
        halves = _cut(given, 0, half), _cut(given, half, count)
        return _together([_fired(loaded, each) for each in halves], half)
    if written is None:
        return _with_rows_alone(loaded, given, _nothing(count, size), np.zeros(1, np.int64))
    after, outcomes, made = (each.copy() for each in written)
    return _read(loaded, given, after, outcomes.view(_OUTCOME)[:, 0], made.view(_MADE))


def _nothing(count: int, size: int) -> Fired:
    status = np.full(count, Status.TRAPPED, np.int32)
    due, ended = np.full(count, NEVER), np.zeros(count, np.bool_)
    standings, postings = np.zeros((count, size), np.uint8), np.zeros(0, POSTING)
    return Fired(status, np.full(count, -1, np.int32), due, ended, standings, postings)


def _read(
    loaded: Loaded, given: list[Bytes], after: Bytes, outcomes: NDArray[Any], made: NDArray[Any]
) -> Fired:
    """What was written, but for rows that have to be asked alone."""
    well = outcomes["status"] == Status.OK
    counts = np.where(well, outcomes["postings"], 0)
    alone = (outcomes["status"] == Status.FULL) | (counts < 0) | (counts > POSTINGS_MAX)
    postings = _postings(made, np.where(alone, 0, counts))
    unsound = np.zeros(len(well), np.bool_)
    unsound[postings["row"][~_are_sound(loaded, postings)]] = True
    well &= ~unsound
    said = Fired(
        np.where(unsound, Status.TRAPPED, outcomes["status"]).astype(np.int32),
        np.where(well | unsound, -1, outcomes["requirement"]).astype(np.int32),
        np.where(well, outcomes["next_due"], NEVER),
        well & (outcomes["ended"] != 0),
        np.where(well[:, None], after, np.uint8(0)),
        postings[~unsound[postings["row"]]],
    )
    return _with_rows_alone(loaded, given, said, np.flatnonzero(alone)) if alone.any() else said


def _postings(made: NDArray[Any], counts: NDArray[np.int64]) -> NDArray[Any]:
    """The first `counts` postings of each row, one after the other."""
    row, place = np.nonzero(np.arange(made.shape[1]) < counts[:, None])
    found = np.zeros(len(row), POSTING)
    found["row"] = row
    for name in _MADE.names or ():
        found[name] = made[name][row, place]
    return found


def _are_sound(loaded: Loaded, postings: NDArray[Any]) -> NDArray[np.bool_]:
    """As in `rows`: whether payments name what there is."""
    of = loaded.artefact.metadata
    sound: NDArray[np.bool_] = postings["units"] > 0
    for name, there in (("payer", of.parties), ("payee", of.parties), ("asset", of.assets)):
        sound &= (postings[name] >= 0) & (postings[name] < len(there))
    issuance = [party for party, each in enumerate(of.parties) if each == ISSUANCE]
    issues = np.isin(postings["payer"], issuance) | np.isin(postings["payee"], issuance)
    return sound & (~issues | np.isin(postings["asset"], of.issues))


def _with_rows_alone(
    loaded: Loaded, given: list[Bytes], said: Fired, alone: NDArray[np.int64]
) -> Fired:
    """The same, with what some rows say when they are asked alone."""
    made = [said.postings[~np.isin(said.postings["row"], alone)]]
    for row in alone.tolist():
        terms, standing, event = (each[min(row, len(each) - 1)].tobytes() for each in given)
        outcome = rows.run(loaded, "fire", terms, standing, event)
        said.status[row] = outcome.status
        said.requirement[row] = -1 if outcome.requirement is None else outcome.requirement
        said.next_due[row] = NEVER if outcome.next_due is None else outcome.next_due
        said.ended[row] = outcome.ended
        said.standings[row] = np.frombuffer(outcome.standing.ljust(len(standing), b"\0"), np.uint8)
        made.append(_rows_of(row, outcome))
    postings = np.concatenate(made)
    return said._replace(postings=postings[np.argsort(postings["row"], kind="stable")])


def _rows_of(row: int, outcome: Outcome) -> NDArray[Any]:
    found = np.zeros(len(outcome.postings), POSTING)
    found["row"] = row
    for place, each in enumerate(outcome.postings):
        for name in _MADE.names or ():
            value = getattr(each, name)
            found[name][place] = NEVER if value is None else value
    return found


# --- risk ----------------------------------------------------------------------------------------


def laid_inputs(
    loaded: Loaded, needed: Sequence[RiskInput], now: int, values: NDArray[np.float64]
) -> Bytes:
    """Risk inputs as rows of bytes: a column of `values` for each that is needed. What the formulas
    do not use stays 0."""
    shape = loaded.shape
    block = np.zeros((len(values), shape.inputs_size // 8), np.float64)
    block.view(np.int64)[:, 0] = now
    for column, each in enumerate(needed):
        block[:, rows.place_of(shape, each) // 8] = values[:, column]
    return block.view(np.uint8)


def risk(loaded: Loaded, terms: Bytes, standings: Bytes, inputs: Bytes) -> Risks:
    """The risk of one lot of the first two parties; inputs may have several rows for each instance,
    one after the other."""
    shape = loaded.shape
    size = inputs.shape[1] + shape.measures_size + artefacts.ROW_SIZE
    size *= len(inputs) // max(len(terms), 1)
    size += terms.shape[1] + standings.shape[1]
    return _in_parts((terms, standings, inputs), size, lambda part: _measured(loaded, part))


def _measured(loaded: Loaded, given: list[Bytes]) -> Risks:
    shape, count = loaded.shape, len(given[0])
    written = _called(loaded, "risk", given, (0, shape.measures_size), 0)
    if written is None and count < len(given[2]):
        terms, standings = (np.repeat(each, len(given[2]) // count, axis=0) for each in given[:2])
        return _measured(loaded, [terms, standings, given[2]])
    if written is None and count > 1:
        half = count // 2
        halves = _cut(given, 0, half), _cut(given, half, count)
        return _together([_measured(loaded, each) for each in halves], half)
    if written is None:
        return Risks(np.zeros(1, np.bool_), *np.zeros((3, 1, 2), np.int64))
    numbers = written[1].view(np.int64)
    sides = [shape.measures(side) // 8 for side in (0, 1)]
    exposure, maintenance, initial = (
        np.column_stack([numbers[:, at + n] for at in sides]) for n in range(3)
    )
    return Risks((written[1][:, 0] & 1) == 0, exposure, maintenance, initial)
