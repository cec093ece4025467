"""Everything that is known of an instance before it begins: how long, how much, and what holds."""

from collections.abc import Mapping

from rfos_lang.analysis.escrow import escrow
from rfos_lang.analysis.finding import Finding
from rfos_lang.analysis.interval import Interval
from rfos_lang.analysis.obligation import Obligation, can_be_unrolled, sharpest
from rfos_lang.analysis.overflow import overflow
from rfos_lang.analysis.payments import conservation, signs
from rfos_lang.analysis.question import begin_anew
from rfos_lang.analysis.reach import reach, waits
from rfos_lang.analysis.smt import Unrolled
from rfos_lang.base.records import dataclass
from rfos_lang.core.horizon import horizon
from rfos_lang.core.program import Program, Terms


@dataclass(frozen=True, slots=True)
class Verification:
    """`horizon`: the last instant at which anything happens, None if perpetual. `bounds`: what each
    feed slot was taken to lie in."""

    program: Program
    terms: Terms
    bounds: Mapping[int, Interval]
    horizon: int | None
    obligations: tuple[Obligation, ...]
    findings: tuple[Finding, ...]

    @property
    def passes(self) -> bool:
        """Whether nothing is refuted, and all is shown that has to hold."""
        return all(finding.verdict.passes for finding in self.findings)


def verified(program: Program, terms: Terms, bounds: Mapping[int, Interval]) -> Verification:
    """All properties of an instance whose feeds stay within their bounds."""
    begin_anew()
    unrolled = Unrolled(program, terms, bounds=bounds) if can_be_unrolled(program, terms) else None
    findings = [
        *escrow(program, terms, unrolled),
        conservation(program),
        *signs(program, unrolled),
        *overflow(program, terms, bounds, unrolled),
        *reach(program, unrolled),
        *waits(program, terms),
    ]
    obligations = sharpest(program, terms, bounds, unrolled)
    return Verification(
        program, terms, bounds, horizon(program, terms), tuple(obligations), tuple(findings)
    )
