"""Statements and clauses: who pays whom, what, and when."""

from dataclasses import replace

from rfos_lang.base.diagnostic import Edit, Fix, rewriting
from rfos_lang.base.own_accounts import ESCROW, ISSUANCE
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.suggestion import did_you_mean
from rfos_lang.base.unit import base
from rfos_lang.semantics import calendar
from rfos_lang.semantics.arithmetic import Operand, tightly
from rfos_lang.semantics.become import Moment, become
from rfos_lang.semantics.causality import moment
from rfos_lang.semantics.constants import constant
from rfos_lang.semantics.definition import (
    Assignment,
    AtClause,
    AtEachClause,
    Clause,
    Ending,
    Expression,
    If,
    LetOnce,
    Literal,
    LocalRead,
    Observe,
    Operation,
    Payment,
    Plain,
    Quantity,
    Record,
    Requirement,
    Statement,
    StateRead,
    Type,
    Variable,
    WhenClause,
    WhenEachClause,
)
from rfos_lang.semantics.expressions import (
    check_formula,
    expect,
    infer,
    let_value,
    noted,
    optional,
)
from rfos_lang.semantics.factors import factors, units_of_factors, without_one
from rfos_lang.semantics.observing import fixed_instant
from rfos_lang.semantics.scope import (
    Checking,
    Formula,
    Kind,
    Mend,
    Party,
    Scope,
    Value,
    declare,
    lookup,
    missing,
    not_yet,
    outward,
)
from rfos_lang.semantics.types import NUMBER, asset_of_unit, brief, unit_of_asset, wrong_kind
from rfos_lang.semantics.walk import observes, unfixed
from rfos_lang.syntax import tree


@dataclass(frozen=True, slots=True)
class Block:
    """Where statements stand: `requires` if a false `require` may refuse them. `now` is
    the date of the clause, or the variable that walks its dates, None for any instant."""

    scope: Scope
    requires: bool = False
    now: Expression | None = None


# --- clauses -------------------------------------------------------------------------------------


def clause(checking: Checking, scope: Scope, node: tree.Statement) -> Clause | None:
    """A clause of the contract."""
    match node:
        case tree.AtInstant():
            return _at(checking, scope, node)
        case tree.AtEach():
            return _at_each(checking, scope, node)
        case tree.When():
            return _when(checking, scope, node)
        case tree.WhenEach():
            return _when_each(checking, scope, node)
        case _:
            raise AssertionError("not a clause")


def _at(checking: Checking, scope: Scope, node: tree.AtInstant) -> Clause | None:
    instant = instant_known(checking, scope, node.instant, "what follows `at`")
    body = block(checking, Block(_at_moment(scope, instant), now=instant), node.body)
    return None if instant is None else AtClause(instant, body, node.span)


def _at_each(checking: Checking, scope: Scope, node: tree.AtEach) -> Clause | None:
    inside = Scope(scope)
    bound = walked(checking, inside, node.binders)
    now = None if bound is None else moment(bound[0])
    body = block(checking, Block(_at_moment(inside, now), now=now), node.body)
    return None if bound is None else AtEachClause(*bound, body, node.span)


def _at_moment(scope: Scope, now: Expression | None) -> Scope:
    """A block that runs at a known instant, which is what `now` means in it."""
    return Scope(scope, {} if now is None else {"now": Value(now, Kind.VARIABLE)})


def _when(checking: Checking, scope: Scope, node: tree.When) -> Clause | None:
    condition = expect(checking, scope, node.condition, Plain.TRUTH, "what follows `when`")
    days = optional(checking, scope, node.days, Plain.SCHEDULE, "what follows `on`")
    body = block(checking, Block(Scope(scope)), node.body)
    if condition is None or (node.days is not None and days is None):
        return None
    if node.days and days and not fixed_instant(checking, node.days, days):
        return None
    if days is None and not observes(condition):
        words = checking.words(node.condition)
        checking.report("E0407", node.condition.span, words=words)
        return None
    return WhenClause(condition, days, body, node.span)


