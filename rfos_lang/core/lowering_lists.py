"""Lists: their lengths are known from the shape, so that a comprehension is written out."""

from rfos_lang.base import fixed
from rfos_lang.base.span import Span
from rfos_lang.core.closures import element, unpacked
from rfos_lang.core.draft import Draft
from rfos_lang.core.values import Elements, Recipe
from rfos_lang.semantics.definition import (
    Expression,
    ListOf,
    Literal,
    Operation,
    Parameter,
    Variable,
)
from rfos_lang.semantics.types import NUMBER


def rows(
    draft: Draft, sources: tuple[Expression, ...], elements: Elements, span: Span
) -> list[tuple[Recipe, ...]]:
    """The elements of lists that are walked in step."""
    columns = [_items(draft, source, elements) for source in sources]
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        shown = " and ".join(str(len(column)) for column in columns)
        raise draft.refuse("E0536", span, lengths=shown)
    return list(zip(*columns, strict=True))


def _items(draft: Draft, source: Expression, elements: Elements) -> list[Recipe]:
    match source:
        case Operation(name="list", arguments=arguments):
            return [Recipe(argument, elements) for argument in arguments]
        case Parameter(name=name):
            return [Recipe(item(source, k)) for k in range(length(draft, name))]
        case Variable(name=name) if (meant := element(name, elements)) is not None:
            return _items(draft, *unpacked(meant))
        case _:
            raise draft.not_yet(source.span, "a list that is computed")


def length(draft: Draft, name: str) -> int:
    """The length of a list parameter: the shape's, else its default's."""
    if name in draft.shape.lengths:
        return draft.shape.lengths[name]
    declared = next(each for each in draft.definition.parameters if each.name == name)
    match declared.default:
        case Operation(name="list", arguments=arguments):
            return len(arguments)
        case _:
            raise AssertionError(f"the shape does not say how long `{name}` is")


def item(source: Parameter, position: int) -> Operation:
    """`weights[2]`."""
    assert isinstance(source.type, ListOf)
    place = Literal(position * fixed.ONE, NUMBER, source.span)
    return Operation("index", (source, place), source.type.element, source.span)
