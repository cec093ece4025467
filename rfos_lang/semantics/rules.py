"""Collateral and liquidation: the `key: value` lines that say what a party must hold, and what
happens when it does not."""

from rfos_lang.base import fixed
from rfos_lang.base.diagnostic import Edit, Fix, insertion
from rfos_lang.base.duration import Duration
from rfos_lang.base.records import dataclass
from rfos_lang.semantics.constants import constant
from rfos_lang.semantics.definition import (
    CollateralRule,
    Expression,
    LiquidationRule,
    Literal,
    Observe,
    Operation,
    Plain,
    Quantity,
    RiskRead,
    Type,
)
from rfos_lang.semantics.expressions import expect
from rfos_lang.semantics.functions import risk_read
from rfos_lang.semantics.scope import (
    Checking,
    Party,
    Scope,
    Value,
    collateral_asset,
    lookup,
    missing,
    not_yet,
)
from rfos_lang.semantics.statements import named_party
from rfos_lang.semantics.types import NUMBER, known_assets, not_an_asset, unit_of_asset
from rfos_lang.semantics.walk import within
from rfos_lang.syntax import tree

COLLATERAL_KEYS = {
    "maintenance": "maintenance: 8% * exposure",
    "initial": "initial: 130% * maintenance",
}
EXPOSURE_KEY = {"exposure": "exposure: debt * peg"}
LIQUIDATION_KEYS = {
    "when": "when: equity < maintenance",
    "restore": "restore: equity >= initial",
    "auction": "auction: dutch from 101% to 85% over 15min",
    "penalty": "penalty: 1.5% to insurance_fund",
    "shortfall": "shortfall: insurance_fund then deleverage",
}
"""The keys that each must have, with an example of a line."""

_OPTIONAL = ("restore", "shortfall", "haircuts")
"""Liquidation stops at initial margin, and what is missing is the payees' loss, unless it says; a
policy takes its own asset alone."""

STEPS = ("insurance_fund", "deleverage")
_FORMS = tree.Auction | tree.Penalty | tree.Waterfall | tree.Scenarios | tree.Haircuts
"""Lines that are no expression."""


def collateral(checking: Checking, scope: Scope, node: tree.Collateral) -> list[CollateralRule]:
    """One rule for each party that the clause names."""
    asset = _asset(checking, scope, node.asset)
    valued = asset if node.valued_in is None else _asset(checking, scope, node.valued_in)
    parties = [named_party(checking, scope, name, "post collateral") for name in node.parties]
    lines = lines_of(checking, node.rules, "collateral", COLLATERAL_KEYS | EXPOSURE_KEY)
    check_whole(checking, node, "collateral", COLLATERAL_KEYS)
    if asset is None or valued is None:
        return []
    unit = unit_of_asset(valued)
    assert unit is not None
    inside = Scope(scope, collateral=valued)
    wanted = Quantity(unit)
    maintenance = line_of(checking, inside, lines, "maintenance", wanted)
    initial = line_of(checking, inside, lines, "initial", wanted)
    exposure = line_of(checking, inside, lines, "exposure", wanted)
    if maintenance is None or initial is None or (exposure is None and "exposure" in lines):
        return []
    if exposure is not None or node.valued_in is not None:
        return _by_own_exposure(
            checking, node, parties, (asset, valued), (maintenance, initial, exposure)
        )
    _check_reads(checking, "maintenance", maintenance, {"equity", "maintenance", "initial"})
    _check_reads(checking, "initial", initial, {"equity", "initial"})
    return [
        CollateralRule(each, asset, maintenance, initial, node.span) for each in parties if each
    ]


def _by_own_exposure(
    checking: Checking,
    node: tree.Collateral,
    parties: list[str | None],
    assets: tuple[Expression, Expression],
    amounts: tuple[Expression, Expression, Expression | None],
) -> list[CollateralRule]:
    """Rules of a clause that says itself what closing out costs, all in the asset that is posted:
    what is valued in another one is divided by the price of it."""
    posted, valued = assets
    *_, exposure = amounts
    if exposure is None:
        checking.report("E0326", node.span, parties=", ".join(each.text for each in node.parties))
        return []
    for read in within(*(amount for amount in amounts if amount is not None)):
        if isinstance(read, RiskRead):
            not_yet(checking, read.span, "a risk measure beside an `exposure` that is stated")
            return []
    unit, counted = unit_of_asset(posted), unit_of_asset(valued)
    assert unit is not None and counted is not None

    def in_posted(amount: Expression) -> Expression:
        if posted is valued:
            return amount
        price = Observe("spot", (posted, valued), Quantity(counted / unit), amount.span)
        return Operation("/", (amount, price), Quantity(unit), amount.span)

    maintenance, initial, owed = (in_posted(each) for each in amounts if each is not None)
    return [
        CollateralRule(each, posted, maintenance, initial, node.span, owed)
        for each in parties
        if each
    ]


