"""Operators and pointwise functions: what units they take, and what unit they give."""

import re
from fractions import Fraction

from rfos_lang.base import fixed
from rfos_lang.base.diagnostic import Related, rewriting
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.unit import ONE, Unit
from rfos_lang.semantics.calendar import compare_dates, joint, shift_date
from rfos_lang.semantics.definition import (
    Conditional,
    Expression,
    Literal,
    Operation,
    Parameter,
    Plain,
    Quantity,
    Type,
)
from rfos_lang.semantics.factors import units_of_factors, without_one
from rfos_lang.semantics.scope import Checking, Mend
from rfos_lang.semantics.types import NUMBER, brief, counted, described, wrong_kind
from rfos_lang.syntax import tree
from rfos_lang.syntax.habits import grouped

POWER_MAX = 64
"""The largest whole exponent that is taken by multiplication."""


@dataclass(frozen=True, slots=True)
class Operand:
    """An expression with the words it was written in."""

    node: tree.Expression
    value: Expression

    @property
    def is_zero(self) -> bool:
        """Whether it is the literal `0`, which fits every unit."""
        return isinstance(self.node, tree.Number) and self.node.value == 0


# --- literals ------------------------------------------------------------------------------------


def number(
    checking: Checking, node: tree.Number | tree.Quantity, unit: Unit, sign: int = 1
) -> Literal | None:
    """A literal in fixed point, rounded half-even to 18 decimals."""
    try:
        value = fixed.from_decimal(Fraction(sign * node.value))
    except fixed.Overflow:
        checking.report("E0216", node.span)
        return None
    return Literal(value, Quantity(unit), node.span)


# --- units that must agree -----------------------------------------------------------------------


def unit_of(checking: Checking, operand: Operand) -> Unit | None:
    """The unit of a number; None, and reported, for anything else."""
    type = operand.value.type
    if isinstance(type, Quantity):
        return type.unit
    wrong_kind(checking, operand.node.span, checking.words(operand.node), "a number", type)
    return None


def in_unit(operand: Operand, unit: Unit) -> Expression:
    """The operand itself, or the literal 0 in that unit."""
    if operand.is_zero:
        return Literal(0, Quantity(unit), operand.node.span)
    return operand.value


def fitting(
    checking: Checking, operand: Operand, wanted: Type, what: str, declared: Span | None = None
) -> Expression | None:
    """The operand if it is of the type, the literal 0 in its unit. `declared`: where the text says
    of what type it has to be."""
    found = operand.value.type
    if isinstance(wanted, Quantity) and operand.is_zero:
        return in_unit(operand, wanted.unit)
    if found == wanted:
        return operand.value
    node = operand.node
    if wanted is Plain.DATE and (date := _written_otherwise(checking, node)):
        checking.report("E0112", node.span, text=date, meant=None)
        return None
    own = declared is not None and declared.source == checking.source
    related = (Related(declared, "declared here"),) if declared and own else ()
    if isinstance(wanted, Quantity) and isinstance(found, Quantity):
        checking.report(
            "E0201",
            node.span,
            label=units_of_factors(checking, operand.value),
            related=related,
            what=what,
            wanted=counted(wanted),
            found=counted(found),
            mend=mend(checking, operand, wanted.unit),
        )
    else:
        mended = Mend("compare it with something, such as `... > 0`")
        is_number = wanted is Plain.TRUTH and isinstance(found, Quantity)
        checking.report(
            "E0207",
            node.span,
            related=related,
            what=what,
            wanted=described(wanted),
            found=described(found),
            mend=mended if is_number else None,
        )
    return None


def _written_otherwise(checking: Checking, node: tree.Expression) -> str | None:
    """A date such as 25-12-2026, which reads as a difference of numbers."""
    words = checking.quoted(node) if node.span.source == checking.source else ""
    return words if _OTHER_DATE.fullmatch(words) else None


_OTHER_DATE = re.compile(r"\d{1,4}([-/])\d{1,2}\1\d{1,4}")


def common_unit(operands: tuple[Operand, ...]) -> Unit | None:
    """The one unit of all operands, zeros aside; None if they differ. All are quantities."""
    units = {
        o.value.type.unit for o in operands if not o.is_zero and isinstance(o.value.type, Quantity)
    }
    if not units:
        return ONE
    return units.pop() if len(units) == 1 else None


def pointwise(
    checking: Checking, name: str, operands: tuple[Operand, ...], node: tree.Expression
) -> Expression | None:
    """`min max abs clamp` of numbers in one unit."""
    if any(unit_of(checking, operand) is None for operand in operands):
        return None
    unit = common_unit(operands)
    if unit is None:
        first = next(operand for operand in operands if not operand.is_zero)
        other = next(o for o in operands if not o.is_zero and o.value.type != first.value.type)
        _differ(checking, "E0202", first, other, name=name)
        return None
    values = tuple(in_unit(operand, unit) for operand in operands)
    return Operation(name, values, Quantity(unit), node.span)


