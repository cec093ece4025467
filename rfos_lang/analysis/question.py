"""Questions to the prover about an unrolled instance; an answer is lived before it counts."""

from enum import Enum, unique
from typing import Any

import z3

from rfos_lang.analysis.paths import Life, live
from rfos_lang.analysis.smt import EFFORT, Unrolled


@unique
class Answer(Enum):
    """What became of a question."""

    NEVER = "never"
    PERHAPS = "perhaps"


def begin_anew() -> None:
    """Lets the prover forget all that it was asked before: which of several answers it finds must
    not depend on that. Terms made until now cannot be asked about any more."""
    z3.z3._main_ctx = None


def possible(unrolled: Unrolled, wanted: Any, laws: int | None = None) -> Life | Answer:
    """A life of a path on which something holds; NEVER if there is none, PERHAPS if the prover gave
    up. `laws`: how many of the laws hold, None for all of them. Whether the life shows what it
    should is for the asker to see: the prover knows products only roughly."""
    if wanted is False:
        return Answer.NEVER
    solver = z3.Solver()
    solver.set("rlimit", EFFORT)
    solver.add(*unrolled.arithmetic.laws[:laws])
    if wanted is not True:
        solver.add(wanted)
    verdict = solver.check()
    if verdict == z3.unsat:
        return Answer.NEVER
    if verdict != z3.sat:
        return Answer.PERHAPS
    return live(unrolled.program, unrolled.terms, unrolled.path(solver.model()))
