"""Steps backward in time as machine code: what `stepping.stepped` and `induction.performed` do, in
loops over nodes.

Arrays are those of `marching.Acts`. What is worth at nodes, `[layer, column, node]`, has an empty
place before the first node and one after the last, so that neighbours need no care.
"""

from collections.abc import Callable, Iterator
from functools import cache

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.finite_differences.scalar_code import (
    REAL,
    WHOLE,
    Number,
    Numbers,
    Variable,
    over,
    real,
    whole,
)
from rfos_lang.valuation.finite_differences.stepping import ITERATIONS_MOST, SETTLED
from rfos_lang.valuation.path.code import Code, module

WORTHS = ("values", "known", "solution", "spare")
BANDS = ("first", "second", "generator", "matrix")
SHAPE = ("steps", "layers", "columns", "nodes", "implicit", "groups")
ARGUMENTS = (
    *WORTHS,
    *BANDS,
    "factor",
    "inverse",
    "drift",
    "variance",
    "marks",
    "spare_marks",
    "begins",
    "name",
    "layer",
    "column",
    "sign",
    "takes",
    "still",
    "paid",
    "after",
    "goes",
    *SHAPE,
)
"""`goes[entry, decision]` is the layer after it, if that is one for all, else below 0;
`begins[groups + 1]` says which entries are of one region."""


@cache
def march_text(by_node: bool) -> str:
    """The module whose function steps from the last step to the first, in place, where prices move
    at each node in its own way or at all nodes alike; see `marching.marched`."""
    code = Code()
    kernel = _March(code, by_node, *(Number(code, WHOLE, f"%{each}") for each in SHAPE))
    kernel.written()
    return "declare double @llvm.fabs.f64(double)\n" + module(
        "march", ARGUMENTS, frozenset(SHAPE), code
    )


