"""Records of fixed size: columns one after the other, little-endian, signed integers only."""

from dataclasses import dataclass
from functools import cached_property
from struct import Struct
from typing import NamedTuple


class Column(NamedTuple):
    """A place in a record: 4 or 8 bytes."""

    name: str
    size: int
    meaning: str


@dataclass(frozen=True)
class Layout:
    """The columns of a record, in the order in which they lie."""

    name: str
    columns: tuple[Column, ...]

    @cached_property
    def struct(self) -> Struct:
        """Packs and unpacks all columns."""
        return Struct("<" + "".join({4: "i", 8: "q"}[column.size] for column in self.columns))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def _empty(self) -> dict[str, int]:
        return dict.fromkeys(self.names, 0)

    def packed(self, values: dict[str, int]) -> bytes:
        """A record with these values, and 0 elsewhere. Raises KeyError, struct.error."""
        row = self._empty | values
        if len(row) > len(self.names):
            unknown = values.keys() - self._empty.keys()
            raise KeyError(f"{self.name} has no {', '.join(sorted(unknown))}")
        return self.struct.pack(*row.values())

    def unpacked(self, record: bytes | memoryview) -> dict[str, int]:
        """The values of a record by column."""
        return dict(zip(self.names, self.struct.unpack(record), strict=True))


def layout(name: str, text: str) -> Layout:
    """A layout from lines of `column size meaning`."""
    rows = (line.split(None, 2) for line in text.strip().splitlines())
    return Layout(name, tuple(Column(column, int(size), why) for column, size, why in rows))


COMMAND = layout(
    "command",
    """
    op          4 what is asked for
    flags       4 see Flag
    session     8 the account that signs
    sequence    8 its next number, from 1
    account     8 the account that acts; of a report, the reporter by its place in the feed
    target      8 another account that is concerned
    instrument  4 the instrument, by handle; of a report, the feed
    asset       4 the asset, by handle
    quantity    8 minor units, or lots
    price       8 a price, a fraction, or minor units that may be negative
    price2      8 a second one
    until_ns    8 nanoseconds since 1970 UTC
    reference   8 a number that was given before, or part of a hash
    a0          8 further numbers, by the command
    a1          8 further numbers
    a2          8 further numbers
    tag         8 whatever the sender likes; told again in the result
    reserved    8 zero
    """,
)
"""128 bytes. What a command does not use is zero."""

RESULT = layout(
    "result",
    """
    session     8 as in the command
    sequence    8 as in the command
    code        4 see Code
    op          4 as in the command
    tag         8 as in the command
    """,
)
"""32 bytes: how a command went."""

EVENT = layout(
    "event",
    """
    kind            4 what happened
    cause           4 why money moved
    instrument      4 the instrument, by handle
    asset           4 the asset, by handle
    debit           8 whose balance went down
    credit          8 whose balance went up
    units           8 by how much, in minor units
    debit_purpose   4 what the one was held for
    credit_purpose  4 what the other is held for
    command         8 its place in the block, from 1; 0 where time did it
    clause          4 of a contract's payment, from 1
    action          4 of that clause, from 1
    """,
)
"""64 bytes: one double entry."""


class At:
    """Where in a command's record a field lies: in one column, or in several of 8 bytes."""

    __slots__ = ("columns", "is_text")

    def __init__(self, *columns: str, is_text: bool = False) -> None:
        self.columns = columns
        self.is_text = is_text
