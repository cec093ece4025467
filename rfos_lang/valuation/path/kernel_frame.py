"""What every kernel does going forward: tiles of paths go along a timeline together, the market on
them and then each region.

A spot is its forward times e to the power of a walk, and for the mirrored path over it; both powers
share their work.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from rfos_lang.base.records import dataclass
from rfos_lang.path.adjoint import JUMP_POWERS
from rfos_lang.path.program import CROSSINGS, Node, Operation, Region
from rfos_lang.valuation.path import arithmetic
from rfos_lang.valuation.path.code import Lines
from rfos_lang.valuation.path.kernel_places import LOGARITHMS, Leaf, Place, Places, Rows
from rfos_lang.valuation.path.kernel_text import Function, Writer
from rfos_lang.valuation.rows.vectors import WIDTH, Reals


class _Here(NamedTuple):
    """The market on a vector of paths, by spot and lane: prices, logarithms now and before."""

    prices: dict[tuple[int, int], Reals]
    now: dict[tuple[int, int], Reals]
    before: dict[tuple[int, int], Reals]


class AtOnce(NamedTuple):
    """The first region, if it runs at every step: with what it does, and what is kept of it."""

    region: Region
    functions: dict[Operation, Function]
    kept: tuple[Node, ...] = ()


@dataclass(slots=True)
class Frame(Places):
    """The market, and the regions; the first of these may be done `at_once` with it."""

    at_once: AtOnce | None = None

    @property
    def prices_are_read(self) -> bool:
        """Whether another region than the first reads prices, where that is done at once."""
        return self.is_read_later(Operation.FEED, Operation.QUOTE)

    @property
    def logarithms_are_read(self) -> bool:
        """Whether another region reads logarithms, or any a step later."""
        return self.is_read_later(*LOGARITHMS, *CROSSINGS) or self.looks_back

    def is_read_later(self, *operations: Operation) -> bool:
        later = self.program.step[1:]
        each = (node for region in later for node in region.nodes)
        return self.at_once is None or any(node.operation in operations for node in each)

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
        here = _Here({}, {}, {})
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
                here.prices[i, lane] = power * forward
                stores += self.priced(i, lane, here.prices[i, lane], kept)
            if self.has_logarithms:
                for lane, log in ((0, walk + base), (self.half, -walk + base)):
                    stores += self.logarithms(text, i, lane, p, log, kept, here)
        if self.at_once:
            alike = code.texts()
            stores += self.done_at_once(self.at_once, here, text, alike, p)
            code.spliced(alike)
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
        places = [self.at("price", spot, lane)] if self.prices_are_read else []
        places += [(kept["prices"], spot * self.lanes + lane)] if kept else []
        return [(price, place) for place in places]

    def logarithms(
        self,
        text: Lines,
        spot: int,
        lane: int,
        p: str,
        now: Reals,
        kept: dict[str, str],
        here: "_Here",
    ) -> list[tuple[Reals, Place]]:
        """Where the logarithm of a spot is put, and the one that it had before."""
        here.now[spot, lane] = now
        found = [(now, self.at("now", spot, lane))] if self.logarithms_are_read else []
        if not self.looks_back:
            return found
        before = here.before[spot, lane] = self.vector(text, self.at("now", spot, lane), p)
        found.append((before, self.at("before", spot, lane)))
        if "logarithms" in kept:
            at = spot * self.lanes + lane
            found.append((before, (kept["logarithms"], at)))
            found.append((now, (kept["logarithms"], self.spots * self.lanes + at)))
        return found

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
        places = self.places_of(index, kept)
        leaf = self.forward_leaf(index, rows, f"%{name}")
        writer = self.writer(functions, leaf)
        stores = self.done(
            region, writer, rows, [(node, (places, j * self.lanes)) for j, node in enumerate(kept)]
        )
        for node, number in seen:
            left, *right = (writer.here(operand) for operand in node.operands)
            apart = left - right[0] if right else left
            stores.append((apart, (self.seen_at(number), 0)))
        self.code.spliced(writer.before)
        with self.code.loop(self.lanes, WIDTH, name) as p:
            self.code.spliced(writer.within)
            self.stored(stores, p)

    def done(
        self,
        region: Region,
        writer: Writer,
        rows: Rows,
        kept: Iterable[tuple[Node, Place]],
        lane: int = 0,
    ) -> list[tuple[Reals, Place]]:
        """What a region leaves where."""
        writer.written(region.nodes)
        stores = [
            (writer.here(node), self.at("carried", slot, lane)) for slot, node in region.carries
        ]
        stores += [(writer.here(node), (rows[table, 0], lane)) for table, node in region.stores]
        return stores + [(writer.leaf(node, writer.within), place) for node, place in kept]

    def done_at_once(
        self, first: AtOnce, here: "_Here", within: Lines, before: Lines, p: str
    ) -> list[tuple[Reals, Place]]:
        """What the first region leaves where, of prices that are at hand, on both halves."""
        region, stores = first.region, list[tuple[Reals, Place]]()
        nodes = (*region.nodes, *first.kept, *stored_rows(region.stores))
        rows, places = self.rows(0, nodes, "rows"), self.places_of(0, first.kept)
        for lane in (0, self.half):
            leaf = self.leaf_at_hand(here, lane, self.forward_leaf(0, rows, p, lane))
            writer = self.writer(first.functions, leaf, before, within)
            kept = [(node, (places, j * self.lanes + lane)) for j, node in enumerate(first.kept)]
            stores += self.done(region, writer, rows, kept, lane)
        return stores

    def leaf_at_hand(self, here: "_Here", lane: int, otherwise: Leaf) -> Leaf:
        def leaf(node: Node, text: Lines) -> Reals:
            slot = node.slot
            match node.operation:
                case Operation.FEED if slot in self.feeds:
                    return here.prices[self.feeds[slot], lane]
                case Operation.QUOTE:
                    return here.prices[self.quotes[slot], lane]
                case Operation.LOG_NOW:
                    return here.now[self.feeds[slot], lane]
                case Operation.LOG_BEFORE:
                    return here.before[self.feeds[slot], lane]
                case _:
                    return otherwise(node, text)

        return leaf

    def places_of(self, index: int, kept: tuple[Node, ...]) -> str:
        """Where a region keeps at this step what it needs again."""
        return self.behind("kept", self.of_region("%places", index)) if kept else ""

    def seen_at(self, number: int) -> str:
        """Where a tile's differences at a kink are put at this step."""
        code = self.code
        row = code.whole("mul", self.step, len(self.program.kinks))
        row = code.whole("mul", code.whole("add", row, number), "%half")
        both = code.whole("mul", code.whole("add", row, self.first), 2)
        return code.address("%found", both)

    def writer(
        self,
        functions: dict[Operation, Function],
        leaf: Leaf,
        before: Lines | None = None,
        within: Lines | None = None,
    ) -> Writer:
        setup = {node: at for at, node in enumerate(self.program.setup)}
        before, within = before or self.code.texts(), within or self.code.texts()
        crisp = self.program.crisp

        def spread(feed: int) -> Reals:
            return self.number(before, "%deviation", self.spots, self.feeds[feed])

        return Writer(functions, crisp, self.feeds, setup, leaf, spread, before, within)

    def rows(self, index: int, nodes: Iterable[Node], part: str) -> Rows:
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

    def forward_leaf(self, index: int, rows: Rows, p: str, lane: int = 0) -> Leaf:
        decided = self.decided_at(index) if self.is_decided else ""

        def leaf(node: Node, text: Lines) -> Reals:
            slot = node.slot
            match node.operation:
                case Operation.DECISION if decided:
                    place = (decided, lane)
                case Operation.CARRY:
                    place = self.at("carried", slot, lane)
                case Operation.STORED:
                    place = (rows[slot, node.offset], lane)
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
