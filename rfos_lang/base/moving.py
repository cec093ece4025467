"""Values with places in a text, when the text before them grows or shrinks."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span


@dataclass(frozen=True, slots=True)
class Shift:
    """What lies in a source at `begin` or later moves by so many characters."""

    source: str
    begin: int
    by: int


def mover(shift: Shift) -> Callable[[Any], Any]:
    """A function that gives a value with its places moved; parts that are shared stay shared, and
    what holds no place that moves is the same object."""
    known: dict[int, Any] = {}

    def moved(value: Any) -> Any:
        kind = value.__class__
        if kind is Span:
            return _moved_span(value, shift)
        if kind is tuple:
            parts = tuple(moved(each) for each in value)
            same = all(new is old for new, old in zip(parts, value, strict=True))
            return value if same else parts
        names = _fields(kind)
        if not names:
            return value
        if id(value) not in known:
            changes = {name: moved(getattr(value, name)) for name in names}
            same = all(changes[name] is getattr(value, name) for name in names)
            known[id(value)] = value if same else replace(value, **changes)
        return known[id(value)]

    return moved


def _moved_span(span: Span, shift: Shift) -> Span:
    if span.source != shift.source or span.start < shift.begin or not shift.by:
        return span
    return Span(span.source, span.start + shift.by, span.end + shift.by)


@cache
def _fields(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass; none of anything else."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
