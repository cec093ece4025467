"""From the core to the path program."""

from collections.abc import Callable
from dataclasses import field, replace
from functools import lru_cache
from typing import assert_never

from rfos_lang.base import fixed, instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.core.meaning import rank_of
from rfos_lang.core.program import (
    FALSE,
    Action,
    Apply,
    Assign,
    Backward,
    Binary,
    Bind,
    Carried,
    Choice,
    Clause,
    Column,
    Combine,
    Constant,
    End,
    Expression,
    Feed,
    Local,
    Power,
    Program,
    Require,
    Risk,
    Select,
    Sort,
    State,
    Store,
    Stored,
    Term,
    Timed,
    Transfer,
    Unary,
    Watch,
)
from rfos_lang.path import continuous
from rfos_lang.path.program import (
    ALIVE,
    CROSSINGS,
    KINKS,
    LEAVES_OF_SETUP,
    ONE,
    ZERO,
    Monitoring,
    Node,
    Operation,
    PathProgram,
    Payment,
    Region,
    Worth,
    add,
    blend,
    complement,
    constant,
    either,
    in_order,
    multiply,
    subtract,
)


def as_float(value: int, sort: Sort) -> float:
    """A core integer as the path program's binary64; an instant in seconds since 1970."""
    match sort:
        case Sort.NUMBER:
            return value / fixed.ONE
        case Sort.TRUTH:
            return float(value)
        case Sort.INSTANT:
            return value / instant.SECOND
        case _:
            assert_never(sort)


@lru_cache(maxsize=64)
def lowered(
    program: Program, reporting: int, diffusing: frozenset[int] = frozenset()
) -> PathProgram:
    """The path program of a contract.

    `reporting` is the slot of the asset in which values are told. `diffusing` are the feed slots
    that the model moves continuously: a watch on one of them is read in continuous time; with
    none, every step of the timeline is a tick and nothing else is (what `core.meaning` does).
    Raises Refused E0650 for a payment whose date is kept in a state, E0658 for a choice of how much
    or how often.
    """
    for clause in program.clauses:
        if isinstance(clause, Choice) and clause.is_facility:
            party = program.parties[clause.party]
            raise Refused("E0658", contract=program.name, party=party, choice=clause.name)
    return _Lowering(program, reporting, diffusing).program()


@dataclass(slots=True)
class _Scope:
    """The values in force at one place of a clause's actions, given that this place is reached.

    `alive` is relative to the branch: 1 until an `End`.
    """

    states: dict[int, Node]
    feeds: dict[int, Node] = field(default_factory=dict)
    alive: Node = ONE
    feasible: Node = ONE
    locals: dict[int, Node] = field(default_factory=dict)
    bound: dict[int, Expression] = field(default_factory=dict)
    stored: dict[int, Node] = field(default_factory=dict)
    payments: list[Payment] = field(default_factory=list)
    memo: dict[Expression, Node] = field(default_factory=dict)

    def fork(self) -> "_Scope":
        return _Scope(dict(self.states), dict(self.feeds))


