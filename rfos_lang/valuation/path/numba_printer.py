"""Path programs as fused kernels: text of loops over time, and over paths within.

`lanes` paths go along the timeline together. What they carry lies in one row of numbers of fixed
size, that a loop over the paths, straight-line code, goes through: a compiler makes one instruction
serve eight of them. The exact kernel gives carried values at the end; that of the adjoint goes
forward through the smooth program, keeps what it needs again, and comes back.

A kernel's text depends on the program and on which spot each feed is, never on numbers, so that
what is compiled serves every instance.
"""

from collections.abc import Callable
from functools import lru_cache

from rfos_lang.base.records import dataclass
from rfos_lang.path.adjoint import Adjoint, Backward, adjoint
from rfos_lang.path.program import CROSSINGS, Node, Operation, PathProgram, Region
from rfos_lang.valuation.path.kernel_arguments import ADJOINT_ARGUMENTS, EXACT_ARGUMENTS
from rfos_lang.valuation.path.kernel_text import EXACT, SMOOTH, Writer

Slots = tuple[tuple[int, int], ...]
"""Which spot each feed, or each quote, is."""


@lru_cache(maxsize=64)
def exact_text(
    program: PathProgram, feeds: Slots, quotes: Slots, found: tuple[int, ...], lanes: int
) -> str:
    """The text of a program's exact kernel, which gives the carried values of some slots."""
    return _Kernel(program, None, dict(feeds), dict(quotes), lanes).exact(found)


@lru_cache(maxsize=64)
def adjoint_text(program: PathProgram, feeds: Slots, quotes: Slots, lanes: int) -> str:
    """The text of the adjoint kernel of an exact program."""
    found = adjoint(program)
    return _Kernel(found.forward, found, dict(feeds), dict(quotes), lanes).backward()


