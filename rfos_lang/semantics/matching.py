"""Arguments to parameters, in order or by name."""

from rfos_lang.base.diagnostic import insertion
from rfos_lang.semantics import functions
from rfos_lang.semantics.scope import Checking, Formula, Scope, lookup, missing, outward
from rfos_lang.syntax import tree


def matched(
    checking: Checking, node: tree.Call, parameters: list[str], optional: set[str]
) -> dict[str, tree.Expression] | None:
    """The arguments by parameter, in the order of the parameters."""
    given: dict[str, tree.Expression] = {}
    function = f"`{function_name(node)}({', '.join(parameters)})`"
    for argument in node.arguments:
        free = [name for name in parameters if name not in given]
        if argument.name is not None and argument.name.text not in parameters:
            missing(checking, argument.name, f"a parameter of {function}", parameters)
            return None
        if not free or (argument.name is not None and argument.name.text in given):
            checking.report("E0212", argument.span, function=function)
            return None
        given[free[0] if argument.name is None else argument.name.text] = argument.value
    lacking = [name for name in parameters if name not in given and name not in optional]
    if lacking:
        names = ", ".join(f"`{name}`" for name in lacking)
        checking.report("E0211", node.span, function=function, lacking=names)
        return None
    return {name: given[name] for name in parameters if name in given}


def function_name(node: tree.Call) -> str:
    return node.function.text if isinstance(node.function, tree.Name) else node.function.name.text


def no_function(checking: Checking, scope: Scope, node: tree.Call, name: str) -> None:
    """A call of what is no function: a value, or nothing at all."""
    assert isinstance(node.function, tree.Name)
    meaning = lookup(scope, name)
    if meaning is not None or name in functions.MEASURES:
        kind = "a risk measure" if meaning is None else meaning.kind.value
        fix = insertion(f"write `{name} * (...)`", checking.source, node.function.span.end, " * ")
        checking.report("E0309", node.function.span, fixes=(fix,), name=name, kind=kind)
        return
    lets = [
        known
        for around in outward(scope)
        for known, each in around.names.items()
        if isinstance(each, Formula) and each.let.parameters
    ]
    missing(checking, node.function, "a function", [*lets, *functions.ALL_NAMES])
