"""The kernel's executor: contract code in WebAssembly, through wasmtime; one module a definition.

What a module says is checked before the kernel acts on it; code that breaks off is refused like any
other event.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import wasmtime
from numpy.typing import NDArray

from rfos_lang.artefact import format as artefacts
from rfos_lang.artefact.format import Artefact, ArtefactError
from rfos_runtime.executor import batches, rows
from rfos_runtime.executor.batches import Fired, Risks
from rfos_runtime.executor.modules import Loaded, engine, instantiated
from rfos_runtime.executor.policies import policy_view
from rfos_runtime.records.commands import ONE
from rfos_runtime.reference.executor import (
    Aspect,
    ChoiceView,
    DefinitionView,
    Event,
    FeedView,
    Outcome,
    PartyRisk,
    PolicyView,
    RiskInput,
    RiskInputs,
    Rule,
)

EXTERNAL_SOURCES = ("spot", "volatility", "rate", "yield")
"""The risk inputs that an instance does not know of itself."""

CLOSE_AT_ONCE = (ONE, ONE, 0, 0, ())
"""For a party with collateral and no liquidation clause: closed at the mark in the event itself."""


@dataclass(slots=True)
class WasmExecutor:
    """The kernel's executor. It keeps compiled modules by content hash, and nothing else."""

    _engine: wasmtime.Engine = field(default_factory=engine)
    _loaded: dict[str, Loaded] = field(default_factory=dict)

    def load(self, artefact: bytes) -> DefinitionView | None:
        """The view of an artefact; None for bytes that are none, or that wasmtime refuses."""
        try:
            decoded = artefacts.decode(artefact)
            name = decoded.content_hash
            if name not in self._loaded:
                self._loaded[name] = instantiated(self._engine, decoded)
        except (ArtefactError, wasmtime.WasmtimeError, wasmtime.Trap):
            return None
        return view_of(decoded)

    def policy(self, artefact: bytes) -> PolicyView | None:
        """The view of a margin policy; None for bytes that are none."""
        return policy_view(artefact)

    def start(self, view: DefinitionView, terms: bytes) -> Outcome:
        """The standing of a new instance; refused too if the terms are not those of the shape."""
        loaded = self._loaded[view.content_hash]
        try:
            artefacts.check_terms(loaded.artefact, terms)
        except ArtefactError:
            return rows.TRAPPED
        return rows.run(loaded, "start", terms, b"", b"")

    def fire(self, view: DefinitionView, terms: bytes, standing: bytes, event: Event) -> Outcome:
        """Let one event act on an instance."""
        loaded = self._loaded[view.content_hash]
        block = artefacts.encode_event(
            loaded.shape,
            event.instant,
            event.observations,
            event.moved,
            event.taken,
            event.amounts,
        )
        return rows.run(loaded, "fire", terms, standing, block)

    def risk(
        self, view: DefinitionView, terms: bytes, standing: bytes, inputs: RiskInputs
    ) -> tuple[PartyRisk, PartyRisk] | None:
        """The risk of one lot of the first two parties; None if it is not finite."""
        return self.risks(view, terms, standing, inputs.now, [inputs.values])[0]

    def risks(
        self,
        view: DefinitionView,
        terms: bytes,
        standing: bytes,
        now: int,
        values: Sequence[tuple[int, ...]],
    ) -> list[tuple[PartyRisk, PartyRisk] | None]:
        """The same at one instant, for each of several values of the inputs."""
        loaded = self._loaded[view.content_hash]
        return rows.risks(loaded, view, terms, standing, now, values)

    def fire_many(
        self,
        view: DefinitionView,
        terms: NDArray[np.uint8],
        standings: NDArray[np.uint8],
        events: Sequence[Event],
    ) -> Fired:
        """The same as `fire` for many instances of one definition, whose terms and standings are
        the rows of these; one event for all of them, or one for each."""
        loaded = self._loaded[view.content_hash]
        return batches.fire(loaded, terms, standings, batches.laid_events(loaded, events))

    def risk_many(
        self,
        view: DefinitionView,
        terms: NDArray[np.uint8],
        standings: NDArray[np.uint8],
        now: int,
        values: NDArray[np.float64],
    ) -> Risks:
        """The same as `risk`; `values` has a column for each risk input of the definition, and for
        each instance one row, or as many as for every other, one after the other."""
        loaded = self._loaded[view.content_hash]
        inputs = batches.laid_inputs(loaded, view.risk_inputs, now, values)
        return batches.risk(loaded, terms, standings, inputs)


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
