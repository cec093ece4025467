"""How contracts of a definition are margined: by a closed form, or at the worst they may cost."""

from dataclasses import dataclass

from rfos_lang.core.formula import RiskFormulas
from rfos_lang.core.lowered import Lowered
from rfos_lang.semantics.definition import Plain, Start
from rfos_lang.valuation.closed_form.recognise import ClosedForm, Unrecognised, closed_form
from rfos_lang.valuation.requirement import risk_formulas


@dataclass(frozen=True, slots=True)
class Marking:
    """How exposure is found: by the `risk` formulas of a closed form, or, if `why_not` says that
    there is none, as the worst that the contract may cost while its feeds stay in their bounds."""

    risk: RiskFormulas | None
    why_not: str | None

    @property
    def name(self) -> str:
        """As an artefact says it."""
        return "payoff stress" if self.risk is None else "closed form"


def marking(lowered: Lowered) -> Marking:
    """How every instance of a definition is marked, at any time of its life."""
    form = closed_form(lowered.program)
    if isinstance(form, Unrecognised):
        return Marking(None, form.reason)
    why_not = _varying(lowered, form)
    return Marking(None, why_not) if why_not else Marking(risk_formulas(form), None)


def _varying(lowered: Lowered, form: ClosedForm) -> str | None:
    """Why a closed form holds for some instances only, or for a part of their lives; None if it
    always holds: each date is one date, and what was to be captured was captured at the start."""
    for slot in sorted(form.single):
        recipe = lowered.schedules[slot]
        if recipe.parent is not None or recipe.recipe.expression.type is not Plain.DATE:
            return f"{lowered.program.schedules[slot]} may be several dates"
    for slot in sorted(form.captured):
        if not isinstance(lowered.schedules[slot].recipe.expression, Start):
            return f"it depends on a price at {lowered.program.schedules[slot]}, still to come"
    return None
