"""Contract code in WebAssembly, through wasmtime: one module a definition, called a row at a time.

Every call lays its blocks into the module's own memory anew and reads them back, so a module keeps
nothing between calls. Fuel bounds each call; code that breaks off is refused like any other event.
"""

import struct
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import wasmtime

from rfos_lang.artefact import format as artefacts
from rfos_lang.artefact.format import Artefact, ArtefactError, Measures, aligned
from rfos_runtime.records.commands import ONE
from rfos_runtime.reference.executor import (
    ISSUANCE,
    Aspect,
    ChoiceView,
    DefinitionView,
    Event,
    FeedView,
    Outcome,
    PartyRisk,
    Posting,
    RiskInput,
    RiskInputs,
    Rule,
    Status,
)

FUEL = 200_000_000
"""What one call may use. A batch of one row needs some thousands."""

EXTERNAL_SOURCES = ("spot", "volatility", "rate", "yield")
"""The risk inputs that an instance does not know of itself."""

CLOSE_AT_ONCE = (ONE, ONE, 0, 0, ())
"""For a party with collateral and no liquidation clause: closed at the mark in the event itself."""

POSTINGS_ROOM_MAX = 4096
_PAGE = 65536


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A definition, and the module that is ready to be called."""

    artefact: Artefact
    store: wasmtime.Store
    memory: wasmtime.Memory
    exports: dict[str, wasmtime.Func]


@dataclass(slots=True)
class WasmExecutor:
    """The kernel's executor. It keeps compiled modules by content hash, and nothing else."""

    _engine: wasmtime.Engine = field(default_factory=lambda: _engine())
    _loaded: dict[str, _Loaded] = field(default_factory=dict)

    def load(self, artefact: bytes) -> DefinitionView | None:
        """The view of an artefact; None for bytes that are none, or that wasmtime refuses."""
        try:
            decoded = artefacts.decode(artefact)
            name = decoded.content_hash
            if name not in self._loaded:
                self._loaded[name] = _instantiated(self._engine, decoded)
        except (ArtefactError, wasmtime.WasmtimeError, wasmtime.Trap):
            return None
        return view_of(decoded)

    def start(self, view: DefinitionView, terms: bytes) -> Outcome:
        """The standing of a new instance; refused too if the terms are not those of the shape."""
        loaded = self._loaded[view.content_hash]
        try:
            artefacts.check_terms(loaded.artefact, terms)
        except ArtefactError:
            return Outcome(Status.TRAPPED, b"")
        return _run(loaded, "start", terms, b"", b"")

    def fire(self, view: DefinitionView, terms: bytes, standing: bytes, event: Event) -> Outcome:
        """Let one event act on an instance."""
        loaded = self._loaded[view.content_hash]
        block = artefacts.encode_event(
            loaded.artefact.shape,
            event.instant,
            event.observations,
            event.moved,
            event.taken,
            event.amounts,
        )
        return _run(loaded, "fire", terms, standing, block)

    def risk(
        self, view: DefinitionView, terms: bytes, standing: bytes, inputs: RiskInputs
    ) -> tuple[PartyRisk, PartyRisk] | None:
        """The risk of one lot of the first two parties; None if it is not finite."""
        loaded = self._loaded[view.content_hash]
        measures = _measured(loaded, terms, standing, _risk_inputs(loaded, view, inputs))
        if measures is None or measures.unsound:
            return None
        first, second = (
            PartyRisk(party.exposure, party.maintenance, party.initial)
            for party in measures.parties[:2]
        )
        return first, second


# --- views -------------------------------------------------------------------------------------


def view_of(artefact: Artefact) -> DefinitionView:
    """What the kernel knows of a definition."""
    of = artefact.metadata
    watched = {feed for clause in of.clauses if clause.kind == "watch" for feed in clause.feeds}
    return DefinitionView(
        content_hash=artefact.content_hash,
        name=of.name,
        parties=of.parties,
        assets=of.assets,
        feeds=tuple(_feed_view(feed) for feed in of.feeds),
        watched=tuple(sorted(watched)),
        risk_inputs=tuple(
            RiskInput(each.source, each.slot)
            for each in of.inputs
            if each.source in EXTERNAL_SOURCES
        ),
        choices=tuple(
            ChoiceView(
                number,
                choice.name,
                choice.party,
                choice.any_time,
                of.listable,
                tuple(amount.asset for amount in choice.amounts),
                choice.fails,
            )
            for number, clause in enumerate(of.clauses)
            if (choice := clause.choice) is not None
        ),
        rules=tuple(_rule(artefact, party) for party in range(len(of.parties))),
        has_risk=of.risk,
        issues=of.issues,
    )


