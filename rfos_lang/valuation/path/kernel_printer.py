"""Path programs as fused kernels, and the normals that they take.

The exact kernel gives carried values at the end. That of the adjoint goes forward through the
smooth program, keeps what it needs again, and comes back. A kernel's text depends on the program
and on which spot each feed is, never on numbers, so that what is compiled serves every instance.
"""

from collections.abc import Iterator
from functools import lru_cache

from rfos_lang.base.records import dataclass
from rfos_lang.core.philox import LOW_WORD
from rfos_lang.path.adjoint import JUMP_POWERS, Adjoint, Backward, Jump, adjoint
from rfos_lang.path.program import COMPARED, Node, Operation, PathProgram
from rfos_lang.valuation.path import arithmetic
from rfos_lang.valuation.path.code import Code, Lines, module
from rfos_lang.valuation.path.kernel_arguments import (
    ADJOINT_ARGUMENTS,
    DRAW_ARGUMENTS,
    EXACT_ARGUMENTS,
    JUMP_ARGUMENTS,
    WHOLE,
)
from rfos_lang.valuation.path.kernel_frame import AtOnce, Frame
from rfos_lang.valuation.path.kernel_places import Leaf, Place, Prices, Rows, total
from rfos_lang.valuation.path.kernel_text import EXACT, SMOOTH, Writer
from rfos_lang.valuation.rows.vectors import WIDTH, Reals


@lru_cache(maxsize=64)
def exact_text(
    program: PathProgram, prices: Prices, found: tuple[int, ...], lanes: int, at_once: bool = False
) -> str:
    """The module of a program's exact kernel, which gives the carried values of some slots;
    `at_once` if the first region runs at every step."""
    nodes = frozenset(node for region in program.step for node in region.nodes)
    frame = Frame(program, prices, lanes, nodes)
    frame.at_once = AtOnce(program.step[0], EXACT) if at_once else None
    code = frame.code
    with frame.tiles():
        with code.loop("%steps") as frame.step:
            frame.moved()
            _forward(frame, None)
        for number, slot in enumerate(found):
            row = code.whole("mul", "%half", 2 * number)
            to = code.whole("add", row, frame.first)
            for lane, at in ((0, to), (frame.half, code.whole("add", to, "%half"))):
                with code.loop(frame.half, WIDTH) as p:
                    text = code.texts()
                    value = frame.vector(text, frame.at("carried", slot, lane), p)
                    code.spliced(text)
                    code.stored(value, code.address("%found", at), p)
    return module("kernel", EXACT_ARGUMENTS, WHOLE, code)


@lru_cache(maxsize=64)
def seen_text(program: PathProgram, prices: Prices, lanes: int) -> str:
    """The module of a kernel that puts down what comparisons compare: at `found[n, kinks, paths]`,
    where a region with the kink runs."""
    nodes = frozenset(node for region in program.step for node in region.nodes)
    frame = Frame(program, prices, lanes, nodes)
    with frame.tiles(), frame.code.loop("%steps") as frame.step:
        frame.moved()
        for index, region in enumerate(program.step):
            if region.carries or region.stores:
                with frame.where_runs(index):
                    frame.region(index, region, EXACT, seen=kinks_of(program, index))
    return module("kernel", EXACT_ARGUMENTS, WHOLE, frame.code)


def kinks_of(program: PathProgram, region: int) -> tuple[tuple[Node, int], ...]:
    """The comparisons of a region, each with its place among the kinks."""
    nodes = frozenset(program.step[region].nodes)
    kinks = enumerate(program.kinks)
    return tuple((k, at) for at, k in kinks if k in nodes and k.operation in COMPARED)


