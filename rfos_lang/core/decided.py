"""What the terms of an instance decide by themselves, whatever is observed and chosen."""

from collections.abc import Iterator

from rfos_lang.core.meaning import Event, Run, Standing
from rfos_lang.core.program import (
    Apply,
    Column,
    Combine,
    Constant,
    Expression,
    Power,
    Program,
    Select,
    Term,
    Terms,
)
from rfos_lang.core.walk import within


def decided(program: Program, terms: Terms, expression: Expression) -> Iterator[int]:
    """The value of an expression on each of its dates; none if something else has a say.

    Raises fixed.SettlementError where it overflows or divides by zero.
    """
    parts = list(within(expression))
    if not all(isinstance(part, Constant | Term | Column | _OPERATION) for part in parts):
        return
    nothing = Event(terms.start, (None,) * len(program.feeds))
    run = Run(program, terms, Standing(False, (), (), ()), nothing)
    lengths = {len(terms.columns[part.slot]) for part in parts if isinstance(part, Column)}
    for run.occurrence in range(max(lengths, default=1)):
        yield run.value(expression)


_OPERATION = Apply | Combine | Power | Select
