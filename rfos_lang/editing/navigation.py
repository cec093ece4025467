"""From a name to where it is declared, and to wherever it stands, across files and the library."""

from collections.abc import Iterator

from rfos_lang.base.span import Span
from rfos_lang.editing.names import Declaration
from rfos_lang.editing.workspace import Workspace
from rfos_lang.syntax import tree


def definition(workspace: Workspace, name: str, offset: int) -> tuple[Span, ...]:
    """Where the name at an offset is declared: two places for a short argument; for the path of a
    `use` the beginning of the module."""
    uses = workspace.names(name).at(offset)
    if uses:
        return tuple(dict.fromkeys(use.declaration.span for use in uses))
    return tuple(_module_at(workspace, name, offset))


def _module_at(workspace: Workspace, name: str, offset: int) -> Iterator[Span]:
    for item in workspace.tree(name).items:
        if (
            isinstance(item, tree.Use)
            and item.path[0].span.start <= offset <= item.path[-1].span.end
        ):
            found = workspace.find(name, ".".join(part.text for part in item.path))
            if found is not None:
                yield Span(found, 0, 0)


def declarations_at(workspace: Workspace, name: str, offset: int) -> tuple[Declaration, ...]:
    """What the name at an offset stands for."""
    uses = workspace.names(name).at(offset)
    return tuple(dict.fromkeys(use.declaration for use in uses))


def references(
    workspace: Workspace, name: str, offset: int, declared: bool = True
) -> tuple[Span, ...]:
    """Wherever the name at an offset stands, in documents and other files of the workspace, with
    its declaration or without."""
    meant = declarations_at(workspace, name, offset)
    places = dict.fromkeys(place for each in meant for place in places_of(workspace, each))
    return tuple(place for place in places if declared or all(place != each.span for each in meant))


def places_of(workspace: Workspace, declaration: Declaration) -> Iterator[Span]:
    """Every place of a declared name, its declaration first; files in order of name."""
    yield declaration.span
    for source in sources(workspace, declaration.span.source):
        for use in workspace.names(source).uses:
            if use.declaration == declaration and use.span != declaration.span:
                yield use.span


def sources(workspace: Workspace, *others: str) -> list[str]:
    """The names of all texts in which a name may stand."""
    return sorted({*workspace.documents, *workspace.known_files(), *others})
