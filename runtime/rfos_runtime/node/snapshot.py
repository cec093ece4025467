"""An image of the world after a block, so that recovery need not begin with the first one.

    file     =  MAGIC  version (4)  number (8)  hash (32)  image
    hash     =  sha256(number, image)
    image    =  the canonical bytes of everything that the world knows; definitions as artefacts,
                tables as the bytes of each key and value in the order of the world, which canonical
                dicts would lose

It is placed beside the journal whole or not at all, and is never believed over it: the root in it
must be the one that the journal has for its block. One that cannot be read is passed over. One that
is newer than the journal shows that the disk has lost blocks that counted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeVar

from rfos_runtime.journal.disk import Disk
from rfos_runtime.node.kept import SNAPSHOT, BlocksLost, numbers, place, place_or_stop
from rfos_runtime.records.appraisals import Ageing, Price, Scenarios
from rfos_runtime.records.canonical import KEPT as ROWS_KEPT
from rfos_runtime.records.canonical import NotCanonical, decode, encode
from rfos_runtime.records.canonical import kept as kept_row
from rfos_runtime.records.commands import Breaker, Limit, Lock
from rfos_runtime.records.holdings import Holding, Purpose
from rfos_runtime.records.interventions import Payment
from rfos_runtime.reference.executor import DefinitionView, Executor, PartyRisk, PolicyView
from rfos_runtime.reference.root import state_root
from rfos_runtime.reference.world import (
    ROWS,
    TABLES,
    Account,
    Appraisal,
    Auction,
    Debt,
    Definition,
    Feed,
    Heard,
    Instrument,
    Leaving,
    Lodged,
    Lodging,
    Obligation,
    Observation,
    Paid,
    Panel,
    Phase,
    Policy,
    Proposal,
    Reservation,
    Resolution,
    Seal,
    Setting,
    Stand,
    StandingBid,
    Standstill,
    Swing,
    Table,
    Turnover,
    World,
)

View = DefinitionView | PolicyView
Row = TypeVar("Row", Definition, Policy)

MAGIC, VERSION = b"RFOSSNAP", 7

_HEAD = MAGIC + VERSION.to_bytes(4, "big")
_NUMBER, _HASH = 8, 32
_ROWS = (
    Account,
    Ageing,
    Appraisal,
    Leaving,
    Proposal,
    Setting,
    Turnover,
    Auction,
    Breaker,
    Debt,
    Feed,
    Heard,
    Holding,
    Instrument,
    Limit,
    Lock,
    Lodged,
    Lodging,
    Obligation,
    Observation,
    Paid,
    Panel,
    PartyRisk,
    Payment,
    Price,
    Reservation,
    Resolution,
    Scenarios,
    Seal,
    Stand,
    StandingBid,
    Standstill,
    Swing,
    Table,
)


def take(disk: Disk, world: World) -> None:
    """Places a snapshot of a world. Raises OSError."""
    place(disk, SNAPSHOT, world.number, snapshot(world))


def take_now_and_then(disk: Disk, every: int, world: World) -> None:
    """Places a snapshot of a world if it is due: after every so many blocks, but not after the
    first one, which is as soon replayed. Raises CannotWrite."""
    if world.number % every == 0 and world.number > 1:
        place_or_stop(disk, SNAPSHOT, world.number, snapshot(world))


def newest(disk: Disk, last: int, executor: Executor) -> World | None:
    """The newest world on a disk that can be read, after a block that a journal of `last` blocks
    has. Raises BlocksLost."""
    for world in _readable(disk, executor):
        if world.number > last:
            raise BlocksLost(last, world.number)
        return world
    return None


def snapshot(world: World) -> bytes:
    """The bytes of a snapshot."""
    state = {each.name: getattr(world, each.name) for each in fields(world)}
    rows = {name: _written(state[name], kept_row) for name in ROWS}
    definitions = {name: (each.artefact,) for name, each in world.definitions.items()}
    policies = {name: (each.artefact, each.feeds) for name, each in world.policies.items()}
    made = {"definitions": _written(definitions, encode), "policies": _written(policies, encode)}
    image = encode(state | rows | made | {"events": ()})
    number = world.number.to_bytes(_NUMBER, "big")
    return _HEAD + number + sha256(number + image).digest() + image


def restored(data: bytes, executor: Executor) -> World | None:
    """The world of a snapshot; None if these are not all of its bytes, or others."""
    head = data[: len(_HEAD)]
    number, rest = data[len(_HEAD) :][:_NUMBER], data[len(_HEAD) + _NUMBER :]
    image = rest[_HASH:]
    if head != _HEAD or sha256(number + image).digest() != rest[:_HASH]:
        return None
    try:
        state = decode(image)
        state |= {name: _table(state[name]) for name in TABLES}
        definitions = _known(state["definitions"], executor.load, Definition)
        made = {
            "definitions": definitions,
            "policies": _known(state["policies"], executor.policy, Policy),
        }
        return World(**(state | made | {"events": []}))
    except (NotCanonical, KeyError, TypeError, ValueError, AttributeError):
        return None


def _known(
    artefacts: Mapping[str, tuple[Any, ...]],
    load: Callable[[bytes], View | None],
    row: Callable[..., Row],
) -> dict[str, Row]:
    """Rows of artefacts with what the executor says of them, by their hashes; each with what stands
    behind it."""
    found = {}
    for name, (artefact, *others) in artefacts.items():
        view = load(artefact)
        if view is None or view.content_hash != name:
            raise ValueError("an artefact that is none")
        found[name] = row(artefact, view, *others)
    return found


def _written(table: Mapping[Any, Any], write: Callable[[Any], bytes]) -> list[bytes]:
    """The bytes of the keys and values of a table, one after the other."""
    return [write(each) for row in table.items() for each in row]


def _table(written: Sequence[bytes]) -> dict[Any, Any]:
    """What was written so."""
    return dict(zip(map(_read, written[::2]), map(_read, written[1::2]), strict=True))


@lru_cache(ROWS_KEPT)
def _read(data: bytes) -> Any:
    """A key or value of a table. What was read lately is not read again: images of one world follow
    each other, and few rows change from one to the next."""
    match decode(data, _ROWS):
        case Instrument() as row:  # canonical bytes tell no phases from texts, no sets from tuples
            return replace(row, phase=Phase(row.phase), moved=frozenset(row.moved))
        case (str() as asset, Holding() as holding):
            return asset, holding._replace(purpose=Purpose(holding.purpose))
        case value:
            return value


def kept(disk: Disk, executor: Executor) -> Iterator[tuple[int, World | None]]:
    """The snapshots on a disk, the newest first: after which block, and the world, None if it
    cannot be read. Raises OSError."""
    for number in numbers(disk, SNAPSHOT):
        world = restored(disk.read(f"{SNAPSHOT}{number}"), executor)
        yield number, world if world is not None and world.number == number else None


def fits(world: World, before: bytes, root: bytes) -> bool:
    """Whether a world out of a snapshot has the root that the journal has for its block; `before`:
    the root of the block before, which stands in it. It is worked out anew."""
    return world.root == state_root(replace(world, root=before)) == root


def _readable(disk: Disk, executor: Executor) -> Iterator[World]:
    return (world for _, world in kept(disk, executor) if world is not None)
