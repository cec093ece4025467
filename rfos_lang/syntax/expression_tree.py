"""The first half of the syntax tree: names, types, literals and expressions. See `tree.py`."""

from dataclasses import field
from datetime import date, datetime
from fractions import Fraction
from typing import Literal

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What all nodes share: the place in the text. There is no other level of inheritance."""

    span: Span = field(compare=False, repr=False)


# Names and types


@dataclass(frozen=True, slots=True)
class Name(Node):
    """An identifier where it is declared or used: a parameter, a party, an asset, a function."""

    text: str


@dataclass(frozen=True, slots=True)
class TypeName(Node):
    """A type, and so a unit: `Number`, `Asset`, `cash`, or names under slashes: `cash/underlying`.

    The first part is the numerator, the others divide it.
    """

    parts: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class ListType(Node):
    """`[Asset]`."""

    element: "TypeExpression"


TypeExpression = TypeName | ListType


# Literals


@dataclass(frozen=True, slots=True)
class Number(Node):
    """`3`, `0.25`, `65_000`, `5%`, `25bp`: the exact value, and the spelling it was written in."""

    value: Fraction
    spelling: str


@dataclass(frozen=True, slots=True)
class Quantity(Node):
    """`65_000 USD/BTC`: a number (the spelling is that of the number alone) and its unit."""

    value: Fraction
    spelling: str
    unit: TypeName


@dataclass(frozen=True, slots=True)
class Date(Node):
    """`2026-12-25`: that day at the contract's cut."""

    value: date


@dataclass(frozen=True, slots=True)
class Instant(Node):
    """`2026-12-25T08:00Z`, always in UTC (the value is aware of it)."""

    value: datetime


DurationUnit = Literal["s", "min", "h", "d", "bd", "w", "M", "y"]


@dataclass(frozen=True, slots=True)
class Duration(Node):
    """`3M`, `10min`, `2bd(NYC)`: business days may carry the calendar that counts them."""

    count: int
    unit: DurationUnit
    calendar: "Expression | None"


@dataclass(frozen=True, slots=True)
class DayCount(Node):
    """`30/360`, `30E/360`, `act/360`, `act/365`, `act/act`, `30E/360.ISDA`, `act/act.ICMA`."""

    convention: str


@dataclass(frozen=True, slots=True)
class Text(Node):
    """`"coupon"`, without its quotes; there are no escapes."""

    value: str


@dataclass(frozen=True, slots=True)
class Truth(Node):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    """`[-25%, 0%, 25%]`."""

    items: tuple["Expression", ...]


# Expressions


@dataclass(frozen=True, slots=True)
class Field(Node):
    """`p.pay`."""

    subject: "Expression"
    name: Name


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """An argument of a call: positional when it has no name.

    The short form `expiry:` is read as `expiry: expiry`.
    """

    name: Name | None
    value: "Expression"


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`max(S - strike, 0)`, `leg.after(t)`, `EuropeanCall(share, cash, strike: low, expiry:)`."""

    function: Name | Field
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class FoldOn(Node):
    """`mean(S on fixings)`: a path function over the values at the instants of a schedule."""

    function: Name | Field
    element: "Expression"
    schedule: "Expression"


@dataclass(frozen=True, slots=True)
class Binder(Node):
    """`a in basket`: the name stands for each member in turn; several binders walk in step."""

    name: Name
    source: "Expression"


@dataclass(frozen=True, slots=True)
class Comprehension(Node):
    """`[f(a) for a in basket, w in weights]`: a list.

    As the only argument of a call it goes without brackets: `min(f(a) for a in basket)`.
    """

    element: "Expression"
    binders: tuple[Binder, ...]


@dataclass(frozen=True, slots=True)
class At(Node):
    """`index at p.start`: the value that the expression has at that instant."""

    subject: "Expression"
    instant: "Expression"


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`weights[0]`."""

    subject: "Expression"
    position: "Expression"


UnaryOperator = Literal["-", "not"]
BinaryOperator = Literal["or", "and", "<", "<=", ">", ">=", "==", "!=", "+", "-", "*", "/", "^"]


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`-x`, `not ended`."""

    operator: UnaryOperator
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Two operands around an operator: arithmetic, comparison, `and`, `or`."""

    operator: BinaryOperator
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    """`if p.is_last then outstanding else level`."""

    condition: "Expression"
    consequence: "Expression"
    alternative: "Expression"


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`(EuropeanCall(...) between alice, bob)`: a contract whose sides are named anew."""

    contract: "Expression"
    parties: tuple[Name, ...]


Expression = (
    Name
    | Number
    | Quantity
    | Date
    | Instant
    | Duration
    | DayCount
    | Text
    | Truth
    | ListLiteral
    | Field
    | Call
    | FoldOn
    | Comprehension
    | At
    | Index
    | Unary
    | Binary
    | Conditional
    | Between
)
