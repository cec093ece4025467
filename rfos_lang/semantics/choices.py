"""Choices: who may do what, when, and how much of it."""

from typing import assert_never

from rfos_lang.base.diagnostic import insertion
from rfos_lang.base.records import dataclass
from rfos_lang.semantics.definition import (
    AmountDeclaration,
    ChoiceClause,
    Expression,
    LocalRead,
    Plain,
    Quantity,
    Statement,
    Variable,
)
from rfos_lang.semantics.expressions import optional
from rfos_lang.semantics.scope import Checking, Kind, Scope, Value, declare, not_yet
from rfos_lang.semantics.statements import Block, block, instant_known, named_party, walked
from rfos_lang.semantics.totality import always_ends
from rfos_lang.semantics.types import asset_of_unit, described, read_type
from rfos_lang.syntax import tree


@dataclass(frozen=True, slots=True)
class _Timing:
    """When a choice may be made; one of `until`, `at`, `each` is set, or none: at any time."""

    opens: Expression | None = None
    until: Expression | None = None
    at: Expression | None = None
    each: tuple[Variable, Expression] | None = None

    @property
    def now(self) -> Expression | None:
        """When it is taken; None for a choice that may be taken at any time."""
        return self.at if self.each is None else self.each[0]

    @property
    def due(self) -> Expression | None:
        """When its deadline passes."""
        return self.until or self.now


def choice(checking: Checking, scope: Scope, node: tree.May) -> ChoiceClause | None:
    """`owner may draw(amount: cash) until expiry default c { ... } otherwise { ... }`."""
    chooser = named_party(checking, scope, node.chooser, "choose")
    dated = Scope(scope)
    timing = _timing(checking, dated, node.timing)
    default = optional(checking, dated, node.default, Plain.TRUTH, "what follows `default`")
    inside = Scope(dated)
    amounts = [_amount(checking, inside, parameter) for parameter in node.parameters]
    now, due = (timing.now, timing.due) if timing else (None, None)
    body = block(checking, Block(inside, requires=True, now=now), node.body)
    otherwise = block(checking, Block(Scope(dated), now=due), node.otherwise or ())
    known = [amount for amount in amounts if amount is not None]
    if not _is_answered(checking, node) or len(known) < len(amounts):
        return None
    if chooser is None or timing is None or (node.default is not None and default is None):
        return None
    return ChoiceClause(
        chooser,
        node.choice.text,
        timing.opens,
        timing.until,
        timing.at,
        timing.each,
        default,
        body,
        otherwise,
        node.span,
        tuple(known),
        node.timing is None or (bool(known) and node.otherwise is None),
    )


def failure(checking: Checking, scope: Scope, node: tree.When) -> ChoiceClause | None:
    """`when failed(borrower) { ...; end }`: what happens instead if a party cannot pay."""
    call = node.condition
    assert isinstance(call, tree.Call)
    (argument,) = call.arguments
    name = argument.value
    assert isinstance(name, tree.Name)
    who = named_party(checking, scope, name, "fail to pay what it does not hold")
    body = block(checking, Block(Scope(scope)), node.body)
    if node.days is not None:
        not_yet(checking, node.days.span, "`failed` on certain days")
    elif not always_ends(body) and len(body) == len(node.body):
        checking.report("E0432", node.condition.span, name=name.text)
    elif who is not None:
        nothing: tuple[Statement, ...] = ()
        when = (None, None, None, None, None)
        return ChoiceClause(who, FAILED, *when, body, nothing, node.span, repeats=True, fails=True)
    return None


FAILED = "failed"


def is_failure(node: tree.When) -> bool:
    """Whether a `when` asks if a party has failed to pay."""
    match node.condition:
        case tree.Call(function=tree.Name(text="failed"), arguments=(argument,)):
            return isinstance(argument.value, tree.Name)
        case _:
            return False


def _is_answered(checking: Checking, node: tree.May) -> bool:
    """Whether it is said what happens if nobody chooses: for a deadline it must be, unless the
    choice is of an amount; and nothing can happen by itself where nothing falls due."""
    who, name = node.chooser.text, node.choice.text
    silent = node.default is None and node.otherwise is None
    if node.timing is None and not silent:
        checking.report("E0430", node.choice.span, chooser=who, name=name)
    elif node.parameters and node.default is not None:
        amount = node.parameters[0].name.text
        checking.report("E0431", node.default.span, name=name, amount=amount)
    elif node.timing is not None and silent and not node.parameters and not checking.incomplete:
        nothing = "otherwise { }"
        fix = insertion(f"add `{nothing}`", checking.source, node.span.end, f" {nothing}")
        checking.report("E0408", node.choice.span, fixes=(fix,), chooser=who, name=name)
    else:
        return True
    return False


def _amount(
    checking: Checking, scope: Scope, parameter: tree.Parameter
) -> AmountDeclaration | None:
    """What the chooser names; its name is declared in any case."""
    name = parameter.name
    type = read_type(checking, scope, parameter.type)
    asset = asset_of_unit(scope, type.unit) if isinstance(type, Quantity) else None
    if parameter.default is not None:
        not_yet(checking, parameter.default.span, "a default for what is chosen")
    elif type is not None and asset is None:
        not_yet(checking, parameter.type.span, f"a choice of {described(type)}")
    if type is None or asset is None or parameter.default is not None:
        declare(checking, scope, name, Value(None, Kind.AMOUNT, name.span))
        return None
    local = LocalRead(checking.fresh(name.text), type, name.span)
    declare(checking, scope, name, Value(local, Kind.AMOUNT, name.span))
    return AmountDeclaration(local.name, asset, name.span)


def _timing(
    checking: Checking,
    scope: Scope,
    node: tree.Until | tree.FromUntil | tree.OnInstant | tree.OnEach | None,
) -> _Timing | None:
    match node:
        case None:
            return _Timing()
        case tree.Until(deadline=deadline):
            until = instant_known(checking, scope, deadline, "what follows `until`")
            return None if until is None else _Timing(until=until)
        case tree.FromUntil(opening=opening, deadline=deadline):
            opens = instant_known(checking, scope, opening, "what follows `from`")
            until = instant_known(checking, scope, deadline, "what follows `until`")
            return None if opens is None or until is None else _Timing(opens, until)
        case tree.OnInstant(instant=instant):
            at = instant_known(checking, scope, instant, "what follows `at`")
            return None if at is None else _Timing(at=at)
        case tree.OnEach(binders=binders):
            bound = walked(checking, scope, binders)
            if bound is not None and bound[0].type is Plain.PERIOD:
                not_yet(checking, binders[0].source.span, "a choice at each period of a schedule")
                return None
            return None if bound is None else _Timing(each=bound)
        case _:
            assert_never(node)