@dataclass(frozen=True)
class _March:
    code: Code
    by_node: bool
    steps: Number
    layers: Number
    columns: Number
    nodes: Number
    implicit: Number
    groups: Number

    # --- arrays

    def worth(self, name: str) -> Numbers:
        wide = self.nodes + 2
        return Numbers(self.code, REAL, f"%{name}", (wide * self.columns, wide, 1))

    def bands(self, name: str) -> Numbers:
        return Numbers(self.code, REAL, f"%{name}", (self.nodes, 1))

    def row(self, name: str, kind: str = REAL) -> Numbers:
        return Numbers(self.code, kind, f"%{name}", (1,))

    def by_layer(self, name: str) -> Numbers:
        return Numbers(self.code, WHOLE, f"%{name}", (self.nodes, 1))

    def by_entry(self, name: str, kind: str, inner: tuple[Number | int, ...]) -> Numbers:
        """`[entry, ..., step, node]`, with so many decisions and columns between."""
        wide: list[Number | int] = [1, self.nodes, self.nodes * self.steps]
        for size in reversed(inner):
            wide.append(whole(self.code, wide[-1]) * size)
        return Numbers(self.code, kind, f"%{name}", tuple(reversed(wide)))

    # --- a step

    def written(self) -> None:
        code = self.code
        done = Variable(code, whole(code, 0))
        with over(code, self.steps) as taken:
            number = self.steps - 1 - taken
            is_implicit = self.implicit.above(taken)
            share = is_implicit.choose(real(code, 1.0), real(code, 0.5))
            self.matrix(number, share)
            settled = self.known(share) * real(code, SETTLED)
            done.set(whole(code, 0))
            with (
                over(code, whole(code, 1 + ITERATIONS_MOST)) as iteration,
                code.where(done.get().below(1).name),
            ):
                self.act(number)
                goes_on = self.apart().above(settled) | iteration.below(1)
                goes_on = goes_on & iteration.below(ITERATIONS_MOST)
                done.set(goes_on.choose(whole(code, 0), whole(code, 1)))
                with code.where(goes_on.name):
                    self.solve()
                    self.release()

    def matrix(self, number: Number, share: Number) -> None:
        """The generator of a step, and the matrix whose solution is the values before it."""
        code = self.code
        first, second, generator, matrix = (self.bands(each) for each in BANDS)
        alike = None if self.by_node else self.moves(number, whole(code, 0))
        for band in range(3):
            one = real(code, 1.0 if band == 1 else 0.0)
            with over(code, self.nodes) as node:
                at = (band, node)
                drift, half = alike or self.moves(number, node)
                moved = drift * first[at] + half * second[at]
                generator.put(at, moved)
                matrix.put(at, one - share * moved)

    def moves(self, number: Number, node: Number) -> tuple[Number, Number]:
        """The drift of a step, and half its variance."""
        wide = (self.nodes if self.by_node else 1, 1)
        drift, variance = (
            Numbers(self.code, REAL, f"%{name}", wide)[number, node]
            for name in ("drift", "variance")
        )
        return drift, variance * real(self.code, 0.5)

    def known(self, share: Number) -> Number:
        """The right side of a step, and as values, from which who moves is guessed, those of an
        explicit step; gives the largest of the values."""
        code = self.code
        values, known, guess = (self.worth(each) for each in ("values", "known", "solution"))
        generator, rest = self.bands("generator"), real(code, 1.0) - share
        scale = Variable(code, real(code, 1e-300))
        for at, column in self.rows():
            with over(code, self.nodes) as node:
                value = values[at, column, node]
                scale.set(value.positive().most(scale.get()))
                moved = generator[1, node] * value
                moved = moved + generator[0, node] * values[at, column, node - 1]
                moved = moved + generator[2, node] * values[at, column, node + 1]
                known.put((at, column, node), value + rest * moved)
                guess.put((at, column, node), value + moved)
        for at, column in self.rows():
            with over(code, self.nodes) as node:
                values.put((at, column, node), guess[at, column, node])
        return scale.get()

    def rows(self) -> Iterator[tuple[Number, Number]]:
        """Each column of each layer."""
        with over(self.code, self.layers) as layer, over(self.code, self.columns) as column:
            yield layer, column

    def solve(self) -> None:
        """The tridiagonal system of each layer but the ended one, save where values are held."""
        code, matrix = self.code, self.bands("matrix")
        values, known, solution = (self.worth(each) for each in ("values", "known", "solution"))
        factor, inverse, marks = self.row("factor"), self.row("inverse"), self.by_layer("marks")
        zero, one = real(code, 0.0), real(code, 1.0)
        with over(code, self.layers - 1) as before:
            at = before + 1
            above, last = Variable(code, zero), Variable(code, zero)
            with over(code, self.nodes) as node:
                held = marks[at, node].differs(0)
                part = held.choose(zero, matrix[0, node] * last.get())
                pivot = matrix[1, node] - part * above.get()
                over_it = held.choose(one, one / pivot)
                factor.put((node,), part)
                inverse.put((node,), over_it)
                last.set(over_it)
                above.set(held.choose(zero, matrix[2, node]))
            with over(code, self.columns) as column:
                right = Variable(code, zero)
                with over(code, self.nodes) as node:
                    held = marks[at, node].differs(0)
                    free = known[at, column, node] - factor[(node,)] * right.get()
                    now = held.choose(values[at, column, node], free)
                    solution.put((at, column, node), now)
                    right.set(now)
                right.set(zero)
                with over(code, self.nodes) as back:
                    node = self.nodes - 1 - back
                    held, had = marks[at, node].differs(0), solution[at, column, node]
                    free = (had - matrix[2, node] * right.get()) * inverse[(node,)]
                    now = held.choose(had, free)
                    solution.put((at, column, node), now)
                    right.set(now)

    def release(self) -> None:
        """The solution, and at held nodes what waiting there would be worth."""
        code, matrix, marks = self.code, self.bands("matrix"), self.by_layer("marks")
        values, known, solution = (self.worth(each) for each in ("values", "known", "solution"))
        for at, column in self.rows():
            with over(code, self.nodes) as node:
                waiting = known[at, column, node]
                waiting = waiting - matrix[0, node] * solution[at, column, node - 1]
                waiting = waiting - matrix[2, node] * solution[at, column, node + 1]
                held = marks[at, node].differs(0)
                found = held.choose(waiting / matrix[1, node], solution[at, column, node])
                values.put((at, column, node), found)

    def apart(self) -> Number:
        """The largest difference of the values from the solution."""
        code, values, solution = self.code, self.worth("values"), self.worth("solution")
        found = Variable(code, real(code, 0.0))
        for at, column in self.rows():
            with over(code, self.nodes) as node:
                difference = values[at, column, node] - solution[at, column, node]
                found.set(difference.positive().most(found.get()))
        return found.get()

    # --- regions

    def act(self, number: Number) -> None:
        """What the regions make of the values, in place; a region sees what the ones after it
        left."""
        code, begins = self.code, self.row("begins", WHOLE)
        marks = self.by_layer("marks")
        with over(code, self.layers) as at, over(code, self.nodes) as node:
            marks.put((at, node), whole(code, 0))
        with over(code, self.groups) as group:
            begin, end = begins[(group,)], begins[(group + 1,)]
            with over(code, end - begin) as place:
                self.entry(number, begin + place, place)
            with over(code, end - begin) as place:
                self.left(begin + place, place)

    def entry(self, number: Number, entry: Number, place: Number) -> None:
        """What a region makes of one layer: first who acts, then what that is worth."""
        code, one = self.code, whole(self.code, 1)
        goes = Numbers(code, WHOLE, "%goes", (2, 1))
        waits, moves = goes[entry, 0], goes[entry, 1]
        unlike = Variable(code, whole(code, 0))
        unlike.set((waits.below(0) | moves.below(0)).choose(one, whole(code, 0)))
        with code.where(unlike.get().below(1).name):
            self.of_layers(number, entry, place, lambda decision, _: (waits, moves)[decision])
        with code.where(unlike.get().differs(0).name):
            after = self.by_entry("after", WHOLE, (2,))
            self.of_layers(
                number, entry, place, lambda decision, node: after[entry, decision, number, node]
            )

    def of_layers(
        self,
        number: Number,
        entry: Number,
        place: Number,
        after: Callable[[int, Number], Number],
    ) -> None:
        """The same, if it goes to such layers."""
        code = self.code
        values, spare = self.worth("values"), self.worth("spare")
        marks, spare_marks = self.by_layer("marks"), self.by_layer("spare_marks")
        paid, still = (
            self.by_entry("paid", REAL, (2, self.columns)),
            self.by_entry("still", "i8", ()),
        )
        own, sign = self.row("column", WHOLE)[(entry,)], self.row("sign")[(entry,)]
        takes = self.row("takes", "i8")[(entry,)].differs(0)
        layer, twice = self.row("layer", WHOLE)[(entry,)], self.row("name", WHOLE)[(entry,)] * 2

        def worth(decision: int, column: Number, node: Number) -> Number:
            there = values[after(decision, node), column, node]
            return paid[entry, decision, column, number, node] + there

        with over(code, self.nodes) as node:
            gain = sign * (worth(1, own, node) - worth(0, own, node))
            taken = gain.above(real(code, 0.0)) & takes
            acted = still[entry, number, node].differs(0)
            mark = acted.choose(marks[layer, node], twice - 1)
            spare_marks.put((place, node), taken.choose(twice, mark))
        with over(code, self.columns) as column, over(code, self.nodes) as node:
            taken = spare_marks[place, node].equals(twice)
            spare.put(
                (place, column, node),
                taken.choose(worth(1, column, node), worth(0, column, node)),
            )

    def left(self, entry: Number, place: Number) -> None:
        """Keeps what a region made of a layer."""
        code, layer = self.code, self.row("layer", WHOLE)[(entry,)]
        values, spare = self.worth("values"), self.worth("spare")
        marks, spare_marks = self.by_layer("marks"), self.by_layer("spare_marks")
        with over(code, self.nodes) as node:
            marks.put((layer, node), spare_marks[place, node])
        with over(code, self.columns) as column, over(code, self.nodes) as node:
            values.put((layer, column, node), spare[place, column, node])
