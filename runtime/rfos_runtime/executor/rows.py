"""Contract code a row at a time: what one instance says to one event, or of its risk."""

import struct
from itertools import pairwise

from rfos_lang.artefact import format as artefacts
from rfos_lang.artefact.format import Artefact, Measures, aligned
from rfos_runtime.executor.modules import Loaded
from rfos_runtime.records.commands import ONE
from rfos_runtime.reference.executor import (
    ISSUANCE,
    DefinitionView,
    Outcome,
    Posting,
    RiskInputs,
    Status,
)

POSTINGS_ROOM_MAX = 4096
TRAPPED = Outcome(Status.TRAPPED, b"")


def _call(loaded: Loaded, export: str, blocks: tuple[bytes, ...], row: tuple[int, ...]) -> bool:
    """Lays a row and its blocks out from address 0 and calls an export; whether it came back."""
    laid = (struct.pack("<8i", *row), *blocks)
    image = b"".join(block.ljust(aligned(len(block), 16), b"\0") for block in laid)
    loaded.lay(image)
    return loaded.call(export, 1)


def _placed(blocks: tuple[bytes, ...]) -> list[int]:
    """The addresses of blocks that follow the row, and where the last one ends."""
    places = [artefacts.ROW_SIZE]
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
    after, result, postings = (
        bytes(loaded.memory.read(loaded.store, *each)) for each in pairwise(places[3:])
    )
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


def risk_inputs(loaded: Loaded, view: DefinitionView, inputs: RiskInputs) -> bytes:
    """The block of risk inputs; what the formulas do not use stays 0."""
    shape = loaded.shape
    known = {
        (needed.source, needed.slot): value / ONE
        for needed, value in zip(view.risk_inputs, inputs.values, strict=True)
    }

    def numbers(source: str, slots: int) -> list[float]:
        return [known.get((source, slot), 0.0) for slot in range(slots)]

    return artefacts.encode_inputs(
        shape,
        inputs.now,
        spot=numbers("spot", shape.feeds),
        volatility=numbers("volatility", shape.feeds),
        rate=numbers("rate", shape.assets),
        carry=numbers("yield", shape.assets),
        equity=[0.0] * shape.parties,
    )


def measured(loaded: Loaded, terms: bytes, standing: bytes, inputs: bytes) -> Measures | None:
    """What `risk` says of one row; None if it broke off."""
    shape = loaded.shape
    blocks = (terms, standing, inputs, bytes(shape.measures_size))
    places = _placed(blocks)
    row = (places[0], places[1], places[2], 0, places[3], 0, 0, 0)
    if not _call(loaded, "risk", blocks, row):
        return None
    written = bytes(loaded.memory.read(loaded.store, places[3], places[4]))
    return artefacts.decode_measures(shape, written)
