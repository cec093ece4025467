"""The kernel of a contract with choices: paths on which each choice is taken as a policy says, and
beside them the martingale that follows the value.

It is that of `path/kernel_printer` with three things more. Before each step the martingale's change
is added, from where a path stands and what is drawn for the step. A region in which somebody
chooses is read first as if the choice were taken, which tells what that brings; then the rule
decides; then the region is read as it was decided. What does not depend on numbers is in the text,
so that a contract's kernel serves all its instances, and every policy of one layout.
"""

from collections.abc import Callable
from dataclasses import field
from functools import lru_cache

from rfos_lang.base.records import dataclass
from rfos_lang.path.program import ALIVE, Node, Operation, PathProgram, Region
from rfos_lang.valuation.exercise.following import of_degree
from rfos_lang.valuation.exercise.regression import Above, Power, Term
from rfos_lang.valuation.exercise.tables import Layout, choices_of
from rfos_lang.valuation.path.code import Lines, module
from rfos_lang.valuation.path.kernel_arguments import EXACT_ARGUMENTS, WHOLE
from rfos_lang.valuation.path.kernel_frame import Frame, stored_rows
from rfos_lang.valuation.path.kernel_places import Place, Prices
from rfos_lang.valuation.path.kernel_text import EXACT, Writer
from rfos_lang.valuation.rows.vectors import WIDTH, Reals

ARGUMENTS = (*EXACT_ARGUMENTS, "rules", "changes")
"""`found[slots, 2 half]` has the martingale after the carried values."""


@dataclass(frozen=True, slots=True)
class Choosers:
    """Whose value each choice is made for: the carried slot of it, by region. `states` are the
    slots of the variables after the spots; if `gains`, what each choice would pay comes after
    them. If not `follows`, there is no martingale."""

    values: tuple[tuple[int, int], ...]
    states: tuple[int, ...]
    gains: bool
    follows: bool


@lru_cache(maxsize=64)
def choosing_text(
    program: PathProgram,
    prices: Prices,
    found: tuple[int, ...],
    lanes: int,
    choosers: Choosers,
    layout: Layout,
    tells: bool = False,
) -> str:
    """The module of a program's kernel, which gives the carried values of some slots and then the
    martingale; if it `tells`, what is decided too, as the kernel of the adjoint takes it."""
    nodes = {node for region in program.step for node in region.nodes}
    nodes |= {Node(Operation.LOG_NOW) for _ in prices.read}
    kernel = _Choosing(program, prices, lanes, frozenset(nodes), choosers=choosers, layout=layout)
    kernel.tells = tells
    kernel.choices = {region: number for number, region in enumerate(choices_of(program))}
    code = kernel.code
    with kernel.tiles():
        kernel.cleared()
        with code.loop("%steps") as kernel.step:
            if choosers.follows:
                kernel.followed()
            kernel.moved()
            kernel.regions()
            if choosers.gains and choosers.follows:
                kernel.gained()
        places = [kernel.at("carried", slot) for slot in found]
        for number, place in enumerate([*places, kernel.own(0)]):
            kernel.told(number, place)
    return module("kernel", (*ARGUMENTS, *(("decided",) if tells else ())), WHOLE, code)


def room(choosers: Choosers) -> int:
    """How many numbers of each path it takes beside those of an exact kernel."""
    return 1 + (len(choosers.values) if choosers.gains else 0)


