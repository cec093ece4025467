"""`sum(... for a in basket)` and its like: over lists, and over the dates or periods of a schedule.

Over dates everything that is observed says when: `S at t`. So each member has a value of its own,
known from the last of those instants on, and the whole is known once all of them are.
"""

from rfos_lang.semantics.arithmetic import Operand, fitting, unit_of
from rfos_lang.semantics.definition import (
    Comprehension,
    Expression,
    Fold,
    ListOf,
    Literal,
    LocalRead,
    Observe,
    Operation,
    Plain,
    Quantity,
    RiskRead,
    Sampled,
    StateRead,
    Type,
    Variable,
)
from rfos_lang.semantics.observing import fixed_instant
from rfos_lang.semantics.scope import Checking, not_yet
from rfos_lang.semantics.types import NUMBER, counted, described, wrong_kind
from rfos_lang.semantics.walk import children, unfixed
from rfos_lang.syntax import tree


def member_variable(checking: Checking, binder: tree.Binder, source: Expression) -> Variable | None:
    """What `for x in source` binds: a member of a list, a date, a period."""
    match source.type:
        case ListOf(element=(Plain.ASSET | Plain.PERIOD | Quantity()) as element):
            type: Type = element
        case Plain.SCHEDULE:
            type = Plain.DATE
        case ListOf():
            not_yet(checking, binder.source.span, f"`for` over {described(source.type)}")
            return None
        case _:
            words = checking.words(binder.source)
            wrong_kind(checking, binder.source.span, words, "a list or a schedule", source.type)
            return None
    if type is not Plain.ASSET and not fixed_instant(checking, binder.source, source):
        return None
    return Variable(checking.fresh(binder.name.text), type, binder.name.span)


def comprehension(
    checking: Checking,
    node: tree.Call,
    variables: tuple[Variable, ...],
    sources: tuple[Expression, ...],
    body: Operand,
) -> Expression | None:
    """`function(body for variable in source, ...)`, its parts checked."""
    assert isinstance(node.function, tree.Name)
    name = node.function.text
    type = _type(checking, name, body)
    if type is None or _carries_a_variable(checking, name, variables, body):
        return None
    dated = any(variable.type in (Plain.DATE, Plain.PERIOD) for variable in variables)
    if dated and not _is_known_in_time(checking, name, variables, body):
        return None
    return Comprehension(name, variables, sources, body.value, type, node.span)


def _type(checking: Checking, name: str, body: Operand) -> Quantity | None:
    what = f"what `{name}` takes"
    if name == "count":
        return NUMBER if fitting(checking, body, Plain.TRUTH, what) else None
    unit = unit_of(checking, body)
    if unit is None:
        return None
    type = Quantity(unit)
    if name == "product" and type != NUMBER:
        checking.report(
            "E0201",
            body.node.span,
            what=what,
            wanted="a pure number",
            found=counted(type),
            mend=None,
        )
        return None
    return type


def _carries_a_variable(
    checking: Checking, name: str, variables: tuple[Variable, ...], body: Operand
) -> bool:
    """Reports E0222 for members in units of their own, which have no sum."""
    if not isinstance(body.value.type, Quantity):
        return False
    unit = body.value.type.unit
    for variable in variables:
        if variable.type is Plain.ASSET and variable.name in dict(unit.factors):
            checking.report(
                "E0222",
                body.node.span,
                words=checking.words(body.node),
                name=name,
                variable=variable.name.partition(" ")[0],
                unit=str(unit),
            )
            return True
    return False


# --- over dates ----------------------------------------------------------------------------------


def _is_known_in_time(
    checking: Checking, name: str, variables: tuple[Variable, ...], body: Operand
) -> bool:
    """Whether every member can be worked out by itself, outside of any clause, at its own time."""
    if unfixed(body.value) is None:
        return True
    variable, *others = variables
    if others:
        not_yet(checking, others[0].span, "walking in step over dates at which something is read")
        return False
    stack, seen = [body.value], set[int]()
    while stack:
        part = stack.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if not _stands_alone(checking, name, variable, part, body.node):
            return False
        if not isinstance(part, Sampled):
            stack.extend(children(part))
    return True


def _stands_alone(
    checking: Checking, name: str, variable: Variable, part: Expression, body: tree.Expression
) -> bool:
    match part:
        case Observe():
            moment = variable.name.partition(" ")[0]
            moment += ".end" if variable.type is Plain.PERIOD else ""
            inside = body.span.start <= part.span.start and part.span.end <= body.span.end
            place = part if inside else body  # it may stand in a `let`
            words = checking.words(place)
            operand = words.strip("`")
            operand = f"({operand})" if isinstance(place, tree.Binary | tree.Unary) else operand
            mend = f"`({operand} at {moment})`"
            checking.report("E0421", place.span, words=words, mend=mend)
        case Fold():
            not_yet(checking, part.span, f"a path function inside `{name}(... for ...)`")
        case StateRead():
            not_yet(checking, part.span, f"a state inside `{name}(... for ...)`")
        case LocalRead():
            checking.report("E0404", part.span, words=checking.words(part), name=name)
        case RiskRead():
            not_yet(checking, part.span, f"a risk measure inside `{name}(... for ...)`")
        case _:
            return True
    return False


# --- members by position -------------------------------------------------------------------------


def indexed(
    checking: Checking, node: tree.Index, subject: Expression, position: Expression
) -> Expression | None:
    """`dates[k]` with a position that the terms fix; `weights[0]` with one that the text says."""
    match subject.type:
        case Plain.SCHEDULE:
            if not fixed_instant(checking, node.position, position):
                return None
            return Operation("index", (subject, position), Plain.DATE, node.span)
        case ListOf(element=Quantity() as element) if isinstance(position, Literal):
            return Operation("index", (subject, position), element, node.span)
        case ListOf():
            not_yet(checking, node.span, f"a member of {described(subject.type)} by a position")
        case _:
            words = checking.words(node.subject)
            wrong_kind(checking, node.subject.span, words, "a list or a schedule", subject.type)
    return None