def _feed_view(feed: artefacts.FeedField) -> FeedView:
    return FeedView(
        feed.kind,
        feed.assets,
        Aspect(feed.aspect),
        feed.patience,
        feed.staleness,
        feed.lowest,
        feed.highest,
    )


def _rule(artefact: Artefact, party: int) -> Rule | None:
    of = artefact.metadata
    collateral = next((each for each in of.collateral if each.party == party), None)
    if collateral is None:
        return None
    liquidation = next((each for each in of.liquidation if each.party == party), None)
    if liquidation is None:
        return Rule(collateral.asset, *CLOSE_AT_ONCE)
    return Rule(
        asset=collateral.asset,
        auction_from=liquidation.auction_from,
        auction_to=liquidation.auction_to,
        auction_nanoseconds=liquidation.auction_nanoseconds,
        penalty=liquidation.penalty,
        shortfall=liquidation.shortfall,
    )


# --- modules -----------------------------------------------------------------------------------


def _engine() -> wasmtime.Engine:
    config = wasmtime.Config()
    config.consume_fuel = True
    return wasmtime.Engine(config)


def _instantiated(engine: wasmtime.Engine, artefact: Artefact) -> _Loaded:
    store = wasmtime.Store(engine)
    store.set_fuel(FUEL)
    module = wasmtime.Module(engine, artefact.module)
    exports: Any = wasmtime.Instance(store, module, []).exports(store)
    names = ("start", "fire", "risk") if artefact.metadata.risk else ("start", "fire")
    return _Loaded(artefact, store, exports["memory"], {name: exports[name] for name in names})


def _call(loaded: _Loaded, name: str, blocks: tuple[bytes, ...], row: tuple[int, ...]) -> bool:
    """Lays a row and its blocks out from address 0 and calls an export; whether it came back."""
    laid = (struct.pack("<8i", *row), *blocks)
    image = b"".join(block.ljust(aligned(len(block), 16), b"\0") for block in laid)
    missing = len(image) - loaded.memory.data_len(loaded.store)
    if missing > 0:
        loaded.memory.grow(loaded.store, -(-missing // _PAGE))
    loaded.memory.write(loaded.store, image, 0)
    loaded.store.set_fuel(FUEL)
    try:
        loaded.exports[name](loaded.store, 0, 1)
    except (wasmtime.Trap, wasmtime.WasmtimeError):
        return False
    return True


def _placed(blocks: tuple[bytes, ...]) -> list[int]:
    """The addresses of blocks that follow the row, and where the last one ends."""
    places = [artefacts.ROW_SIZE]
    for block in blocks:
        places.append(places[-1] + aligned(len(block), 16))
    return places


# --- events ------------------------------------------------------------------------------------


def _run(loaded: _Loaded, name: str, terms: bytes, standing: bytes, event: bytes) -> Outcome:
    """One row through `start` or `fire`, with more room for postings as long as it needs some."""
    room = artefacts.POSTINGS_MAX
    while True:
        outcome = _run_with_room(loaded, name, terms, standing, event, room)
        if outcome.status != Status.FULL or room >= POSTINGS_ROOM_MAX:
            return outcome
        room *= 4


def _run_with_room(
    loaded: _Loaded, name: str, terms: bytes, standing: bytes, event: bytes, room: int
) -> Outcome:
    size = artefacts.standing_size(terms)
    room_for_outcome = bytes(artefacts.OUTCOME_SIZE)
    room_for_postings = bytes(artefacts.POSTING_SIZE * room)
    blocks = (terms, standing, event, bytes(size), room_for_outcome, room_for_postings)
    places = _placed(blocks)
    if not _call(loaded, name, blocks, (*places[:6], room, 0)):
        return Outcome(Status.TRAPPED, b"")
    after, result, postings = (
        bytes(loaded.memory.read(loaded.store, *each)) for each in pairwise(places[3:])
    )
    outcome = _outcome(after[:size], result, postings)
    return outcome if _is_sound(loaded.artefact, outcome) else Outcome(Status.TRAPPED, b"")


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


def _risk_inputs(loaded: _Loaded, view: DefinitionView, inputs: RiskInputs) -> bytes:
    """The block of risk inputs; what the formulas do not use stays 0."""
    shape = loaded.artefact.shape
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


def _measured(loaded: _Loaded, terms: bytes, standing: bytes, inputs: bytes) -> Measures | None:
    """What `risk` says of one row; None if it broke off."""
    shape = loaded.artefact.shape
    blocks = (terms, standing, inputs, bytes(shape.measures_size))
    places = _placed(blocks)
    row = (places[0], places[1], places[2], 0, places[3], 0, 0, 0)
    if not _call(loaded, "risk", blocks, row):
        return None
    written = bytes(loaded.memory.read(loaded.store, places[3], places[4]))
    return artefacts.decode_measures(shape, written)
