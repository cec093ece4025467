"""How expressions, types and lists are set anew; `formatter.py` does the sentences around them."""

from collections.abc import Sequence
from typing import assert_never

from rfos_lang.base.span import Span
from rfos_lang.syntax import tree
from rfos_lang.syntax.comments import Original
from rfos_lang.syntax.document import (
    Break,
    Document,
    Either,
    Forced,
    Nest,
    Suffix,
    group,
    joined,
)

_LOOSE, _OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _SIGN, _POWER, _AT, _OPERAND, _REFERENCE = (
    range(12)
)
_BINDING = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), _COMPARISON),
    **dict.fromkeys(("+", "-"), _SUM),
    **dict.fromkeys(("*", "/"), _PRODUCT),
    "^": _POWER,
}


def written(expression: tree.Expression, kept: Original, binding: int = _LOOSE) -> Document:
    """An expression, in parentheses if it binds looser than its place asks for."""
    own, printed = _bound(expression, kept)
    return printed if own >= binding else ["(", printed, ")"]


def _bound(expression: tree.Expression, kept: Original) -> tuple[int, Document]:
    """How tight an expression binds, and how it is written."""
    match expression:
        case tree.Conditional(condition, consequence, alternative):
            return _LOOSE, group(
                "if ", written(condition, kept),
                Nest([Break(), "then ", written(consequence, kept)]),
                Nest([Break(), "else ", written(alternative, kept)]),
            )  # fmt: skip
        case tree.Binary():
            return _BINDING[expression.operator], _binary(expression, kept)
        case tree.Unary("not", operand):
            return _NOT, ["not ", written(operand, kept, _NOT)]
        case tree.Unary(_, operand):
            return _SIGN, ["-", written(operand, kept, _SIGN)]
        case tree.At(subject, instant):
            # tighter in truth, but `a / b at t` is misread without parentheses
            left = written(subject, kept, _OPERAND)
            return _COMPARISON, [left, " at ", written(instant, kept, _OPERAND)]
        case tree.Name(text):
            return _REFERENCE, text
        case tree.Field(subject, name):
            return _REFERENCE, [written(subject, kept, _REFERENCE), f".{name.text}"]
        case tree.Index(subject, position):
            left = written(subject, kept, _REFERENCE)
            return _REFERENCE, [left, "[", written(position, kept), "]"]
        case tree.Call(function, arguments):
            left = written(function, kept)
            return _REFERENCE, [left, written_arguments(arguments, function.span.end, kept)]
        case tree.FoldOn(function, element, schedule):
            inner = [
                written(element, kept),
                Break(),
                "on ",
                written(schedule, kept),
            ]
            return _REFERENCE, [written(function, kept), _bracketed("(", inner, ")")]
        case tree.Between(contract, parties):
            return _REFERENCE, [
                "(",
                written(contract, kept),
                f" between {name_list(parties)})",
            ]
        case tree.Comprehension():
            return _OPERAND, _bracketed("[", _comprehension(expression, kept), "]")
        case tree.ListLiteral(items):
            printed = [written(item, kept) for item in items]
            inside = (expression.span.start + 1, expression.span.end - 1)
            return _OPERAND, written_list(
                "[", printed, [it.span for it in items], inside, "]", kept
            )
        case _:
            return _OPERAND, _literal(expression, kept)


def _binary(expression: tree.Binary, kept: Original) -> Document:
    """A chain of operators that bind alike is broken as a whole, before each operator."""
    binding = _BINDING[expression.operator]
    if binding == _POWER:
        left = written(expression.left, kept, _AT)
        return [left, " ^ ", written(expression.right, kept, _SIGN)]
    chain: list[Document] = []
    first: tree.Expression = expression
    while isinstance(first, tree.Binary) and _BINDING[first.operator] == binding:
        chain.append([Break(), f"{first.operator} ", written(first.right, kept, binding + 1)])
        first = first.left
        if binding == _COMPARISON:
            break
    tightest = binding + 1 if binding == _COMPARISON else binding
    return group(written(first, kept, tightest), Nest(chain[::-1]))


