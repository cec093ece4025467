"""Whether the contract's own account is empty at the end of every path, and never overdrawn.

The kernel refuses an event that would overdraw escrow or leave something in it. A choice is then
simply not taken. But an event that falls due by itself and is refused freezes the instance: that is
what must not be possible.
"""

from rfos_lang.analysis.finding import Finding, Verdict
from rfos_lang.analysis.linear import both, either, negated
from rfos_lang.analysis.paths import Life
from rfos_lang.analysis.question import Answer, possible
from rfos_lang.analysis.smt import Audit, Unrolled
from rfos_lang.base.fixed import from_minor_units, shown
from rfos_lang.core.meaning import Status
from rfos_lang.core.program import Program, Terms

_FROZEN = {Status.ESCROW_SHORT: "escrow_short", Status.ESCROW_LEFT: "escrow_left"}


def escrow(program: Program, terms: Terms, unrolled: Unrolled | None) -> list[Finding]:
    """The finding on escrow; none if the contract has none."""
    if program.escrow is None:
        return []
    if unrolled is None:
        return [Finding("escrow", Verdict.UNKNOWN, "escrow_unknown")]
    doubtful = False
    for audit in unrolled.audits:
        answer = _frozen(unrolled, audit)
        if answer is Answer.NEVER:
            continue
        if isinstance(answer, Life) and answer.refused in _FROZEN:
            return [_refuted(program, terms, answer)]
        doubtful = True
    if doubtful:
        return [Finding("escrow", Verdict.UNKNOWN, "escrow_unknown")]
    return [Finding("escrow", Verdict.PROVED, "escrow_empty")]


def _frozen(unrolled: Unrolled, audit: Audit) -> Life | Answer:
    wrong = both(negated(audit.chosen), either(audit.short, audit.left))
    return possible(unrolled, wrong, audit.laws)


def _refuted(program: Program, terms: Terms, life: Life) -> Finding:
    status = life.refused
    assert status is not None, "the life shows a refusal"
    held = life.outcomes[-1].standing.escrow
    has = [
        f"{shown(from_minor_units(units, terms.places[asset]))} {terms.assets[asset]}"
        for asset, units in enumerate(held)
        if units
    ]
    names = {"holds": " and ".join(has) or "nothing"}
    return Finding("escrow", Verdict.REFUTED, _FROZEN[status], names, None, life)
