"""How contracts of a definition are margined: by a closed form, or at the worst they may cost."""

from dataclasses import replace

from rfos_lang.base.feed import Aspect
from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import RiskFormulas
from rfos_lang.core.lowered import Lowered
from rfos_lang.core.meaning import actions_of
from rfos_lang.core.program import Program, Transfer, Watch
from rfos_lang.core.walk import feeds_in
from rfos_lang.semantics.definition import Plain, Start
from rfos_lang.semantics.futures import VARIATION
from rfos_lang.valuation.closed_form.recognise import ClosedForm, Unrecognised, closed_form
from rfos_lang.valuation.requirement import risk_formulas, stated_formulas


@dataclass(frozen=True, slots=True)
class Marking:
    """How exposure is found: by the `risk` formulas of a closed form, or, if `why_not` says that
    there is none, as the worst that the contract may cost while its feeds stay in their bounds."""

    risk: RiskFormulas | None
    why_not: str | None

    @property
    def name(self) -> str:
        """As an artefact says it."""
        return "payoff stress" if self.risk is None else self.risk.marking


def marking(lowered: Lowered) -> Marking:
    """How every instance of a definition is marked, at any time of its life."""
    stated = stated_formulas(lowered.program)
    if stated is not None:
        return Marking(stated, None)
    if others := _others(lowered.program):
        return Marking(None, f"{others} pays or is paid, so its sides do not owe each other alone")
    if read := _no_price(lowered.program):
        return Marking(None, f"its rules read {read}, which is not a price now")
    form = closed_form(_after_settlement(lowered.program))
    if isinstance(form, Unrecognised):
        return Marking(None, form.reason)
    why_not = _varying(lowered, form)
    return Marking(None, why_not) if why_not else Marking(risk_formulas(form), None)


def _no_price(program: Program) -> str | None:
    """What the rules of a contract read that is no spot price, and so no input of its risk."""
    lines = [
        *(line for rule in program.collateral for line in (rule.maintenance, rule.initial)),
        *(line for rule in program.liquidation for line in (rule.trigger, rule.restore)),
    ]
    feeds = (program.feeds[slot] for slot in feeds_in(*lines))
    odd = (feed.name for feed in feeds if feed.kind != "spot" or feed.aspect is not Aspect.NEWEST)
    return next(odd, None)


def _after_settlement(program: Program) -> Program:
    """What is still to be valued. A contract `style futures` has paid all its gains at the newest
    observation, so that a lot is worth nothing; what it may pay besides, as funding, is not
    counted."""
    if not any(isinstance(clause, Watch) and _settles(clause) for clause in program.clauses):
        return program
    return replace(program, clauses=(), perpetual=False)


def _settles(clause: Watch) -> bool:
    return any(isinstance(a, Transfer) and a.label == VARIATION for a in clause.actions)


def _others(program: Program) -> str | None:
    """A party to a payment that is no side: then exposures are not each other's negation."""
    transfers = (a for c in program.clauses for a in actions_of(c) if isinstance(a, Transfer))
    third = max((max(each.payer, each.payee) for each in transfers), default=0)
    return program.parties[third] if third > 1 else None


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
