"""Small mistakes put into a module, one at a time: what a good test suite has to notice.

A mutant changes one place: a comparison, an operator, a truth, a number, a text, a condition, a
result, or it leaves out a statement. Docstrings, annotations, decorators, assertions and the
definitions of exceptions stay as they are: nothing that they do should be noticed.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


Path = tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one mistake, `what` in words, in the statement that begins on these `lines`."""

    what: str
    line: int
    lines: range
    module: ast.Module
    path: Path
    changed: ast.AST

    @property
    def text(self) -> str:
        """The module's, with the mistake."""
        return ast.unparse(ast.fix_missing_locations(_with(self.module, self.path, self.changed)))

    @property
    def function(self) -> str:
        """The function, or the method, in whose body the mistake lies; empty for what runs when the
        module is imported."""
        node: ast.AST = self.module
        names: list[str] = []
        for field, position in self.path:
            if isinstance(node, ast.FunctionDef):
                return ".".join(names) if field == "body" else ""
            node = getattr(node, field)
            node = node if position is None else node[position]  # type: ignore[index]
            names += [node.name] if isinstance(node, ast.ClassDef | ast.FunctionDef) else []
        return ""


def mutants(source: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its text."""
    module = ast.parse(source)
    return [
        Mutant(
            f"{_shown(node)} -> {_shown(changed)}",
            getattr(node, "lineno", lines.start),
            lines,
            module,
            path,
            changed,
        )
        for path, node, lines in _places(module, (), range(0))
        for changed in _changes(node)
    ]


def _shown(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split("\n")[0][:70]


# --- places -------------------------------------------------------------------------------------

_UNTOUCHED = (ast.Assert, ast.Import, ast.ImportFrom)
_UNTOUCHED_FIELDS = frozenset(
    {"annotation", "returns", "decorator_list", "type_comment", "format_spec", "type_params"}
)


def _places(node: ast.AST, path: Path, lines: range) -> Iterator[tuple[Path, ast.AST, range]]:
    """The way from the root to each node that may be changed, the node, its statement's lines."""
    lines = _own_lines(node) or lines
    yield path, node, lines
    for name, value in ast.iter_fields(node):
        if name in _UNTOUCHED_FIELDS:
            continue
        for position, item in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(item, ast.AST) and not _is_untouched(item):
                yield from _places(item, (*path, (name, position)), lines)


def _own_lines(node: ast.AST) -> range | None:
    """Those of a statement or a case, up to the block that it opens."""
    match node:
        case ast.match_case(pattern=pattern, body=[inner, *_]):
            return range(pattern.lineno, max(inner.lineno, pattern.lineno + 1))
        case ast.stmt(body=[inner, *_]):
            return range(node.lineno, max(inner.lineno, node.lineno + 1))
        case ast.Match(subject=subject):
            return range(node.lineno, (subject.end_lineno or node.lineno) + 1)
        case ast.stmt():
            return range(node.lineno, (node.end_lineno or node.lineno) + 1)
        case _:
            return None


def _is_untouched(node: ast.AST) -> bool:
    is_docstring = (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
    is_error = isinstance(node, ast.ClassDef) and any(
        isinstance(base, ast.Name) and base.id == "Exception" for base in node.bases
    )
    return (
        isinstance(node, _UNTOUCHED)
        or is_docstring
        or is_error
        or _is_alias(node)
        or _is_assertion(node)
    )


def _is_assertion(node: ast.AST) -> bool:
    """`assert_never(x)`, `raise AssertionError(...)`, `strict=True`: what no text can reach."""
    match node:
        case ast.keyword(arg="strict"):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id="assert_never"))):
            return True
        case ast.Raise(exc=ast.Call(func=ast.Name(id="AssertionError"))):
            return True
        case _:
            return False


def _is_alias(node: ast.AST) -> bool:
    """`Type = A | B`: a name for types, not a computation."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.BinOp | ast.Subscript)
        and (isinstance(node.targets[0], ast.Name) and node.targets[0].id[:1].isupper())
    )


def _with(tree: ast.Module, path: Path, changed: ast.AST) -> ast.Module:
    """The module with another node at the end of a path."""
    root = copy.deepcopy(tree)
    node: ast.AST = root
    for name, position in path[:-1]:
        child = getattr(node, name)
        node = child if position is None else child[position]
    name, position = path[-1]
    if position is None:
        setattr(node, name, changed)
    else:
        getattr(node, name)[position] = changed
    return root


# --- changes ------------------------------------------------------------------------------------


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _COMPARISONS:
            yield _set(node, ops=[_COMPARISONS[type(operator)]()])
        case ast.BinOp(op=operator) if type(operator) in _OPERATORS:
            yield _set(node, op=_OPERATORS[type(operator)]())
        case ast.BoolOp(op=ast.And()):
            yield _set(node, op=ast.Or())
        case ast.BoolOp(op=ast.Or()):
            yield _set(node, op=ast.And())
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(value=str() as value) if value:
            yield ast.Constant(f"{value}?")
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            yield _set(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.match_case(guard=guard) if guard is not None:
            yield _set(node, guard=None)
        case ast.comprehension(ifs=[_, *_]):
            yield _set(node, ifs=[])
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.AugAssign():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case _:
            pass


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _set(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed
