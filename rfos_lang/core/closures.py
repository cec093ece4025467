"""Questions about an expression together with what its list variables stand for."""

from rfos_lang.core.values import Elements, Recipe
from rfos_lang.semantics.definition import (
    Comprehension,
    Expression,
    Fold,
    Literal,
    LocalRead,
    Observe,
    Operation,
    Parameter,
    RiskRead,
    Sampled,
    StateRead,
    Variable,
)
from rfos_lang.semantics.walk import children


def unpacked(recipe: Recipe) -> tuple[Expression, Elements]:
    """Its two parts."""
    return recipe.expression, recipe.elements


def element(name: str, elements: Elements) -> Recipe | None:
    """What a list variable stands for."""
    return next((recipe for variable, recipe in elements if variable == name), None)


def mentions(expression: Expression, elements: Elements) -> frozenset[str]:
    """The variables over dates and periods that an expression depends on."""
    match expression:
        case Variable(name=name):
            meant = element(name, elements)
            return frozenset({name}) if meant is None else mentions(*unpacked(meant))
        case _:
            inner = (mentions(child, elements) for child in children(expression))
            own = expression.variables if isinstance(expression, Comprehension) else ()
            return frozenset().union(*inner) - {variable.name for variable in own}


def is_static(expression: Expression, elements: Elements) -> bool:
    """Whether the value is known once an instance is bound (and the clause's occurrence is)."""
    match expression:
        case Observe() | StateRead() | LocalRead() | Fold() | RiskRead() | Sampled():
            return False
        case Variable(name=name):
            meant = element(name, elements)
            return meant is None or is_static(*unpacked(meant))
        case _:
            return all(is_static(child, elements) for child in children(expression))


def is_asset_name(expression: Expression, elements: Elements) -> bool:
    """Whether the expression names one asset, the same for all instances of a program."""
    match expression:
        case Variable(name=name):
            meant = element(name, elements)
            return meant is not None and is_asset_name(*unpacked(meant))
        case Literal() | Parameter():
            return True
        case Operation(name="index", arguments=(Parameter(), Literal())):
            return True
        case _:
            return False
