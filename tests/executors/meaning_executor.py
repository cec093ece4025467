"""The kernel's executor by the reference interpreter: what contract code is compared with.

It takes the same artefacts, terms and standings as the one that runs WebAssembly, to the byte, but
looks their programs up and interprets them: so two worlds that are run by the two have one root.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rfos_lang.artefact.format import ArtefactError, decode
from rfos_lang.artefact.layout import decode_standing, encode_standing
from rfos_lang.base import fixed
from rfos_lang.core import meaning
from rfos_lang.core.formula import RiskFormulas, Source
from rfos_lang.core.program import Program, Terms
from rfos_lang.core.risk import RiskInputs, evaluate_risk
from rfos_runtime.executor.policies import policy_view
from rfos_runtime.executor.wasm import view_of
from rfos_runtime.reference import executor as kernel


@dataclass(frozen=True)
class MeaningExecutor(kernel.Executor):
    """Programs and risk formulas by the content hash of their artefact; terms by their bytes."""

    programs: Mapping[str, Program]
    formulas: Mapping[str, RiskFormulas]
    terms: Mapping[bytes, Terms]

    def load(self, artefact: bytes) -> kernel.DefinitionView | None:
        try:
            return view_of(decode(artefact))
        except ArtefactError:
            return None

    def policy(self, artefact: bytes) -> kernel.PolicyView | None:
        return policy_view(artefact)

    def start(self, view: kernel.DefinitionView, terms: bytes) -> kernel.Outcome:
        program = self.programs[view.content_hash]
        return _outcome(program, meaning.start(program, self.terms[terms]))

    def fire(
        self, view: kernel.DefinitionView, terms: bytes, standing: bytes, event: kernel.Event
    ) -> kernel.Outcome:
        program, bound = self.programs[view.content_hash], self.terms[terms]
        before = decode_standing(program, bound, standing)
        happening = meaning.Event(
            event.instant, event.observations, event.moved, event.taken, event.amounts
        )
        return _outcome(program, meaning.fire(program, bound, before, happening))

    def risk(
        self,
        view: kernel.DefinitionView,
        terms: bytes,
        standing: bytes,
        inputs: kernel.RiskInputs,
    ) -> tuple[kernel.PartyRisk, kernel.PartyRisk] | None:
        program, bound = self.programs[view.content_hash], self.terms[terms]
        now, formulas = decode_standing(program, bound, standing), self.formulas[view.content_hash]
        measures = evaluate_risk(program, formulas, bound, now, _risk_inputs(view, inputs))
        if measures.unsound:
            return None
        first, second = (
            kernel.PartyRisk(each.exposure, each.maintenance, each.initial)
            for each in measures.parties[:2]
        )
        return first, second


def _risk_inputs(view: kernel.DefinitionView, inputs: kernel.RiskInputs) -> RiskInputs:
    known = {
        (needed.source, needed.slot): value / fixed.ONE
        for needed, value in zip(view.risk_inputs, inputs.values, strict=True)
    }

    def values(source: Source, count: int) -> tuple[float, ...]:
        return tuple(known.get((source.value, slot), 0.0) for slot in range(count))

    feeds, assets = len(view.feeds), len(view.assets)
    return RiskInputs(
        now=inputs.now,
        spot=values(Source.SPOT, feeds),
        volatility=values(Source.VOLATILITY, feeds),
        rate=values(Source.RATE, assets),
        carry=values(Source.YIELD, assets),
        equity=(0.0,) * len(view.parties),
    )


def _outcome(program: Program, outcome: meaning.Outcome) -> kernel.Outcome:
    if outcome.status is not meaning.Status.OK:
        return kernel.Outcome(outcome.status, b"", requirement=outcome.requirement)
    return kernel.Outcome(
        status=outcome.status,
        standing=encode_standing(program, outcome.standing),
        postings=tuple(_posting(posting) for posting in outcome.postings),
        next_due=outcome.next_due,
        ended=outcome.standing.ended,
    )


def _posting(posting: meaning.Posting) -> kernel.Posting:
    return kernel.Posting(
        posting.payer,
        posting.payee,
        posting.asset,
        posting.units,
        posting.due,
        posting.clause,
        posting.action,
    )