def rounding(
    checking: Checking, value: Operand, unit: Operand | Expression, node: tree.Expression
) -> Expression | None:
    """`round(value, unit)`, both in one unit; or the value to its asset's minor unit."""
    if not isinstance(unit, Operand):
        return Operation("round", (value.value, unit), value.value.type, node.span)
    type = value.value.type
    if unit_of(checking, value) is None or unit_of(checking, unit) is None:
        return None
    if common_unit((value, unit)) is None:
        _differ(checking, "E0202", value, unit, name="round")
        return None
    return Operation("round", (value.value, unit.value), type, node.span)


def branches(
    checking: Checking,
    condition: Expression,
    chosen: Operand,
    otherwise: Operand,
    node: tree.Conditional,
) -> Expression | None:
    """`if condition then chosen else otherwise`: both of one type."""
    first, second = chosen.value.type, otherwise.value.type
    if isinstance(first, Quantity) and isinstance(second, Quantity):
        unit = common_unit((chosen, otherwise))
        if unit is not None:
            values = in_unit(chosen, unit), in_unit(otherwise, unit)
            return Conditional(condition, *values, Quantity(unit), node.span)
    elif first == second and first in (Plain.TRUTH, Plain.DATE):
        return Conditional(condition, chosen.value, otherwise.value, first, node.span)
    _differ(checking, "E0210", chosen, otherwise)
    return None


def _differ(checking: Checking, code: str, first: Operand, second: Operand, name: str = "") -> None:
    """Two operands that do not fit together: what each is, and how one becomes the other."""
    left, right = first.value.type, second.value.type
    label = (
        f"{checking.words(first.node)} is {brief(left)}, "
        f"{checking.words(second.node)} is {brief(right)}"
    )
    checking.report(
        code,
        second.node.span,
        label=label,
        left=brief(left),
        right=brief(right),
        mend=_agreement(checking, first, second),
        name=name,
    )


def _agreement(checking: Checking, first: Operand, second: Operand) -> Mend | None:
    """How two operands come to one unit, where that is plain."""
    left, right = first.value.type, second.value.type
    if not (isinstance(left, Quantity) and isinstance(right, Quantity)):
        return None
    if _is_bare(first.node) and not _is_bare(second.node):
        return mend(checking, first, right.unit)
    return mend(checking, second, left.unit)


def mend(checking: Checking, operand: Operand, wanted: Unit) -> Mend | None:
    """How the operand comes to the wanted unit, where that is plain."""
    node, type = operand.node, operand.value.type
    if isinstance(node, tree.Number) and _is_bare(node):
        if written := grouped(checking.text, node.span.start):
            return Mend(f"digits are grouped by `_`: `{written}`")
        return written_as("say what it counts:", node.span, f"{node.spelling} {wanted}")
    if not isinstance(type, Quantity):
        return None
    if isinstance(operand.value, Parameter) and type == NUMBER:
        return Mend(f"declare it with its unit: `{operand.value.name}: {wanted}`")
    if isinstance(node, tree.Quantity) and _lacks_a_unit(type, wanted):
        return written_as("a price says of what:", node.span, f"{node.spelling} {wanted}")
    if type.unit == ONE / wanted and wanted != ONE:
        words = tightly(checking, node)
        return Mend(f"is it the wrong way round? `1 / {words}` is {wanted}")
    match wanted.factors, type.unit.factors:
        case ((to, 1),), ((of, 1),) if "y" not in (to, of):
            words = tightly(checking, node)
            return written_as("convert with", node.span, f"{words} * spot({of}, {to})")
    return without_one(checking, operand.value, wanted)


def _lacks_a_unit(amount: Quantity, price: Unit) -> bool:
    """Whether an amount of an asset was written for a price in it."""
    assets = [name for name, exponent in price.factors if exponent == 1]
    return len(price.factors) > 1 and amount.unit in {Unit(((name, 1),)) for name in assets}


def written_as(words: str, span: Span, text: str) -> Mend:
    """The mend that writes something else in that place."""
    return Mend(f"{words} `{text}`", (rewriting(f"write `{text}`", span, text),))


def _is_bare(node: tree.Expression) -> bool:
    """A number without a unit, and no rate."""
    return isinstance(node, tree.Number) and not node.spelling.endswith(("%", "bp"))


def tightly(checking: Checking, node: tree.Expression) -> str:
    """The words of an expression as a factor, in parentheses if they need them."""
    words = checking.quoted(node)
    return words if _is_tight(node) else f"({words})"


def _is_tight(node: tree.Expression) -> bool:
    return not isinstance(node, tree.Binary | tree.Unary | tree.Conditional | tree.At)


