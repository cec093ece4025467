"""Which contracts are lived through once, since nobody decides in them by what is best."""

from rfos_lang.core.meaning import actions_of
from rfos_lang.core.program import Backward, Choice, Program
from rfos_lang.core.walk import expressions_of, within


def is_lived(program: Program) -> bool:
    """Whether a contract is one for this: somebody chooses how much or how often, or an annuity is
    worked out anew."""
    inside = (
        part
        for clause in program.clauses
        for action in actions_of(clause)
        for part in expressions_of(action)
    )
    return bool(facilities(program)) or any(isinstance(n, Backward) for n in within(*inside))


def facilities(program: Program) -> dict[int, Choice]:
    """The choices of how much, again and again, by clause."""
    clauses = enumerate(program.clauses)
    return {at: each for at, each in clauses if isinstance(each, Choice) and each.is_facility}