@lru_cache(maxsize=64)
def adjoint_text(
    program: PathProgram, prices: Prices, lanes: int, looks: bool = False, at_once: bool = False
) -> str:
    """The module of the adjoint kernel of an exact program, or of one that looks at jumps too."""
    found = adjoint(program, jumps_apart=True)
    nodes = frozenset(node for region in found.forward.step for node in region.nodes)
    again = frozenset(node for region in found.backward for node in region.nodes)
    chooses = any(region.feasible is not None for region in program.step)
    frame = Frame(found.forward, prices, lanes, nodes, again, is_decided=chooses)
    if at_once:
        frame.at_once = AtOnce(found.forward.step[0], SMOOTH, found.backward[0].remembered)
    code, reverse = frame.code, _Reverse(frame, found, looks)
    with frame.tiles():
        with code.loop("%steps") as frame.step:
            frame.moved()
            _forward(frame, found)
        reverse.seeded()
        with code.loop("%steps") as back:
            frame.step = code.whole("sub", code.whole("sub", "%steps", 1), back)
            reverse.regions()
            reverse.market()
        reverse.start()
    arguments = JUMP_ARGUMENTS if looks else ADJOINT_ARGUMENTS
    return module("kernel", (*arguments, *(("decided",) if chooses else ())), WHOLE, code)


def room(program: PathProgram, prices: Prices, steps: int, table_rows: int, kept: int) -> int:
    """How many vectors a path's numbers at most take."""
    each = 2 * len(program.carried) + 6 * prices.moving
    return each + 2 * table_rows + steps * 4 * prices.moving + kept


@lru_cache(maxsize=1)
def draw_text() -> str:
    """The module that draws independent normals for a block of paths, `normals[n, m, half]`, whose
    counter is path, number along the path and block."""
    code = Code()
    seeds = code.texts()
    seed = arithmetic.words(seeds, "%seed")
    keys = arithmetic.keys(seed & LOW_WORD, (seed >> 32) & LOW_WORD)
    code.spliced(seeds)
    with code.loop("%steps") as step, code.loop("%spots") as spot:
        number = code.whole("add", code.whole("mul", step, "%spots"), spot)
        row = code.address("%normals", code.whole("mul", number, "%half"))
        quarter = code.whole("sdiv", "%half", 4)
        rows = [code.address(row, code.whole("mul", quarter, each)) for each in range(4)]
        with code.loop(quarter, WIDTH) as path:
            text = code.texts()
            paths, along = arithmetic.ordered(text, path), arithmetic.words(text, number)
            block, nothing = arithmetic.words(text, "%block"), arithmetic.words(text, 0)
            first, second, *others = arithmetic.philox(paths, along, block, nothing, keys)
            made = (*arithmetic.normals(first, second), *arithmetic.normals(*others))
            code.spliced(text)
            for value, to in zip(made, rows, strict=True):
                code.stored(value, to, path)
    return module("draw", DRAW_ARGUMENTS, WHOLE, code)


def _forward(frame: Frame, found: Adjoint | None) -> None:
    """What every region does at a step."""
    for index, region in enumerate(frame.program.step):
        if (region.carries or region.stores) and not (index == 0 and frame.at_once):
            with frame.where_runs(index):
                kept = found.backward[index].remembered if found else ()
                frame.region(index, region, SMOOTH if found else EXACT, kept)