@dataclass(slots=True)
class _Choosing(Frame):
    """A frame with places of its own behind the row: the martingale, and what each choice would pay
    as the step before left it. `choices` numbers the regions in which somebody chooses."""

    choosers: Choosers = Choosers((), (), False, False)
    layout: Layout = Layout(0, 0, 0, 0)
    choices: dict[int, int] = field(default_factory=dict)
    tells: bool = False

    def at(self, part: str, slot: int = 0, lane: int = 0) -> Place:
        shift = room(self.choosers) if part == "end" else 0
        return Frame.at(self, part, slot + shift, lane)

    def own(self, number: int, lane: int = 0) -> Place:
        """One of its own places."""
        return Frame.at(self, "end", number, lane)

    def cleared(self) -> None:
        text = self.code.texts()
        zero = text.constant(0.0)
        self.code.spliced(text)
        with self.code.loop(self.lanes, WIDTH) as p:
            self.stored([(zero, self.own(n)) for n in range(room(self.choosers))], p)

    def told(self, number: int, place: Place) -> None:
        """Numbers of the tile's paths go to a row of `found`."""
        code = self.code
        to = code.whole("add", code.whole("mul", "%half", 2 * number), self.first)
        base, at = place
        for lane, row in ((0, to), (self.half, code.whole("add", to, "%half"))):
            with code.loop(self.half, WIDTH) as p:
                text = code.texts()
                value = self.vector(text, (base, at + lane), p)
                code.spliced(text)
                code.stored(value, code.address("%found", row), p)

    # --- the martingale

    def followed(self) -> None:
        """Adds what the step brings to the martingale of paths that are alive before it."""
        code, spots = self.code, range(self.spots)
        base = code.address("%changes", code.whole("mul", self.step, self.layout.change))
        step = code.whole("mul", self.step, self.spots)
        rows = [
            code.whole("add", code.whole("mul", code.whole("add", step, i), "%half"), self.first)
            for i in spots
        ]
        for lane in (0, self.half):
            name, before, text = code.named(), code.texts(), code.texts()
            p = f"%{name}"
            drawn = [text.vector(text.address("%normals", row), p) for row in rows]
            hermite = of_degree([-each for each in drawn] if lane else drawn)
            variables = self.variables(text, lane, p)
            if self.choosers.gains:
                gains = range(len(self.choosers.values))
                variables += [self.vector(text, self.own(1 + n, lane), p) for n in gains]
            values = self.bent(before, text, base, 0, variables)
            total = None
            for number, each in enumerate(hermite):
                first = self.layout.bends + number * len(values)
                part = each * _sum_of(before, base, first, values)
                total = part if total is None else total + part
            if total is None:
                return
            alive = self.vector(text, self.at("carried", ALIVE, lane), p)
            had = self.vector(text, self.own(0, lane), p)
            now = had + total * alive
            code.spliced(before)
            with code.loop(self.half, WIDTH, name):
                code.spliced(text)
                self.stored([(now, self.own(0, lane))], p)

    def variables(self, text: Lines, lane: int, p: str) -> list[Reals]:
        """Logarithms of spots and the contract's own states, as they stand."""
        spots = [self.at("now", spot, lane) for spot in self.prices.read]
        states = [self.at("carried", slot, lane) for slot in self.choosers.states]
        return [self.vector(text, place, p) for place in (*spots, *states)]

    # --- fits

    def scaled(
        self, before: Lines, text: Lines, base: str, at: int, variables: list[Reals]
    ) -> list[Reals]:
        """Variables about their centres, in units of their deviation."""
        count = self.layout.variables
        found = []
        for v, each in enumerate(variables):
            apart = Reals(text, each.name) - before.alike(base, at + v)
            found.append(apart * before.alike(base, at + count + v))
        return found

    def smooth(
        self, before: Lines, text: Lines, base: str, at: int, variables: list[Reals]
    ) -> list[Reals]:
        """The functions of a polynomial whose numbers begin at a place."""
        scaled = self.scaled(before, text, base, at, variables)
        return _functions(list(self.layout.smooth), text, scaled, {})

    def bent(
        self, before: Lines, text: Lines, base: str, at: int, variables: list[Reals]
    ) -> list[Reals]:
        """And of one with bends."""
        layout = self.layout
        scaled = self.scaled(before, text, base, at, variables)
        first = at + layout.scaling
        knots = {
            term: before.alike(base, first + term.variable * layout.knots + term.knot)
            for term in layout.bent
            if isinstance(term, Above)
        }
        return _functions(list(layout.bent), text, scaled, knots)

    # --- regions

    def regions(self) -> None:
        for index, region in enumerate(self.program.step):
            if region.carries or region.stores:
                with self.where_runs(index):
                    if index in self.choices:
                        self.choice(index, region)
                    else:
                        self.region(index, region, EXACT)

    def choice(self, index: int, region: Region) -> None:
        """A region in which somebody chooses: what taking brings, the rule, what is done."""
        code = self.code
        name, size = code.named(), self.layout.rule
        p = f"%{name}"
        row = code.whole(
            "add", code.whole("mul", self.step, len(self.choices)), self.choices[index]
        )
        base = code.address("%rules", code.whole("mul", row, size))
        before, text, spliced = code.texts(), code.texts(), list[Writer]()
        taking = self.deciding(index, region, p, lambda within: within.constant(1.0))
        spliced.append(taking)
        feasible = Reals(text, taking.here(_feasible(region)).name)
        alive = self.weight(text, region, p) * feasible
        pays = text.constant(0.0)
        if region.ends:
            pays = self.per_contract(text, taking, index, region, alive, p)
        variables = self.variables(text, 0, p)
        if self.choosers.gains:
            for other in self.choices:
                writer, gain = self.gain(other, text, p)
                spliced.append(writer)
                variables.append(gain)
        takes = self.rule(before, text, base, region.ends, alive, pays, variables)
        acting = self.deciding(index, region, p, lambda within: Reals(within, takes.name))
        rows = self.rows(index, (*region.nodes, *stored_rows(region.stores)), "rows")
        stores = [(acting.here(node), self.at("carried", slot)) for slot, node in region.carries]
        stores += [(acting.here(node), (rows[table, 0], 0)) for table, node in region.stores]
        stores += [(takes, (self.decided_at(index), 0))] if self.tells else []
        for each in (*(writer.before for writer in spliced), before, acting.before):
            code.spliced(each)
        with code.loop(self.lanes, WIDTH, name):
            for each in (*(writer.within for writer in spliced), text, acting.within):
                code.spliced(each)
            self.stored(stores, p)

    def rule(
        self,
        before: Lines,
        text: Lines,
        base: str,
        ends: bool,
        alive: Reals,
        pays: Reals,
        variables: list[Reals],
    ) -> Reals:
        """1 where the choice is taken; see `policy.Rule`."""
        smooth = self.smooth(before, text, base, 2, variables)
        gain = pays - _sum_of(before, base, 2 + self.layout.scaling, smooth)
        near = self.layout.near
        bent = self.bent(before, text, base, near, variables)
        again = pays - _sum_of(before, base, near + self.layout.bends, bent)
        gain = (abs(gain) <= before.alike(base, 1)).choose(again, gain)
        zero = text.constant(0.0)
        better = zero <= gain if ends else zero < gain
        return ((alive > 0.0) & (pays > before.alike(base, 0)) & better).choose(1.0, 0.0)

    def gained(self) -> None:
        """Keeps what each choice would pay as the step leaves it."""
        code = self.code
        for number, index in enumerate(self.choices):
            name, text = code.named(), code.texts()
            writer, gain = self.gain(index, text, f"%{name}")
            code.spliced(writer.before)
            with code.loop(self.lanes, WIDTH, name) as p:
                code.spliced(writer.within)
                code.spliced(text)
                self.stored([(gain, self.own(1 + number))], p)

    def gain(self, index: int, text: Lines, p: str) -> tuple[Writer, Reals]:
        """What a choice would pay its chooser now, whether it may be taken or not."""
        region = self.program.step[index]
        taking = self.deciding(index, region, p, lambda within: within.constant(1.0))
        alive = self.weight(text, region, p)
        return taking, self.per_contract(text, taking, index, region, alive, p)

    def per_contract(
        self, text: Lines, taking: Writer, index: int, region: Region, alive: Reals, p: str
    ) -> Reals:
        """What taking adds to the chooser's value, per contract that is alive."""
        slot = dict(self.choosers.values)[index]
        carries = dict(region.carries)
        if slot not in carries:
            return text.constant(0.0)
        after = Reals(text, taking.here(carries[slot]).name)
        paid = after - self.vector(text, self.at("carried", slot), p)
        return paid / (alive > 0.0).choose(alive, 1.0)

    def weight(self, text: Lines, region: Region, p: str) -> Reals:
        """How much of a contract is alive in which the choice is still to come."""
        to_come = dict(self.program.once)[region.clause]
        alive = self.vector(text, self.at("carried", ALIVE), p)
        return alive * self.vector(text, self.at("carried", to_come), p)

    def deciding(
        self, index: int, region: Region, p: str, decision: Callable[[Lines], Reals]
    ) -> Writer:
        """The nodes of a region under a decision."""
        rows = self.rows(index, (*region.nodes, *stored_rows(region.stores)), "rows")
        known = self.forward_leaf(index, rows, p)

        def leaf(node: Node, text: Lines) -> Reals:
            return decision(text) if node.operation is Operation.DECISION else known(node, text)

        writer = self.writer(EXACT, leaf)
        writer.written(region.nodes)
        return writer


def _feasible(region: Region) -> Node:
    assert region.feasible is not None
    return region.feasible


def _functions(
    terms: list[Term], text: Lines, variables: list[Reals], knots: dict[Above, Reals]
) -> list[Reals]:
    """What each function is of variables that are scaled."""
    found = dict[Term, Reals]()
    for term in terms:
        match term:
            case Power(_, 0):
                found[term] = text.constant(1.0)
            case Power(v, 1):
                found[term] = variables[v]
            case Power(v, exponent):
                found[term] = found[Power(v, exponent - 1)] * variables[v]
            case Above(v, _):
                apart = variables[v] - knots[term]
                found[term] = (apart > 0.0).choose(apart, 0.0)
            case _:
                found[term] = variables[term.variable] * variables[term.other]
    return list(found.values())


def _sum_of(before: Lines, base: str, first: int, functions: list[Reals]) -> Reals:
    """Functions, of which the first is 1, times the coefficients from a place on."""
    total = functions[1] * before.alike(base, first + 1) if functions[1:] else None
    for number, each in enumerate(functions[2:], 2):
        assert total is not None
        total = total + each * before.alike(base, first + number)
    constant = before.alike(base, first)
    return functions[0] * constant if total is None else total + constant
