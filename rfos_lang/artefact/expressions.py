"""Expressions of the settlement arithmetic as WebAssembly, evaluated as `core.meaning` evaluates
them: left to right, shared nodes once, only the arm of a `Select` that is taken.

A truth is an I32, a number or an instant two I64 words. An expression that fails leaves a block
with a status. A node that is shared and stands in an arm is evaluated before the root, and its
failure kept as a status of its own until somebody needs the node: so that code grows with the
number of nodes, not of paths.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import TypeAlias, assert_never

from rfos_lang.artefact import exponential, settlement
from rfos_lang.artefact.assembly import I32, I64, Function, Label, Value
from rfos_lang.artefact.blocks import Shape
from rfos_lang.artefact.schedules import instant_of
from rfos_lang.artefact.settlement import Settlement, Wide
from rfos_lang.base.fixed import ONE
from rfos_lang.base.records import dataclass
from rfos_lang.core.meaning import Status
from rfos_lang.core.program import (
    Apply,
    Backward,
    Binary,
    Carried,
    Column,
    Combine,
    Constant,
    Expression,
    Feed,
    Local,
    Power,
    Program,
    Select,
    Sort,
    State,
    Stored,
    Term,
    Unary,
)

Result: TypeAlias = Value | Wide


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a failing expression goes, and the variable that says why."""

    label: Label
    status: Value


@dataclass(frozen=True, slots=True)
class Speculated:
    """A result that counts only if its status is 0."""

    result: Result
    status: Value


@dataclass(frozen=True, slots=True)
class Pointers:
    """Where an instance lies in memory; `event` is None at its start, which observes nothing."""

    terms: Value
    standing: Value
    event: Value | None


