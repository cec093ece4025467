"""Payments: conserved by construction, and not negative where they are not `net`."""

from rfos_lang.analysis.finding import Finding, Verdict
from rfos_lang.analysis.linear import both
from rfos_lang.analysis.paths import Life
from rfos_lang.analysis.question import Answer, possible
from rfos_lang.analysis.smt import Unrolled
from rfos_lang.core.meaning import Status, actions_of
from rfos_lang.core.program import Program, Transfer


def conservation(program: Program) -> Finding:
    """Value moves by transfers alone, each between two different accounts of the contract."""
    transfers = [
        action
        for clause in program.clauses
        for action in actions_of(clause)
        if isinstance(action, Transfer)
    ]
    parties, assets = len(program.parties), len(program.assets)
    sound = all(
        0 <= each.payer < parties
        and 0 <= each.payee < parties
        and each.payer != each.payee
        and 0 <= each.asset < assets
        for each in transfers
    )
    if sound:
        return Finding("conservation", Verdict.PROVED, "conserved", {"count": len(transfers)})
    return Finding("conservation", Verdict.REFUTED, "not_conserved")


def signs(program: Program, unrolled: Unrolled | None) -> list[Finding]:
    """Whether amounts that may not be negative can be; the kernel refuses those that are."""
    if unrolled is None:
        return [Finding("amounts", Verdict.AT_RUN_TIME, "amounts_unknown")]
    found: dict[tuple[int, int], Finding] = {}
    for flow in unrolled.flows:
        place = (flow.clause, flow.action)
        if flow.transfer.net or place in found:
            continue
        if flow.amount.low is not None and flow.amount.low >= 0:
            continue
        negative = both(flow.guard, flow.amount.z3 < 0)
        answer = possible(unrolled, negative, flow.laws)
        if answer is Answer.NEVER:
            continue
        shows = isinstance(answer, Life) and answer.refused is Status.NEGATIVE_PAYMENT
        names = {
            "payer": program.parties[flow.transfer.payer],
            "payee": program.parties[flow.transfer.payee],
        }
        found[place] = Finding(
            "amounts",
            Verdict.AT_RUN_TIME,
            "amount_negative" if shows else "amount_doubtful",
            names,
            flow.clause,
            answer if shows and isinstance(answer, Life) else None,
        )
    return list(found.values()) or [Finding("amounts", Verdict.PROVED, "amounts_positive")]
