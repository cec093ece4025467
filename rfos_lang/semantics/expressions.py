"""Expressions: from what is written to what is meant, with units checked on the way.

`infer` finds an expression's type, `expect` demands one. Both give None for an expression that is
wrong; it has been reported then, and whoever uses it keeps silent.
"""

from dataclasses import replace
from typing import assert_never

from rfos_lang.base.feed import Aspect
from rfos_lang.base.span import Span
from rfos_lang.base.unit import ONE
from rfos_lang.semantics import (
    arithmetic,
    calendar,
    comprehending,
    feed_reading,
    functions,
    of_schedules,
)
from rfos_lang.semantics.arithmetic import Operand, fitting
from rfos_lang.semantics.definition import (
    Expression,
    ListOf,
    Literal,
    LocalRead,
    Observe,
    Operation,
    Parameter,
    Plain,
    Start,
    StateRead,
    Type,
    Variable,
)
from rfos_lang.semantics.matching import matched, no_function
from rfos_lang.semantics.observing import fold, no_path_function, sampled
from rfos_lang.semantics.scope import (
    Checking,
    DeclaredFeed,
    Formula,
    Kind,
    Other,
    Party,
    Scope,
    Value,
    collateral_asset,
    declare,
    lookup,
    missing,
    not_yet,
    unknown,
)
from rfos_lang.semantics.types import (
    NUMBER,
    asset_of_unit,
    described,
    read_type,
    read_unit,
)
from rfos_lang.syntax import tree

WRITTEN_MAX = 5_000
"""How often `let`s may be written out in a contract, each time with other arguments."""

NESTING_MAX = 64
"""How deep expressions may nest, `let`s written out; chains of `a + b + c` do not count."""


def infer(checking: Checking, scope: Scope, node: tree.Expression) -> Expression | None:
    """The expression that is written; an index by name is its observation."""
    if checking.depth >= NESTING_MAX:
        if not checking.incomplete and checking.is_unsaid("E0411"):
            checking.report("E0411", node.span, limit=NESTING_MAX)
        return None
    checking.depth += 1
    try:
        return _inferred(checking, scope, node)
    finally:
        checking.depth -= 1


def expect(
    checking: Checking,
    scope: Scope,
    node: tree.Expression,
    wanted: Type,
    what: str,
    declared: Span | None = None,
) -> Expression | None:
    """The expression that is written, which must be of the type; `what` names it in a message, and
    `declared` is where the text asks for the type."""
    match node:
        case tree.ListLiteral() if wanted is Plain.SCHEDULE:
            return _list(checking, scope, node, Plain.DATE, wanted)
        case tree.ListLiteral() if isinstance(wanted, ListOf):
            return _list(checking, scope, node, wanted.element, wanted)
        case tree.Text(value=text) if wanted is Plain.ENTITY:
            return Literal(text, wanted, node.span)
        case tree.Name() if wanted is Plain.INDEX:
            value = _named(checking, scope, node)
        case _:
            value = infer(checking, scope, node)
    if value is None:
        return None
    return fitting(checking, Operand(node, value), wanted, what, declared)


def optional(
    checking: Checking, scope: Scope, node: tree.Expression | None, wanted: Type, what: str
) -> Expression | None:
    """As `expect`, of what need not be written."""
    return None if node is None else expect(checking, scope, node, wanted, what)


def _inferred(checking: Checking, scope: Scope, node: tree.Expression) -> Expression | None:
    match node:
        case tree.Name():
            value = _named(checking, scope, node)
            return _observed(value) if value and value.type is Plain.INDEX else value
        case tree.Number():
            return arithmetic.number(checking, node, ONE)
        case tree.Quantity():
            unit = read_unit(checking, scope, node.unit)
            return None if unit is None else arithmetic.number(checking, node, unit)
        case tree.Date():
            return calendar.date_literal(checking, node)
        case tree.Instant():
            return calendar.instant_literal(checking, node)
        case tree.Duration():
            return calendar.duration_literal(checking, scope, node)
        case tree.DayCount(convention=convention):
            return Literal(convention, Plain.DAY_COUNT, node.span)
        case tree.Text(value=text):
            return Literal(text, Plain.TEXT, node.span)
        case tree.Truth(value=truth):
            return Literal(truth, Plain.TRUTH, node.span)
        case _:
            return _composed(checking, scope, node)


