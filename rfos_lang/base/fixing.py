"""Fixes carried out on a text."""

from collections.abc import Iterable

from rfos_lang.base.diagnostic import Diagnostic, Edit, Fix


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits that do not overlap; all else stays as it is, byte for byte."""
    for edit in sorted(edits, key=lambda it: (it.span.start, it.span.end), reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def safe_fixes(diagnostics: Iterable[Diagnostic]) -> list[Fix]:
    """The fixes that may be made unasked, first come first served where two touch one place."""
    chosen: list[Fix] = []
    taken: list[Edit] = []
    for fix in (fix for diagnostic in diagnostics for fix in diagnostic.fixes if fix.safe):
        if not any(_touch(edit, other) for edit in fix.edits for other in taken):
            chosen.append(fix)
            taken += fix.edits
    return chosen


def _touch(edit: Edit, other: Edit) -> bool:
    return edit.span.start <= other.span.end and other.span.start <= edit.span.end
