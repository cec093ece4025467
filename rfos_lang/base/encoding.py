"""Canonical bytes: equal values have equal bytes, on every machine and in every run.

What can be written: None, truths, integers of any size, strings, bytes, tuples (a list is written
as one), dicts with string keys, enum members, and frozen dataclasses of such. Floats cannot.

    bytes   =  count record*count  value
    record  =  class-name count value*count        its fields in order
    value   =  N | T | F | i n byte*n | s n utf8*n | b n byte*n | t count value*count
             | d count (string value)*count | e class-name member-name | r index
    class-name, member-name  =  n utf8*n

Numbers `n`, `count`, `index` are unsigned LEB128, integers two's complement with the fewest bytes,
big-endian; keys ascend by their UTF-8 bytes. Every dataclass instance stands in the list of records
once, after those it refers to; so a value that shares its parts stays as small as it is in memory.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from hashlib import sha256
from typing import Any

from rfos_lang.base.refusal import Refused

NESTING_MAX = 64
"""How deep tuples and dicts may lie in each other; dataclasses nest without bound."""


class DecodingError(Refused):
    """The bytes are not the canonical bytes of any value of the given classes."""

    def __init__(self, reason: str) -> None:
        super().__init__("E0790", reason=reason)


def content_hash(data: bytes) -> str:
    """The SHA-256 of the bytes, as 64 hexadecimal digits."""
    return sha256(data).hexdigest()


def encode(value: Any) -> bytes:
    """The canonical bytes of a value. Raises TypeError for what cannot be written: our bug."""
    writer = _Writer()
    for record in _records_within(value):
        writer.add_record(record)
    root = writer.value(value, NESTING_MAX)
    return _natural(len(writer.records)) + b"".join(writer.records) + root


def decode(data: bytes, classes: Iterable[type] = ()) -> Any:
    """The value of which `data` are the canonical bytes; its dataclasses and enums among `classes`.

    `decode(encode(v), classes) == v` (lists come back as tuples), and whatever decodes encodes to
    the same bytes again. Raises DecodingError for any other bytes.
    """
    reader = _Reader(data, {each.__name__: each for each in classes})
    for _ in range(reader.natural()):
        reader.records.append(reader.record())
    value = reader.value(NESTING_MAX)
    if reader.offset != len(data):
        raise DecodingError("something follows the end")
    if encode(value) != data:
        raise DecodingError("the same value has other canonical bytes")
    return value


def _is_record(value: Any) -> bool:
    return is_dataclass(value) and not isinstance(value, type)


def _parts(value: Any) -> tuple[Any, ...]:
    """What lies directly within a value, in the order in which it is written."""
    if _is_record(value):
        return tuple(getattr(value, field.name) for field in fields(value))
    if isinstance(value, tuple | list):
        return tuple(value)
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("only strings are keys in canonical bytes")
        return tuple(value[key] for key in sorted(value, key=_utf8))
    return ()


def _records_within(root: Any) -> Iterator[Any]:
    """Every dataclass instance in a value, once, after those within it. Keeps its own stack: an
    expression may be deeper than Python's."""
    seen: set[int] = set()
    stack = [(root, False)]
    while stack:
        value, parts_done = stack.pop()
        if id(value) in seen:
            continue
        if parts_done:
            seen.add(id(value))
            yield value
            continue
        if _is_record(value):
            stack.append((value, True))
        stack.extend((part, False) for part in reversed(_parts(value)))