Composed = (
    tree.Unary
    | tree.Binary
    | tree.Conditional
    | tree.Field
    | tree.Call
    | tree.FoldOn
    | tree.At
    | tree.ListLiteral
    | tree.Comprehension
    | tree.Index
    | tree.Between
)


def _composed(checking: Checking, scope: Scope, node: Composed) -> Expression | None:
    match node:
        case tree.Unary():
            operand = _operand(checking, scope, node.operand)
            return None if operand is None else arithmetic.unary(checking, node, operand)
        case tree.Binary():
            return _chain(checking, scope, node)
        case tree.Conditional():
            return _conditional(checking, scope, node)
        case tree.Field():
            subject = infer(checking, scope, node.subject)
            return None if subject is None else calendar.member(checking, node, subject)
        case tree.Call():
            return _call(checking, scope, node)
        case tree.FoldOn():
            return _fold_on(checking, scope, node)
        case tree.At():
            value = _operand(checking, scope, node.subject)
            instant = expect(checking, scope, node.instant, Plain.DATE, "what follows `at`")
            return sampled(checking, node, value, instant) if value and instant else None
        case tree.ListLiteral():
            return _inferred_list(checking, scope, node)
        case tree.Comprehension():
            not_yet(checking, node.span, "a list made by `for`, outside of `min max sum mean`")
        case tree.Index():
            return _indexed(checking, scope, node)
        case tree.Between():
            not_yet(checking, node.span, "a contract inside a contract")
        case _:
            assert_never(node)
    return None


def _fold_on(checking: Checking, scope: Scope, node: tree.FoldOn) -> Expression | None:
    name = node.function.text if isinstance(node.function, tree.Name) else ""
    value = _operand(checking, scope, node.element)
    every_tick = isinstance(node.schedule, tree.Name) and node.schedule.text == "every_tick"
    if every_tick and name in functions.PATH:
        return None if value is None else fold(checking, node, name, value, None)
    schedule = expect(checking, scope, node.schedule, Plain.SCHEDULE, "what follows `on`")
    if name not in functions.PATH:
        no_path_function(checking, node, name)
        return None
    return fold(checking, node, name, value, schedule) if value and schedule else None


def _operand(checking: Checking, scope: Scope, node: tree.Expression) -> Operand | None:
    value = infer(checking, scope, node)
    return None if value is None else Operand(node, value)


def _chain(checking: Checking, scope: Scope, node: tree.Binary) -> Expression | None:
    """`a + b + c + ...` nests to the left without end; its spine is walked, not descended."""
    spine = [node]
    while isinstance(spine[-1].left, tree.Binary):
        spine.append(spine[-1].left)
    left = _operand(checking, scope, spine[-1].left)
    for each in reversed(spine):
        right = _operand(checking, scope, each.right)
        value = arithmetic.binary(checking, each, left, right) if left and right else None
        left = None if value is None else Operand(each, value)
    return None if left is None else left.value


def _conditional(checking: Checking, scope: Scope, node: tree.Conditional) -> Expression | None:
    condition = expect(checking, scope, node.condition, Plain.TRUTH, "what follows `if`")
    chosen = _operand(checking, scope, node.consequence)
    otherwise = _operand(checking, scope, node.alternative)
    if condition is None or chosen is None or otherwise is None:
        return None
    return arithmetic.branches(checking, condition, chosen, otherwise, node)


# --- names ---------------------------------------------------------------------------------------


def _named(checking: Checking, scope: Scope, node: tree.Name) -> Expression | None:
    """What a name stands for, at the place where it stands."""
    checking.used.add(node.text)
    meaning = lookup(scope, node.text)
    match meaning:
        case Value(expression=None):
            return None
        case Value(expression=expression):
            assert expression is not None
            return _placed(expression, node)
        case Formula(let=let) if not let.parameters:
            return _written_out(checking, meaning, ())
        case DeclaredFeed(node=feed) if not feed.parameters:
            return feed_reading.of_feed(checking, meaning, Scope(meaning.scope), (), node, expect)
        case (
            Formula(let=tree.Let(parameters=parameters))
            | DeclaredFeed(node=tree.Feed(parameters=parameters))
        ):
            arguments = ", ".join(parameter.name.text for parameter in parameters)
            checking.report("E0306", node.span, name=node.text, arguments=arguments)
        case Party():
            checking.report("E0304", node.span, name=node.text)
        case None:
            return _reserved(checking, scope, node)
        case _:
            checking.report("E0307", node.span, name=node.text, kind=meaning.kind.value)
    return None