@dataclass(frozen=True, slots=True)
class _Reverse:
    """The way back of a kernel."""

    frame: Frame
    adjoint: Adjoint
    looks: bool

    @property
    def code(self) -> Code:
        return self.frame.code

    def seeded(self) -> None:
        """The derivatives by what is left at the end."""
        frame, code = self.frame, self.code
        before = code.texts()
        slots = range(len(frame.program.carried))
        seeds = [before.alike("%seeds", slot) for slot in slots]
        nothing = before.constant(0.0)
        code.spliced(before)
        for lane in (0, frame.half):
            counted = code.address("%counted", frame.first)
            with code.loop(frame.half, WIDTH) as p:
                text = code.texts()
                weight = text.vector(counted, p)
                stores = [(weight * seeds[slot], frame.at("adjoint", slot, lane)) for slot in slots]
                for part in ("by now", "by before"):
                    spots = range(frame.spots)
                    stores += [(nothing, frame.at(part, spot, lane)) for spot in spots]
                code.spliced(text)
                frame.stored(stores, p)
        with (
            code.where(code.put("icmp sgt i64 %table_rows, 0")),
            code.loop("%table_rows") as row,
        ):
            to = frame.behind("by rows", row)
            with code.loop(frame.lanes, WIDTH) as p:
                code.stored(nothing, to, p)

    def regions(self) -> None:
        for index, each in reversed(list(enumerate(self.adjoint.backward))):
            if each.carries or each.reads or each.stored:
                with self.frame.where_runs(index):
                    self.region(index, each)

    def region(self, index: int, backward: Backward) -> None:
        frame, code = self.frame, self.code
        name = code.named()
        leaves = tuple(leaf for leaf, _ in backward.reads)
        written = tuple(Node(Operation.STORED, slot=table) for table in backward.stored)
        rows = frame.rows(index, (*backward.nodes, *leaves, *written), "by rows")
        leaf = self.leaf(index, backward, rows, f"%{name}")
        writer = frame.writer(SMOOTH, leaf)
        writer.written(backward.nodes)
        stores = [(writer.here(node), frame.at("adjoint", slot)) for slot, node in backward.carries]
        zero = Reals(writer.within, writer.within.constant(0.0).name)
        stores += [(zero, (rows[table, 0], 0)) for table in backward.stored]
        adds: list[tuple[Reals, Place, bool]] = []
        for read, node in backward.reads:
            value = writer.here(node)
            adds.append(self.read(read, value, leaf, rows))
        for jump in backward.jumps if self.looks else ():
            adds += self.jump(jump, writer)
        code.spliced(writer.before)
        with code.loop(frame.lanes, WIDTH, name) as p:
            code.spliced(writer.within)
            frame.stored(stores, p)
            for value, (base, at), is_sum in adds:
                code.added(value, code.address(base, at), 0 if is_sum else p)

    def jump(self, jump: Jump, writer: Writer) -> Iterator[tuple[Reals, Place, bool]]:
        """Sums for a cubic through what a value jumps by near a level."""
        frame, kinks = self.frame, len(self.frame.program.kinks)
        difference, by = writer.here(jump.difference), writer.here(jump.by)
        wider = frame.number(writer.before, "%wider", kinks, jump.kink)
        rate = Reals(writer.within, (wider > 0.0).choose(1.0 / wider, 0.0).name)
        near = (abs(difference) < Reals(writer.within, wider.name)) & by.is_not(0.0)
        x, each = near.choose(difference * rate, 0.0), near.choose(by, 0.0)
        powers = [near.choose(1.0, 0.0), x]
        while len(powers) < 2 * JUMP_POWERS - 1:
            powers.append(powers[-1] * x)
        sums = [*powers, each, *(each * power for power in powers[1:JUMP_POWERS])]
        for number, value in enumerate(sums):
            at = jump.kink * len(sums) + number
            yield value, frame.sum_at("%by_jumps", kinks * len(sums), at), True

    def read(
        self,
        read: Node,
        value: Reals,
        leaf: Leaf,
        rows: Rows,
    ) -> tuple[Reals, Place, bool]:
        """What is added for a leaf, and where: path by path, or to a sum."""
        frame, text, slot = self.frame, value.text, read.slot
        assert isinstance(text, Lines)
        match read.operation:
            case Operation.STORED:
                return value, (rows[slot, read.offset], 0), False
            case Operation.LOG_NOW:
                return value, frame.at("by now", frame.feeds[slot]), False
            case Operation.LOG_BEFORE:
                return value, frame.at("by before", frame.feeds[slot]), False
            case Operation.FEED if slot in frame.feeds:
                return value * leaf(read, text), frame.at("by now", frame.feeds[slot]), False
            case Operation.QUOTE:
                return value * leaf(read, text), frame.at("by now", frame.quotes[slot]), False
            case Operation.WORTH:
                return value, frame.sum_at("%by_worths", len(frame.program.worths), slot), True
            case Operation.FEED:
                return value, frame.sum_at("%by_still", "%still_wide", slot), True
            case _:
                spot = frame.feeds[slot]
                spread = frame.number(text, "%deviation", frame.spots, spot)
                scale = (spread > 0.0).choose(-2.0 / (spread * spread * spread), 0.0)
                return value * scale, frame.sum_at("%by_deviation", frame.spots, spot), True

    def leaf(self, index: int, backward: Backward, rows: Rows, p: str) -> Leaf:
        frame = self.frame
        kept = {node: at for at, node in enumerate(backward.remembered)}
        past = frame.behind("kept", frame.of_region("%places", index)) if kept else ""
        prices = frame.behind("prices", frame.step)
        logs = frame.behind("logarithms", frame.step) if frame.keeps_logarithms else ""
        decided = frame.decided_at(index) if frame.is_decided else ""

        def leaf(node: Node, text: Lines) -> Reals:
            slot, lanes = node.slot, frame.lanes
            if node in kept:
                return frame.vector(text, (past, kept[node] * lanes), p)
            match node.operation:
                case Operation.DECISION if decided:
                    place = (decided, 0)
                case Operation.ADJOINT:
                    place = frame.at("adjoint", slot)
                case Operation.ROW_ADJOINT:
                    place = (rows[slot, 0], 0)
                case Operation.FEED if slot in frame.feeds:
                    place = (prices, frame.feeds[slot] * lanes)
                case Operation.QUOTE:
                    place = (prices, frame.quotes[slot] * lanes)
                case Operation.LOG_BEFORE:
                    place = (logs, frame.feeds[slot] * lanes)
                case Operation.LOG_NOW:
                    place = (logs, (frame.spots + frame.feeds[slot]) * lanes)
                case _:
                    return frame.alike(node, index, text)
            return frame.vector(text, place, p)

        return leaf

    def market(self) -> None:
        """The adjoints of a step's drift and deviation, and the logarithms before it."""
        frame, code = self.frame, self.code
        moves = frame.behind("moves", frame.step)
        for spot in range(frame.spots):
            text = code.texts()
            drifts, deviations = [], []
            for p in range(0, frame.half, WIDTH):
                up, down = self.mirrored(text, spot, p)
                move = frame.vector(text, (moves, spot * frame.half), str(p))
                drifts.append(up + down)
                deviations.append((up - down) * move)
            sums = (total(drifts), total(deviations))
            places = [
                frame.sum_at(base, frame.spots, spot)[0] for base in ("%by_drift", "%by_deviation")
            ]
            code.spliced(text)
            for value, place in zip(sums, places, strict=True):
                code.added(value, place, 0)
        if frame.looks_back:
            self.before()

    def before(self) -> None:
        """What is known of the logarithms before a step goes to the step before."""
        frame, code = self.frame, self.code
        with code.loop(frame.lanes, WIDTH) as p:
            text, stores = code.texts(), []
            for spot in range(frame.spots):
                now = frame.vector(text, frame.at("by now", spot), p)
                total = now + frame.vector(text, frame.at("by before", spot), p)
                stores.append((total, frame.at("by now", spot)))
                stores.append((text.constant(0.0), frame.at("by before", spot)))
            code.spliced(text)
            frame.stored(stores, p)

    def start(self) -> None:
        """The adjoints of the logarithms at the valuation, and these times the score of where the
        first step leads: for a change D e', e' jointly normal of correlations C, that is
        D^-1 C^-1 e' (Glasserman, Monte Carlo Methods in Financial Engineering, section 7.3)."""
        frame, code = self.frame, self.code
        frame.step = "0"
        moves = frame.behind("moves", 0)
        for spot in range(frame.spots):
            text = code.texts()
            slopes, bends = [], []
            for p in range(0, frame.half, WIDTH):
                up, down = self.mirrored(text, spot, p)
                slopes.append(up + down)
                bends.append((up - down) * self.lean(text, moves, spot, p))
            spread = frame.number(text, "%deviation", frame.spots, spot)
            rate = (spread > 0.0).choose(1.0 / spread, 0.0)
            sums = (("%by_start", total(slopes)), ("%by_bend", total(bends) * rate))
            code.spliced(text)
            for base, value in sums:
                code.added(value, base, spot * WIDTH)

    def mirrored(self, text: Lines, spot: int, p: int) -> tuple[Reals, Reals]:
        """The adjoints of a spot's logarithm on some paths, and on those that mirror them."""
        place, other = (self.frame.at("by now", spot, lane) for lane in (0, self.frame.half))
        return self.frame.vector(text, place, str(p)), self.frame.vector(text, other, str(p))

    def lean(self, text: Lines, moves: str, spot: int, p: int) -> Reals:
        """A part of C^-1 e'."""
        frame, each = self.frame, []
        for other in range(frame.spots):
            move = frame.vector(text, (moves, other * frame.half), str(p))
            each.append(move * text.alike("%inverse", spot * frame.spots + other))
        return total(each)
