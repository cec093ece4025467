"""Expressions of the core as terms for the prover, in the state that a walk has come to."""

from bisect import bisect_right
from dataclasses import field
from fractions import Fraction
from typing import Any, assert_never

import z3

from rfos_lang.analysis.interval import (
    Interval,
    Unbounded,
    applied_within,
    combined_within,
)
from rfos_lang.analysis.linear import (
    ULP,
    Arithmetic,
    Number,
    Truth,
    both,
    either,
    key_of,
    known,
    minus,
    negated,
    where,
    z3_of,
)
from rfos_lang.base import fixed
from rfos_lang.base.feed import Aspect
from rfos_lang.base.records import dataclass
from rfos_lang.core.operators import applied, combined
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
    Risk,
    Select,
    Sort,
    State,
    Stored,
    Term,
    Terms,
    Unary,
)

_COMPARISONS = (Binary.LESS, Binary.LESS_OR_EQUAL, Binary.EQUAL)


@dataclass(frozen=True, slots=True)
class Division:
    """A divisor that may be zero, and the laws laid down before it was said not to be."""

    moment: int
    clause: int
    expression: Expression
    guard: Truth
    divisor: Number
    laws: int


@dataclass(slots=True)
class Values:
    """What leaves are at this point of the walk, and the laws of what was made of them."""

    program: Program
    terms: Terms
    arithmetic: Arithmetic = field(default_factory=Arithmetic)
    divisions: list[Division] = field(default_factory=list)
    observed: list[list[Any]] = field(default_factory=list)
    states: list[Any] = field(default_factory=list)
    tables: list[list[Number]] = field(default_factory=list)
    there: dict[tuple[str, int], Truth] = field(default_factory=dict)
    now: int = 0
    clause: int = 0
    occurrence: int = 0
    carried: Any = None
    active: Truth = True
    locals: dict[int, Any] = field(default_factory=dict)

    def law(self, truth: Any) -> None:
        self.arithmetic.laws.append(truth)

    def present(self, slot: int) -> Truth:
        """Whether a feed shows anything at this moment. Events of the world may not have been
        resolved; prices are always there."""
        feed, key = self.program.feeds[slot], (self.terms.feeds[slot], self.now)
        if feed.sort is not Sort.TRUTH or feed.aspect in (Aspect.RESOLVED, Aspect.LAPSED):
            return True
        if key not in self.there:
            self.there[key] = z3.Bool(f"there is {key[0]} {key[1]}")
        return self.there[key]

    def reads(self, slot: int, taken: Truth) -> None:
        """What is read has to be there, or the event waits."""
        there = self.present(slot)
        if there is not True and taken is not there:
            self.law(z3.Implies(truth_term(both(self.active, taken)), there))

    def value(self, expression: Expression) -> Any:
        """The value in the present state."""
        return self.within(expression, True, {})

    def within(self, expression: Expression, taken: Truth, memo: dict[Expression, Any]) -> Any:
        if expression not in memo:
            memo[expression] = self.fresh(expression, taken, memo)
        return memo[expression]

    def fresh(self, expression: Expression, taken: Truth, memo: dict[Expression, Any]) -> Any:
        match expression:
            case Constant(value=value, sort=sort):
                return constant(value, sort)
            case Term(slot=slot):
                return constant(self.terms.terms[slot], self.program.terms[slot].sort)
            case Column(slot=slot):
                value = self.terms.columns[slot][self.occurrence]
                return constant(value, self.program.columns[slot].sort)
            case Feed(slot=slot):
                self.reads(slot, taken)
                return self.observed[self.now][slot]
            case State(slot=slot):
                return self.states[slot]
            case Stored(table=table, offset=offset):
                return self.tables[table][self.occurrence + offset]
            case Local(slot=slot):
                return self.locals[slot]
            case Apply(operator=operator, operand=operand):
                return self.applied(operator, self.within(operand, taken, memo))
            case Combine():
                return self.combined(expression, taken, memo)
            case Power(base=base, exponent=exponent):
                return self.power(self.within(base, taken, memo), exponent)
            case Select(condition=condition, chosen=chosen, otherwise=otherwise):
                truth = self.within(condition, taken, memo)
                if isinstance(truth, bool):
                    return self.within(chosen if truth else otherwise, taken, memo)
                first = self.within(chosen, both(taken, truth), dict(memo))
                second = self.within(otherwise, both(taken, negated(truth)), dict(memo))
                return where(truth, first, second)
            case Backward(since=since, last=last):
                begun, value = (self.within(part, taken, memo) for part in (since, last))
                return self.backward(expression, begun, value)
            case Carried():
                return self.carried
            case Risk():
                raise AssertionError("a risk measure outside a rule")
            case _:
                assert_never(expression)

    def backward(self, recursion: Backward, since: Number, value: Number) -> Number:
        """The last value carried back to the first instant after `since`."""
        if since.known is None:
            return self.arithmetic.variable(None, None, "recursion")
        outer = self.occurrence, self.carried
        instants = self.terms.schedules[recursion.schedule]
        begun = bisect_right(instants, int(since.known * fixed.ONE))
        for row in reversed(range(begun, len(instants))):
            self.occurrence, self.carried = row, value
            value = self.value(recursion.step)
        self.occurrence, self.carried = outer
        return value

    def combined(self, node: Combine, taken: Truth, memo: dict[Expression, Any]) -> Any:
        left, right = self.within(node.left, taken, memo), self.within(node.right, taken, memo)
        match node.operator:
            case Binary.AND:
                return both(left, right)
            case Binary.OR:
                return either(left, right)
            case Binary.EQUAL if not isinstance(left, Number):
                return either(both(left, right), both(negated(left), negated(right)))
            case Binary.DIVIDE if right.low is None or right.low <= 0:
                self.divides(node, right, both(self.active, taken))
                return self.arithmetic.combined(node.operator, left, right)
            case Binary.RAISE | Binary.ROUND:
                return self.curved(node.operator, left, right)
            case operator if operator in _COMPARISONS:
                return self.arithmetic.compared(operator, left, right)
            case operator:
                return self.arithmetic.combined(operator, left, right)

    def divides(self, node: Combine, divisor: Number, guard: Truth) -> None:
        if divisor.high is not None and divisor.high < 0:
            return
        laws = len(self.arithmetic.laws)
        self.divisions.append(Division(self.now, self.clause, node, guard, divisor, laws))
        away = z3.Or(divisor.z3 >= z3_of(ULP), divisor.z3 <= z3_of(-ULP))
        self.law(z3.Implies(truth_term(guard), away))

    def applied(self, operator: Unary, operand: Any) -> Any:
        match operator:
            case Unary.NOT:
                return negated(operand)
            case Unary.NEGATE:
                return minus(operand)
            case Unary.ABSOLUTE:
                larger = self.arithmetic.extreme(True, operand, minus(operand))
                return Number(max(larger.low or Fraction(0), Fraction(0)), larger.high, larger.term)
            case Unary.LOGARITHM | Unary.EXPONENTIAL | Unary.SQUARE_ROOT:
                return self.curved(operator, operand)
            case _:
                assert_never(operator)

    def curved(self, operator: Unary | Binary, *operands: Number) -> Number:
        """What is not linear in any way: known of known operands, else somewhere in the interval
        that they lead to."""
        key = (operator, *map(key_of, operands))
        found = self.arithmetic.once(key, lambda: self.somewhere(operator, operands))
        grain = operands[-1].known if operator is Binary.ROUND else None
        return self.arithmetic.grained(found, grain) if grain else found

    def somewhere(self, operator: Unary | Binary, operands: tuple[Number, ...]) -> Number:
        ends = [_interval(each) for each in operands]
        try:
            if all(each.known is not None for each in operands):
                return known(_operated(operator, [each.lowest for each in ends if each]))
            if None in ends:
                return self.arithmetic.variable(None, None, operator.value)
            image = _image(operator, [each for each in ends if each])
        except (Unbounded, fixed.SettlementError):
            return self.arithmetic.variable(None, None, operator.value)
        return self.arithmetic.variable(*bounded(image), operator.value)

    def power(self, base: Number, exponent: int) -> Number:
        if base.known is not None:
            try:
                return known(fixed.power(int(base.known * fixed.ONE), exponent))
            except fixed.SettlementError:
                return self.arithmetic.variable(None, None, "power")
        result = known(fixed.ONE)
        for _ in range(abs(exponent)):
            result = self.arithmetic.product(result, base)
        if exponent < 0:
            return self.arithmetic.combined(Binary.DIVIDE, known(fixed.ONE), result)
        return result


def _interval(x: Number) -> Interval | None:
    """A number's interval in fixed point, outward; None if an end is missing."""
    if x.low is None or x.high is None:
        return None
    low, high = x.low * fixed.ONE, x.high * fixed.ONE
    return Interval(low.numerator // low.denominator, -(-high.numerator // high.denominator))


def _operated(operator: Unary | Binary, values: list[int]) -> int:
    return (
        applied(operator, *values) if isinstance(operator, Unary) else combined(operator, *values)
    )


def _image(operator: Unary | Binary, ends: list[Interval]) -> Interval:
    if isinstance(operator, Unary):
        return applied_within(operator, *ends)
    return combined_within(operator, *ends)


def bounded(bounds: Interval | None) -> tuple[Fraction | None, Fraction | None]:
    """The ends of an interval in fixed point."""
    if bounds is None:
        return None, None
    return Fraction(bounds.lowest, fixed.ONE), Fraction(bounds.highest, fixed.ONE)


def constant(value: int, sort: Sort) -> Any:
    """What is known, as its sort has it."""
    return bool(value) if sort is Sort.TRUTH else known(value)


def truth_term(truth: Truth) -> Any:
    """A truth as a term."""
    return z3.BoolVal(truth) if isinstance(truth, bool) else truth
