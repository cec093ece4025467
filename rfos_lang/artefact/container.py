"""An artefact as a file: a WebAssembly module, and a last section `rfos` that describes it.

The section holds a digest of all the bytes before it and of the description, then the description
in the canonical bytes of `base.encoding`. Reading never crashes, whatever the bytes are.
"""

from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from rfos_lang.artefact.webassembly import MAGIC, custom_section
from rfos_lang.base.encoding import DecodingError, content_hash, encode
from rfos_lang.base.encoding import decode as decode_value
from rfos_lang.base.refusal import Refused

SCHEMA = 2
SECTION_NAME = "rfos"
DIGEST_SIZE = 32

_SECTIONS = (1, 3, 5, 7, 10)
"""Types, functions, memory, exports, code: each once, in this order."""

Description = TypeVar("Description")


class ArtefactError(Refused):
    """These bytes are no artefact that this version can read; `names["reason"]` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__("E0701", reason=reason)


def described(
    data: bytes, kind: type[Description], records: tuple[type, ...]
) -> tuple[set[str], Description]:
    """What the module of an artefact exports, and its description, a `kind` made of `records`.
    Raises ArtefactError."""
    sections = sections_of(data)
    at, payload = _own_section(data, sections)
    stated, encoded = payload[:DIGEST_SIZE], payload[DIGEST_SIZE:]
    if stated != digest(data[:at], encoded):
        raise ArtefactError("its bytes were altered")
    description = description_of(encoded, kind, records)
    return _exports(sections[3][1]), description


def with_description(module: bytes, description: object) -> bytes:
    """The artefact: a module followed by the section that describes it."""
    encoded = encode(description)
    return module + custom_section(SECTION_NAME, digest(module, encoded) + encoded)


def digest(code: bytes, metadata: bytes) -> bytes:
    """What the custom section states of the module before it and of the metadata after it."""
    return bytes.fromhex(content_hash(len(code).to_bytes(8, "little") + code + metadata))


def sections_of(data: bytes) -> list[tuple[int, bytes, int]]:
    """Identifier, content and first byte of each section of a module. Raises ArtefactError."""
    if data[: len(MAGIC)] != MAGIC:
        raise ArtefactError("it is no WebAssembly module of version 1")
    at, found = len(MAGIC), []
    while at < len(data):
        size, begin = _natural(data, at + 1)
        if begin + size > len(data):
            raise ArtefactError("it ends too early")
        found.append((data[at], data[begin : begin + size], at))
        at = begin + size
    return found


def _own_section(data: bytes, sections: list[tuple[int, bytes, int]]) -> tuple[int, bytes]:
    kinds = tuple(kind for kind, _, _ in sections)
    if 2 in kinds:
        raise ArtefactError("it imports something")
    if kinds != (*_SECTIONS, 0):
        raise ArtefactError("it was not made by this compiler")
    _, content, at = sections[-1]
    name = bytes([len(SECTION_NAME)]) + SECTION_NAME.encode()
    if not content.startswith(name):
        raise ArtefactError("it has no section `rfos`")
    return at, content[len(name) :]


def _exports(content: bytes) -> set[str]:
    count, at = _natural(content, 0)
    names = set()
    for _ in range(min(count, len(content))):
        size, begin = _natural(content, at)
        names.add(content[begin : begin + size].decode(errors="replace"))
        _, at = _natural(content, begin + size + 1)
    return names


def _natural(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned LEB128 number of at most five bytes, and where it ends."""
    number = 0
    for place in range(5):
        if at + place >= len(data):
            raise ArtefactError("it ends too early")
        byte = data[at + place]
        number |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return number, at + place + 1
    raise ArtefactError("it states a length that is too long")


def description_of(
    encoded: bytes, kind: type[Description], records: tuple[type, ...], readable: int = SCHEMA
) -> Description:
    """The description of which these are the bytes, of the schema that is readable. Raises
    ArtefactError."""
    try:
        value = decode_value(encoded, records)
    except DecodingError as error:
        raise ArtefactError(f"its metadata cannot be read: {error.names['reason']}") from None
    schema = getattr(value, "schema", None)
    if type(schema) is int and schema != readable:
        raise ArtefactError(f"its schema is {schema}, this version reads {readable}")
    if not _conforms(value, kind):
        raise ArtefactError("its metadata have the wrong form")
    assert isinstance(value, kind)
    return value


def _conforms(value: Any, annotation: Any) -> bool:
    """Whether a value is what the annotation says, all the way down."""
    if is_dataclass(annotation):
        hints = get_type_hints(annotation)
        return type(value) is annotation and all(
            _conforms(getattr(value, each.name), hints[each.name]) for each in fields(annotation)
        )
    parts = get_args(annotation)
    if isinstance(annotation, UnionType):
        return any(_conforms(value, part) for part in parts)
    if get_origin(annotation) is tuple:
        return type(value) is tuple and _members_conform(value, parts)
    return value is None if annotation is NoneType else type(value) is annotation


def _members_conform(value: tuple[Any, ...], parts: tuple[Any, ...]) -> bool:
    if parts[-1] is Ellipsis:
        return all(_conforms(each, parts[0]) for each in value)
    return len(value) == len(parts) and all(map(_conforms, value, parts))
