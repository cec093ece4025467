"""What is wrong with the user's input, as a value. Phases collect diagnostics, none raises one."""

from dataclasses import dataclass
from enum import Enum, unique

from rfos_lang.base.span import Span


@unique
class Severity(Enum):
    """An error stops the way to the next phase, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that explains the first, with what is to be seen there."""

    span: Span
    label: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong: a stable code, one sentence, the place, and the mend if known.

    `label` is written under the place. Made by `wording.report`, which holds every sentence.
    """

    code: str
    message: str
    span: Span
    label: str = ""
    related: tuple[Related, ...] = ()
    help: str | None = None
    severity: Severity = Severity.ERROR


def has_errors(diagnostics: tuple[Diagnostic, ...] | list[Diagnostic]) -> bool:
    """Whether any of them is an error, not only a warning."""
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)
