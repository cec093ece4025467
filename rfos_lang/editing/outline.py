"""What a file declares, as an outline, and where a name is declared in a whole workspace."""

from collections.abc import Iterator

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.editing.describing import line
from rfos_lang.editing.names import Declaration, Kind, declared, members_of
from rfos_lang.editing.navigation import sources
from rfos_lang.editing.workspace import Workspace
from rfos_lang.syntax import tree

TEST = "test"


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something that is declared: `kind` is a value of `names.Kind`, or "test"; `span` is all of
    it, `name_span` lies within."""

    name: str
    kind: str
    detail: str
    span: Span
    name_span: Span
    children: tuple["Symbol", ...] = ()


def outline(workspace: Workspace, name: str) -> tuple[Symbol, ...]:
    """The items of a document, contracts with their parameters, sides, states, `let`s and
    choices."""
    return tuple(_symbols(workspace, workspace.tree(name)))


def _symbols(workspace: Workspace, module: tree.Module) -> Iterator[Symbol]:
    for item in module.items:
        if isinstance(item, tree.Test):
            yield Symbol(item.title.value or '""', TEST, "", item.span, item.title.span)
        elif (own := declared(item)) is not None:
            inside = tuple(_symbol(workspace, each, item.span) for each in members_of(own))
            yield _symbol(workspace, own, item.span, inside)


def _symbol(
    workspace: Workspace, own: Declaration, around: Span, inside: tuple[Symbol, ...] = ()
) -> Symbol:
    span = own.span if own.kind is Kind.PARTY else own.node.span
    if not (span.start <= own.span.start and own.span.end <= span.end):
        span = own.span  # `low, high: T`: the node of the second begins with the first
    if own.node.span == around:
        span = around if own.kind is not Kind.PARTY else span
    return Symbol(own.name, own.kind.value, line(workspace, own), span, own.span, inside)


def symbols(workspace: Workspace, query: str) -> tuple[Symbol, ...]:
    """The items of all files whose names hold the letters of a query, in their order."""
    sought = query.lower()
    return tuple(
        each
        for name in sources(workspace)
        for each in outline(workspace, name)
        if _fits(sought, each.name.lower())
    )


def _fits(sought: str, name: str) -> bool:
    rest = iter(name)
    return all(letter in rest for letter in sought)
