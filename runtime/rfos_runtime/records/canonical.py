"""Canonical bytes of the kernel's own values: equal values have equal bytes, on every machine.

    value  =  N | T | F | i n byte*n | s n utf8*n | b n byte*n | t n value*n | d n (value value)*n
            | o n name*n count value*count

`n` and `count` are four bytes, big-endian; integers two's complement with the fewest bytes; entries
of a dict ascend by the bytes of their keys; `o` is a frozen dataclass or named tuple, its fields in
order; an enum is written as its value. The journal, the state root and signatures stand on these
bytes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache, lru_cache
from operator import add, attrgetter, is_
from struct import Struct
from struct import error as TooShort
from types import NoneType
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

NESTING_MAX = 32
_COUNT = Struct(">I")
_count, number_at = _COUNT.pack, _COUNT.unpack_from


class NotCanonical(ValueError):
    """The bytes are not the canonical bytes of any value of the given classes."""


def encode(value: Any) -> bytes:
    """The canonical bytes of a value. Raises TypeError for what cannot be written: our bug."""
    return _WRITER[type(value)](value)


def decode(data: bytes, classes: Iterable[type] = ()) -> Any:
    """The value of which `data` are the canonical bytes; its records among `classes`.

    Enums come back as their values, lists and sets as tuples. Raises NotCanonical for other bytes.
    """
    reader = _Reader(data, _by_name(tuple(classes)))
    return whole(data, reader.value)


def whole(data: bytes, read: Callable[[], tuple[T, int]]) -> T:
    """What is read of bytes, of which it must be all: `read` says where it ends. Raises
    NotCanonical."""
    try:
        value, end = read()
    except UnicodeDecodeError:
        raise NotCanonical("a text that is not UTF-8") from None
    except (IndexError, TooShort):
        raise NotCanonical("the bytes end too early") from None
    if end != len(data):
        raise NotCanonical("more bytes than a value has")
    return value


class _Known(NamedTuple):
    """A class of records, and how many fields it has: found by its name and their number, which
    stand before them."""

    kind: type
    number: int


@cache
def _by_name(classes: tuple[type, ...]) -> dict[bytes, _Known]:
    records = ((each, _field_names(each)) for each in classes)
    return {
        each.__name__.encode() + _count(len(names)): _Known(each, len(names))
        for each, names in records
        if names is not None
    }


class Table(NamedTuple):
    """A dict as it is written, of which keys and values never change in themselves: their bytes are
    kept, so that writing it again costs what is new in it. Those of the last table of each name are
    kept whole, for one that is still the same."""

    name: str
    rows: dict[Any, Any]


KEPT = 32_768
"""Of so many keys and values of tables the bytes are kept."""
_KEPT: dict[int, tuple[Any, bytes]] = {}


class _Column(NamedTuple):
    """All keys or all values of a table, and the bytes of each."""

    values: list[Any]
    data: list[bytes]


class _Written(NamedTuple):
    """A table as it was written last."""

    keys: _Column
    values: _Column
    data: bytes


_LAST: dict[str, _Written] = {}
"""By the name of the table."""


def kept(value: Any) -> bytes:
    """The bytes of a key or value of a table, which is known by where it lies: it is kept with its
    bytes, so nothing else will lie there."""
    if type(value) is int:  # of which every sum makes another one
        return _integer(value)
    known = _KEPT.get(id(value))
    if known is not None:
        return known[1]
    data = _WRITER[type(value)](value)
    if len(_KEPT) >= KEPT:
        _KEPT.clear()
    _KEPT[id(value)] = value, data
    return data


# --- writing: a function for each class, found once --------------------------------------------


def _field_names(kind: type) -> tuple[str, ...] | None:
    """The fields of a record, None for what is no record."""
    if is_dataclass(kind):
        return tuple(field.name for field in fields(kind))
    return getattr(kind, "_fields", None)


def _writer(kind: type) -> Callable[[Any], bytes]:
    """What writes the values of a class."""
    if issubclass(kind, Enum):
        return lambda value: encode(value.value)
    if kind is Table:
        return _table
    names = _field_names(kind)
    if names is not None:
        return _record(kind, names)
    for known, writer in _WRITERS:
        if issubclass(kind, known):
            return writer
    raise TypeError(f"{kind.__name__} has no canonical bytes")


class _Writers(dict[type, Callable[[Any], bytes]]):
    """What writes the values of each class that was written so far."""

    def __missing__(self, kind: type) -> Callable[[Any], bytes]:
        self[kind] = writer = _writer(kind)
        return writer


_WRITER = _Writers()


def _dict(value: dict[Any, Any]) -> bytes:
    writers = _WRITER
    return _entries([writers[type(k)](k) + writers[type(v)](v) for k, v in value.items()])


def _table(table: Table) -> bytes:
    name, rows = table
    if not rows:
        return _NO_ENTRIES
    last = _LAST.get(name, _NEVER)
    keys, values = _column([*rows], last.keys), _column([*rows.values()], last.values)
    if keys is last.keys and values is last.values:
        return last.data
    data = _entries([*map(add, keys.data, values.data)])
    _LAST[name] = _Written(keys, values, data)
    return data


def _column(values: list[Any], last: _Column) -> _Column:
    """All keys or all values of a table, after those that it had when it was written last: what is
    the same in the same place has the same bytes."""
    if len(values) != len(last.values):
        return _Column(values, [*map(kept, values)])
    if all(map(is_, values, last.values)):
        return last
    known = zip(values, *last, strict=True)
    return _Column(values, [data if each is before else kept(each) for each, before, data in known])


def _entries(entries: list[bytes]) -> bytes:
    entries.sort()  # by their keys, none of which has bytes that begin those of another
    return b"d" + _count(len(entries)) + b"".join(entries)


def _tuple(value: Sequence[Any]) -> bytes:
    return b"t" + _count(len(value)) + b"".join([_WRITER[type(each)](each) for each in value])


@lru_cache(4096)
def _text(value: str) -> bytes:
    return b"s" + _counted(value.encode())


def _bytes(value: bytes) -> bytes:
    return b"b" + _count(len(value)) + value


def _record(kind: type, names: Sequence[str]) -> Callable[[Any], bytes]:
    """What writes records of a class."""
    head, values = head_of(kind, names), values_of(names)
    return lambda value: head + b"".join([_WRITER[type(each)](each) for each in values(value)])


def head_of(kind: type, names: Sequence[str]) -> bytes:
    """What stands before the fields of a record."""
    return b"o" + _counted(kind.__name__.encode()) + _count(len(names))


def values_of(names: Sequence[str]) -> Callable[[Any], Sequence[Any]]:
    """What gives the values of some fields of a record."""
    match names:
        case ():
            return lambda value: ()
        case (name,):
            return lambda value: (getattr(value, name),)
        case _:
            return attrgetter(*names)


def _counted(data: bytes) -> bytes:
    return _count(len(data)) + data


_NO_ENTRIES = _entries([])
_NEVER = _Written(_Column([], []), _Column([], []), _NO_ENTRIES)


@lru_cache(16_384)
def _integer(value: int) -> bytes:
    bits = value.bit_length() if value >= 0 else (~value).bit_length()
    return b"i" + _counted(value.to_bytes(bits // 8 + 1, "big", signed=True))


_WRITERS: tuple[tuple[type, Callable[[Any], bytes]], ...] = (
    (NoneType, lambda value: b"N"),
    (bool, lambda value: b"T" if value else b"F"),
    (int, _integer),
    (str, _text),
    (bytes, _bytes),
    (dict, _dict),
    (tuple, _tuple),
    (list, _tuple),
    (frozenset, lambda value: _tuple(sorted(value))),
)


# --- reading: what is read at each place is what would be written there -------------------------


class _Reader:
    """Reads forward from `offset`. Raises NotCanonical for what does not fit or would be written
    in another way, IndexError at an early end."""

    def __init__(self, data: bytes, classes: dict[bytes, _Known]) -> None:
        self.offset = 0
        self._data = data
        self._classes = classes

    def value(self) -> tuple[Any, int]:
        """A value, and where it ends."""
        (value,) = self.values(1, NESTING_MAX)
        return value, self.offset

    def values(self, count: int, depth: int) -> list[Any]:
        """So many values, one after the other."""
        if count and depth == 0:
            raise NotCanonical("nested too deep")
        found: list[Any] = []
        data, at = self._data, self.offset
        for _ in range(count):
            kind = data[at]
            leaf = LEAVES.get(kind)
            if leaf is not None:  # most are: without a call for each
                end = at + 5 + number_at(data, at + 1)[0]
                found.append(leaf(data[at:end]))
                at = end
            elif kind == _RECORD:
                begin = at + 5
                self.offset = begin + number_at(data, at + 1)[0] + 4
                known = self._classes.get(data[begin : self.offset])
                if known is None:
                    raise NotCanonical("a record that is not expected here, or other fields of it")
                found.append(known.kind(*self.values(known.number, depth - 1)))
                at = self.offset
            elif kind in _CONSTANTS:
                at += 1
                found.append(_CONSTANTS[kind])
            else:
                self.offset = at + 1
                found.append(self._nested(kind, depth - 1))
                at = self.offset
        self.offset = at
        return found

    def _nested(self, kind: int, depth: int) -> Any:
        match kind:
            case 0x74:  # t
                return tuple(self.values(self._count(), depth))
            case 0x64:  # d
                return self._dict(depth)
            case _:
                raise NotCanonical("unknown kind of value")

    def _dict(self, depth: int) -> dict[Any, Any]:
        count, before, found = self._count(), b"", {}
        for _ in range(count):
            begin = self.offset
            (key,) = self.values(1, depth)
            written = self._data[begin : self.offset]
            if written <= before:
                raise NotCanonical("keys that do not ascend")
            before = written
            (value,) = self.values(1, depth)
            try:
                found[key] = value
            except TypeError:
                raise NotCanonical("a dict is no key") from None
        if len(found) < count:  # 1 and true are one key
            raise NotCanonical("a key that is there twice")
        return found

    def _count(self) -> int:
        """A number of things to come, each of which takes a byte or more."""
        begin = self.offset + 4
        (count,) = _COUNT.unpack_from(self._data, self.offset)
        if begin + count > len(self._data):
            raise NotCanonical("the bytes end too early")
        self.offset = begin
        return count


@lru_cache(16_384)
def _integer_of(data: bytes) -> int:
    value = int.from_bytes(data[5:], "big", signed=True)
    if _integer(value) != data:
        raise NotCanonical("no integer, or one with more bytes than it needs")
    return value


@lru_cache(4096)
def _text_of(data: bytes) -> str:
    value = data[5:].decode()
    if _text(value) != data:
        raise NotCanonical("no text, or not all of it")
    return value


def _bytes_of(data: bytes) -> bytes:
    if data[:5] != b"b" + _count(len(data) - 5):
        raise NotCanonical("no bytes, or not all of them")
    return data[5:]


LEAVES: dict[int, Callable[[bytes], Any]] = {
    ord("i"): _integer_of,
    ord("s"): _text_of,
    ord("b"): _bytes_of,
}
"""What reads values that have no others within them, each from the bytes that it is written as, by
the first of these."""
_RECORD = ord("o")
_CONSTANTS = {ord("N"): None, ord("T"): True, ord("F"): False}