@dataclass(slots=True)
class _Lowering:
    origin: Program
    reporting: int
    diffusing: frozenset[int]
    worths: list[Worth] = field(default_factory=list)
    quotes: list[int] = field(default_factory=list)
    monitoring: list[tuple[int, Monitoring]] = field(default_factory=list)
    pays_at_crossing: bool = False
    carried: list[str] = field(default_factory=lambda: ["alive"])
    state_slots: tuple[int, ...] = ()
    open_slots: dict[int, int] = field(default_factory=dict)
    value_slots: dict[int, int] = field(default_factory=dict)
    clause: int = 0

    def program(self) -> PathProgram:
        self.carry()
        order = sorted(enumerate(self.origin.clauses), key=lambda pair: rank_of(pair[1]))
        step = tuple(self.region(index, clause) for index, clause in order)
        every = in_order(node for region in step for node in region.nodes)
        setup = tuple(node for node in every if _only_terms(node))
        hoisted = frozenset(setup)
        step = tuple(
            replace(region, nodes=tuple(n for n in region.nodes if n not in hoisted))
            for region in step
        )
        return PathProgram(
            setup=setup,
            step=step,
            carried=tuple(self.carried),
            states=self.state_slots,
            once=tuple(self.open_slots.items()),
            values=tuple(self.value_slots.values()),
            parties=tuple(self.value_slots),
            kinks=tuple(n for n in every if n.operation in KINKS and n not in hoisted),
            worths=tuple(self.worths),
            quotes=tuple(self.quotes),
            monitoring=tuple(self.monitoring),
            pays_at_crossing=self.pays_at_crossing,
            crisp=not any(node.operation in CROSSINGS for node in every),
        )

    def carry(self) -> None:
        """Gives every value that a step hands to the next its slot."""
        self.state_slots = tuple(self.slot(state.name) for state in self.origin.states)
        for index, clause in enumerate(self.origin.clauses):
            if isinstance(clause, Choice) or (isinstance(clause, Watch) and not clause.repeats):
                self.open_slots[index] = self.slot(f"clause {index} is still to come")
        choosers = {c.party for c in self.origin.clauses if isinstance(c, Choice)}
        for party in sorted({0} | choosers):
            self.value_slots[party] = self.slot(f"value to {self.origin.parties[party]}")

    def slot(self, name: str) -> int:
        self.carried.append(name)
        return len(self.carried) - 1

    # --- clauses

    def region(self, index: int, clause: Clause) -> Region:
        self.clause = index
        scope = _Scope({s: _carried(slot) for s, slot in enumerate(self.state_slots)})
        match clause:
            case Timed(actions=actions):
                self.act(scope, actions)
                return self.closed(scope, ((ONE, scope),), {})
            case Watch():
                return self.watch(scope, clause)
            case Choice():
                return self.choice(scope, clause)
            case _:
                assert_never(clause)

    def watch(self, scope: _Scope, watch: Watch) -> Region:
        reading = continuous.reading(watch, self.diffusing)
        if reading is not None:
            self.monitoring.append((self.clause, reading))
        bridged = reading is Monitoring.BRIDGE
        condition = self.condition(watch.condition, scope, bridged)
        body = scope.fork()
        if bridged and (level := continuous.only_level(watch)) is not None:
            feed, expression = level
            at_level = self.value(expression, scope)
            now = Node(Operation.FEED, slot=feed)
            body.feeds[feed] = blend(Node(Operation.MOVING), at_level, now)
        self.act(body, watch.actions, bridged=bridged)
        if watch.repeats:
            return self.closed(scope, ((condition, body),), {})
        self.pays_at_crossing |= bridged and bool(body.payments)
        if ZERO in (body.alive, self.lives(body)):
            # While the contract is alive this has not happened: `alive` is weight enough. A weight
            # of its own would be the same chance, counted twice.
            return self.closed(scope, ((condition, body),), {})
        to_come = self.open_slots[self.clause]
        fires = multiply(_carried(to_come), condition)
        left = multiply(_carried(to_come), complement(condition))
        return self.closed(scope, ((fires, body),), {to_come: left})

    def choice(self, scope: _Scope, choice: Choice) -> Region:
        to_come = self.open_slots[self.clause]
        taken, passed = scope.fork(), scope.fork()
        taken.feasible = self.lives(scope)
        self.act(taken, choice.actions)
        self.act(passed, choice.otherwise, counted_from=len(choice.actions))
        decision = multiply(taken.feasible, Node(Operation.DECISION, slot=self.clause))
        takes = multiply(_carried(to_come), decision)
        passes = multiply(_carried(to_come), Node(Operation.FALLS_DUE))
        left = multiply(_carried(to_come), complement(decision))
        branches = ((takes, taken), (passes, passed))
        return self.closed(
            scope, branches, {to_come: left}, taken.feasible, ends=taken.alive is ZERO
        )

    def closed(
        self,
        scope: _Scope,
        branches: tuple[tuple[Node, _Scope], ...],
        carries: dict[int, Node],
        feasible: Node | None = None,
        ends: bool = False,
    ) -> Region:
        """Joins the branches, the first that applies winning, and closes the region."""
        carries = dict(carries)
        alive = _carried(ALIVE)
        for state, slot in enumerate(self.state_slots):
            _carry_on(carries, slot, self.state(branches, state))
        _carry_on(carries, ALIVE, multiply(alive, _joined(branches, lambda b: b.alive, ONE)))
        tables = sorted({table for _, branch in branches for table in branch.stored})
        stores = tuple((table, self.store(branches, table)) for table in tables)
        payments = self.payments(branches, alive)
        for party, slot in self.value_slots.items():
            _carry_on(carries, slot, self.value_to(party, payments, _carried(slot)))
        outputs = [node for _, node in (*carries.items(), *stores)]
        outputs += [node for p in payments for node in (p.amount, p.weight, p.worth)]
        if feasible is not None:
            outputs.append(feasible)
        return Region(
            self.clause,
            in_order(outputs),
            tuple(carries.items()),
            stores,
            payments,
            feasible,
            ends,
        )

    def state(self, branches: tuple[tuple[Node, _Scope], ...], state: int) -> Node:
        before = _carried(self.state_slots[state])
        return _joined(branches, lambda branch: branch.states[state], before)

    def store(self, branches: tuple[tuple[Node, _Scope], ...], table: int) -> Node:
        old = Node(Operation.STORED, slot=table)
        return _joined(branches, lambda branch: branch.stored.get(table, old), old)

    def payments(
        self, branches: tuple[tuple[Node, _Scope], ...], alive: Node
    ) -> tuple[Payment, ...]:
        """The branches' payments, each weighted by the chance that its branch is reached."""
        result, reached = [], alive
        for weight, branch in branches:
            here = multiply(reached, weight)
            result += [replace(p, weight=multiply(here, p.weight)) for p in branch.payments]
            reached = multiply(reached, complement(weight))
        return tuple(result)

    def value_to(self, party: int, payments: tuple[Payment, ...], before: Node) -> Node:
        total = before
        for payment in payments:
            paid = blend(payment.weight, payment.amount, ZERO)
            worth = multiply(paid, payment.worth)
            if payment.payee == party:
                total = add(total, worth)
            if payment.payer == party:
                total = subtract(total, worth)
        return total

    # --- actions

    def act(
        self,
        scope: _Scope,
        actions: tuple[Action, ...],
        counted_from: int = 0,
        bridged: bool = False,
    ) -> None:
        for number, action in enumerate(actions, counted_from):
            if scope.alive is ZERO:
                return
            self.action(scope, action, number, bridged)
            scope.memo.clear()

    def lives(self, scope: _Scope) -> Node:
        """The weight with which the contract within the contract, whose clause this is, lives."""
        lives = self.origin.clauses[self.clause].lives
        return ONE if lives is None else scope.states[lives]

    def action(self, scope: _Scope, action: Action, number: int, bridged: bool) -> None:
        lives = self.lives(scope)
        match action:
            case Bind(local=local, value=value):
                scope.bound[local] = value
                scope.locals[local] = self.value(value, scope)
            case Assign(state=state, value=value, guard=guard) if self.is_end(action):
                scope.states[state] = multiply(lives, complement(self.value(guard, scope)))
            case Assign(state=state, value=value, guard=guard):
                weight = multiply(lives, self.value(guard, scope))
                after = self.assigned(value, scope, state, bridged)
                scope.states[state] = blend(weight, after, scope.states[state])
            case Store(table=table, value=value):
                before = scope.stored.get(table, Node(Operation.STORED, slot=table))
                scope.stored[table] = blend(lives, self.value(value, scope), before)
            case Transfer():
                scope.payments.append(self.transfer(scope, action, number, bridged))
            case End(guard=guard):
                ends = multiply(lives, self.value(guard, scope))
                scope.alive = multiply(scope.alive, complement(ends))
            case Require(condition=condition, guard=guard):
                asked = multiply(lives, self.value(guard, scope))
                holds = blend(asked, self.value(condition, scope), ONE)
                scope.feasible = multiply(scope.feasible, holds)
            case _:
                assert_never(action)

    def is_end(self, assign: Assign) -> bool:
        """Whether an assignment ends the contract within the contract that it belongs to."""
        lives = self.origin.clauses[self.clause].lives
        return assign.state == lives and assign.value is FALSE

    def assigned(self, value: Expression, scope: _Scope, state: int, bridged: bool) -> Node:
        """An assigned value; `x or condition`, assigned at every tick to x, may be a crossing."""
        condition = continuous.accumulated(value, state) if bridged else None
        if condition is None:
            return self.value(value, scope)
        return either(scope.states[state], self.condition(condition, scope, True))

    def transfer(self, scope: _Scope, transfer: Transfer, number: int, bridged: bool) -> Payment:
        return Payment(
            transfer.payer,
            transfer.payee,
            transfer.asset,
            self.clause,
            number,
            self.value(transfer.amount, scope),
            multiply(multiply(scope.alive, self.lives(scope)), self.value(transfer.guard, scope)),
            self.worth(scope, transfer.asset, transfer.due, bridged),
        )

    # --- what a payment is worth

    def worth(self, scope: _Scope, asset: int, due: Expression | None, between: bool) -> Node:
        factor = self.factor(scope, asset, due, between)
        return factor if asset == self.reporting else multiply(factor, self.quote(scope, asset))

    def factor(self, scope: _Scope, asset: int, due: Expression | None, between: bool) -> Node:
        match due:
            case None:
                return self.row(Worth(asset, between=between))
            case Term(slot=slot):
                return self.row(Worth(asset, term=slot))
            case Column(slot=slot):
                return self.row(Worth(asset, column=slot))
            case Constant(value=value):
                return self.row(Worth(asset, instant=value))
            case Local(slot=slot):
                return self.factor(scope, asset, scope.bound[slot], between)
            case Select(condition=condition, chosen=chosen, otherwise=otherwise):
                return blend(
                    self.value(condition, scope),
                    self.factor(scope, asset, chosen, between),
                    self.factor(scope, asset, otherwise, between),
                )
            case _:
                raise Refused("E0650", contract=self.origin.name)

    def row(self, worth: Worth) -> Node:
        if worth not in self.worths:
            self.worths.append(worth)
        return Node(Operation.WORTH, slot=self.worths.index(worth))

    def quote(self, scope: _Scope, asset: int) -> Node:
        for slot, feed in enumerate(self.origin.feeds):
            if feed.kind == "spot" and feed.assets == (asset, self.reporting):
                return self.value(Feed(slot), scope)
        if asset not in self.quotes:
            self.quotes.append(asset)
        return Node(Operation.QUOTE, slot=asset)

    # --- expressions

    def condition(self, expression: Expression, scope: _Scope, bridged: bool) -> Node:
        """A condition on a tick, its comparisons with a level read as crossings if `bridged`."""
        crossing = continuous.crossing(expression) if bridged else None
        if crossing is not None:
            operation = Operation.FELL_TO if crossing.falling else Operation.ROSE_TO
            return Node(operation, (self.value(crossing.level, scope),), slot=crossing.feed)
        match expression:
            case Combine(operator=Binary.OR, left=left, right=right):
                first = self.condition(left, scope, bridged)
                return either(first, self.condition(right, scope, bridged))
            case Combine(operator=Binary.AND, left=left, right=right):
                first = self.condition(left, scope, bridged)
                return multiply(first, self.condition(right, scope, bridged))
            case _:
                return self.value(expression, scope)

    def value(self, expression: Expression, scope: _Scope) -> Node:
        if expression not in scope.memo:
            scope.memo[expression] = self.translated(expression, scope)
        return scope.memo[expression]

    def translated(self, expression: Expression, scope: _Scope) -> Node:
        match expression:
            case Constant(value=value, sort=sort):
                return constant(as_float(value, sort))
            case Term(slot=slot):
                return Node(Operation.TERM, slot=slot)
            case Column(slot=slot):
                return Node(Operation.COLUMN, slot=slot)
            case Feed(slot=slot):
                return scope.feeds.get(slot) or Node(Operation.FEED, slot=slot)
            case State(slot=slot):
                return scope.states[slot]
            case Stored(table=table, offset=offset):
                if offset == 0 and table in scope.stored:
                    return scope.stored[table]
                return Node(Operation.STORED, slot=table, offset=offset)
            case Local(slot=slot):
                return scope.locals[slot]
            case Apply(operator=operator, operand=operand):
                return _applied(operator, self.value(operand, scope))
            case Combine():
                return self.combined(expression, scope)
            case Power(base=base, exponent=exponent):
                return Node(Operation.POWER, (self.value(base, scope),), slot=exponent)
            case Select(condition=condition, chosen=chosen, otherwise=otherwise):
                weight, first = self.value(condition, scope), self.value(chosen, scope)
                return blend(weight, first, self.value(otherwise, scope))
            case Backward() | Carried():
                raise Refused("E0657", contract=self.origin.name)
            case Risk():
                raise AssertionError("a risk measure outside a rule")
            case _:
                assert_never(expression)

    def combined(self, expression: Combine, scope: _Scope) -> Node:
        left, right = self.value(expression.left, scope), self.value(expression.right, scope)
        if expression.operator is Binary.EQUAL:
            if self.sort(expression.left, scope) is Sort.TRUTH:
                return blend(left, right, complement(right))
            return Node(Operation.EQUAL, (left, right))
        return _combined(expression.operator, left, right)

    def sort(self, expression: Expression, scope: _Scope) -> Sort:
        match expression:
            case Constant(sort=sort):
                return sort
            case Term(slot=slot):
                return self.origin.terms[slot].sort
            case Column(slot=slot):
                return self.origin.columns[slot].sort
            case Feed(slot=slot):
                return self.origin.feeds[slot].sort
            case State(slot=slot):
                return self.origin.states[slot].sort
            case Local(slot=slot):
                return self.sort(scope.bound[slot], scope)
            case Select(chosen=chosen):
                return self.sort(chosen, scope)
            case Apply(operator=Unary.NOT):
                return Sort.TRUTH
            case Combine(operator=operator, left=left):
                return Sort.TRUTH if operator in _TRUTHS else self.sort(left, scope)
            case _:
                return Sort.NUMBER