def _when_each(checking: Checking, scope: Scope, node: tree.WhenEach) -> Clause | None:
    """`when each d in dividends(u) { ... }`: the name stands for the record that is told."""
    binder, *others = node.binders
    if others:
        not_yet(checking, others[0].span, "walking over two streams in step")
    stream = infer(checking, scope, binder.source)
    if stream is not None and not isinstance(stream.type, Record):
        wanted = "an event stream"
        wrong_kind(checking, binder.source.span, "what follows `in`", wanted, stream.type)
        stream = None
    inside = Scope(scope)
    declare(checking, inside, binder.name, Value(stream, Kind.VARIABLE, binder.name.span))
    body = block(checking, Block(inside), node.body)
    if others or not isinstance(stream, Observe):
        return None
    return WhenEachClause(stream, body, node.span)


def instant_known(
    checking: Checking, scope: Scope, node: tree.Expression, what: str
) -> Expression | None:
    """A date that is known when the contract begins."""
    instant = expect(checking, scope, node, Plain.DATE, what)
    return instant if instant and fixed_instant(checking, node, instant) else None


def walked(
    checking: Checking, inside: Scope, binders: tuple[tree.Binder, ...]
) -> tuple[Variable, Expression] | None:
    """The variable of an `each` and the dates it walks; the name is declared in any case."""
    binder, *others = binders
    if others:
        not_yet(checking, others[0].span, "walking over two schedules in step")
    schedule = expect_schedule(checking, inside, binder.source)
    type = None if schedule is None else calendar.element_type(schedule)
    variable = None
    if type is not None:
        variable = Variable(checking.fresh(binder.name.text), type, binder.name.span)
    for each in binders:
        value = variable if each is binder else None
        declare(checking, inside, each.name, Value(value, Kind.VARIABLE, each.name.span))
    if schedule is None or variable is None or others:
        return None
    return (variable, schedule) if fixed_instant(checking, binder.source, schedule) else None


def expect_schedule(checking: Checking, scope: Scope, node: tree.Expression) -> Expression | None:
    """A schedule, or the periods of one."""
    if isinstance(node, tree.ListLiteral) and node.items:
        return expect(checking, scope, node, Plain.SCHEDULE, "what follows `in`")
    source = infer(checking, scope, node)
    if source is not None and calendar.element_type(source) is None:
        wanted = "a schedule or its `periods(...)`"
        wrong_kind(checking, node.span, checking.words(node), wanted, source.type)
        return None
    return source


# --- parties -------------------------------------------------------------------------------------


def party(checking: Checking, scope: Scope, name: tree.Name) -> str | None:
    """A party to the contract, or its own account, by name."""
    checking.used.add(name.text)
    if isinstance(lookup(scope, name.text), Party) or name.text == ESCROW:
        return name.text
    parties = [
        known
        for around in outward(scope)
        for known, meaning in around.names.items()
        if isinstance(meaning, Party)
    ]
    match lookup(scope, name.text):
        case Value(expression=None):
            pass
        case None if checking.incomplete or did_you_mean(name.text, parties):
            missing(checking, name, "a party to this contract", parties)
        case _:
            shown = " and ".join(f"`{each}`" for each in parties)
            checking.report("E0310", name.span, name=name.text, parties=shown)
    return None


def named_party(checking: Checking, scope: Scope, name: tree.Name, does: str) -> str | None:
    """Someone who can act, unlike the contract's own account, which cannot do what `does` says."""
    if name.text == ESCROW:
        checking.report("E0322", name.span, does=does)
        return None
    return party(checking, scope, name)


# --- statements ----------------------------------------------------------------------------------


def block(
    checking: Checking, place: Block, nodes: tuple[tree.Statement, ...]
) -> tuple[Statement, ...]:
    """The statements of a block, in order; those that are wrong are reported and left out."""
    found: list[Statement] = []
    for node in nodes:
        if isinstance(node, tree.Become):
            at = Moment(place.now, place.requires)
            found += become(checking, place.scope, at, node)
        elif (statement := _statement(checking, place, node)) is not None:
            found.append(statement)
    return tuple(found)


def _statement(checking: Checking, place: Block, node: tree.Statement) -> Statement | None:
    scope = place.scope
    match node:
        case tree.Let():
            return _let(checking, scope, node)
        case tree.If():
            return _if(checking, place, node)
        case tree.Pays():
            return _paid_at_once(checking, payment(checking, scope, node))
        case tree.Assign():
            return _assign(checking, scope, node)
        case tree.End():
            return Ending(node.span)
        case tree.Require() if place.requires:
            return requirement(checking, scope, node)
        case tree.Require():
            checking.report("E0409", node.span)
        case tree.Mint() | tree.Burn():
            return issue(checking, scope, node)
        case _ if not checking.incomplete:  # a lost brace may have put it here
            checking.report("E0413", node.span, statement=_WORDS[type(node)])
    return None