def _check_reads(checking: Checking, line: str, value: Expression, later: set[str]) -> None:
    """Reports E0318 where a requirement uses what is computed from it, and what is no risk
    arithmetic."""
    for read in within(value):
        match read:
            case RiskRead(measure=measure) if measure in later:
                checking.report("E0318", read.span, line=line, name=measure)
            case Operation(name="round"):
                not_yet(checking, read.span, "`round` in the risk arithmetic of a rule")


def liquidation(
    checking: Checking, scope: Scope, node: tree.Liquidation, posted: dict[str, Expression | None]
) -> list[LiquidationRule]:
    """One rule for each party that the clause names; `posted` is the collateral asset of each, None
    where its collateral clause is wrong."""
    parties = [named_party(checking, scope, name, "be liquidated") for name in node.parties]
    all_known = all(isinstance(lookup(scope, each), Party) for each in posted)
    for name, who in zip(node.parties, parties, strict=True):
        if who is not None and who not in posted and all_known:
            checking.report("E0314", name.span, name=who)
    lines = lines_of(checking, node.rules, "liquidation", LIQUIDATION_KEYS)
    terms = _terms(checking, scope, lines)
    assets = {who: asset for who in parties if who is not None and (asset := posted.get(who))}
    if len(assets) < len(parties):
        return []
    check_whole(checking, node, "liquidation", LIQUIDATION_KEYS)
    rules = [
        _liquidated(checking, Scope(scope, collateral=asset), lines, terms, who, node)
        for who, asset in assets.items()
    ]
    return [rule for rule in rules if rule is not None]


@dataclass(frozen=True, slots=True)
class _Terms:
    """How positions are closed: the auction's fractions and length, the penalty, who bears what."""

    auction: tuple[int, int, int]
    penalty: int
    shortfall: tuple[str, ...]


def _terms(checking: Checking, scope: Scope, lines: dict[str, tree.Rule]) -> _Terms | None:
    auction = _auction(checking, scope, lines.get("auction"))
    penalty = _penalty(checking, scope, lines.get("penalty"))
    said = lines.get("shortfall")
    shortfall = () if said is None else _shortfall(checking, said)
    if auction is None or penalty is None or shortfall is None:
        return None
    return _Terms(auction, penalty, shortfall)


def _liquidated(
    checking: Checking,
    scope: Scope,
    lines: dict[str, tree.Rule],
    terms: _Terms | None,
    who: str,
    node: tree.Liquidation,
) -> LiquidationRule | None:
    when = _comparison(checking, scope, lines, "when", ("equity", "<", "maintenance"))
    restore = _comparison(checking, scope, lines, "restore", ("equity", ">=", "initial"))
    if when is None or restore is None or terms is None:
        return None
    closing = (*terms.auction, terms.penalty, terms.shortfall)
    return LiquidationRule(who, when, restore, *closing, node.span)


def _asset(checking: Checking, scope: Scope, name: tree.Name) -> Expression | None:
    checking.used.add(name.text)
    match lookup(scope, name.text):
        case Value(expression=None):
            return None
        case Value(expression=expression) if expression and expression.type is Plain.ASSET:
            return expression
        case None:
            missing(checking, name, "an asset", known_assets(scope))
        case meaning:
            not_an_asset(checking, name, meaning)
    return None


# --- lines ---------------------------------------------------------------------------------------


def lines_of(
    checking: Checking, rules: tuple[tree.Rule, ...], what: str, keys: dict[str, str]
) -> dict[str, tree.Rule]:
    """The lines by key; unknown and doubled keys are reported."""
    found: dict[str, tree.Rule] = {}
    for rule in rules:
        if rule.key.text not in keys:
            missing(checking, rule.key, f"a line of a {what} clause", list(keys))
        elif rule.key.text in found:
            checking.report("E0315", rule.key.span, key=rule.key.text)
        else:
            found[rule.key.text] = rule
    return found


def check_whole(
    checking: Checking,
    node: tree.Collateral | tree.Liquidation | tree.Margin,
    what: str,
    keys: dict[str, str],
) -> None:
    """Reports E0316 for the lines that a clause lacks, unless one of its own is unknown."""
    said = {rule.key.text for rule in node.rules}
    needed = {key: line for key, line in keys.items() if key not in _OPTIONAL}
    lacking = {key: line for key, line in needed.items() if key not in said}
    if not lacking or checking.incomplete or said - set(keys):
        return
    names = ", ".join(f"`{key}`" for key in lacking)
    examples = "\n".join(f"`{example}`" for example in lacking.values())
    lines = "".join(f"\n{example}" for example in lacking.values()) + "\n"
    fix = insertion(f"add {names}", checking.source, node.span.end - 1, lines)
    checking.report("E0316", node.span, fixes=(fix,), what=what, keys=names, examples=examples)


