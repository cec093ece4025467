"""Who may owe how much: an obligor stands with collateral, with a bound, or `unsecured`."""

from rfos_lang.base.diagnostic import Related, insertion
from rfos_lang.base.own_accounts import ESCROW, ISSUANCE
from rfos_lang.base.records import dataclass
from rfos_lang.semantics.constants import constant
from rfos_lang.semantics.definition import (
    ChoiceClause,
    Comprehension,
    Conditional,
    Definition,
    Expression,
    Fold,
    Observe,
    Operation,
    Parameter,
    Payment,
    Sampled,
    Statement,
)
from rfos_lang.semantics.scope import Checking, not_yet
from rfos_lang.semantics.walk import statements_within
from rfos_lang.syntax import tree


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is known of a number whatever the market does: that it cannot fall below some number,
    cannot rise above some number, is never negative."""

    below: bool = False
    above: bool = False
    positive: bool = False


FIXED = Bounds(below=True, above=True)
UNKNOWN = Bounds()


def check_posters(checking: Checking, definition: Definition) -> None:
    """Refuses collateral that no kernel can follow: of who stands behind every lot, and of lots
    whose number may not change because escrow holds something for each."""
    stated = [rule for rule in definition.collateral if rule.exposure is not None]
    for rule in stated[1:]:
        not_yet(checking, rule.span, "an `exposure` that is stated for both sides")
    for rule in definition.collateral:
        if rule.party not in definition.parties[:2]:
            not_yet(checking, rule.span, f"collateral of `{rule.party}`, who is no side of a lot")
        elif ISSUANCE in definition.parties and rule.exposure is None:
            checking.report("E0326", rule.span, parties=rule.party)
        elif ESCROW in definition.parties:
            checking.report("E0328", rule.span, party=rule.party)


def check_obligors(
    checking: Checking, definition: Definition, node: tree.Contract | tree.Composite
) -> None:
    """Warns of each party that may owe without bound, and posts no collateral; refuses third
    parties that owe anything, for nothing of theirs is locked."""
    secured = {rule.party for rule in definition.collateral}
    begin = node.body[0].span.start if node.body else node.span.end
    says = "unsecured\n    " if node.body or isinstance(node, tree.Contract) else " { unsecured }"
    fix = insertion("say `unsecured`", checking.source, begin, says)
    for name in node.parties[2:]:
        owed = [p for p in _owed(definition) if name.text in _payers(p)]
        if owed and name.text not in secured:
            related = (Related(owed[0].span, "it owes this"),)
            checking.report("E0323", name.span, related=related, fixes=(fix,), name=name.text)
    for name in node.parties[:2]:
        payments = [p for p in _owed(definition) if name.text in _payers(p)]
        unbounded = [p for p in payments if not _is_bounded(p, name.text)]
        if name.text not in secured and unbounded:
            related = (Related(unbounded[0].span, "this has no bound"),)
            checking.report("W0905", name.span, related=related, fixes=(fix,), name=name.text)


def _owed(definition: Definition) -> list[Payment]:
    """All payments but those that a party makes because it chooses to."""
    found: list[Payment] = []
    for clause in definition.clauses:
        chooser = clause.party if isinstance(clause, ChoiceClause) else None
        found += [p for p in _payments(clause.body) if p.payer != chooser]
        if isinstance(clause, ChoiceClause):
            found += _payments(clause.otherwise)
    return found


def _payments(body: tuple[Statement, ...]) -> list[Payment]:
    return [s for s in statements_within(body) if isinstance(s, Payment)]


def _payers(payment: Payment) -> tuple[str, ...]:
    return (payment.payer, payment.payee) if payment.net else (payment.payer,)


def _is_bounded(payment: Payment, payer: str) -> bool:
    amount = bounds(payment.amount)
    return amount.above if payer == payment.payer else amount.below


def bounds(expression: Expression) -> Bounds:
    """The bounds of a number: parameters are fixed, a price is never negative, the rest is free."""
    value = constant(expression)
    if value is not None:
        return Bounds(below=True, above=True, positive=value >= 0)
    match expression:
        case Parameter():
            return FIXED
        case Observe(feed="spot"):
            return Bounds(below=True, positive=True)
        case Sampled(value=value_then):
            return bounds(value_then)
        case Fold(function="mean" | "highest" | "lowest", value=followed):
            return bounds(followed)
        case Comprehension(function="min" | "max" | "mean" | "sum", body=body):
            return bounds(body)
        case Conditional(chosen=chosen, otherwise=otherwise):
            return _both(bounds(chosen), bounds(otherwise))
        case Operation(name="year_fraction" | "size"):
            return Bounds(below=True, above=True, positive=True)
        case Operation(name=name, arguments=arguments):
            return _applied(name, [bounds(argument) for argument in arguments])
        case _:
            return UNKNOWN


def _applied(name: str, parts: list[Bounds]) -> Bounds:
    match name, parts:
        case "neg", [part]:
            return Bounds(below=part.above, above=part.below)
        case "+", [left, right]:
            return _both(left, right)
        case "-", [left, right]:
            return Bounds(left.below and right.above, left.above and right.below)
        case "*", [left, right]:
            return _product(left, right)
        case "/" | "^", [left, right]:
            fixed = all(part.below and part.above for part in (left, right))
            return Bounds(below=fixed, above=fixed)
        case "abs", [part]:
            finite = part.below and part.above
            return Bounds(below=True, above=finite, positive=True)
        case "min", _:
            low, high = all(p.below for p in parts), any(p.above for p in parts)
            return Bounds(low, high, all(p.positive for p in parts))
        case "max", _:
            low, high = any(p.below for p in parts), all(p.above for p in parts)
            return Bounds(low, high, any(p.positive for p in parts))
        case "clamp", [_, low_end, high_end]:
            return Bounds(low_end.below, high_end.above, low_end.positive)
        case _:
            return UNKNOWN


def _both(left: Bounds, right: Bounds) -> Bounds:
    return Bounds(
        left.below and right.below, left.above and right.above, left.positive and right.positive
    )


def _product(left: Bounds, right: Bounds) -> Bounds:
    if all(part.below and part.above for part in (left, right)):
        return Bounds(below=True, above=True, positive=left.positive and right.positive)
    positive = left.positive and right.positive
    return Bounds(below=positive, above=False, positive=positive)
