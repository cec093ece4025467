"""Formulas as one loop over rows in LLVM's language, eight rows a turn."""

from collections.abc import Callable, Mapping, Sequence

from rfos_lang.core.formula import Call, Formula, Function, Input, Number, ordered
from rfos_lang.valuation.rows import elementary
from rfos_lang.valuation.rows.vectors import REALS, WIDTH, Reals, Text


def printed(formulas: Sequence[Formula], inputs: Sequence[Input]) -> str:
    """A module with the function `rows(count, from, steps, to)`. `from` points at a column of
    numbers for each input, `to` at one for each formula; `steps` says by how many rows a column
    goes forward in a turn: WIDTH, or 0 if all its rows are alike. `count` is a multiple of WIDTH.
    """
    text = Text()
    known: dict[Formula, Reals] = {}
    for node in ordered(*formulas):
        match node:
            case Number(value=value):
                known[node] = text.constant(value)
            case Input():
                known[node] = Reals(text, f"%x{inputs.index(node)}")
            case Call():
                known[node] = _called(node, known)
    return _module(text, [known[formula].name for formula in formulas], len(inputs))


def _called(node: Call, known: Mapping[Formula, Reals]) -> Reals:
    """The value of a call. What a distribution and a density at one number have in common is
    computed once, whatever its sign."""
    match node:
        case Call(function=Function.NORMAL, arguments=(Call(Function.NEGATE, (inner,)),)):
            return elementary.normal(known[inner], -1)
        case Call(Function.EXP, (Call(Function.NEGATE, (Call(Function.DIVIDE, halved),)),)):
            match halved:
                case (Call(Function.MULTIPLY, (x, same)), Number(value=2.0)) if x is same:
                    return elementary.bell(known[x])
        case Call(Function.DIVIDE, (dividend, Number(value=divisor))) if divisor:
            return known[dividend] * (1 / divisor)  # a tenth of the time
        case _:
            pass
    return _APPLIED[node.function](*(known[each] for each in node.arguments))


_APPLIED: Mapping[Function, Callable[..., Reals]] = {
    Function.ADD: lambda a, b: a + b,
    Function.SUBTRACT: lambda a, b: a - b,
    Function.MULTIPLY: lambda a, b: a * b,
    Function.DIVIDE: lambda a, b: a / b,
    Function.NEGATE: lambda a: -a,
    Function.ABSOLUTE: abs,
    Function.SQRT: Reals.root,
    Function.EXP: elementary.exp,
    Function.LOG: elementary.log,
    Function.NORMAL: elementary.normal,
    Function.MINIMUM: lambda a, b: _unless_nan(a, b, (a < b).choose(a, b)),
    Function.MAXIMUM: lambda a, b: _unless_nan(a, b, (a > b).choose(a, b)),
    Function.LESS: lambda a, b: (a < b).choose(1.0, 0.0),
    Function.LESS_OR_EQUAL: lambda a, b: (a <= b).choose(1.0, 0.0),
    Function.SELECT: lambda c, chosen, otherwise: c.is_not(0.0).choose(chosen, otherwise),
}


def _unless_nan(a: Reals, b: Reals, found: Reals) -> Reals:
    """`found`, which is `b` where one of both is no number; it has to be `a` if that is none."""
    return a.is_not(a).choose(a, found)


def _module(text: Text, results: Sequence[str], inputs: int) -> str:
    """The loop around the lines. Columns may begin anywhere, and overlap nowhere."""
    before, loads, stores = [], [], []
    for k in range(inputs):
        before += [
            f"  %from{k}.at = getelementptr ptr, ptr %from, i64 {k}",
            f"  %from{k} = load ptr, ptr %from{k}.at",
            f"  %step{k}.at = getelementptr i64, ptr %steps, i64 {k}",
            f"  %step{k} = load i64, ptr %step{k}.at",
        ]
        loads += [
            f"  %row{k} = mul i64 %turn, %step{k}",
            f"  %x{k}.at = getelementptr double, ptr %from{k}, i64 %row{k}",
            f"  %x{k} = load {REALS}, ptr %x{k}.at, align 8",
        ]
    for k, name in enumerate(results):
        before += [
            f"  %to{k}.at = getelementptr ptr, ptr %to, i64 {k}",
            f"  %to{k} = load ptr, ptr %to{k}.at",
        ]
        stores += [
            f"  %y{k}.at = getelementptr double, ptr %to{k}, i64 %done",
            f"  store {REALS} {name}, ptr %y{k}.at, align 8",
        ]
    return "\n".join(
        [
            f"declare {REALS} @llvm.fabs.v{WIDTH}f64({REALS})",
            f"declare {REALS} @llvm.sqrt.v{WIDTH}f64({REALS})",
            "define void @rows(i64 %count, ptr %from, ptr %steps, ptr %to) {",
            "begin:",
            *before,
            "  br label %next",
            "next:",
            "  %turn = phi i64 [ 0, %begin ], [ %turn.after, %loop ]",
            f"  %done = mul i64 %turn, {WIDTH}",
            "  %more = icmp slt i64 %done, %count",
            "  br i1 %more, label %loop, label %end",
            "loop:",
            *loads,
            *text.lines,
            *stores,
            "  %turn.after = add i64 %turn, 1",
            "  br label %next",
            "end:",
            "  ret void",
            "}",
        ]
    )
