"""What every kernel has: tiles of paths that go along a timeline together, and the market on them.

`lanes` paths make a tile, in two halves that mirror each other. What they carry lies in one row of
numbers, which a loop over vectors of paths, straight-line code, goes through. A spot is its forward
times e to the power of a walk, and for the mirrored path over it; both powers share their work.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import NamedTuple

from rfos_lang.base.records import dataclass
from rfos_lang.path.adjoint import JUMP_POWERS
from rfos_lang.path.program import CROSSINGS, Node, Operation, PathProgram, Region
from rfos_lang.valuation.path import arithmetic
from rfos_lang.valuation.path.code import Code, Lines
from rfos_lang.valuation.path.kernel_text import Function, Writer
from rfos_lang.valuation.rows.vectors import WIDTH, Reals

Slots = tuple[tuple[int, int], ...]
"""Which spot each feed, or each quote, is."""


class Prices(NamedTuple):
    """How many spots move, and which of them feeds and quotes are; there may be some that are
    neither, such as the rate of exchange to the currency that is paid."""

    moving: int
    feeds: Slots
    quotes: Slots


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


@dataclass(slots=True)
class Frame:
    """A kernel being written: `step` and `first` are the names of the step and of the tile's first
    path. `nodes` are all that it evaluates going forward, `again` all that it does going back, for
    which the market is kept; None if it does not."""

    program: PathProgram
    prices: Prices
    lanes: int
    nodes: frozenset[Node]
    again: frozenset[Node] | None = None
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

    def integer(self, base: str, at: str | int) -> str:
        place = self.code.put(f"getelementptr i64, ptr {base}, i64 {at}")
        return self.code.put(f"load i64, ptr {place}")

    # --- tiles

    @contextmanager
    def tiles(self) -> Iterator[None]:
        """Each tile of paths, as it stands at the valuation."""
        with self.code.loop("%half", self.half) as self.first:
            self.begun()
            yield

    def begun(self) -> None:
        text, code = self.code.texts(), self.code
        carried = range(len(self.program.carried))
        values = [(text.alike("%initial", slot), self.at("carried", slot)) for slot in carried]
        for spot in range(self.spots):
            values.append((text.constant(0.0), self.at("walk", spot)))
            values.append((text.alike("%start", spot), self.at("now", spot)))
        code.spliced(text)
        with code.loop(self.lanes, WIDTH) as p:
            self.stored(values, p)
        with code.where(code.put("icmp sgt i64 %table_rows, 0")), code.loop("%table_rows") as row:
            text = code.texts()
            value = text.alike("%tables", row)
            code.spliced(text)
            to = self.behind("rows", row)
            with code.loop(self.lanes, WIDTH) as p:
                code.stored(value, to, p)

    def stored(self, values: Iterable[tuple[Reals, Place]], p: str) -> None:
        for value, (base, at) in values:
            self.code.stored(value, self.code.address(base, at), p)

    # --- the market

    def moved(self) -> None:
        """The spots after a step."""
        spots, code, before = range(self.spots), self.code, self.code.texts()
        factors = [[before.alike("%factor", i * self.spots + j) for j in spots] for i in spots]
        bases = ("%deviation", "%forward", "%base")
        each = [[self.number(before, base, self.spots, i) for base in bases] for i in spots]
        code.spliced(before)
        step = code.whole("mul", self.step, self.spots)
        drawn = [
            code.whole("add", code.whole("mul", code.whole("add", step, i), "%half"), self.first)
            for i in spots
        ]
        name = code.named()
        p, text = f"%{name}", code.texts()
        normals = [text.vector(text.address("%normals", at), p) for at in drawn]
        kept = self.kept_market()
        stores: list[tuple[Reals, Place]] = []
        for i, (deviation, forward, base) in enumerate(each):
            move = normals[0] * factors[i][0]
            for j in spots[1:]:
                move = move + normals[j] * factors[i][j]
            walk = self.vector(text, self.at("walk", i), p) + move * deviation
            stores.append((walk, self.at("walk", i)))
            if kept:
                stores.append((move, (kept["moves"], i * self.half)))
            powers = arithmetic.exponentials(walk)
            for lane, power in zip((0, self.half), powers, strict=True):
                stores += self.priced(i, lane, power * forward, kept)
            if self.has_logarithms:
                for lane, log in ((0, walk + base), (self.half, -walk + base)):
                    stores += self.logarithms(text, i, lane, p, log, kept)
        with code.loop(self.half, WIDTH, name):
            code.spliced(text)
            self.stored(stores, p)

    def kept_market(self) -> dict[str, str]:
        """Where this step's market is kept for the way back."""
        if self.again is None:
            return {}
        names = ("prices", "moves", *(("logarithms",) if self.keeps_logarithms else ()))
        return {each: self.behind(each, self.step) for each in names}

    def priced(
        self, spot: int, lane: int, price: Reals, kept: dict[str, str]
    ) -> list[tuple[Reals, Place]]:
        places = [self.at("price", spot, lane)]
        places += [(kept["prices"], spot * self.lanes + lane)] if kept else []
        return [(price, place) for place in places]

    def logarithms(
        self, text: Lines, spot: int, lane: int, p: str, now: Reals, kept: dict[str, str]
    ) -> list[tuple[Reals, Place]]:
        """Where the logarithm of a spot is put, and the one that it had before."""
        found = [(now, self.at("now", spot, lane))]
        if not self.looks_back:
            return found
        before = self.vector(text, self.at("now", spot, lane), p)
        found.append((before, self.at("before", spot, lane)))
        if "logarithms" in kept:
            at = spot * self.lanes + lane
            found.append((before, (kept["logarithms"], at)))
            found.append((now, (kept["logarithms"], self.spots * self.lanes + at)))
        return found

    def vector(self, text: Lines, place: Place, p: str) -> Reals:
        base, at = place
        return text.vector(text.address(base, at), p)

    # --- regions

    @contextmanager
    def where_runs(self, index: int) -> Iterator[None]:
        """What a region does at the steps at which it runs."""
        row = self.code.whole("mul", self.step, len(self.program.step))
        at = self.code.whole("add", row, index)
        place = self.code.put(f"getelementptr i8, ptr %gates, i64 {at}")
        with self.code.where(
            self.code.put(f"icmp ne i8 {self.code.put(f'load i8, ptr {place}')}, 0")
        ):
            yield

    def region(
        self,
        index: int,
        region: Region,
        functions: dict[Operation, Function],
        kept: tuple[Node, ...] = (),
        seen: tuple[tuple[Node, int], ...] = (),
    ) -> None:
        """What a region does; `kept` leaves are remembered as it finds them. Of each kink that is
        to be `seen`, with its place among these, what it compares is put down."""
        name = self.code.named()
        nodes = (*region.nodes, *kept, *stored_rows(region.stores))
        rows = self.rows(index, nodes, "rows")
        leaf = self.forward_leaf(index, rows, f"%{name}")
        writer = self.writer(functions, leaf)
        writer.written(region.nodes)
        stores = [(writer.here(node), self.at("carried", slot)) for slot, node in region.carries]
        stores += [(writer.here(node), (rows[table, 0], 0)) for table, node in region.stores]
        if kept:
            places = self.behind("kept", self.of_region("%places", index))
            found = (leaf(node, writer.within) for node in kept)
            stores += [(value, (places, j * self.lanes)) for j, value in enumerate(found)]
        for node, number in seen:
            left, *right = (writer.here(operand) for operand in node.operands)
            apart = left - right[0] if right else left
            stores.append((apart, (self.seen_at(number), 0)))
        self.code.spliced(writer.before)
        with self.code.loop(self.lanes, WIDTH, name) as p:
            self.code.spliced(writer.within)
            self.stored(stores, p)

    def seen_at(self, number: int) -> str:
        """Where a tile's differences at a kink are put at this step."""
        code = self.code
        row = code.whole("mul", self.step, len(self.program.kinks))
        row = code.whole("mul", code.whole("add", row, number), "%half")
        both = code.whole("mul", code.whole("add", row, self.first), 2)
        return code.address("%found", both)

    def writer(
        self, functions: dict[Operation, Function], leaf: Callable[[Node, Lines], Reals]
    ) -> Writer:
        setup = {node: at for at, node in enumerate(self.program.setup)}
        before, within = self.code.texts(), self.code.texts()
        crisp = self.program.crisp

        def spread(feed: int) -> Reals:
            return self.number(before, "%deviation", self.spots, self.feeds[feed])

        return Writer(functions, crisp, self.feeds, setup, leaf, spread, before, within)

    def rows(self, index: int, nodes: Iterable[Node], part: str) -> dict[tuple[int, int], str]:
        """The addresses of table rows that nodes read or write, by table and offset."""
        read = (Operation.STORED, Operation.ROW_ADJOINT)
        every = dict.fromkeys((n.slot, n.offset) for n in nodes if n.operation in read)
        return {each: self.behind(part, self.row(index, *each)) for each in every}

    def row(self, index: int, table: int, offset: int) -> str:
        """Which of all rows a clause's occurrence has in a table, counted from either end."""
        code = self.code
        at = code.whole("add", self.of_region("%occurrences", index), offset)
        length = self.integer("%lengths", table)
        left = code.whole("srem", at, length)
        below = code.put(f"icmp slt i64 {left}, 0")
        whole = code.put(f"select i1 {below}, i64 {code.whole('add', left, length)}, i64 {left}")
        return code.whole("add", whole, self.integer("%bases", table))

    def forward_leaf(
        self, index: int, rows: dict[tuple[int, int], str], p: str
    ) -> Callable[[Node, Lines], Reals]:
        def leaf(node: Node, text: Lines) -> Reals:
            slot = node.slot
            match node.operation:
                case Operation.CARRY:
                    place = self.at("carried", slot)
                case Operation.STORED:
                    place = (rows[slot, node.offset], 0)
                case Operation.FEED if slot in self.feeds:
                    place = self.at("price", self.feeds[slot])
                case Operation.QUOTE:
                    place = self.at("price", self.quotes[slot])
                case Operation.LOG_NOW:
                    place = self.at("now", self.feeds[slot])
                case Operation.LOG_BEFORE:
                    place = self.at("before", self.feeds[slot])
                case _:
                    return self.alike(node, index, text)
            return self.vector(text, place, p)

        return leaf

    def alike(self, node: Node, index: int, text: Lines) -> Reals:
        """A leaf that is the same on every path."""
        slot, program = node.slot, self.program
        match node.operation:
            case Operation.CONSTANT:
                return text.constant(node.number)
            case Operation.FEED:
                return self.number(text, "%still", "%still_wide", slot)
            case Operation.COLUMN:
                return self.number(text, "%columns", "%columns_wide", slot)
            case Operation.WORTH:
                return self.number(text, "%worths", len(program.worths), slot)
            case Operation.FALLS_DUE:
                return self.number(text, "%falls_due", len(program.step), index)
            case Operation.MOVING:
                return self.number(text, "%moving", 1, 0)
            case Operation.WIDTH:
                return self.number(text, "%widths", len(program.kinks), slot)
            case Operation.WIDER:
                return self.number(text, "%wider", len(program.kinks), slot)
            case Operation.JUMP:
                at = slot * JUMP_POWERS + node.offset
                return self.number(text, "%jumps", len(program.kinks) * JUMP_POWERS, at)
            case Operation.PRECISION:
                spread = self.number(text, "%deviation", self.spots, self.feeds[slot])
                return (spread > 0.0).choose(1.0 / (spread * spread), 0.0)
            case Operation.DECISION:
                return text.constant(0.0)
            case _:
                raise AssertionError(node.operation)


def stored_rows(stores: Iterable[tuple[int, Node]]) -> tuple[Node, ...]:
    """The rows that are written, as leaves."""
    return tuple(Node(Operation.STORED, slot=table) for table, _ in stores)


def total(values: list[Reals]) -> Reals:
    """The sum of vectors, in pairs."""
    while len(values) > 1:
        pairs = [a + b for a, b in zip(values[::2], values[1::2], strict=False)]
        values = pairs + ([values[-1]] if len(values) % 2 else [])
    return values[0]