def written_arguments(arguments: Sequence[tree.Argument], after: int, kept: Original) -> Document:
    match arguments:
        case (tree.Argument(None, tree.Comprehension() as rows),):
            return _bracketed("(", _comprehension(rows, kept), ")")
        case _:
            printed = [_argument(argument, kept) for argument in arguments]
            spans = [argument.span for argument in arguments]
            return written_list("(", printed, spans, kept.inside("LPAR", after), ")", kept)


def _argument(argument: tree.Argument, kept: Original) -> Document:
    match argument:
        case tree.Argument(None, value):
            return written(value, kept)
        case tree.Argument(tree.Name(name), tree.Name(same)) if name == same:
            return f"{name}:"
        case tree.Argument(tree.Name(name), value):
            return [f"{name}: ", written(value, kept)]
        case _:
            raise AssertionError(argument)


def _comprehension(rows: tree.Comprehension, kept: Original) -> Document:
    return [
        written(rows.element, kept),
        Break(),
        "for ",
        written_binders(rows.binders, kept),
    ]


def _bracketed(opening: str, content: Document, closing: str) -> Document:
    return group(opening, Nest([Break(""), content]), Break(""), closing)


Literal = (
    tree.Number
    | tree.Quantity
    | tree.Date
    | tree.Instant
    | tree.Duration
    | tree.DayCount
    | tree.Text
    | tree.Truth
)


def _literal(literal: Literal, kept: Original) -> Document:
    match literal:
        case tree.Number(_, spelling):
            return spelling
        case tree.Quantity(_, spelling, unit):
            return f"{spelling} {type_text(unit)}"
        case tree.Date(value):
            return value.isoformat()
        case tree.Instant(value):
            precision = "seconds" if value.second else "minutes"
            return value.replace(tzinfo=None).isoformat(timespec=precision) + "Z"
        case tree.Duration(count, unit, calendar):
            counted = f"{count}{unit}"
            return counted if calendar is None else [counted, "(", written(calendar, kept), ")"]
        case tree.DayCount(convention):
            return convention
        case tree.Text():
            return quoted(literal)
        case tree.Truth(value):
            return "true" if value else "false"
        case _:
            assert_never(literal)


def written_binder(binder: tree.Binder, kept: Original) -> Document:
    return [f"{binder.name.text} in ", written(binder.source, kept)]


def written_binders(binders: Sequence[tree.Binder], kept: Original) -> Document:
    return joined(", ", [written_binder(binder, kept) for binder in binders])


# --- names, types and lists ---


def quoted(text: tree.Text) -> str:
    return f'"{text.value}"'


def type_text(type: tree.TypeExpression) -> str:
    match type:
        case tree.TypeName(parts):
            return "/".join(part.text for part in parts)
        case tree.ListType(element):
            return f"[{type_text(element)}]"
        case _:
            assert_never(type)


def written_list(
    opening: str,
    members: Sequence[Document],
    spans: Sequence[Span],
    inside: tuple[int, int],
    closing: str,
    kept: Original,
) -> Document:
    """`(a, b)`: on one line, or each member on a line of its own and a comma behind the last."""
    places = kept.places(spans, inside)
    if not members and not places.has_comments:
        return opening + closing
    rows: list[Document] = []
    for index, (member, place) in enumerate(zip(members, places.members, strict=True)):
        rows.extend(
            [Break("" if index == 0 else " "), [[it, Forced(), Break()] for it in place.above]]
        )
        last = index == len(members) - 1
        rows.extend([member, Either(",", "") if last else ","])
        rows.extend([Suffix("  " + place.behind)] if place.behind else [])
    rows.extend([Break(""), text, Forced()] for text in places.end.above)
    broken = bool(spans) and kept.starts_line(spans[0].start)
    opened = [Suffix("  " + text) for text in places.opening]
    return group(opening, opened, Nest(rows), Break(""), closing, [Forced()] if broken else [])


def name_list(names: Sequence[tree.Name]) -> str:
    return ", ".join(name.text for name in names)