def _placed(expression: Expression, node: tree.Name) -> Expression:
    """The same name, read here."""
    match expression:
        case Parameter() | Variable() | StateRead() | LocalRead() | Literal():
            return replace(expression, span=node.span)
        case _:
            return expression


def _reserved(checking: Checking, scope: Scope, node: tree.Name) -> Expression | None:
    """The names that the language itself gives a meaning to."""
    asset = collateral_asset(scope)
    match node.text:
        case "start":
            return Start(Plain.DATE, node.span)
        case "now":
            return Observe("now", (), Plain.DATE, node.span, aspect=Aspect.NOW)
        case "this" | "escrow":
            not_yet(checking, node.span, f"`{node.text}`")
        case measure if measure in functions.MEASURES and asset is not None:
            return functions.risk_read(measure, None, asset, node.span)
        case measure if measure in functions.MEASURES:
            checking.report("E0308", node.span, name=measure)
        case name if name in functions.ALL_NAMES:
            checking.report("E0306", node.span, name=name, arguments="...")
        case _:
            unknown(checking, scope, node)
    return None


def _observed(index: Expression) -> Expression:
    """An index where a number is needed: its newest fixing."""
    return Observe("index", (index,), NUMBER, index.span)


# --- lets ----------------------------------------------------------------------------------------


def check_formula(checking: Checking, formula: Formula) -> None:
    """Checks a `let` once for itself, used or not, its parameters standing for themselves."""
    inside = Scope(formula.scope)
    for parameter in formula.let.parameters:
        type = read_type(checking, inside, parameter.type)
        name = parameter.name
        stand_in = None if type is None else Variable(name.text, type, name.span)
        declare(checking, inside, name, Value(stand_in, Kind.PARAMETER, name.span))
        if parameter.default is not None:
            not_yet(checking, parameter.default.span, "a default in the parameters of a `let`")
    errors = len(checking.diagnostics)
    if formula.let.parameters:
        noted(checking, formula.let, let_value(checking, inside, formula.let))
    else:
        _written_out(checking, formula, ())
    if len(checking.diagnostics) > errors:
        checking.formulas[(id(formula.let),)] = None


def let_value(checking: Checking, scope: Scope, let: tree.Let) -> Expression | None:
    """The value of a `let`, of its declared type if it has one; none if it may go on in what could
    not be read."""
    if checking.unread.is_beside(let.span):
        return None
    if let.type is None:
        return infer(checking, scope, let.value)
    type = read_type(checking, scope, let.type)
    if type is None:
        return None
    return expect(checking, scope, let.value, type, f"`{let.name.text}`", let.type.span)


def noted(checking: Checking, let: tree.Let, value: Expression | None) -> None:
    """Keeps what a `let` gives."""
    if value is not None and let.name.span.source == checking.source:
        checking.types[let.name.span] = value.type


def _written_out(
    checking: Checking, formula: Formula, arguments: tuple[Expression, ...]
) -> Expression | None:
    """A `let` with its arguments in place: the same object for the same arguments."""
    let = formula.let
    if any(each is let for each in checking.open):
        checking.report("E0402", let.name.span, name=let.name.text)
        return None
    if arguments and (id(let),) in checking.formulas:
        return None
    key = (id(let), *map(id, arguments))
    if key not in checking.formulas and len(checking.formulas) >= WRITTEN_MAX:
        if checking.is_unsaid("E0412"):
            checking.report("E0412", let.name.span, name=let.name.text, limit=WRITTEN_MAX)
        return None
    if key not in checking.formulas:
        names = zip(let.parameters, arguments, strict=True)
        inside = Scope(formula.scope, {p.name.text: Value(a, Kind.PARAMETER) for p, a in names})
        checking.kept.extend(arguments)
        checking.open.append(let)
        checking.formulas[key] = let_value(checking, inside, let)
        if not arguments:
            noted(checking, let, checking.formulas[key])
        checking.open.pop()
    return checking.formulas[key]


# --- calls ---------------------------------------------------------------------------------------


