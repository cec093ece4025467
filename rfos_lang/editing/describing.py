"""A declared name on one line, with its type and unit, and what its author says of it."""

import re

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.editing.names import Declaration, Kind, parameters_of
from rfos_lang.editing.workspace import Workspace
from rfos_lang.semantics import functions
from rfos_lang.semantics.definition import Type
from rfos_lang.semantics.scope import RESERVED
from rfos_lang.semantics.types import shown
from rfos_lang.syntax import tree
from rfos_lang.syntax.format_expressions import type_text

_REMARK = re.compile(r"//[^\n]*")
_INSIDE = re.compile(r"(?<=[(\[]) +| +(?=[)\]])|,(?= *\))")


@dataclass(frozen=True, slots=True)
class Signature:
    """How something is called: `head`, the parameters in order, and what follows the bracket.
    `given`: the names by which arguments may be given, one a parameter."""

    head: str
    parameters: tuple[str, ...]
    tail: str
    given: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it on one line."""
        return f"{self.head}({', '.join(self.parameters)}){self.tail}"


def line(workspace: Workspace, declaration: Declaration) -> str:
    """A declaration on one line, as its author would write it, with the type that was inferred
    where none was written: `let S: cash/underlying`."""
    name, kind, node = declaration.name, declaration.kind, declaration.node
    match kind, node:
        case (Kind.LET, tree.Let()) if not node.parameters:
            return f"let {name}{after_colon(workspace, declaration)}"
        case (Kind.CONTRACT | Kind.LET | Kind.FEED, _) if not isinstance(node, tree.Use):
            return signature(workspace, declaration).text
        case (Kind.STATE, _):
            return f"state {name}{after_colon(workspace, declaration)}"
        case (Kind.PARAMETER | Kind.AMOUNT | Kind.FIELD, tree.Parameter()):
            default = "" if node.default is None else f" = {_written(workspace, node.default)}"
            return f"{name}{after_colon(workspace, declaration)}{default}"
        case (Kind.PARTY, tree.Contract() | tree.Composite()):
            return f"{name}, a party of {node.name.text}"
        case (Kind.CHOICE, tree.May()):
            named = ", ".join(
                f"{each.name.text}: {type_text(each.type)}" for each in node.parameters
            )
            return f"{node.chooser.text} may {name}{f'({named})' if named else ''}"
        case (Kind.VARIABLE, tree.Binder()):
            return f"{name} in {_written(workspace, node.source)}"
        case (Kind.ASSET | Kind.UNIT, _):
            return _written(workspace, node)
        case (Kind.MARGIN, tree.Margin()):
            return f"margin {name} in {node.asset.text}"
        case _:
            return name


def after_colon(workspace: Workspace, declaration: Declaration) -> str:
    """`: cash/underlying`, the type of a declaration as it is written or was inferred; empty if it
    is not known."""
    type = type_of(workspace, declaration)
    return "" if type is None else f": {type}"


def type_of(workspace: Workspace, declaration: Declaration) -> str | None:
    """The type of what a name stands for, which for a number is its unit; None if it has none, or
    none that is known."""
    node = declaration.node
    match node:
        case tree.Parameter() | tree.State():
            return type_text(node.type)
        case tree.Let():
            inferred = inferred_type(workspace, declaration.span)
            return inferred or (None if node.type is None else type_text(node.type))
        case tree.Feed(type=tree.TypeName() | tree.ListType() as type):
            return type_text(type)
        case tree.Asset():
            return "Asset"
        case _:
            return None


def inferred_type(workspace: Workspace, name: Span) -> str | None:
    """The type that the checker found for a `let`, by the place of its name."""
    document = workspace.documents.get(name.source)
    type: Type | None = None if document is None else document.analysis.types.get(name)
    return None if type is None else shown(type)


def documentation(declaration: Declaration) -> str | None:
    """What stands in `///` lines above a declaration."""
    if declaration.kind is Kind.PARTY:
        return None
    doc = getattr(declaration.node, "doc", None)
    return doc if isinstance(doc, str) else None


# --- what is called -------------------------------------------------------------------------------


def signature(workspace: Workspace, declaration: Declaration) -> Signature:
    """How a contract, a `let` with parameters, a feed or a choice is called."""
    parameters = parameters_of(declaration)
    told = tuple(line(workspace, each) for each in parameters)
    given = tuple(each.name for each in parameters)
    node = declaration.node
    match node:
        case tree.Contract() | tree.Composite():
            parties = ", ".join(each.text for each in node.parties)
            word = "perpetual contract" if node.perpetual else "contract"
            return Signature(f"{word} {declaration.name}", told, f" between {parties}", given)
        case tree.Feed():
            tail = ": " + _written(workspace, node.type)
            return Signature(f"feed {declaration.name}", told, tail, given)
        case tree.Let():
            tail = after_colon(workspace, declaration)
            return Signature(f"let {declaration.name}", told, tail, given)
        case _:
            return Signature(declaration.name, told, "", given)


def function_signatures(name: str) -> tuple[Signature, ...]:
    """The ways to call a function of the language; none if there is no such function."""
    found = [_of_function(name, each) for each in functions.signatures(name)]
    if name in functions.POINTWISE:
        least, most = functions.POINTWISE[name]
        words = ("number", "low", "high")[:least] if least == most else ("number", "...")
        found.append(Signature(name, tuple(words), "", ()))
    if name in functions.PATH:
        value, result = functions.PATH[name]
        found.append(Signature(name, (f"{value} on schedule",), f", a {result}", ()))
    if name in functions.GREEKS:
        found.append(Signature(name, ("price",), "", ()))
    return tuple(found)


def _of_function(name: str, known: functions.Signature) -> Signature:
    told = []
    for each, type in known.parameters.items():
        words = known.words.get(each)
        kind = " | ".join(str(word.value) for word in words) if words else shown(type)
        default = known.defaults.get(each)
        said = default if isinstance(default, str) else str(default).lower()
        told.append(f"{each}: {kind}" + ("" if each not in known.defaults else f" = {said}"))
    return Signature(name, tuple(told), "", tuple(known.parameters))


def given_by_language(name: str) -> str | None:
    """What a name means that the language itself gives a meaning to."""
    return RESERVED.get(name)


def _written(workspace: Workspace, node: tree.Node) -> str:
    """The words of the text for a node, on one line, without remarks and documentation."""
    text = workspace.text(node.span.source)[node.span.start : node.span.end]
    return _INSIDE.sub("", " ".join(_REMARK.sub("", text).split()))
