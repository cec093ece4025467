"""The binary format of WebAssembly, as far as artefacts need it: core features of the first version
and functions with several results. No imports, no tables, no data, no start function.

Source: WebAssembly Core Specification, chapter 5 (Binary Format). What a function does is written
by `assembly`.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum, unique

from rfos_lang.base.records import dataclass

MAGIC = b"\0asm\1\0\0\0"
PAGE = 65_536
"""Bytes in a page of linear memory."""


@unique
class Type(IntEnum):
    """The types of values; the numbers are their bytes."""

    I32 = 0x7F
    I64 = 0x7E
    F64 = 0x7C


@unique
class Section(IntEnum):
    """The sections that an artefact may have; the numbers are their identifiers and order."""

    CUSTOM = 0
    TYPE = 1
    FUNCTION = 3
    MEMORY = 5
    EXPORT = 7
    CODE = 10


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes and gives."""

    parameters: tuple[Type, ...]
    results: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """A function's further variables and its instructions, the closing `end` left out."""

    variables: tuple[Type, ...]
    code: bytes


@dataclass(frozen=True, slots=True)
class Definition:
    """One function of a module; `export` is the name under which a host finds it."""

    signature: Signature
    body: Body
    export: str | None = None


def unsigned(number: int) -> bytes:
    """LEB128: seven bits a byte, the lowest first."""
    data = bytearray()
    while number >= 0x80:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
    return bytes(data)


def signed(number: int) -> bytes:
    """LEB128 of a two's complement number: the last byte's sixth bit is the sign."""
    data = bytearray()
    while not -0x40 <= number < 0x40:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number & 0x7F)
    return bytes(data)


def module(definitions: Sequence[Definition], memory_pages: int) -> bytes:
    """The bytes of a module whose functions are `definitions`, by index.

    It exports each function that has an export name, and its one memory as `memory`, at first
    `memory_pages` large and free to grow.
    """
    signatures = tuple(dict.fromkeys(each.signature for each in definitions))
    exports = [_export("memory", 2, 0)]
    exports += [_export(d.export, 0, i) for i, d in enumerate(definitions) if d.export is not None]
    indices = (unsigned(signatures.index(each.signature)) for each in definitions)
    sections = (
        section(Section.TYPE, _vector(_signature(each) for each in signatures)),
        section(Section.FUNCTION, _vector(indices)),
        section(Section.MEMORY, _vector([b"\0" + unsigned(memory_pages)])),
        section(Section.EXPORT, _vector(exports)),
        section(Section.CODE, _vector(_body(each.body) for each in definitions)),
    )
    return MAGIC + b"".join(sections)


def section(kind: Section, content: bytes) -> bytes:
    """One section of a module."""
    return bytes([kind]) + _counted(content)


def custom_section(name: str, content: bytes) -> bytes:
    """A section that hosts pass over; it may follow the others."""
    return section(Section.CUSTOM, _counted(name.encode()) + content)


def _signature(signature: Signature) -> bytes:
    return b"\x60" + _counted(bytes(signature.parameters)) + _counted(bytes(signature.results))


def _export(name: str, kind: int, index: int) -> bytes:
    return _counted(name.encode()) + bytes([kind]) + unsigned(index)


def _body(body: Body) -> bytes:
    runs: list[tuple[int, Type]] = []
    for type_ in body.variables:
        if runs and runs[-1][1] is type_:
            runs[-1] = (runs[-1][0] + 1, type_)
        else:
            runs.append((1, type_))
    declared = _vector(unsigned(count) + bytes([type_]) for count, type_ in runs)
    return _counted(declared + body.code + b"\x0b")


def _vector(items: Iterable[bytes]) -> bytes:
    listed = list(items)
    return unsigned(len(listed)) + b"".join(listed)


def _counted(content: bytes) -> bytes:
    return unsigned(len(content)) + content
