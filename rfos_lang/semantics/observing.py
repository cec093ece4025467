"""Reading through time: the value at another instant, and path functions along many."""

from rfos_lang.semantics import functions
from rfos_lang.semantics.arithmetic import Operand, fitting, unit_of
from rfos_lang.semantics.definition import (
    Comprehension,
    Expression,
    Fold,
    LocalRead,
    Plain,
    Sampled,
    StateRead,
    Variable,
)
from rfos_lang.semantics.scope import Checking, missing, not_yet
from rfos_lang.semantics.types import NUMBER
from rfos_lang.semantics.walk import gathers, observes, unfixed, within
from rfos_lang.syntax import tree


def fold(
    checking: Checking,
    node: tree.FoldOn | tree.Call,
    name: str,
    value: Operand,
    schedule: Expression | None,
) -> Expression | None:
    """`mean(S on fixings)`, or, with no schedule, of every observation since the start."""
    takes, gives = functions.PATH[name]
    if takes == "condition":
        if fitting(checking, value, Plain.TRUTH, f"what `{name}` takes") is None:
            return None
    elif unit_of(checking, value) is None:
        return None
    if not _followable(checking, name, value):
        return None
    type = NUMBER if takes != gives else value.value.type
    return Fold(name, value.value, schedule, type, node.span)


def no_path_function(checking: Checking, node: tree.FoldOn | tree.Call, name: str) -> None:
    """Reports that what stands before `(... on ...)` is no path function."""
    if name in functions.NOT_YET:
        not_yet(checking, node.span, f"`{name}(... on ...)`")
    elif name not in functions.POINTWISE:
        name_node = node.function if isinstance(node.function, tree.Name) else node.function.name
        missing(checking, name_node, "a path function", list(functions.PATH))


def _followable(checking: Checking, name: str, value: Operand) -> bool:
    """Whether a path function can follow the value by itself, outside of any clause."""
    for part in within(value.value):
        match part:
            case Fold():
                not_yet(checking, part.span, "a path function inside a path function")
                return False
            case Comprehension() if gathers(part):
                what = f"`{part.function}(... for ...)` over dates inside a path function"
                not_yet(checking, part.span, what)
                return False
            case StateRead():
                not_yet(checking, part.span, f"a state inside `{name}(...)`")
                return False
            case LocalRead() | Variable(type=Plain.DATE | Plain.PERIOD):
                words = checking.words(part)
                checking.report("E0404", part.span, words=words, name=name)
                return False
    if not observes(value.value):
        checking.report(
            "E0405", value.node.span, words=checking.words(value.node), what=f"`{name}`"
        )
        return False
    return True


def sampled(
    checking: Checking, node: tree.At, value: Operand, instant: Expression
) -> Expression | None:
    """`S at start`."""
    if unit_of(checking, value) is None or not fixed_instant(checking, node.instant, instant):
        return None
    for part in within(value.value):
        match part:
            case Fold():
                not_yet(
                    checking, node.span, "the value that a path function had at another instant"
                )
                return None
            case Comprehension() if gathers(part):
                what = f"the value that `{part.function}(... for ...)` over dates had at an instant"
                not_yet(checking, node.span, what)
                return None
            case StateRead() | LocalRead():
                checking.report("E0406", part.span, words=checking.words(part))
                return None
    if not observes(value.value):
        checking.report("E0405", value.node.span, words=checking.words(value.node), what="`at`")
        return None
    return Sampled(value.value, instant, value.value.type, node.span)


def fixed_instant(checking: Checking, node: tree.Expression, instant: Expression) -> bool:
    """Whether an instant or a schedule is known when the contract begins; reports E0403 if not."""
    varying = unfixed(instant)
    if varying is None:
        return True
    checking.report("E0403", node.span, words=checking.words(varying))
    return False
