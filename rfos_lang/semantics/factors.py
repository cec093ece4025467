"""The factors of a product, and which of them keeps it from being what it should be."""

from rfos_lang.base.unit import Unit
from rfos_lang.semantics.definition import Expression, Operation, Quantity
from rfos_lang.semantics.scope import Checking, Mend
from rfos_lang.semantics.types import NUMBER, brief

FACTORS_MAX = 5
"""The factors of a longer product are not listed."""

Factor = tuple[Expression, int]
"""An expression and its power: 1, or -1 for a divisor."""


def factors(product: Expression) -> list[Factor]:
    """What a product and quotient consists of, in the order of the text; anything else is one."""
    match product:
        case Operation(name="*" | "/" as sign, arguments=(left, right)):
            power = 1 if sign == "*" else -1
            return [*factors(left), *((each, power * its) for each, its in factors(right))]
        case _:
            return [(product, 1)]


def units_of_factors(checking: Checking, product: Expression) -> str:
    """`size` is underlying, `strike` is cash/underlying: why a product has its unit; empty for what
    is no product, or a long one."""
    parts = [factor for factor, _ in factors(product) if factor.type != NUMBER]
    own = all(part.span.source == checking.source for part in parts)
    if not own or not 1 < len(parts) <= FACTORS_MAX:
        return ""
    said = dict.fromkeys(f"{checking.words(part)} is {brief(part.type)}" for part in parts)
    return ", ".join(said)


def without_one(checking: Checking, product: Expression, wanted: Unit) -> Mend | None:
    """The factor that has to go, or to be turned round, for the product to be in that unit."""
    parts = factors(product)
    if len(parts) < 2 or not isinstance(product.type, Quantity):
        return None
    surplus = product.type.unit / wanted
    for factor, power in parts:
        if not isinstance(factor.type, Quantity) or factor.span.source != checking.source:
            continue
        if factor.type != NUMBER and factor.type.unit**power == surplus:
            return Mend(f"without {checking.words(factor)} it is {wanted}")
        if factor.type != NUMBER and factor.type.unit ** (2 * power) == surplus:
            does = "divided by" if power > 0 else "multiplied by"
            return Mend(f"{does} {checking.words(factor)} it is {wanted}")
    return None