_WORDS: dict[type[tree.Node], str] = {
    tree.State: "state",
    tree.Style: "style",
    tree.Cut: "cut",
    tree.Unsecured: "unsecured",
    tree.AtInstant: "at",
    tree.AtEach: "at each",
    tree.When: "when",
    tree.WhenEach: "when each",
    tree.May: "may",
    tree.Collateral: "collateral",
    tree.Liquidation: "liquidation",
}


def _let(checking: Checking, scope: Scope, node: tree.Let) -> Statement | None:
    """A `let` in a block binds once; one with parameters, or of a fixed date or a list, is a name
    for its expression."""
    if node.parameters:
        formula = Formula(node, Scope(scope))
        check_formula(checking, formula)
        declare(checking, scope, node.name, formula)
        return None
    value = let_value(checking, Scope(scope), node)
    noted(checking, node, value)
    if value is None or not _binds(value):
        declare(checking, scope, node.name, Value(value, Kind.LET, node.name.span))
        return None
    name = checking.fresh(node.name.text)
    local = LocalRead(name, value.type, node.name.span)
    declare(checking, scope, node.name, Value(local, Kind.LET, node.name.span))
    return LetOnce(name, value, node.span)


def _binds(value: Expression) -> bool:
    if isinstance(value.type, Quantity) or value.type is Plain.TRUTH:
        return True
    return value.type is Plain.DATE and unfixed(value) is not None


def _if(checking: Checking, place: Block, node: tree.If) -> Statement | None:
    condition = expect(checking, place.scope, node.condition, Plain.TRUTH, "what follows `if`")
    arms = [
        block(checking, replace(place, scope=Scope(place.scope)), arm)
        for arm in (node.consequence, node.alternative)
    ]
    return None if condition is None else If(condition, arms[0], arms[1], node.span)


def _assign(checking: Checking, scope: Scope, node: tree.Assign) -> Statement | None:
    name = node.target
    match lookup(scope, name.text):
        case Value(expression=None):
            infer(checking, scope, node.value)
            return None
        case Value(expression=StateRead(type=type), span=declared):
            value = _assigned(checking, scope, node, type, declared)
            return None if value is None else Assignment(name.text, value, node.span)
        case None:
            states = [k for s in outward(scope) for k, m in s.names.items() if _is_state(m)]
            missing(checking, name, "a state of this contract", states)
        case meaning:
            checking.report("E0311", name.span, name=name.text, kind=meaning.kind.value)
    return None


def _is_state(meaning: object) -> bool:
    return isinstance(meaning, Value) and meaning.kind is Kind.STATE


def _assigned(
    checking: Checking, scope: Scope, node: tree.Assign, type: Type, declared: Span | None
) -> Expression | None:
    """The new value, `+=` and `-=` written out."""
    name = node.target.text
    value = expect(checking, scope, node.value, type, f"what is assigned to `{name}`", declared)
    if value is None or node.operator == "=":
        return value
    checking.used.add(name)
    if not isinstance(type, Quantity):
        wrong_kind(checking, node.span, f"`{name}`", "a number", type)
        return None
    before = StateRead(name, type, node.target.span)
    return Operation(node.operator[0], (before, value), type, node.span)


def requirement(checking: Checking, scope: Scope, node: tree.Require) -> Requirement | None:
    """`require condition, "message"`."""
    condition = expect(checking, scope, node.condition, Plain.TRUTH, "what follows `require`")
    return None if condition is None else Requirement(condition, node.message.value, node.span)


# --- payments ------------------------------------------------------------------------------------


def _paid_at_once(checking: Checking, made: Payment | None) -> Payment | None:
    """The payment, unless escrow would count on what it has not been paid."""
    if made is not None and made.on is not None and made.payee == ESCROW:
        checking.report("E0327", made.on.span, date=checking.quoted(made.on))
        return None
    return made


