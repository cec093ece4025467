"""Functions of whole schedules and lists."""

from rfos_lang.semantics.definition import Expression, ListOf, Operation, Plain
from rfos_lang.semantics.feed_reading import Expect, Infer
from rfos_lang.semantics.matching import matched, no_function
from rfos_lang.semantics.scope import Checking, Scope, lookup
from rfos_lang.semantics.types import NUMBER, wrong_kind
from rfos_lang.syntax import tree


def size(checking: Checking, scope: Scope, node: tree.Call, infer: Infer) -> Expression | None:
    """`size(dates)`: how many members a list or a schedule has."""
    written = matched(checking, node, ["list"], set())
    value = None if written is None else infer(checking, scope, written["list"])
    if value is None:
        return None
    if value.type is not Plain.SCHEDULE and not isinstance(value.type, ListOf):
        if lookup(scope, "size") is not None:
            no_function(checking, scope, node, "size")
            return None
        span = node.arguments[0].span
        wrong_kind(checking, span, "what `size` counts", "a list or a schedule", value.type)
        return None
    return Operation("size", (value,), NUMBER, node.span)


def merged(checking: Checking, scope: Scope, node: tree.Call, expect: Expect) -> Expression | None:
    """`merged(resets, coupons)`: the dates of several schedules in one."""
    count = len(node.arguments)
    if not count or any(argument.name for argument in node.arguments):
        needs = "one schedule or more"
        checking.report("E0215", node.span, name="merged", needs=needs, count=count)
        return None
    what = "what `merged` joins"
    parts = [expect(checking, scope, a.value, Plain.SCHEDULE, what) for a in node.arguments]
    checked = tuple(part for part in parts if part is not None)
    return (
        Operation("merged", checked, Plain.SCHEDULE, node.span) if len(checked) == count else None
    )
