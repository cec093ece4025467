"""What is wrong with a document, and the mends that a program can make."""

from collections.abc import Iterator

from rfos_lang.base.diagnostic import Diagnostic, Edit, Fix
from rfos_lang.base.fixing import safe_fixes
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.editing.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Mend:
    """A mend with what it puts right; `preferred`: it can only be meant so."""

    problem: Diagnostic
    fix: Fix
    preferred: bool


def problems(workspace: Workspace, name: str) -> tuple[Diagnostic, ...]:
    """All that is wrong with a document, in order of place; nothing of one that is not open."""
    document = workspace.documents.get(name)
    if document is None:
        return ()
    return tuple(each for each in document.analysis.diagnostics if each.span.source == name)


def mends(workspace: Workspace, name: str, place: Span) -> Iterator[Mend]:
    """The mends of what is wrong at a place of a document."""
    for problem in problems(workspace, name):
        if problem.span.start <= place.end and place.start <= problem.span.end:
            for fix in problem.fixes:
                yield Mend(problem, fix, fix.safe)


def safe_mends(workspace: Workspace, name: str) -> tuple[Edit, ...]:
    """The edits of all mends that may be made unasked; they do not overlap."""
    fixes = safe_fixes(problems(workspace, name))
    return tuple(edit for fix in fixes for edit in fix.edits)


def told(problem: Diagnostic) -> str:
    """A problem in words, with its mend."""
    return "\n".join(each for each in (problem.message, problem.help) if each)
