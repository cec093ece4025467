"""Laying out text in lines of a given width.

A document is text with places where a line may be broken. A `Group` is set on one line if it fits;
if not, all its own breaks become line ends, while the groups inside it still try for themselves.
"""

from collections.abc import Iterable, Sequence
from typing import assert_never

from rfos_lang.base.records import dataclass

INDENTATION = 4


@dataclass(frozen=True, slots=True)
class Break:
    """A line end in a broken group, this text in a flat one. An `empty` line may come before it."""

    flat: str = " "
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Either:
    """One text in a broken group, another in a flat one."""

    broken: str
    flat: str


@dataclass(frozen=True, slots=True)
class Suffix:
    """What ends its line, whatever its length: a comment. All groups around it are broken."""

    text: str


@dataclass(frozen=True, slots=True)
class Forced:
    """Nothing to be seen; all groups around it are broken."""


@dataclass(frozen=True, slots=True)
class Nest:
    """Lines that begin inside are indented one step more."""

    content: "Document"


@dataclass(frozen=True, slots=True)
class Group:
    """See above. `broken` says that it holds something that forces it."""

    content: "Document"
    broken: bool


Document = str | Break | Either | Suffix | Forced | Nest | Group | Sequence["Document"]


def group(*content: Document) -> Group:
    """A group, broken from the outset if anything in it forces it."""
    return Group(content, any(_forces(part) for part in content))


def joined(separator: Document, parts: Iterable[Document]) -> list[Document]:
    """The parts with the separator between them."""
    result: list[Document] = []
    for part in parts:
        result.extend([separator, part] if result else [part])
    return result


def _forces(document: Document) -> bool:
    match document:
        case str() | Break() | Either():
            return False
        case Suffix() | Forced():
            return True
        case Nest(content):
            return _forces(content)
        case Group(_, broken):
            return broken
        case _:
            return any(_forces(part) for part in document)


@dataclass(frozen=True, slots=True)
class _Pending:
    """A part that is still to be written, and how."""

    part: Document
    depth: int
    broken: bool


def laid_out(document: Document, width: int) -> str:
    """The text of a document; no line is longer than `width` if a break can prevent it."""
    written: list[str] = []
    column = 0
    stack = [_Pending(document, 0, True)]
    while stack:
        pending = stack.pop()
        part, depth, broken = pending.part, pending.depth, pending.broken
        match part:
            case str():
                written.append(part)
                column += len(part)
            case Suffix(text):
                written.append(text)
            case Forced():
                pass
            case Either():
                stack.append(_Pending(part.broken if broken else part.flat, depth, broken))
            case Break(_, empty) if broken:
                written.append(("\n\n" if empty else "\n") + " " * depth)
                column = depth
            case Break():
                stack.append(_Pending(part.flat, depth, broken))
            case Nest(content):
                stack.append(_Pending(content, depth + INDENTATION, broken))
            case Group(content, forced):
                flat = _Pending(content, depth, False)
                fits = not forced and _fits(flat, stack, width - column)
                stack.append(flat if fits else _Pending(content, depth, True))
            case Sequence():
                stack.extend(_Pending(it, depth, broken) for it in reversed(part))
            case _:
                assert_never(part)
    return "\n".join(line.rstrip() for line in "".join(written).split("\n"))


def _fits(first: _Pending, rest: list[_Pending], width: int) -> bool:
    """Whether `first` fits into `width`, together with what follows up to the next line end."""
    stack = [first]
    following = len(rest)
    while width >= 0:
        if not stack:
            if not following:
                return True
            following -= 1
            stack.append(rest[following])
        pending = stack.pop()
        match pending.part:
            case str() as text:
                width -= len(text)
            case Break() if pending.broken:
                return True
            case Break(flat, _):
                width -= len(flat)
            case Either(text, flat):
                width -= len(text if pending.broken else flat)
            case Suffix() | Forced():
                pass
            case Nest(content) | Group(content, _):
                stack.append(_Pending(content, 0, pending.broken))
            case Sequence() as parts:
                stack.extend(_Pending(it, 0, pending.broken) for it in reversed(parts))
    return False
