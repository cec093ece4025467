"""From a checked definition and the texts of its arguments to one instance of it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from rfos_lang.base.records import dataclass
from rfos_lang.core.arguments import read_arguments, shape_of
from rfos_lang.core.binding import bind
from rfos_lang.core.lowered import Lowered, Shape
from rfos_lang.core.lowering import lower
from rfos_lang.core.program import Program, Terms
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Checked
from rfos_lang.semantics.definition import Definition


@dataclass(frozen=True, slots=True)
class Instance:
    """One contract with its parameters fixed: what is priced, and what the kernel lists."""

    definition: Definition
    lowered: Lowered
    terms: Terms

    @property
    def program(self) -> Program:
        return self.lowered.program


Lowering = Callable[[Checked, Shape], Lowered]
"""From a contract and the lengths of its lists to its program. Raises Failure."""


def lowered_at(checked: Checked, shape: Shape) -> Lowered:
    """The program of a contract at a shape. Raises Failure."""
    lowered, problems = lower(checked.definition, shape)
    if lowered is None:
        raise Failure(problems, checked.source.sources)
    return lowered


def instance(
    checked: Checked, arguments: Mapping[str, str], start: int, program: Lowering = lowered_at
) -> Instance:
    """The instance that begins at `start`. Raises Failure.

    Arguments are spelled as in the language, with the instance's own tickers; the lengths of its
    lists fix the program's shape. Their diagnostics have the parameter's name as their source.
    Whoever makes many instances gives a `program` that remembers.
    """
    definition = checked.definition
    read, problems = read_arguments(definition, arguments)
    if read is None:
        raise Failure(problems, checked.source.sources | dict(arguments))
    lowered = program(checked, shape_of(definition, read))
    terms, problems = bind(lowered, read, start)
    if terms is None:
        raise Failure(problems, checked.source.sources | dict(arguments))
    return Instance(definition, lowered, terms)


def definition_alone(checked: Checked, arguments: Mapping[str, str]) -> Lowered:
    """The definition before any instance. Of the arguments only the lengths of lists count, so that
    those without a list may be left out. Raises Failure."""
    definition = checked.definition
    given = tuple(p for p in definition.parameters if p.name in arguments or p.default is not None)
    read, problems = read_arguments(replace(definition, parameters=given), arguments)
    if read is None:
        raise Failure(problems, checked.source.sources | dict(arguments))
    return lowered_at(checked, shape_of(definition, read))