@dataclass(frozen=True, slots=True)
class _Kernel:
    """Places in the row `w`, in multiples of `lanes`: carried values, logarithms of the spots now
    and before, spots, draws, and backward adjoints of carried values, of logarithms now and before,
    and what is summed over paths."""

    program: PathProgram
    adjoint: Adjoint | None
    feeds: dict[int, int]
    quotes: dict[int, int]
    lanes: int

    @property
    def spots(self) -> int:
        return 1 + max((*self.feeds.values(), *self.quotes.values()), default=-1)

    @property
    def crosses(self) -> bool:
        """Whether anything reads the logarithms of a step before."""
        before = CROSSINGS | {Operation.LOG_BEFORE}
        return any(node.operation in before for r in self.program.step for node in r.nodes)

    @property
    def looks_back(self) -> bool:
        """Whether going backward reads the logarithms again."""
        logs = (Operation.LOG_NOW, Operation.LOG_BEFORE)
        backward = self.adjoint.backward if self.adjoint else ()
        return any(node.operation in logs for each in backward for node in each.nodes)

    def place(self, part: str, slot: int = 0) -> int:
        """Where a part of the row begins."""
        count, spots = len(self.program.carried), self.spots
        sizes = {
            "carried": count,
            "now": spots,
            "before": spots,
            "spot": spots,
            "drawn": spots,
            "moved": spots,
            "adjoint": count,
            "by now": spots,
            "by before": spots,
            "summed": 1 + self.sums,
        }
        at = 0
        for name, size in sizes.items():
            if name == part:
                return (at + slot) * self.lanes
            at += size
        return at * self.lanes

    @property
    def sums(self) -> int:
        backward = self.adjoint.backward if self.adjoint else ()
        return max((len(each.reads) for each in backward), default=0)

    def lane(self, part: str, slot: int = 0) -> str:
        return f"w[{self.place(part, slot)} + p]"

    # --- kernels

    def exact(self, found: tuple[int, ...]) -> str:
        lines = [f"def kernel({', '.join(EXACT_ARGUMENTS)}):", *_indented(self.head())]
        body = [*self.begun(), "for k in range(steps):"]
        body += _indented([*self.moved(), *self.regions(keeps=False)])
        for place, slot in enumerate(found):
            for side, start in (("first", 0), ("half + first", self.lanes // 2)):
                lane = self.place("carried", slot) + start
                body += [
                    "for p in range(count):",
                    f"    found[{place}, {side} + p] = w[{lane} + p]",
                ]
        return "\n".join([*lines, *_indented(self.tiled(body))]) + "\n"

    def backward(self) -> str:
        assert self.adjoint is not None
        lines = [f"def kernel({', '.join(ADJOINT_ARGUMENTS)}):", *_indented(self.head())]
        spots = self.spots
        kept = [
            f"prices = np.empty(steps * {spots * self.lanes})",
            f"moves = np.empty(steps * {spots * self.lanes})",
            f"logarithms = np.empty((steps + 1) * {spots * self.lanes if self.looks_back else 0})",
            f"past = np.empty(room * {self.lanes})",
            f"by_rows = np.empty(len(tables) * {self.lanes})",
        ]
        body = [*self.begun(), "for k in range(steps):"]
        body += _indented([*self.moved(), *self.kept_market(), *self.regions(keeps=True)])
        body += [*self.seeded(), "for k in range(steps - 1, -1, -1):"]
        body += _indented([*self.reversed_regions(), *self.market_sums()])
        body += [
            f"by_start[{i}] += total(w, {self.place('by now', i)}, {self.lanes})"
            for i in range(spots)
        ]
        return "\n".join([*lines, *_indented([*kept, *self.tiled(body)])]) + "\n"

    def head(self) -> list[str]:
        return [
            "steps, half = normals.shape[0], normals.shape[2]",
            f"w = np.zeros({self.place('end')})",
            f"rows = np.empty(len(tables) * {self.lanes})",
        ]

    def tiled(self, body: list[str]) -> list[str]:
        lanes = self.lanes // 2
        return [
            f"for first in range(0, half, {lanes}):",
            f"    count = min({lanes}, half - first)",
            *_indented(body),
        ]

    def begun(self) -> list[str]:
        """Every path as it stands at the valuation."""
        sets = [
            (self.lane("carried", s), f"initial[{s}]") for s in range(len(self.program.carried))
        ]
        sets += [(self.lane("now", i), f"start[{i}]") for i in range(self.spots)]
        return [
            *self.loop([f"{place} = {value}" for place, value in sets]),
            "for q in range(len(tables)):",
            *_indented(self.loop([f"rows[q * {self.lanes} + p] = tables[q]"])),
        ]

    def moved(self) -> list[str]:
        """The spots after a step."""
        spots, other = range(self.spots), self.lanes // 2
        lines = []
        for i in spots:
            at = self.place("drawn", i)
            lines += [
                f"row = normals[k, {i}]",
                f"for p in range({other}):",
                "    e = row[first + min(p, count - 1)]",
                f"    w[{at} + p] = e",
                f"    w[{at + other} + p] = -e",
            ]
        for i in spots:
            lines += [f"d{i}, s{i} = drift[k, {i}], deviation[k, {i}]"]
            lines += [f"f{i}_{j} = factor[{i}, {j}]" for j in spots]
        body = []
        for i in spots:
            sums = " + ".join(f"f{i}_{j} * {self.lane('drawn', j)}" for j in spots)
            body += [f"e{i} = {sums}"]
            body += [f"{self.lane('moved', i)} = e{i}"] if self.adjoint else []
            body += [f"{self.lane('before', i)} = {self.lane('now', i)}"] if self.crosses else []
            body += [
                f"x{i} = {self.lane('now', i)} + (d{i} + s{i} * e{i})",
                f"{self.lane('now', i)} = x{i}",
                f"{self.lane('spot', i)} = exponential(x{i})",
            ]
        return [*lines, *self.loop(body)]

    # --- forward

    def regions(self, keeps: bool) -> list[str]:
        lines = []
        for index, region in enumerate(self.program.step):
            if region.carries or region.stores:
                lines += [f"if gates[k, {index}]:", *_indented(self.region(index, region, keeps))]
        return lines

    def region(self, index: int, region: Region, keeps: bool) -> list[str]:
        writer = self.writer(self.forward_leaf(index))
        text = writer.written(region.nodes)
        ends = [f"{self.lane('carried', s)} = {writer.known(node)}" for s, node in region.carries]
        ends += [f"{_row(t)}[p] = {writer.known(n)}" for t, n in region.stores]
        lines = [*self.row_places(index, (*region.nodes, *_stores(region.stores)))]
        if keeps and self.adjoint is not None:
            kept = self.adjoint.backward[index].remembered
            lines += self.row_places(index, kept)
            leaf = self.forward_leaf(index)
            keep = [f"kept[{j * self.lanes} + p] = {leaf(node)}" for j, node in enumerate(kept)]
            lines += [*self.kept_part(index, len(kept)), *self.loop(keep)] if keep else []
        return [*lines, *text.before, *self.loop([*text.within, *ends])]

    def writer(self, leaf: Callable[[Node], str]) -> Writer:
        setup = {node: at for at, node in enumerate(self.program.setup)}
        smooth = self.adjoint is not None
        return Writer(SMOOTH if smooth else EXACT, self.program.crisp, self.feeds, setup, leaf)

    def row_places(self, index: int, nodes: tuple[Node, ...]) -> list[str]:
        """The table rows that nodes read; backward, their adjoints too."""
        parts = [("rows", _row), *([("by_rows", _by_row)] if self.adjoint else [])]
        found = dict.fromkeys(
            (node.slot, node.offset)
            for node in nodes
            if node.operation in (Operation.STORED, Operation.ROW_ADJOINT)
        )
        lines = []
        for table, offset in found:
            at = f"bases[{table}] + (occurrences[k, {index}] + {offset}) % lengths[{table}]"
            lines += [f"q = ({at}) * {self.lanes}"]
            lines += [
                f"{name(table, offset)} = {rows}[q : q + {self.lanes}]" for rows, name in parts
            ]
        return lines

    def kept_part(self, index: int, count: int) -> list[str]:
        """The place where a region keeps what it needs again: a view of its own, so that a compiler
        can tell it from others."""
        if not count:
            return []
        size = count * self.lanes
        return [f"q = places[k, {index}] * {self.lanes}", f"kept = past[q : q + {size}]"]

    def forward_leaf(self, index: int) -> Callable[[Node], str]:
        def leaf(node: Node) -> str:
            slot = node.slot
            match node.operation:
                case Operation.CARRY:
                    return self.lane("carried", slot)
                case Operation.STORED:
                    return f"{_row(slot, node.offset)}[p]"
                case Operation.FEED if slot in self.feeds:
                    return self.lane("spot", self.feeds[slot])
                case Operation.QUOTE:
                    return self.lane("spot", self.quotes[slot])
                case Operation.LOG_NOW:
                    return self.lane("now", self.feeds[slot])
                case Operation.LOG_BEFORE:
                    return self.lane("before", self.feeds[slot])
                case _:
                    return self.number(node, index)

        return leaf

    def number(self, node: Node, index: int) -> str:
        """A leaf that is the same on every path."""
        slot = node.slot
        match node.operation:
            case Operation.CONSTANT:
                return _literal(node.number)
            case Operation.FEED:
                return f"still[k, {slot}]"
            case Operation.COLUMN:
                return f"columns[k, {slot}]"
            case Operation.WORTH:
                return f"worths[k, {slot}]"
            case Operation.FALLS_DUE:
                return f"falls_due[k, {index}]"
            case Operation.MOVING:
                return "moving[k]"
            case Operation.WIDTH:
                return f"widths[k, {slot}]"
            case Operation.PRECISION:
                spread = f"deviation[k, {self.feeds[slot]}]"
                return f"1.0 / ({spread} * {spread}) if {spread} > 0.0 else 0.0"
            case Operation.DECISION:
                return "0.0"
            case _:
                raise AssertionError(node.operation)

    # --- backward

    def kept_market(self) -> list[str]:
        size, body = self.spots * self.lanes, []
        for i in range(self.spots):
            at = i * self.lanes
            body += [
                f"price[{at} + p] = {self.lane('spot', i)}",
                f"move[{at} + p] = {self.lane('moved', i)}",
            ]
            if self.looks_back:
                body += [f"logarithm_[{at} + p] = {self.lane('before', i)}"] if self.crosses else []
                body += [f"logarithm_[{size + at} + p] = {self.lane('now', i)}"]
        return [*self.market_part(), *self.loop(body)]

    def market_part(self) -> list[str]:
        """What is kept of the market at a step."""
        size = self.spots * self.lanes
        whole = 2 * size if self.looks_back else 0
        return [
            f"m = k * {size}",
            f"price, move = prices[m : m + {size}], moves[m : m + {size}]",
            f"logarithm_ = logarithms[m : m + {whole}]",
        ]

    def seeded(self) -> list[str]:
        sets = [f"{self.lane('by now', i)} = 0.0" for i in range(self.spots)]
        sets += [f"{self.lane('by before', i)} = 0.0" for i in range(self.spots)]
        other = self.lanes // 2
        counted = [f"counts = p < count or {other} <= p < {other} + count"]
        counted += [
            f"{self.lane('adjoint', s)} = seeds[{s}] if counts else 0.0"
            for s in range(len(self.program.carried))
        ]
        zero = [f"for q in range(len(tables) * {self.lanes}):", "    by_rows[q] = 0.0"]
        return [*self.loop(sets), *self.loop(counted), *zero]

    def reversed_regions(self) -> list[str]:
        assert self.adjoint is not None
        lines = self.market_part()
        backward = list(enumerate(self.adjoint.backward))
        for index, each in reversed(backward):
            if each.carries or each.reads or each.stored:
                lines += [f"if gates[k, {index}]:", *_indented(self.reverse(index, each))]
        return lines

    def reverse(self, index: int, backward: Backward) -> list[str]:
        leaf = self.backward_leaf(index, backward)
        writer = self.writer(leaf)
        text = writer.written(backward.nodes)
        leaves = tuple(leaf for leaf, _ in backward.reads)
        lines = self.kept_part(index, len(backward.remembered))
        lines += self.row_places(index, (*backward.nodes, *leaves, *_stores(backward.stored)))
        ends = [f"{self.lane('adjoint', s)} = {writer.known(n)}" for s, n in backward.carries]
        ends += [f"{_by_row(table)}[p] = 0.0" for table in backward.stored]
        sums = []
        for number, (read, node) in enumerate(backward.reads):
            value = writer.known(node)
            if (target := self.target(read, value, leaf)) is not None:
                ends.append(target)
            else:
                ends.append(f"{self.lane('summed', 1 + number)} = {value}")
                sums.append(self.summed(read, 1 + number))
        return [*lines, *text.before, *self.loop([*text.within, *ends]), *sums]

    def target(self, read: Node, value: str, leaf: Callable[[Node], str]) -> str | None:
        """Adds to what lies in the row, path by path; None if it is a sum over paths."""
        match read.operation:
            case Operation.STORED:
                return f"{_by_row(read.slot, read.offset)}[p] += {value}"
            case Operation.LOG_NOW:
                return f"{self.lane('by now', self.feeds[read.slot])} += {value}"
            case Operation.LOG_BEFORE:
                return f"{self.lane('by before', self.feeds[read.slot])} += {value}"
            case Operation.FEED if read.slot in self.feeds:
                return f"{self.lane('by now', self.feeds[read.slot])} += {value} * {leaf(read)}"
            case Operation.QUOTE:
                return f"{self.lane('by now', self.quotes[read.slot])} += {value} * {leaf(read)}"
            case _:
                return None

    def summed(self, read: Node, place: int) -> str:
        sum_ = f"total(w, {self.place('summed', place)}, {self.lanes})"
        match read.operation:
            case Operation.WORTH:
                return f"by_worths[k, {read.slot}] += {sum_}"
            case Operation.FEED:
                return f"by_still[k, {read.slot}] += {sum_}"
            case _:
                spread = f"deviation[k, {self.feeds[read.slot]}]"
                scale = f"(-2.0 / ({spread} * {spread} * {spread}) if {spread} > 0.0 else 0.0)"
                return f"by_deviation[k, {self.feeds[read.slot]}] += {sum_} * {scale}"

    def backward_leaf(self, index: int, backward: Backward) -> Callable[[Node], str]:
        kept = {node: at for at, node in enumerate(backward.remembered)}
        size = self.spots * self.lanes

        def leaf(node: Node) -> str:
            slot = node.slot
            if node in kept:
                return f"kept[{kept[node] * self.lanes} + p]"
            match node.operation:
                case Operation.ADJOINT:
                    return self.lane("adjoint", slot)
                case Operation.ROW_ADJOINT:
                    return f"{_by_row(slot)}[p]"
                case Operation.FEED if slot in self.feeds:
                    return f"price[{self.feeds[slot] * self.lanes} + p]"
                case Operation.QUOTE:
                    return f"price[{self.quotes[slot] * self.lanes} + p]"
                case Operation.LOG_NOW:
                    return f"logarithm_[{size + self.feeds[slot] * self.lanes} + p]"
                case Operation.LOG_BEFORE:
                    return f"logarithm_[{self.feeds[slot] * self.lanes} + p]"
                case _:
                    return self.number(node, index)

        return leaf

    def market_sums(self) -> list[str]:
        """The adjoints of a step's drift and deviation, and the logarithms before it."""
        body, sums = [], []
        for i in range(self.spots):
            now, before, summed = (self.place(s, i) for s in ("by now", "by before", "summed"))
            sums.append(f"by_drift[k, {i}] += total(w, {now}, {self.lanes})")
            summed = self.place("summed")
            sums += self.loop([f"w[{summed} + p] = w[{now} + p] * move[{i * self.lanes} + p]"])
            sums.append(f"by_deviation[k, {i}] += total(w, {summed}, {self.lanes})")
            if self.crosses:
                body += [f"w[{now} + p] += w[{before} + p]", f"w[{before} + p] = 0.0"]
        return [*sums, *self.loop(body)]

    def loop(self, body: list[str]) -> list[str]:
        """A loop over the paths that go together."""
        return [f"for p in range({self.lanes}):", *_indented(body)] if body else []


def _stores(stores: tuple) -> tuple[Node, ...]:  # type: ignore[type-arg]
    """The rows that are written, as leaves."""
    tables = [each[0] if isinstance(each, tuple) else each for each in stores]
    return tuple(Node(Operation.STORED, slot=table) for table in tables)


def _row(table: int, offset: int = 0) -> str:
    return f"r{table}_{offset}".replace("-", "m")


def _by_row(table: int, offset: int = 0) -> str:
    return f"a{_row(table, offset)}"


def _literal(number: float) -> str:
    text = repr(float(number))
    return (
        text
        if "n" not in text
        else f"({text.replace('inf', 'math.inf').replace('nan', 'math.nan')})"
    )


def _indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]