def _call(checking: Checking, scope: Scope, node: tree.Call) -> Expression | None:
    function = node.function
    if isinstance(function, tree.Field):
        return _method(checking, scope, node, function)
    match node.arguments:
        case (tree.Argument(value=tree.Comprehension() as spread),):
            return _over_lists(checking, scope, node, spread)
    name = function.text
    meaning = lookup(scope, name)
    match meaning:
        case Formula(let=let) if let.parameters:
            checking.used.add(name)
            return _applied(checking, scope, node, meaning)
        case DeclaredFeed():
            checking.used.add(name)
            return feed_reading.read(checking, scope, node, meaning, expect)
        case Other():
            not_yet(checking, node.span, f"{meaning.kind.value} such as `{name}(...)` in a formula")
            return None
        case _:
            return _builtin(checking, scope, node, name)


def _applied(
    checking: Checking, scope: Scope, node: tree.Call, formula: Formula
) -> Expression | None:
    """A `let` with arguments."""
    let = formula.let
    bound = feed_reading.arguments(
        checking, (scope, formula.scope), node, let.parameters, let.name, expect
    )
    return None if bound is None else _written_out(checking, formula, bound[1])


def _builtin(checking: Checking, scope: Scope, node: tree.Call, name: str) -> Expression | None:
    if name in functions.SIGNATURES:
        return _by_signature(checking, scope, node, functions.signature(name, len(node.arguments)))
    if name in functions.POINTWISE:
        return _pointwise(checking, scope, node, name)
    if name in functions.PATH and len(node.arguments) == 1:
        value = _operand(checking, scope, node.arguments[0].value)
        return None if value is None else fold(checking, node, name, value, None)
    if name in functions.GREEKS:
        return _greek(checking, scope, node, name)
    match name:
        case "size":
            return of_schedules.size(checking, scope, node, infer)
        case "quote":
            return feed_reading.quote(checking, scope, node)
        case "fixing":
            return feed_reading.fixing(checking, scope, node, expect)
        case "resolved":
            return feed_reading.resolved(checking, scope, node, infer)
        case "merged":
            return of_schedules.merged(checking, scope, node, expect)
        case "round":
            return _round(checking, scope, node)
        case _ if name in functions.NOT_YET:
            not_yet(checking, node.span, f"`{name}(...)`")
        case _ if name in functions.PATH:
            checking.report("E0211", node.span, function=f"`{name}`", lacking="one value")
        case _:
            no_function(checking, scope, node, name)
            if lookup(scope, name) is None and name not in functions.MEASURES:
                for argument in node.arguments:
                    infer(checking, scope, argument.value)
    return None


def _method(
    checking: Checking, scope: Scope, node: tree.Call, function: tree.Field
) -> Expression | None:
    """`leg.after(t)`: the function with what stands before the dot as its first argument."""
    subject = infer(checking, scope, function.subject)
    if subject is None:
        return None
    if subject.type is not Plain.SCHEDULE or function.name.text != "after":
        words, found = checking.words(function.subject), described(subject.type)
        checking.report(
            "E0219", function.name.span, words=words, found=found, name=function.name.text
        )
        return None
    written = matched(checking, node, ["date"], set())
    date = (
        None
        if written is None
        else expect(checking, scope, written["date"], Plain.DATE, "`date` of `after`")
    )
    return date and Operation("after", (subject, date), Plain.SCHEDULE, node.span)


def _by_signature(
    checking: Checking, scope: Scope, node: tree.Call, signature: functions.Signature
) -> Expression | None:
    written = matched(checking, node, list(signature.parameters), set(signature.defaults))
    if written is None:
        return None
    values: list[Expression | None] = []
    for name, type in signature.parameters.items():
        if name not in written:
            values.append(functions.default_of(signature, name, node.span))
        elif name in signature.words:
            words = [str(word.value) for word in signature.words[name]]
            values.append(_word(checking, written[name], name, words))
        else:
            what = f"`{name}` of {checking.words(node.function)}"
            values.append(expect(checking, scope, written[name], type, what))
    checked = tuple(value for value in values if value is not None)
    return signature.build(checked, node.span) if len(checked) == len(values) else None


def _word(
    checking: Checking, node: tree.Expression, parameter: str, words: list[str]
) -> Expression | None:
    if isinstance(node, tree.Name) and node.text in words:
        return Literal(node.text, Plain.TEXT, node.span)
    name = node if isinstance(node, tree.Name) else tree.Name("", span=node.span)
    missing(checking, name, f"a word for `{parameter}`", words)
    return None


