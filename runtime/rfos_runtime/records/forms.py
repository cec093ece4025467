"""Records read back from canonical bytes, each field what its annotation says, all the way down:
what comes from outside is either a record of ours or refused.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from itertools import repeat
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from rfos_runtime.records.block import RECORDS
from rfos_runtime.records.canonical import LEAVES, NotCanonical, head_of, number_at, whole

T = TypeVar("T")
Read = Callable[[bytes, int], tuple[Any, int]]
"""Reads the value that begins at a place: it, and where it ends."""
Kinds = dict[int, Read]
"""What reads a value, by its first byte."""
Part = tuple[Callable[[bytes], Any] | None, Kinds]
"""What reads a value within another: from its bytes if it can only be a leaf, else by their first.
"""
_LEAVES = {int: ord("i"), str: ord("s"), bytes: ord("b")}


def read(data: bytes, kind: type[T]) -> T:
    """The record of a kind of which these are the canonical bytes. Raises NotCanonical."""
    read_record = _records((kind,))
    try:
        value: T = whole(data, partial(read_record, data, 0))
    except KeyError:
        raise NotCanonical(f"the bytes are no {kind.__name__}") from None
    return value


@cache
def _part(annotation: Any) -> Part:
    """What reads a value that an annotation allows."""
    if annotation in _LEAVES:
        return LEAVES[_LEAVES[annotation]], {}
    return None, _kinds(annotation)


def _kinds(annotation: Any) -> Kinds:
    """What reads a value that an annotation allows, by its kind: no two have the same."""
    allowed = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    records = tuple(each for each in allowed if each in RECORDS)
    found = {ord("o"): _records(records)} if records else {}
    for each in allowed:
        if each not in RECORDS:
            more = _others(each)
            assert not found.keys() & more.keys(), f"{annotation} cannot be told apart"
            found |= more
    return found


def _others(annotation: Any) -> Kinds:
    """What reads a value that is no record."""
    if get_origin(annotation) is tuple:
        return {ord("t"): _row(get_args(annotation))}
    if annotation in _LEAVES:
        first = _LEAVES[annotation]
        return {first: _leaf(LEAVES[first])}
    if annotation is bool:
        return {ord("T"): _constant(True), ord("F"): _constant(False)}
    assert annotation in (None, NoneType), f"no record has a field that is {annotation}"
    return {ord("N"): _constant(None)}


def _constant(value: Any) -> Read:
    return lambda data, at: (value, at + 1)


def _leaf(leaf: Callable[[bytes], Any]) -> Read:
    def read_leaf(data: bytes, at: int) -> tuple[Any, int]:
        end = at + 5 + number_at(data, at + 1)[0]
        return leaf(data[at:end]), end

    return read_leaf


@cache
def _records(kinds: tuple[type, ...]) -> Read:
    """What reads a record of one of some kinds."""
    known = {}
    for kind in kinds:
        hints = get_type_hints(kind)
        known[head_of(kind, tuple(hints))] = kind, [_part(hint) for hint in hints.values()]

    def read_record(data: bytes, at: int) -> tuple[Any, int]:
        begin = at + 9 + number_at(data, at + 1)[0]
        kind, parts = known[data[at:begin]]
        values, end = _values(data, begin, parts)
        return kind(*values), end

    return read_record


def _row(parts: Sequence[Any]) -> Read:
    """What reads a tuple: of parts one by one, or any number of the first."""
    is_any = parts[-1] is Ellipsis
    known = [_part(each) for each in parts if each is not Ellipsis]

    def read_row(data: bytes, at: int) -> tuple[Any, int]:
        (count,) = number_at(data, at + 1)
        if not is_any and count != len(known):
            raise NotCanonical("a tuple with more values than it can have, or fewer")
        values, end = _values(data, at + 5, repeat(known[0], count) if is_any else known)
        return tuple(values), end

    return read_row


def _values(data: bytes, at: int, parts: Iterable[Part]) -> tuple[list[Any], int]:
    """Values one after the other, and where they end."""
    found = []
    for leaf, kinds in parts:
        if leaf is not None:  # most are: without a call for each
            end = at + 5 + number_at(data, at + 1)[0]
            found.append(leaf(data[at:end]))
            at = end
        else:
            value, at = kinds[data[at]](data, at)
            found.append(value)
    return found, at