# --- operators -----------------------------------------------------------------------------------


def unary(checking: Checking, node: tree.Unary, operand: Operand) -> Expression | None:
    """`-x` and `not x`."""
    value = operand.value
    if node.operator == "not":
        return _truths(checking, "not", (operand,), node)
    if unit_of(checking, operand) is None:
        return None
    if isinstance(value, Literal) and isinstance(value.value, int):
        return Literal(-value.value, value.type, node.span)
    return Operation("neg", (value,), value.type, node.span)


def binary(
    checking: Checking, node: tree.Binary, left: Operand, right: Operand
) -> Expression | None:
    """Two operands around an operator."""
    match node.operator:
        case "and" | "or":
            return _truths(checking, node.operator, (left, right), node)
        case "<" | "<=" | ">" | ">=" | "==" | "!=":
            return _compared(checking, node, left, right)
        case "^":
            return _power(checking, node, left, right)
        case "+" if left.value.type is right.value.type is Plain.CALENDAR:
            return joint(node, left.value, right.value)
        case "+" | "-" if left.value.type is Plain.DATE:
            return shift_date(checking, node, left.value, right.value)
        case "+" if (left.value.type, right.value.type) == (Plain.DURATION, Plain.DATE):
            text = f"{checking.quoted(node.right)} + {checking.quoted(node.left)}"
            mended = written_as("name the date first:", node.span, text)
            words, found = checking.words(node.left), described(Plain.DURATION)
            checking.report(
                "E0207", node.left.span, what=words, wanted="a date", found=found, mend=mended
            )
            return None
    if unit_of(checking, left) is None or unit_of(checking, right) is None:
        return None
    if node.operator in "+-":
        return _summed(checking, node, left, right)
    return _product(checking, node, left, right)


def _truths(
    checking: Checking, name: str, operands: tuple[Operand, ...], node: tree.Expression
) -> Expression | None:
    wrong = [operand for operand in operands if operand.value.type is not Plain.TRUTH]
    for operand in wrong:
        fitting(checking, operand, Plain.TRUTH, checking.words(operand.node))
    if wrong:
        return None
    return Operation(name, tuple(o.value for o in operands), Plain.TRUTH, node.span)


def _summed(
    checking: Checking, node: tree.Binary, left: Operand, right: Operand
) -> Expression | None:
    unit = common_unit((left, right))
    if unit is None:
        code = "E0203" if node.operator == "+" else "E0204"
        _differ(checking, code, left, right)
        return None
    values = in_unit(left, unit), in_unit(right, unit)
    return Operation(node.operator, values, Quantity(unit), node.span)


def _product(
    checking: Checking, node: tree.Binary, left: Operand, right: Operand
) -> Expression | None:
    first, second = left.value.type, right.value.type
    assert isinstance(first, Quantity) and isinstance(second, Quantity)
    if node.operator == "*":
        type: Type = Quantity(first.unit * second.unit)
        return Operation("*", (left.value, right.value), type, node.span)
    if isinstance(right.value, Literal) and right.value.value == 0:
        checking.report("E0217", right.node.span)
        return None
    type = Quantity(first.unit / second.unit)
    return Operation("/", (left.value, right.value), type, node.span)


def _compared(
    checking: Checking, node: tree.Binary, left: Operand, right: Operand
) -> Expression | None:
    first, second = left.value.type, right.value.type
    if first is Plain.DATE and second is Plain.DATE:
        return compare_dates(node, left.value, right.value)
    if isinstance(first, Quantity) and isinstance(second, Quantity):
        unit = common_unit((left, right))
        if unit is not None:
            values = in_unit(left, unit), in_unit(right, unit)
            return Operation(node.operator, values, Plain.TRUTH, node.span)
    _differ(checking, "E0205", left, right)
    return None


def _power(
    checking: Checking, node: tree.Binary, base: Operand, exponent: Operand
) -> Expression | None:
    unit = unit_of(checking, base)
    if unit is None:
        return None
    value = fitting(checking, exponent, NUMBER, "the exponent")
    if value is None:
        return None
    whole = whole_power(value)
    if whole is None and unit != ONE:
        words, of = checking.words(exponent.node), checking.words(base.node)
        checking.report(
            "E0209", exponent.node.span, exponent=words, words=of, unit=str(unit), limit=POWER_MAX
        )
        return None
    type = NUMBER if whole is None else Quantity(unit**whole)
    return Operation("^", (base.value, value), type, node.span)


def whole_power(exponent: Expression) -> int | None:
    """The exponent of a power that is a product: a whole number that is written out, up to 64."""
    match exponent:
        case Literal(value=int(value)):
            whole, rest = divmod(value, fixed.ONE)
            return None if rest or abs(whole) > POWER_MAX else whole
        case _:
            return None