def line_of(
    checking: Checking, scope: Scope, lines: dict[str, tree.Rule], key: str, wanted: Type
) -> Expression | None:
    """The expression of a line."""
    rule = lines.get(key)
    if rule is None:
        return None
    if isinstance(rule.value, _FORMS):
        checking.report("E0317", rule.value.span, key=key)
        return None
    return expect(checking, scope, rule.value, wanted, f"`{key}`")


def _comparison(
    checking: Checking,
    scope: Scope,
    lines: dict[str, tree.Rule],
    key: str,
    known: tuple[str, str, str],
) -> Expression | None:
    """The condition of a line; a kernel compares whole positions, so for now only `known`."""
    if key not in lines and key in _OPTIONAL:
        return _said(scope, known)
    value = line_of(checking, scope, lines, key, Plain.TRUTH)
    match value:
        case Operation(name=sign, arguments=(RiskRead(measure=left), RiskRead(measure=right))):
            is_known = (left, sign, right) == known
        case _:
            is_known = value is None
    if not is_known:
        sentence = " ".join(known)
        not_yet(checking, lines[key].value.span, f"`{key}:` with anything but `{sentence}`")
    return value if is_known else None


def _said(scope: Scope, known: tuple[str, str, str]) -> Expression:
    """The condition that is meant where none is written."""
    left, sign, right = known
    asset = collateral_asset(scope)
    assert asset is not None
    measures = tuple(risk_read(name, None, asset, asset.span) for name in (left, right))
    return Operation(sign, measures, Plain.TRUTH, asset.span)


def _auction(
    checking: Checking, scope: Scope, rule: tree.Rule | None
) -> tuple[int, int, int] | None:
    """The fractions it opens and closes at, and its length in nanoseconds."""
    if rule is None:
        return None
    auction = rule.value
    if not isinstance(auction, tree.Auction):
        checking.report("E0317", rule.value.span, key="auction")
        return None
    if auction.kind.text != "dutch":
        missing(checking, auction.kind, "a kind of auction", ["dutch"])
        return None
    opening = fraction_of(checking, scope, auction.opening)
    closing = fraction_of(checking, scope, auction.closing)
    length = _length(checking, scope, auction.duration)
    if opening is None or closing is None or length is None:
        return None
    if not 0 < closing <= opening:
        fix = Fix("turn it round", _exchanged(checking, auction.opening, auction.closing))
        checking.report("E0224", auction.span, fixes=(fix,) if opening > 0 else ())
        return None
    return opening, closing, length


def _exchanged(
    checking: Checking, first: tree.Expression, second: tree.Expression
) -> tuple[Edit, ...]:
    words = [checking.text[node.span.start : node.span.end] for node in (second, first)]
    return Edit(first.span, words[0]), Edit(second.span, words[1])


def fraction_of(checking: Checking, scope: Scope, node: tree.Expression) -> int | None:
    """A pure number that the text fixes."""
    value = expect(checking, scope, node, NUMBER, checking.words(node))
    if value is None:
        return None
    fraction = constant(value)
    if fraction is None:
        checking.report("E0225", node.span, words=checking.words(node))
    return fraction


def _length(checking: Checking, scope: Scope, node: tree.Expression) -> int | None:
    value = expect(checking, scope, node, Plain.DURATION, "the length of an auction")
    if value is None:
        return None
    if isinstance(value, Literal) and isinstance(value.value, Duration):
        length = value.value.nanoseconds
        if length is not None and length > 0:
            return length
    checking.report("E0226", node.span, words=checking.words(node))
    return None


def _penalty(checking: Checking, scope: Scope, rule: tree.Rule | None) -> int | None:
    if rule is None:
        return None
    if not isinstance(rule.value, tree.Penalty):
        checking.report("E0317", rule.value.span, key="penalty")
        return None
    beneficiary = rule.value.beneficiary
    if beneficiary.text != "insurance_fund":
        missing(checking, beneficiary, "a receiver of a penalty", ["insurance_fund"])
        return None
    rate = fraction_of(checking, scope, rule.value.rate)
    if rate is not None and not 0 <= rate < fixed.ONE:
        checking.report("E0227", rule.value.rate.span)
        return None
    return rate


def _shortfall(checking: Checking, rule: tree.Rule) -> tuple[str, ...] | None:
    value = rule.value
    steps = value.steps if isinstance(value, tree.Waterfall) else (value,)
    names = [step for step in steps if isinstance(step, tree.Name)]
    if len(names) < len(steps):
        checking.report("E0317", value.span, key="shortfall")
        return None
    for name in names:
        if name.text not in STEPS:
            missing(checking, name, "a step of a shortfall", list(STEPS))
            return None
    if len({name.text for name in names}) < len(names):
        checking.report("E0315", value.span, key="shortfall")
        return None
    return tuple(name.text for name in names)
