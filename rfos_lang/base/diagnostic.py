"""What is wrong with the user's input, as a value. Phases collect diagnostics, none raises one."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import Enum, unique

from rfos_lang.base.records import dataclass
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
class Edit:
    """What lies at the place is replaced by the text; an empty place is where it is put in."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A mend that a program can make: what it does, in words, and its edits, which do not overlap.

    `safe`: the text can mean nothing else, so the mend may be made without asking.
    """

    title: str
    edits: tuple[Edit, ...]
    safe: bool = False


def rewriting(title: str, span: Span, text: str, *, safe: bool = False) -> Fix:
    """The fix that writes a text in one place."""
    return Fix(title, (Edit(span, text),), safe)


def insertion(title: str, source: str, at: int, text: str, *, safe: bool = False) -> Fix:
    """The fix that puts in a text and changes nothing else."""
    return rewriting(title, Span(source, at, at), text, safe=safe)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong: a stable code, one sentence, the place, and the mend if known.

    `label` is written under the place; `fixes` are mends to choose from. Made by `wording.report`,
    which holds every sentence.
    """

    code: str
    message: str
    span: Span
    label: str = ""
    related: tuple[Related, ...] = ()
    help: str | None = None
    severity: Severity = Severity.ERROR
    fixes: tuple[Fix, ...] = ()


def relocated(diagnostic: Diagnostic, place: Callable[[Span], Span]) -> Diagnostic:
    """The same, with each of its places where `place` says that it is; mends are left behind."""
    related = tuple(replace(each, span=place(each.span)) for each in diagnostic.related)
    return replace(diagnostic, span=place(diagnostic.span), related=related, fixes=())


TOLD_MAX = 500
"""So many errors of one text are told; with more it is no contract at all."""


def told(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What is told of all that is wrong, in order of place."""
    found = sorted(diagnostics, key=lambda it: (it.span.start, it.span.end))
    if len(found) <= TOLD_MAX:
        return tuple(found)
    errors = [each for each in found if each.severity is Severity.ERROR]
    return tuple((errors or found)[:TOLD_MAX])


def has_errors(diagnostics: tuple[Diagnostic, ...] | list[Diagnostic]) -> bool:
    """Whether any of them is an error, not only a warning."""
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)
