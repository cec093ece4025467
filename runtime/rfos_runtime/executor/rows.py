"""Contract code a row at a time: what one instance says to one event, or of its risk."""

import struct
from collections.abc import Sequence
from itertools import pairwise

from rfos_lang.artefact import format as artefacts
from rfos_lang.artefact.format import Artefact, Shape, aligned
from rfos_runtime.executor.modules import Loaded
from rfos_runtime.records.commands import ONE
from rfos_runtime.reference.executor import (
    ISSUANCE,
    DefinitionView,
    Outcome,
    PartyRisk,
    Posting,
    RiskInput,
    Status,
)

POSTINGS_ROOM_MAX = 4096
TRAPPED = Outcome(Status.TRAPPED, b"")
_ROW, _AMOUNTS = struct.Struct("<8i"), struct.Struct("<3q")

Risk = tuple[PartyRisk, PartyRisk] | None
"""The risk of one lot of the first two parties; None if it is not finite."""


def _call(loaded: Loaded, export: str, blocks: Sequence[bytes], *rows: tuple[int, ...]) -> bool:
    """Lays rows and their blocks out from address 0 and calls an export; whether it came back."""
    laid = [_ROW.pack(*row) for row in rows]  # which are aligned as they are
    laid += [block.ljust(aligned(len(block), 16), b"\0") for block in blocks]
    loaded.lay(b"".join(laid))
    return loaded.call(export, len(rows))


def _placed(blocks: Sequence[bytes], rows: int = 1) -> list[int]:
    """The addresses of blocks that follow the rows, and where the last one ends."""
    places = [artefacts.ROW_SIZE * rows]
    for block in blocks:
        places.append(places[-1] + aligned(len(block), 16))
    return places


# --- events ------------------------------------------------------------------------------------


def run(loaded: Loaded, name: str, terms: bytes, standing: bytes, event: bytes) -> Outcome:
    """One row through `start` or `fire`, with more room for postings as long as it needs some."""
    room = artefacts.POSTINGS_MAX
    while True:
        outcome = _run_with_room(loaded, name, terms, standing, event, room)
        if outcome.status != Status.FULL or room >= POSTINGS_ROOM_MAX:
            return outcome
        room *= 4


def _run_with_room(
    loaded: Loaded, name: str, terms: bytes, standing: bytes, event: bytes, room: int
) -> Outcome:
    size = artefacts.standing_size(terms)
    room_for_outcome = bytes(artefacts.OUTCOME_SIZE)
    room_for_postings = bytes(artefacts.POSTING_SIZE * room)
    blocks = (terms, standing, event, bytes(size), room_for_outcome, room_for_postings)
    places = _placed(blocks)
    if not _call(loaded, name, blocks, (*places[:6], room, 0)):
        return TRAPPED
    after, result, postings = (loaded.read(*each) for each in pairwise(places[3:]))
    outcome = _outcome(after[:size], result, postings)
    return outcome if _is_sound(loaded.artefact, outcome) else TRAPPED


def _outcome(standing: bytes, block: bytes, postings: bytes) -> Outcome:
    found = artefacts.decode_outcome(block)
    if found.status != Status.OK:
        return Outcome(found.status, b"", requirement=found.requirement)
    made = artefacts.decode_postings(postings, found.postings)
    return Outcome(
        status=found.status,
        standing=standing,
        postings=tuple(_posting(each) for each in made),
        next_due=found.next_due,
        ended=found.ended,
    )


def _posting(posting: artefacts.Posting) -> Posting:
    return Posting(
        posting.payer,
        posting.payee,
        posting.asset,
        posting.units,
        posting.due,
        posting.clause,
        posting.action,
    )


def _is_sound(artefact: Artefact, outcome: Outcome) -> bool:
    """Whether payments name what there is, so that a module that no compiler of ours made can
    harm nobody but its holders."""
    of = artefact.metadata
    parties, assets = range(len(of.parties)), range(len(of.assets))
    return all(
        each.payer in parties
        and each.payee in parties
        and each.asset in assets
        and each.units > 0
        and (each.asset in of.issues or not _is_issue(of.parties, each))
        for each in outcome.postings
    )


def _is_issue(parties: tuple[str, ...], posting: Posting) -> bool:
    return ISSUANCE in (parties[posting.payer], parties[posting.payee])


# --- risk --------------------------------------------------------------------------------------


def place_of(shape: Shape, needed: RiskInput) -> int:
    """Where an input lies in the block of inputs."""
    places = {
        "spot": shape.spot,
        "volatility": shape.volatility,
        "rate": shape.rate,
        "yield": shape.carry,
    }
    return places[needed.source](needed.slot)


def _inputs(
    shape: Shape, view: DefinitionView, now: int, values: Sequence[tuple[int, ...]]
) -> list[bytes]:
    """A block of risk inputs for each of several values: the instant, then cells of 8 bytes; what
    the formulas do not use stays 0."""
    cells = [place_of(shape, each) // 8 - 1 for each in view.risk_inputs]
    count = aligned(shape.inputs_size, 16) // 8 - 1
    pack, row, blocks = struct.Struct(f"<q{count}d").pack, [0.0] * count, []
    for each in values:
        for cell, value in zip(cells, each, strict=True):
            row[cell] = value / ONE
        blocks.append(pack(now, *row))
    return blocks


def risks(
    loaded: Loaded,
    view: DefinitionView,
    terms: bytes,
    standing: bytes,
    now: int,
    values: Sequence[tuple[int, ...]],
) -> list[Risk]:
    """What `risk` says at one instant, for each of several values of the inputs, in one call."""
    return _measured(loaded, terms, standing, _inputs(loaded.shape, view, now, values))


def _measured(loaded: Loaded, terms: bytes, standing: bytes, inputs: list[bytes]) -> list[Risk]:
    """A call has the fuel of a single row; where it breaks off, each row is asked alone."""
    shape, count = loaded.shape, len(inputs)
    size, room = len(inputs[0]), aligned(shape.measures_size, 16)
    blocks = (terms, standing, b"".join(inputs), bytes(room * count))
    *of_all, asked, written, end = _placed(blocks, count)
    rows = [(*of_all, asked + n * size, 0, written + n * room, 0, 0, 0) for n in range(count)]
    if _call(loaded, "risk", blocks, *rows):
        found = loaded.read(written, end)
        first, second = shape.measures(0), shape.measures(1)
        return [
            None
            if found[place] & 1
            else (_party_risk(found, place + first), _party_risk(found, place + second))
            for place in range(0, len(found), room)
        ]
    if count == 1:
        return [None]
    return [said for each in inputs for said in _measured(loaded, terms, standing, [each])]


def _party_risk(written: bytes, place: int) -> PartyRisk:
    return PartyRisk._make(_AMOUNTS.unpack_from(written, place))
