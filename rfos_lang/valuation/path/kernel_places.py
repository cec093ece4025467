"""Where the numbers of a kernel lie: a tile of paths side by side, and what is kept behind it.

`lanes` paths make a tile, in two halves that mirror each other. What they carry lies in one row of
numbers, which a loop over vectors of paths, straight-line code, goes through.
"""

from collections.abc import Callable, Iterable
from dataclasses import field
from typing import NamedTuple

from rfos_lang.base.records import dataclass
from rfos_lang.path.program import CROSSINGS, Node, Operation, PathProgram
from rfos_lang.valuation.path.code import Code, Lines
from rfos_lang.valuation.rows.vectors import WIDTH, Reals

Slots = tuple[tuple[int, int], ...]
"""Which spot each feed, or each quote, is."""


class Prices(NamedTuple):
    """How many spots move, and which of them feeds and quotes are; there may be some that are
    neither, such as the rate of exchange to the currency that is paid."""

    moving: int
    feeds: Slots
    quotes: Slots

    @property
    def read(self) -> tuple[int, ...]:
        """The spots that are observed or paid in, each once."""
        return tuple(dict.fromkeys(spot for _, spot in (*self.feeds, *self.quotes)))


ROW = (
    "carried",
    "walk",
    "price",
    "now",
    "before",
    "adjoint",
    "by now",
    "by before",
    "end",
)
"""The parts of a tile's row: carried values, the walks of the spots, the spots, their logarithms
now and a step before; backward the adjoints of carried values and of logarithms."""
BY_CARRIED = ("carried", "adjoint")
LOGARITHMS = frozenset({Operation.LOG_NOW, Operation.LOG_BEFORE})

Place = tuple[str, int]
"""An address, and so many numbers after it."""
Rows = dict[tuple[int, int], str]
"""Addresses of rows of tables, by table and offset."""
Leaf = Callable[[Node, Lines], Reals]


@dataclass(slots=True)
class Places:
    """A kernel being written: `step` and `first` are the names of the step and of the tile's first
    path. `nodes` are all that it evaluates going forward, `again` all that it does going back, for
    which the market is kept; None if it does not. It `is_decided` if it is told what
    choosers do."""

    program: PathProgram
    prices: Prices
    lanes: int
    nodes: frozenset[Node]
    again: frozenset[Node] | None = None
    is_decided: bool = False
    code: Code = field(default_factory=Code)
    step: str = ""
    first: str = ""

    @property
    def half(self) -> int:
        return self.lanes // 2

    @property
    def spots(self) -> int:
        return self.prices.moving

    @property
    def feeds(self) -> dict[int, int]:
        return dict(self.prices.feeds)

    @property
    def quotes(self) -> dict[int, int]:
        return dict(self.prices.quotes)

    @property
    def has_logarithms(self) -> bool:
        """Whether anything reads logarithms of spots."""
        return self.reads(Operation.LOG_NOW) or self.looks_back

    @property
    def looks_back(self) -> bool:
        """Whether anything reads those of a step before."""
        return self.reads(Operation.LOG_BEFORE, *CROSSINGS)

    @property
    def keeps_logarithms(self) -> bool:
        """Whether the way back reads them."""
        return any(node.operation in LOGARITHMS for node in self.again or ())

    def reads(self, *operations: Operation) -> bool:
        return any(node.operation in operations for node in (*self.nodes, *(self.again or ())))

    # --- places

    def at(self, part: str, slot: int = 0, lane: int = 0) -> Place:
        """A place in the tile's row."""
        place, sizes = 0, dict.fromkeys(BY_CARRIED, len(self.program.carried))
        for each in ROW[: ROW.index(part)]:
            place += sizes.get(each, self.spots)
        return "%room", (place + slot) * self.lanes + lane

    def behind(self, name: str, at: str | int = 0) -> str:
        """The address of number `at` of what lies behind the row: rows of tables and their
        adjoints; what is kept of each step, prices, draws, and logarithms before and after it; what
        regions need again."""
        code, place, spots = self.code, str(self.at("end")[1]), self.spots
        logarithms = 2 * spots * self.lanes if self.keeps_logarithms else 0
        parts: tuple[tuple[str, str, int], ...] = (
            ("rows", "%table_rows", self.lanes),
            ("by rows", "%table_rows", self.lanes),
            ("prices", "%steps", spots * self.lanes),
            ("moves", "%steps", spots * self.half),
            ("logarithms", "%steps", logarithms),
            ("kept", "%kept_rows", self.lanes),
        )
        for each, count, size in parts:
            if each == name:
                return code.address("%room", code.whole("add", place, code.whole("mul", at, size)))
            place = code.whole("add", place, code.whole("mul", count, size))
        raise AssertionError(name)

    def number(self, text: Lines, base: str, wide: str | int, column: int) -> Reals:
        """A number of this step, the same for each path."""
        row = text.put(f"mul i64 {self.step}, {wide}")
        return text.alike(base, text.put(f"add i64 {row}, {column}"))

    def sum_at(self, base: str, wide: str | int, column: int) -> Place:
        """Where a sum of this step stands, as a vector of parts."""
        row = self.code.whole("mul", self.step, wide)
        at = self.code.whole("mul", self.code.whole("add", row, column), WIDTH)
        return self.code.address(base, at), 0

    def of_region(self, base: str, index: int) -> str:
        """A whole number of a region at this step."""
        row = self.code.whole("mul", self.step, len(self.program.step))
        return self.integer(base, self.code.whole("add", row, index))

    def decided_at(self, index: int) -> str:
        """Where what is decided on a tile of paths in a region at this step stands."""
        code = self.code
        row = code.whole("mul", self.step, len(self.program.step))
        row = code.whole("mul", code.whole("add", row, index), "%half")
        return code.address("%decided", code.whole("mul", code.whole("add", row, self.first), 2))

    def integer(self, base: str, at: str | int) -> str:
        place = self.code.put(f"getelementptr i64, ptr {base}, i64 {at}")
        return self.code.put(f"load i64, ptr {place}")

    def stored(self, values: Iterable[tuple[Reals, Place]], p: str) -> None:
        for value, (base, at) in values:
            self.code.stored(value, self.code.address(base, at), p)

    def vector(self, text: Lines, place: Place, p: str) -> Reals:
        base, at = place
        return text.vector(text.address(base, at), p)


def total(values: list[Reals]) -> Reals:
    """The sum of vectors, in pairs."""
    while len(values) > 1:
        pairs = [a + b for a, b in zip(values[::2], values[1::2], strict=False)]
        values = pairs + ([values[-1]] if len(values) % 2 else [])
    return values[0]