@dataclass(slots=True)
class Frame:
    """One function that evaluates expressions of an instance at an occurrence of a clause, along
    its `schedule` if it has one."""

    function: Function
    library: Settlement
    program: Program
    shape: Shape
    at: Pointers
    occurrence: Value
    failure: Failure
    schedule: int | None = None
    locals: dict[int, Result] = field(default_factory=dict)
    _known: dict[Expression, Result | Speculated] = field(default_factory=dict)

    # --- results

    def truth(self, expression: Expression) -> Value:
        """The value of a TRUTH, an I32."""
        return _as_truth(self.value(expression))

    def wide(self, expression: Expression) -> Wide:
        """The value of a NUMBER or an INSTANT."""
        return self._as_wide(self.value(expression))

    def value(self, expression: Expression) -> Result:
        """The value of an expression in the present state."""
        kept: list[Value] = []
        with self.function.scratch(kept), self._scope():
            for node in _shared_in_arms(expression):
                self._speculate(node)
            result = self._evaluated(expression)
            kept += _words(result)
        return result

    def fail(self, status: int) -> None:
        """Leaves with a status."""
        self.function.set(self.failure.status, status)
        self.function.branch(self.failure.label)

    def fail_if(self, condition: Value, status: int) -> None:
        """Leaves with a status if the condition holds."""
        with self.function.when(condition):
            self.fail(status)

    def fail_with(self, status: Value) -> None:
        """Leaves with a status unless it is OK."""
        self.function.set(self.failure.status, status)
        self.function.branch_if(status, self.failure.label)

    def row(self, block: Value, directory: int, offset: int = 0) -> Value:
        """The address of a column's or a table's row at the occurrence plus an offset; `directory`
        is where the terms say how far into the block the rows begin."""
        place = self.function.load(I32, self.at.terms, directory)
        return block + place + ((self.occurrence + offset) << 4)

    # --- order

    @contextmanager
    def _scope(self) -> Iterator[None]:
        """What becomes known inside is known only there: elsewhere it may not have been
        evaluated."""
        before = self._known
        self._known = dict(before)
        yield
        self._known = before

    def _speculate(self, node: Expression) -> None:
        status = self.function.variable(I32)
        outer = self.failure
        with self._scope(), self.function.block() as label:
            self.failure = Failure(label, status)
            result = self._evaluated(node)
        self.failure = outer
        self._known[node] = Speculated(result, status)

    def _evaluated(self, root: Expression) -> Result:
        """Writes the root after all that it needs; keeps its own stack, for expressions may be
        deep."""
        stack = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if node in self._known:
                self._demand(node)
            elif ready or not (operands := _operands(node)):
                self._known[node] = self._written(node)
            else:
                stack.append((node, True))
                stack.extend((operand, False) for operand in reversed(operands))
        return self._result(root)

    def _demand(self, node: Expression) -> None:
        known = self._known[node]
        if isinstance(known, Speculated):
            self.fail_with(known.status)
            self._known[node] = known.result

    def _result(self, node: Expression) -> Result:
        result = self._known[node]
        assert not isinstance(result, Speculated)
        return result

    # --- nodes

    def _written(self, node: Expression) -> Result:
        kept: list[Value] = []
        with self.function.scratch(kept):
            result = self._instructions(node)
            kept += _words(result)
        return result

    def _instructions(self, node: Expression) -> Result:
        match node:
            case Apply(operator=operator, operand=operand):
                return self._applied(operator, self._result(operand))
            case Combine(operator=operator, left=left, right=right):
                return self._combined(operator, self._result(left), self._result(right))
            case Power(base=base, exponent=exponent):
                return self._power(self._as_wide(self._result(base)), exponent)
            case Select(condition=condition, chosen=chosen, otherwise=otherwise):
                return self._selected(_as_truth(self._result(condition)), chosen, otherwise)
            case Backward(since=since, last=last):
                first, value = self._as_wide(self._result(since)), self._as_wide(self._result(last))
                return self._backward(node, first, value)
            case Constant(value=value, sort=sort):
                return self._constant(value, sort)
            case _:
                return self._read(node)

    def _read(self, leaf: Expression) -> Result:
        program, shape, at = self.program, self.shape, self.at
        match leaf:
            case Term(slot=slot):
                return _loaded(at.terms, shape.term(slot), program.terms[slot].sort)
            case Column(slot=slot):
                row = self.row(at.terms, shape.column(slot))
                return _loaded(row, 0, program.columns[slot].sort)
            case Stored(table=table, offset=offset):
                return settlement.load_wide(self.row(at.standing, shape.table(table), offset))
            case State(slot=slot):
                return _loaded(at.standing, shape.state(slot), program.states[slot].sort)
            case Local(slot=slot):
                return self.locals[slot]
            case Feed(slot=slot):
                return self._observed(slot)
            case _:
                raise AssertionError("a risk measure outside a rule")

    def _observed(self, feed: int) -> Result:
        event = self.at.event
        if event is None:
            self.fail(Status.WAITING)
            return self._constant(0, self.program.feeds[feed].sort)
        known = self.function.load(I64, event, self.shape.known(feed // 64))
        missing = (known >> feed % 64).unary("narrow") & 1 ^ 1
        if self.program.feeds[feed].aspect.is_dated and self.schedule is not None:
            missing = missing | (self._due(self.schedule) < self.function.load(I64, event))
        self.fail_if(missing, Status.WAITING)
        return _loaded(event, self.shape.observation(feed), self.program.feeds[feed].sort)

    def _due(self, schedule: int) -> Value:
        """The instant of the occurrence of the clause that acts."""
        place = self.function.load(I32, self.at.terms, self.shape.schedule(schedule))
        return instant_of(self.at.terms, place, self.occurrence)

    def _constant(self, value: int, sort: Sort) -> Result:
        if sort is Sort.TRUTH:
            return self.function.constant(I32, value)
        return settlement.wide_constant(self.function, value)

    def _selected(self, condition: Value, chosen: Expression, otherwise: Expression) -> Result:
        kept: list[Result] = []

        def arm(expression: Expression) -> None:
            with self._scope():
                result = self._evaluated(expression)
            if not kept:
                kept.append(self._variable_like(result))
            self._keep(kept[0], result)

        self.function.branches(condition, lambda: arm(chosen), lambda: arm(otherwise))
        return kept[0]

    def _variable_like(self, result: Result) -> Result:
        if isinstance(result, Wide):
            return settlement.wide_variable(self.function)
        return self.function.variable(I32)

    def _keep(self, variable: Result, result: Result) -> None:
        if isinstance(variable, Wide):
            settlement.set_wide(variable, self._as_wide(result))
        else:
            self.function.set(variable, _as_truth(result))

    def _backward(self, recursion: Backward, since: Wide, last: Wide) -> Wide:
        """The last value carried back, row by row, to the first instant after `since`. What the
        step needs is written anew inside: outside it may stand at another occurrence."""
        function, terms = self.function, self.at.terms
        entry = self.shape.schedule(recursion.schedule)
        first = terms + function.load(I32, terms, entry)
        row = function.variable(I32, function.load(I32, terms, entry + 4))
        carried = settlement.wide_variable(function)
        settlement.set_wide(carried, last)
        with function.block() as done, function.loop() as again:
            function.branch_if(row.equals(0), done)
            function.set(row, row - 1)
            instant = function.load(I64, first + (row << 3))
            function.branch_if(instant <= since.low, done)
            outer, self.occurrence = self.occurrence, row
            with self._scope():
                self._known = {Carried(): carried}
                settlement.set_wide(carried, self.wide(recursion.step))
            self.occurrence = outer
            function.branch(again)
        return carried

    # --- operators

    def _applied(self, operator: Unary, operand: Result) -> Result:
        match operator:
            case Unary.NOT:
                return _as_truth(operand) ^ 1
            case Unary.NEGATE:
                return self._unless_overflow(settlement.negate(self._as_wide(operand)))
            case Unary.ABSOLUTE:
                return self._unless_overflow(settlement.absolute(self._as_wide(operand)))
            case Unary.LOGARITHM | Unary.EXPONENTIAL | Unary.SQUARE_ROOT:
                called = _FUNCTIONS[operator](self.library, self.function, self._as_wide(operand))
                return self._unless_failed(called)
            case _:
                assert_never(operator)

    def _combined(self, operator: Binary, left: Result, right: Result) -> Result:
        if operator is Binary.AND:
            return _as_truth(left) & _as_truth(right)
        if operator is Binary.OR:
            return _as_truth(left) | _as_truth(right)
        return self._combined_wide(operator, self._as_wide(left), self._as_wide(right))

    def _combined_wide(self, operator: Binary, left: Wide, right: Wide) -> Result:
        match operator:
            case Binary.ADD:
                return self._unless_overflow(settlement.add(left, right))
            case Binary.SUBTRACT:
                return self._unless_overflow(settlement.subtract(left, right))
            case Binary.MULTIPLY:
                return self._unless_failed(self.library.multiply(self.function, left, right))
            case Binary.DIVIDE:
                return self._unless_failed(self.library.divide(self.function, left, right))
            case Binary.RAISE:
                return self._unless_failed(
                    exponential.raised(self.library, self.function, left, right)
                )
            case Binary.ROUND:
                return self._unless_failed(
                    exponential.rounded_to(self.library, self.function, left, right)
                )
            case Binary.MINIMUM:
                return settlement.select_wide(settlement.less(right, left), right, left)
            case Binary.MAXIMUM:
                return settlement.select_wide(settlement.less(left, right), right, left)
            case Binary.LESS:
                return settlement.less(left, right)
            case Binary.LESS_OR_EQUAL:
                return settlement.less(right, left) ^ 1
            case Binary.EQUAL:
                return settlement.equal(left, right)
            case _:
                raise AssertionError(f"{operator} joins truths")

    def _power(self, base: Wide, exponent: int) -> Wide:
        """As `fixed.power`, less the products with 1 at its beginning, which are exact."""
        one = settlement.wide_constant(self.function, ONE)
        result = base if exponent else one
        for bit in bin(abs(exponent))[3:]:
            result = self._times(result, result)
            if bit == "1":
                result = self._times(result, base)
        if exponent < 0:
            return self._unless_failed(self.library.divide(self.function, one, result))
        return result

    def _times(self, left: Wide, right: Wide) -> Wide:
        return self._unless_failed(self.library.multiply(self.function, left, right))

    def _unless_overflow(self, outcome: tuple[Wide, Value]) -> Wide:
        result, overflows = outcome
        self.fail_if(overflows, Status.OVERFLOW)
        return result

    def _unless_failed(self, outcome: tuple[Wide, Value]) -> Wide:
        result, status = outcome
        self.fail_with(status)
        return result

    def _as_wide(self, result: Result) -> Wide:
        if isinstance(result, Wide):
            return result
        return Wide(result.unary("widen"), self.function.constant(I64, 0))


_FUNCTIONS = {
    Unary.LOGARITHM: exponential.logarithm,
    Unary.EXPONENTIAL: exponential.exponential,
    Unary.SQUARE_ROOT: exponential.square_root,
}


def _words(result: Result) -> list[Value]:
    return [result.low, result.high] if isinstance(result, Wide) else [result]


def _as_truth(result: Result) -> Value:
    return result.low.unary("narrow") if isinstance(result, Wide) else result


def _loaded(block: Value, offset: int, sort: Sort) -> Result:
    if sort is Sort.TRUTH:
        return block.function.load(I32, block, offset)
    return settlement.load_wide(block, offset)


def _operands(node: Expression) -> tuple[Expression, ...]:
    """What is evaluated before a node in any case, in order."""
    match node:
        case Apply(operand=operand):
            return (operand,)
        case Combine(left=left, right=right):
            return left, right
        case Power(base=base):
            return (base,)
        case Select(condition=condition):
            return (condition,)
        case Backward(since=since, last=last):
            return (since, last)
        case _:
            return ()


def _arms(node: Expression) -> tuple[Expression, ...]:
    return (node.chosen, node.otherwise) if isinstance(node, Select) else ()


def _shared_in_arms(root: Expression) -> tuple[Expression, ...]:
    """The nodes that several others need and that stand, at least once, in an arm of a `Select`;
    each after those within it."""
    users: dict[Expression, int] = {}
    in_arms: set[Expression] = set()
    order: dict[Expression, None] = {}
    stack = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order[node] = None
            continue
        users[node] = users.get(node, 0) + 1
        if users[node] > 1:
            continue
        stack.append((node, True))
        stack.extend((child, False) for child in (*_operands(node), *_arms(node)))
    for node in reversed(order):
        inside = _operands(node) if node in in_arms else ()
        in_arms.update(inside, _arms(node))
    return tuple(n for n in order if users[n] > 1 and n in in_arms and _operands(n))