_TRUTHS = frozenset({Binary.LESS, Binary.LESS_OR_EQUAL, Binary.EQUAL, Binary.AND, Binary.OR})


def _applied(operator: Unary, operand: Node) -> Node:
    match operator:
        case Unary.NEGATE:
            return Node(Operation.NEGATE, (operand,))
        case Unary.ABSOLUTE:
            return Node(Operation.ABSOLUTE, (operand,))
        case Unary.NOT:
            return complement(operand)
        case Unary.LOGARITHM | Unary.EXPONENTIAL | Unary.SQUARE_ROOT:
            return Node(Operation(operator.value), (operand,))
        case _:
            assert_never(operator)


def _combined(operator: Binary, left: Node, right: Node) -> Node:
    match operator:
        case Binary.ADD:
            return add(left, right)
        case Binary.SUBTRACT:
            return subtract(left, right)
        case Binary.MULTIPLY:
            return multiply(left, right)
        case Binary.AND:
            return multiply(left, right)
        case Binary.OR:
            return either(left, right)
        case _:
            return Node(Operation(operator.value), (left, right))


def _joined(
    branches: tuple[tuple[Node, "_Scope"], ...], read: Callable[["_Scope"], Node], otherwise: Node
) -> Node:
    """What the first branch that applies says, or else `otherwise`."""
    result = otherwise
    for weight, branch in reversed(branches):
        result = blend(weight, read(branch), result)
    return result


def _carry_on(carries: dict[int, Node], slot: int, value: Node) -> None:
    if value is not _carried(slot):
        carries[slot] = value


def _carried(slot: int) -> Node:
    return Node(Operation.CARRY, slot=slot)


def _only_terms(node: Node) -> bool:
    if node.operands and node.operation not in CROSSINGS:
        return all(_only_terms(operand) for operand in node.operands)
    return node.operation in LEAVES_OF_SETUP
