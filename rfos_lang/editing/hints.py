"""What the author need not write and a reader may want to see: the type and unit of each `let`,
and the names of arguments that were given by their order."""

from collections.abc import Iterator

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.editing.describing import inferred_type
from rfos_lang.editing.names import Kind, children, parameters_of
from rfos_lang.editing.workspace import Workspace
from rfos_lang.syntax import tree


@dataclass(frozen=True, slots=True)
class Hint:
    """A text that is shown at a place and is not in the file; `of_type`: the type of what stands
    before it, otherwise the name of the argument that follows."""

    offset: int
    text: str
    of_type: bool


def hints(workspace: Workspace, name: str, place: Span) -> tuple[Hint, ...]:
    """The hints of a stretch of a document, in order."""
    nodes = (item for item in workspace.tree(name).items if _touch(item.span, place))
    found = (hint for item in nodes for hint in _of(workspace, name, item))
    return tuple(
        sorted((h for h in found if place.start <= h.offset <= place.end), key=lambda h: h.offset)
    )


def _touch(span: Span, place: Span) -> bool:
    return span.start <= place.end and place.start <= span.end


def _of(workspace: Workspace, name: str, node: tree.Node) -> Iterator[Hint]:
    match node:
        case tree.Let(type=None):
            type = inferred_type(workspace, node.name.span)
            if type is not None:
                end = _behind_parameters(workspace.text(name), node)
                yield Hint(end, f": {type}", True)
        case tree.Call(function=tree.Name() as function):
            yield from _arguments(workspace, name, function, node.arguments)
    for each in children(node):
        yield from _of(workspace, name, each)


def _behind_parameters(text: str, let: tree.Let) -> int:
    if not let.parameters:
        return let.name.span.end
    return text.index(")", let.parameters[-1].span.end) + 1


def _arguments(
    workspace: Workspace, name: str, function: tree.Name, given: tuple[tree.Argument, ...]
) -> Iterator[Hint]:
    """The names of what a contract is given by order."""
    uses = workspace.names(name).at(function.span.start)
    meant = next((use.declaration for use in uses if use.span == function.span), None)
    if meant is None or meant.kind is not Kind.CONTRACT:
        return
    for parameter, argument in zip(parameters_of(meant), given, strict=False):
        if argument.name is not None:
            return
        if not isinstance(argument.value, tree.Name) or argument.value.text != parameter.name:
            yield Hint(argument.span.start, f"{parameter.name}:", False)