def payment(checking: Checking, scope: Scope, node: tree.Pays) -> Payment | None:
    """`writer pays holder amount`; the unit of the amount is the asset that moves."""
    payer, payee = party(checking, scope, node.payer), party(checking, scope, node.payee)
    amount = infer(checking, scope, node.amount)
    on = optional(checking, scope, node.on, Plain.DATE, "what follows `on`")
    if payer is not None and payer == payee:
        checking.report("E0312", node.payee.span, name=payer)
        return None
    if payer is None or payee is None or amount is None:
        return None
    asset = _asset_moved(checking, scope, Operand(node.amount, amount))
    if asset is None:
        return None
    if node.on is not None and on is None:
        return None
    value = constant(amount)
    if value is not None and value < 0 and not node.net:
        fixes = _turned_round(checking, node)
        checking.report("E0223", node.amount.span, fixes=fixes, payer=payer, payee=payee)
        return None
    label = None if node.label is None else node.label.value
    return Payment(payer, payee, amount, asset, node.net, on, label, node.span)


def _turned_round(checking: Checking, node: tree.Pays) -> tuple[Fix, ...]:
    """The other party pays, and the sign goes."""
    if not (isinstance(node.amount, tree.Unary) and node.amount.operator == "-"):
        return ()
    edits = (
        Edit(node.payer.span, node.payee.text),
        Edit(node.payee.span, node.payer.text),
        Edit(node.amount.span, checking.quoted(node.amount.operand)),
    )
    return (Fix(f"let {node.payee.text} pay {node.payer.text}", edits),)


def issue(checking: Checking, scope: Scope, node: tree.Mint | tree.Burn) -> Payment | None:
    """`mint amount to owner` and `burn amount from owner`: payments of the asset's issuance."""
    who = party(checking, scope, node.receiver if isinstance(node, tree.Mint) else node.owner)
    amount = infer(checking, scope, node.amount)
    asset = None if amount is None else _asset_moved(checking, scope, Operand(node.amount, amount))
    if who is None or amount is None or asset is None:
        return None
    sides = (ISSUANCE, who) if isinstance(node, tree.Mint) else (who, ISSUANCE)
    value = constant(amount)
    word, other = ("mint", "burn") if isinstance(node, tree.Mint) else ("burn", "mint")
    if value is not None and value < 0:
        checking.report("E0325", node.amount.span, word=word, other=other)
    elif not (isinstance(asset, Literal) and asset.value in checking.issued):
        checking.report("E0324", node.span, word=word, asset=unit_of_asset(asset))
    else:
        return Payment(*sides, amount, asset, False, None, None, node.span)
    return None


def _asset_moved(checking: Checking, scope: Scope, amount: Operand) -> Expression | None:
    """The asset that the amount's unit is."""
    type = amount.value.type
    if isinstance(type, Quantity) and not amount.is_zero:
        asset = asset_of_unit(scope, type.unit)
        if asset is not None:
            return asset
    words, span = checking.words(amount.node), amount.node.span
    mend = _factor(checking, scope, amount) or _surplus(checking, scope, amount.value)
    label = units_of_factors(checking, amount.value)
    checking.report("E0206", span, label=label, words=words, found=brief(type), mend=mend)
    return None


def _surplus(checking: Checking, scope: Scope, amount: Expression) -> Mend | None:
    """A factor of the amount that keeps it from being an amount of one asset."""
    units = [each.type.unit for each, _ in factors(amount) if isinstance(each.type, Quantity)]
    names = {name for unit in units for name, _ in unit.factors}
    wanted = [base(name) for name in sorted(names) if asset_of_unit(scope, base(name))]
    mends = (without_one(checking, amount, unit) for unit in wanted)
    return next((mend for mend in mends if mend is not None), None)


def _factor(checking: Checking, scope: Scope, amount: Operand) -> Mend | None:
    """A parameter of the contract that makes an amount of an asset when it is multiplied in."""
    type = amount.value.type
    if not isinstance(type, Quantity):
        return None
    if type == NUMBER:
        return Mend("multiply it by a notional, or say what it counts: `100 USD`")
    for around in outward(scope):
        for name, meaning in around.names.items():
            match meaning:
                case Value(kind=Kind.PARAMETER, expression=expression) if expression is not None:
                    by = expression.type
                    if isinstance(by, Quantity) and asset_of_unit(scope, by.unit * type.unit):
                        moved = by.unit * type.unit
                        text = f"{name} * {tightly(checking, amount.node)}"
                        fix = rewriting(f"write `{text}`", amount.node.span, text)
                        words = f"multiplied by `{name}`, which is {by.unit}, it is {moved}"
                        return Mend(words, (fix,))
    return None
