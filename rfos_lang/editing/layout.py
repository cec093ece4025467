"""A document in its canonical layout, whole or some of its lines, as small edits."""

from difflib import SequenceMatcher

from rfos_lang.base.diagnostic import Edit
from rfos_lang.base.span import Span
from rfos_lang.editing.workspace import Workspace
from rfos_lang.syntax.formatter import format_module


def laid_out(workspace: Workspace, name: str, place: Span | None = None) -> tuple[Edit, ...]:
    """The edits that lay out a document, or what of it touches a place; none if it has errors that
    keep it from being read, or is laid out already."""
    text = workspace.text(name)
    edits = _differences(name, text, format_module(text, name))
    if place is None:
        return edits
    return tuple(
        each for each in edits if each.span.start <= place.end and place.start <= each.span.end
    )


def _differences(name: str, before: str, after: str) -> tuple[Edit, ...]:
    """Lines that differ, in runs."""
    if before == after:
        return ()
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    return tuple(
        Edit(Span(name, starts[first], starts[last]), "".join(new[begin:end]))
        for word, first, last, begin, end in SequenceMatcher(None, old, new, False).get_opcodes()
        if word != "equal"
    )
