"""Commands as records, and back. Accounts and assets are handles there: their places, from 1, in
the order in which they were registered; 0 is nobody and nothing.

A command whose fields are too long for columns has its canonical bytes in records that follow it
(CONTINUES), 120 bytes each; further signers stand before it, one record each (CONSENT).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from struct import Struct, unpack
from struct import error as NoRoom
from typing import Any, NamedTuple, cast, get_type_hints

from rfos_runtime.records import canonical, forms
from rfos_runtime.records.block import Signed, Signer
from rfos_runtime.records.commands import Bid, Command
from rfos_runtime.records.layout import COMMAND, At
from rfos_runtime.records.operations import COMMON, OPERATIONS, Flag, Op, Operation

SIZE = COMMAND.struct.size
HEAD = 8
PIECE = SIZE - HEAD
UNKNOWN = -1
"""The handle of an asset that there is not."""
_OPS = {operation.kind: operation for operation in OPERATIONS.values()}
_NAMED = {"account": "accounts", "target": "accounts", "asset": "assets"}
_PACK = COMMAND.struct.pack
_AT = {column: at for at, column in enumerate(COMMAND.names)}
_FIRST, _REST = ("op", "flags", "session", "sequence"), (0,) * (len(_AT) - 4)
assert COMMAND.names[:4] == _FIRST
_FIELDS = {
    op: [
        (name, _AT[place.columns[0]], place, place.columns[0] in _NAMED)
        for name, place in (operation.places or {}).items()
    ]
    for op, operation in OPERATIONS.items()
}
"""Of each command whose fields lie in columns: their names, where in a record they lie, and whether
what stands there is an account or an asset."""
_CONSENTS = ("op", "session", "sequence")
_pack_number = Struct("<q").pack


class _Room(NamedTuple):
    """What of a command needs room in columns: fields that are numbers, and others, each with its
    place. Names of accounts and assets need none, nor does what has its bytes in records that
    follow."""

    numbers: Callable[[Any], Sequence[int]]
    others: Sequence[tuple[Callable[[Any], Any], At]]
    pack: Callable[..., bytes]


def _room(operation: Operation) -> _Room:
    formats = dict(zip(COMMAND.names, COMMAND.struct.format[1:], strict=True))
    hints, places = get_type_hints(operation.kind), operation.places or {}
    places = {name: place for name, place in places.items() if place.columns[0] not in _NAMED}
    numbers = [name for name in places if hints[name] is int]
    others = [(attrgetter(name), place) for name, place in places.items() if name not in numbers]
    columns = [column for name in numbers for column in places[name].columns]
    columns += [column for _, place in others for column in place.columns]
    pack = Struct("<" + "".join(formats[column] for column in columns)).pack
    return _Room(canonical.values_of(numbers), others, pack)


_ROOM = {operation.kind: _room(operation) for operation in OPERATIONS.values()}


class NoCommand(ValueError):
    """The records are no command; the message says why."""


@dataclass(frozen=True, slots=True)
class Names:
    """The accounts and assets that handles stand for; and the feeds, in the order of their handles,
    each with its reporters."""

    accounts: Sequence[str]
    assets: Sequence[str]
    feeds: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def handle(self, column: str, name: str) -> int:
        """The handle of an account or an asset; for a name that is not known 0, or `UNKNOWN` for an
        asset: nothing is another wish than something that is not there."""
        known = getattr(self, _NAMED[column])
        if name in known:
            return known.index(name) + 1
        return UNKNOWN if name and column == "asset" else 0

    def name(self, column: str, handle: int) -> str:
        """What a handle stands for; nothing if it stands for nothing."""
        known = getattr(self, _NAMED[column])
        return known[handle - 1] if 0 < handle <= len(known) else ""


def encode(signed: Signed, names: Names) -> bytes:
    """The records of a command. Raises NoCommand for a number or a text that has no room in its
    columns, or for bytes that do not fill theirs."""
    try:
        return _records(signed, names)
    except NoRoom:
        raise NoCommand("a number has no room in its column") from None


def has_records(signed: Signed) -> bool:
    """Whether a command can be told by records; one that cannot is malformed to every kernel."""
    command, room = signed.command, _ROOM[type(signed.command)]
    try:
        for each in signed.signers:
            _pack_number(each.sequence)
        numbers = room.numbers(command)
        for value_of, place in room.others:
            numbers = *numbers, *_columns(place, value_of(command)).values()
        room.pack(*numbers)
    except (NoCommand, NoRoom):
        return False
    return bool(signed.signers) and not _is_for_no_instrument(command)


def malformed(linked: bool) -> bytes:
    """A record that stands for a command that has none, and is as malformed: a definition of no
    bytes."""
    return COMMAND.packed({"op": Op.DEFINE, "flags": int(linked)})


def _records(signed: Signed, names: Names) -> bytes:
    operation = _OPS[type(signed.command)]
    if not signed.signers:
        raise NoCommand("nobody signs it")
    first, *others = signed.signers
    before = [_PACK(*_signed_by(each, Op.CONSENT, 0, names)) for each in others]
    row = _signed_by(first, operation.op, int(signed.linked), names)
    if operation.places is None:
        data = canonical.encode(signed.command)
        row[_AT["quantity"]] = len(data)
        return b"".join([*before, _PACK(*row), *_pieces(data)])
    for name, at, place, is_named in _FIELDS[operation.op]:
        value = getattr(signed.command, name)
        if type(value) is int:
            row[at] = value
        elif is_named:
            row[at] = names.handle(place.columns[0], value)
        else:
            for column, number in _columns(place, value).items():
                row[_AT[column]] = number
    if _is_for_no_instrument(signed.command):
        raise NoCommand("a bid for instrument 0: nothing stands for any instrument")
    return b"".join([*before, _PACK(*row)])


def _is_for_no_instrument(command: Command) -> bool:
    return isinstance(command, Bid) and command.instrument == 0


def _signed_by(signer: Signer, op: Op, flags: int, names: Names) -> list[int]:
    """What stands in the first columns of a record, and zeros in all others."""
    return [op, flags, names.handle("account", signer.account), signer.sequence, *_REST]


def _pieces(data: bytes) -> Iterator[bytes]:
    head = Op.CONTINUES.to_bytes(4, "little") + bytes(4)
    for begin in range(0, len(data), PIECE):
        yield head + data[begin : begin + PIECE].ljust(PIECE, b"\0")


def _columns(place: At, value: Any) -> dict[str, int]:
    column = place.columns[0]
    match value:
        case bytes():
            if len(value) not in (0, 8 * len(place.columns)):
                raise NoCommand(f"{len(value)} bytes do not fill {', '.join(place.columns)}")
            return in_words(value, place)
        case str():
            if value.endswith("\0"):
                raise NoCommand("zeros behind a text are no part of it")
            return in_words(value.encode(), place)
        case None:
            return {column: 0}
        case _:
            return {column: value}


def in_words(data: bytes, place: At) -> dict[str, int]:
    """Bytes in columns of 8 each, zeros behind them. Raises NoCommand if they are too many."""
    room = 8 * len(place.columns)
    if len(data) > room:
        raise NoCommand(f"{len(data)} bytes are too many for {', '.join(place.columns)}")
    words = unpack(f"<{len(place.columns)}q", data.ljust(room, b"\0"))
    return dict(zip(place.columns, words, strict=True))


def decode(records: bytes | memoryview, names: Callable[[], Names]) -> Iterator[Signed]:
    """The commands of records one after the other; `names` are asked for anew for each. Raises
    NoCommand."""
    if len(records) % SIZE:
        raise NoCommand(f"{len(records)} bytes are no records of {SIZE}")
    at, consents = 0, []
    while at < len(records):
        values = COMMAND.unpacked(records[at : at + SIZE])
        at += SIZE
        if values["op"] == Op.CONSENT:
            if COMMAND.packed({key: values[key] for key in _CONSENTS}) != records[at - SIZE : at]:
                raise NoCommand("a consent has a signer, and nothing else")
            consents.append(_signer(values, names()))
            continue
        operation = OPERATIONS.get(values["op"])  # type: ignore[call-overload]
        if operation is None:
            raise NoCommand(f"{values['op']} asks for nothing that is known")
        _check(operation, values)
        count = 0 if operation.places is not None else -(-values["quantity"] // PIECE)
        data = records[at : at + count * SIZE]
        at += count * SIZE
        yield _signed(operation, values, data, tuple(consents), names())
        consents = []
    if consents:
        raise NoCommand("a consent without a command")


def _check(operation: Operation, values: dict[str, int]) -> None:
    used = operation.columns | COMMON
    filled = [name for name, value in values.items() if value and name not in used]
    if values["flags"] & ~int(Flag.LINKED):
        filled.append("flags")
    if filled:
        raise NoCommand(f"{', '.join(filled)} of {operation.op.name} must be zero")
    if operation.places is None and values["quantity"] < 0:
        raise NoCommand(f"{operation.op.name} has fewer than no bytes")


def _signer(values: dict[str, int], names: Names) -> Signer:
    return Signer(names.name("account", values["session"]), values["sequence"])


def _signed(
    operation: Operation,
    values: dict[str, int],
    data: bytes | memoryview,
    consents: tuple[Signer, ...],
    names: Names,
) -> Signed:
    command = _by_columns(operation, values, names) or _by_bytes(operation, values, data)
    signers = (_signer(values, names), *consents)
    return Signed(command, signers, bool(values["flags"] & Flag.LINKED))


def _by_bytes(operation: Operation, values: dict[str, int], data: bytes | memoryview) -> Command:
    text = b"".join(data[i + HEAD : i + SIZE] for i in range(0, len(data), SIZE))
    text = text[: values["quantity"]]
    if b"".join(_pieces(text)) != data:
        raise NoCommand(f"what follows {operation.op.name} does not continue it")
    try:
        return cast(Command, forms.read(text, operation.kind))
    except canonical.NotCanonical as why:
        raise NoCommand(str(why)) from None


def _by_columns(operation: Operation, values: dict[str, int], names: Names) -> Command | None:
    if operation.places is None:
        return None
    found = {name: _value(place, values, names) for name, place in operation.places.items()}
    if operation.op is Op.BID and found["instrument"] == 0:
        found["instrument"] = None
    return cast(Command, operation.kind(**found))


def _value(place: At, values: dict[str, int], names: Names) -> Any:
    if len(place.columns) > 1:
        words = (values[column].to_bytes(8, "little", signed=True) for column in place.columns)
        data = b"".join(words)
        if place.is_text:
            return data.rstrip(b"\0").decode("latin-1")
        return data if data.strip(b"\0") else b""
    column = place.columns[0]
    return names.name(column, values[column]) if column in _NAMED else values[column]
