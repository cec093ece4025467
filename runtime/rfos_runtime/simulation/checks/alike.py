"""Whether two kernels, or one of them twice, have done the same in a block.

Two worlds that are equal have one root, which is a function of the world. So where all else is
compared the root need not be hashed again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields

from rfos_runtime.records.block import Block
from rfos_runtime.records.codes import Code
from rfos_runtime.reference.block import Applied
from rfos_runtime.reference.world import World

Done = tuple[World, Applied]
"""The world after a block, and what it did."""

_TABLES = tuple(each.name for each in fields(World) if each.name != "root")
_ORDERED = "assets", "feeds"
"""Of which the root takes in the order too."""


class Differs(Exception):
    """What was done again is not the same."""


def require_alike(
    block: Block, found: World, codes: Sequence[Code], after: World, applied: Applied
) -> None:
    """The codes, the events and the whole world are the same but for the root. Raises Differs."""
    for words in _differences(block, found, codes, after, applied):
        raise Differs(f"block {block.number}: {words}")


def is_alike(found: World, after: World) -> bool:
    """Whether the whole world is the same but for what happened in its last block."""
    known = (name for name in _TABLES if name != "events")
    return found is after or (
        all(getattr(found, name) == getattr(after, name) for name in known)
        and not any(_reordered(found, after))
    )


def in_order_of_keys(world: World) -> World:
    """A world that is equal, its tables in the order of their keys."""
    other = world.copy()
    for name in _TABLES:
        table = getattr(other, name)
        if isinstance(table, dict) and name not in _ORDERED:
            setattr(other, name, dict(sorted(table.items())))
    return other


def _differences(
    block: Block, found: World, codes: Sequence[Code], after: World, applied: Applied
) -> Iterator[str]:
    asked = [*block.reports, *(signed.command for signed in block.commands)]
    wanted = (*applied.reports, *applied.results)
    for each, code, other in zip(asked, codes, wanted, strict=True):
        if code is not other:
            yield f"{type(each).__name__} is answered {code.words}, not {other.words}"
    for name in _TABLES:
        here, there = getattr(found, name), getattr(after, name)
        if here != there:
            yield f"{name} differ, {_difference(here, there)}"
    for name in _reordered(found, after):
        yield f"{name} stand in another order"


def _reordered(found: World, after: World) -> Iterator[str]:
    for name in _ORDERED:
        if list(getattr(found, name)) != list(getattr(after, name)):
            yield name


def _difference(here: object, there: object) -> str:
    """What differs first, in words."""
    match here, there:
        case dict(), dict():
            keys = [key for key in {**here, **there} if here.get(key) != there.get(key)]
            return f"at {keys[0]}: {here.get(keys[0])}, not {there.get(keys[0])}"
        case list(), list():
            pairs = zip([*here, None], [*there, None], strict=False)
            one, other = next(pair for pair in pairs if pair[0] != pair[1])
            return f"{one}, not {other}"
        case _:
            return f"{here}, not {there}"