def _pointwise(checking: Checking, scope: Scope, node: tree.Call, name: str) -> Expression | None:
    least, most = functions.POINTWISE[name]
    count = len(node.arguments)
    if count < least or (most is not None and count > most) or any(a.name for a in node.arguments):
        needs = "two numbers or more" if most is None else f"{least} number{'s' * (least > 1)}"
        checking.report("E0215", node.span, name=name, needs=needs, count=count)
        return None
    operands = tuple(_operand(checking, scope, argument.value) for argument in node.arguments)
    checked = tuple(operand for operand in operands if operand is not None)
    if len(checked) < count:
        return None
    return arithmetic.pointwise(checking, name, checked, node)


def _greek(checking: Checking, scope: Scope, node: tree.Call, name: str) -> Expression | None:
    asset = collateral_asset(scope)
    if asset is None:
        checking.report("E0308", node.span, name=name)
        return None
    written = matched(checking, node, ["price"], set())
    if written is None:
        return None
    of = infer(checking, scope, written["price"])
    if of is None:
        return None
    if not isinstance(of, Observe) or of.feed != "spot":
        checking.report("E0221", written["price"].span, name=name)
        return None
    return functions.risk_read(name, of, asset, node.span)


def _round(checking: Checking, scope: Scope, node: tree.Call) -> Expression | None:
    """`round(amount)` to the minor unit of its asset, `round(x, unit)` to any."""
    written = matched(checking, node, ["number", "unit"], {"unit"})
    value = None if written is None else _operand(checking, scope, written["number"])
    if value is None or written is None:
        return None
    if "unit" in written:
        unit = _operand(checking, scope, written["unit"])
        return None if unit is None else arithmetic.rounding(checking, value, unit, node)
    of = arithmetic.unit_of(checking, value)
    asset = None if of is None else asset_of_unit(scope, of)
    if asset is None:
        if of is not None:
            words, found = checking.words(value.node), described(value.value.type)
            checking.report("E0229", value.node.span, words=words, found=found)
        return None
    minor = Operation("minor_unit", (asset,), value.value.type, node.span)
    return arithmetic.rounding(checking, value, minor, node)


# --- lists ---------------------------------------------------------------------------------------


def _indexed(checking: Checking, scope: Scope, node: tree.Index) -> Expression | None:
    """`dates[k]`, `weights[0]`."""
    subject = infer(checking, scope, node.subject)
    position = expect(checking, scope, node.position, NUMBER, "the position in a list")
    if subject is None or position is None:
        return None
    return comprehending.indexed(checking, node, subject, position)


def _inferred_list(checking: Checking, scope: Scope, node: tree.ListLiteral) -> Expression | None:
    """A list whose members' type the first of them gives; dates are a schedule."""
    if not node.items:
        checking.report("E0214", node.span)
        return None
    first = infer(checking, scope, node.items[0])
    if first is None:
        return None
    type = first.type
    return _list(
        checking, scope, node, type, Plain.SCHEDULE if type is Plain.DATE else ListOf(type)
    )


def _list(
    checking: Checking, scope: Scope, node: tree.ListLiteral, element: Type, type: Type
) -> Expression | None:
    items = [
        expect(checking, scope, item, element, "every member of the list") for item in node.items
    ]
    checked = tuple(item for item in items if item is not None)
    return Operation("list", checked, type, node.span) if len(checked) == len(items) else None


def _over_lists(
    checking: Checking, scope: Scope, node: tree.Call, spread: tree.Comprehension
) -> Expression | None:
    """`sum(w * f(a) for a in basket, w in weights)`."""
    assert isinstance(node.function, tree.Name)
    name = node.function.text
    if name not in functions.OVER_LISTS:
        not_yet(checking, node.span, f"`{name}(... for ...)`")
        return None
    inside = Scope(scope)
    variables: list[Variable] = []
    sources: list[Expression] = []
    for binder in spread.binders:
        source = infer(checking, scope, binder.source)
        variable = None
        if source is not None:
            variable = comprehending.member_variable(checking, binder, source)
        declare(checking, inside, binder.name, Value(variable, Kind.VARIABLE, binder.name.span))
        if source is not None and variable is not None:
            variables.append(variable)
            sources.append(source)
    body = _operand(checking, inside, spread.element)
    if body is None or len(variables) < len(spread.binders):
        return None
    return comprehending.comprehension(checking, node, tuple(variables), tuple(sources), body)
