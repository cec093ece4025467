"""Building expressions without what changes nothing.

Each rule keeps the meaning to the last bit, refusals included: a constant is computed only where
the exact result is representable, and an operand that might trap or be missing is never dropped.
"""

from rfos_lang.base import fixed
from rfos_lang.core.program import (
    FALSE,
    TRUE,
    Apply,
    Backward,
    Binary,
    Combine,
    Constant,
    Expression,
    Local,
    Power,
    Select,
    Sort,
    State,
    Term,
    Unary,
)

_ZERO = Constant(0, Sort.NUMBER)
_ONE = Constant(fixed.ONE, Sort.NUMBER)


def apply(operator: Unary, operand: Expression) -> Expression:
    """An operator of one operand: constants are computed, `not not x` is x."""
    match operator, operand:
        case Unary.NOT, Constant(value=value):
            return Constant(1 - value, Sort.TRUTH)
        case Unary.NOT, Apply(operator=Unary.NOT, operand=inner):
            return inner
        case Unary.NEGATE, Constant(value=value) if value != fixed.LOWEST:
            return Constant(-value, Sort.NUMBER)
        case Unary.ABSOLUTE, Constant(value=value) if value != fixed.LOWEST:
            return Constant(abs(value), Sort.NUMBER)
        case _:
            return Apply(operator, operand)


def combine(operator: Binary, left: Expression, right: Expression) -> Expression:
    """An operator of two operands: neutral elements vanish, constants are computed."""
    if isinstance(left, Constant) and isinstance(right, Constant):
        computed = _computed(operator, left.value, right.value)
        if computed is not None:
            return computed
    match operator, left, right:
        case Binary.ADD, _, Constant(value=0):
            return left
        case Binary.ADD, Constant(value=0), _:
            return right
        case Binary.SUBTRACT, _, Constant(value=0):
            return left
        case ((Binary.MULTIPLY | Binary.DIVIDE), _, Constant(value=fixed.ONE)):
            return left
        case Binary.MULTIPLY, Constant(value=fixed.ONE), _:
            return right
        case ((Binary.MINIMUM | Binary.MAXIMUM | Binary.AND | Binary.OR), _, _) if left is right:
            return left
        case ((Binary.AND | Binary.OR), _, _) if FALSE in (left, right) or TRUE in (left, right):
            return _junction(operator, left, right)
        case _:
            return Combine(operator, left, right)


def select(condition: Expression, chosen: Expression, otherwise: Expression) -> Expression:
    """`if condition then chosen else otherwise`: a known condition decides at once."""
    if isinstance(condition, Constant):
        return chosen if condition.value else otherwise
    if chosen is TRUE and otherwise is FALSE:
        return condition
    if chosen is otherwise and never_fails(condition):
        return chosen
    return Select(condition, chosen, otherwise)


def power(base: Expression, exponent: int) -> Expression:
    """A whole power; the first is the base itself."""
    return base if exponent == 1 else Power(base, exponent)


def never_fails(expression: Expression) -> bool:
    """Whether the expression has a value whatever happens, by its form alone."""
    return isinstance(expression, Constant | Term | State | Local)


def simplified(expression: Expression) -> Expression:
    """The expression with every rule applied, from the leaves up."""
    return _simplified(expression, {})


def _simplified(expression: Expression, memo: dict[Expression, Expression]) -> Expression:
    if expression not in memo:
        memo[expression] = _rebuilt(expression, memo)
    return memo[expression]


def _rebuilt(expression: Expression, memo: dict[Expression, Expression]) -> Expression:
    match expression:
        case Apply(operator=operator, operand=operand):
            return apply(operator, _simplified(operand, memo))
        case Combine(operator=operator, left=left, right=right):
            return combine(operator, _simplified(left, memo), _simplified(right, memo))
        case Power(base=base, exponent=exponent):
            return power(_simplified(base, memo), exponent)
        case Select(condition=condition, chosen=chosen, otherwise=otherwise):
            parts = (_simplified(part, memo) for part in (condition, chosen, otherwise))
            return select(*parts)
        case Backward(schedule=schedule, since=since, last=last, step=step):
            parts = (_simplified(part, memo) for part in (since, last, step))
            return Backward(schedule, *parts)
        case _:
            return expression


def _junction(operator: Binary, left: Expression, right: Expression) -> Expression:
    neutral, deciding = (TRUE, FALSE) if operator is Binary.AND else (FALSE, TRUE)
    if neutral in (left, right):
        return right if left is neutral else left
    if never_fails(right if left is deciding else left):
        return deciding
    return Combine(operator, left, right)


def _computed(operator: Binary, left: int, right: int) -> Constant | None:
    """The value of two constants if it is exact; None otherwise."""
    match operator:
        case Binary.ADD | Binary.SUBTRACT:
            exact = left + right if operator is Binary.ADD else left - right
            return _number(exact)
        case Binary.MULTIPLY:
            whole, rest = divmod(left * right, fixed.ONE)
            return None if rest else _number(whole)
        case Binary.DIVIDE:
            whole, rest = divmod(left * fixed.ONE, right) if right else (0, 1)
            return None if rest else _number(whole)
        case Binary.RAISE | Binary.ROUND:
            return None
        case Binary.MINIMUM:
            return _number(min(left, right))
        case Binary.MAXIMUM:
            return _number(max(left, right))
        case Binary.LESS:
            return Constant(int(left < right), Sort.TRUTH)
        case Binary.LESS_OR_EQUAL:
            return Constant(int(left <= right), Sort.TRUTH)
        case Binary.EQUAL:
            return Constant(int(left == right), Sort.TRUTH)
        case Binary.AND:
            return Constant(left & right, Sort.TRUTH)
        case Binary.OR:
            return Constant(left | right, Sort.TRUTH)


def _number(exact: int) -> Constant | None:
    fits = fixed.LOWEST <= exact <= fixed.HIGHEST
    return Constant(exact, Sort.NUMBER) if fits else None