class _Writer:
    """Records are known by their own bytes, so that equal ones become one wherever they lie."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self._index_by_bytes: dict[bytes, int] = {}
        self._index_by_id: dict[int, int] = {}

    def add_record(self, record: Any) -> None:
        parts = _parts(record)
        body = _text(type(record).__name__) + _natural(len(parts))
        body += b"".join(self.value(part, NESTING_MAX) for part in parts)
        index = self._index_by_bytes.setdefault(body, len(self.records))
        if index == len(self.records):
            self.records.append(body)
        self._index_by_id[id(record)] = index

    def value(self, value: Any, depth: int) -> bytes:
        match value:
            case None:
                return b"N"
            case bool():
                return b"T" if value else b"F"
            case Enum():
                return b"e" + _text(type(value).__name__) + _text(value.name)
            case int():
                return b"i" + _counted(_integer(value))
            case str():
                return b"s" + _text(value)
            case bytes():
                return b"b" + _counted(value)
            case tuple() | list() | dict():
                return self._container(value, depth)
        if id(value) in self._index_by_id:
            return b"r" + _natural(self._index_by_id[id(value)])
        raise TypeError(f"{type(value).__name__} has no canonical bytes")

    def _container(self, value: Any, depth: int) -> bytes:
        if depth == 0:
            raise TypeError("nested too deep for canonical bytes")
        parts = [self.value(part, depth - 1) for part in _parts(value)]
        if isinstance(value, dict):
            parts = [
                _text(key) + part for key, part in zip(sorted(value, key=_utf8), parts, strict=True)
            ]
        return (b"d" if isinstance(value, dict) else b"t") + _natural(len(parts)) + b"".join(parts)


class _Reader:
    """Reads forward from `offset`; whatever does not fit raises DecodingError."""

    def __init__(self, data: bytes, classes: dict[str, type]) -> None:
        self.offset = 0
        self.records: list[Any] = []
        self._data = data
        self._classes = classes

    def record(self) -> Any:
        made = self._class()
        if not is_dataclass(made):
            raise DecodingError(f"{made.__name__} is no record")
        values = [self.value(NESTING_MAX) for _ in range(self._count())]
        try:
            return made(*values)
        except Exception:  # whatever a constructor raises when its fields are of other kinds
            raise DecodingError(f"these are not the fields of {made.__name__}") from None

    def value(self, depth: int) -> Any:
        match self._bytes(1):
            case b"N":
                return None
            case b"T":
                return True
            case b"F":
                return False
            case b"i":
                return int.from_bytes(self._bytes(self.natural()), "big", signed=True)
            case b"s":
                return self._text()
            case b"b":
                return self._bytes(self.natural())
            case b"e":
                return self._member()
            case b"r":
                return self._earlier_record()
            case b"t" | b"d" as tag if depth:
                return self._container(tag, depth - 1)
        raise DecodingError("unknown kind of value")

    def natural(self) -> int:
        number = shift = 0
        while shift < 64:
            (byte,) = self._bytes(1)
            number |= (byte & 127) << shift
            if byte < 128:
                return number
            shift += 7
        raise DecodingError("a count that is too long")

    def _container(self, tag: bytes, depth: int) -> Any:
        indices = range(self._count())
        if tag == b"t":
            return tuple(self.value(depth) for _ in indices)
        return {self._text(): self.value(depth) for _ in indices}

    def _count(self) -> int:
        """A number of things to come, each of which takes a byte or more."""
        count = self.natural()
        if count > len(self._data) - self.offset:
            raise DecodingError("the bytes end too early")
        return count

    def _earlier_record(self) -> Any:
        index = self.natural()
        if index >= len(self.records):
            raise DecodingError("a record refers to a later one")
        return self.records[index]

    def _member(self) -> Any:
        made, name = self._class(), self._text()
        if not issubclass(made, Enum) or name not in made.__members__:
            raise DecodingError(f"{made.__name__} has no member of that name")
        return made[name]

    def _class(self) -> type:
        name = self._text()
        if name not in self._classes:
            raise DecodingError("a class that is not expected here")
        return self._classes[name]

    def _text(self) -> str:
        try:
            return self._bytes(self.natural()).decode()
        except UnicodeDecodeError:
            raise DecodingError("a text that is not UTF-8") from None

    def _bytes(self, length: int) -> bytes:
        taken = self._data[self.offset : self.offset + length]
        if len(taken) < length:
            raise DecodingError("the bytes end too early")
        self.offset += length
        return taken


def _utf8(text: str) -> bytes:
    return text.encode()


def _text(text: str) -> bytes:
    return _counted(_utf8(text))


def _counted(data: bytes) -> bytes:
    return _natural(len(data)) + data


def _natural(number: int) -> bytes:
    """Unsigned LEB128: seven bits a byte, the lowest first, the top bit set on all but the last."""
    data = bytearray()
    while number >= 128:
        data.append(number & 127 | 128)
        number >>= 7
    data.append(number)
    return bytes(data)


def _integer(value: int) -> bytes:
    return value.to_bytes(
        (value.bit_length() if value >= 0 else (~value).bit_length()) // 8 + 1, "big", signed=True
    )
