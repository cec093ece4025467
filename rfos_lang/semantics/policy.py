"""Portfolio margin, `margin NAME in ASSET { ... }`: a grid of scenarios, what must be held, and
what else is taken for it (`haircuts`).

An account's positions are valued together at each point of the grid. The requirements are formulas
of what comes of it:

- `worst_loss`: the greatest loss against today's value, over the grid; 0 if there is none;
- `standalone_loss`: the same of the positions on each underlying alone, added: as if no underlying
  made up for what another loses;
- `gross_notional`: of every position and price, |quantity x delta x price|, added;
- `net_notional`: of every price, |what the positions add up to|, added over prices;
- `standard_error`: of every position, |quantity| x the standard error of its value, added as if all
  lay on one side; 0 where values are exact;
- `concentration`: the greatest share that one price has in `net_notional`, 1 for a single price, 0
  where nothing depends on a price;
- `maintenance`, in `initial` only.

Positions are on the same underlying if they hang on the same prices: a spread of two is an
underlying of its own, so that no position joins what others have apart.

Amounts are in the policy's asset.
"""

from rfos_lang.base import fixed
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.unit import base
from rfos_lang.semantics.constants import constant
from rfos_lang.semantics.definition import (
    Expression,
    ListOf,
    Literal,
    Operation,
    Quantity,
    RiskRead,
    Type,
)
from rfos_lang.semantics.expressions import expect
from rfos_lang.semantics.haircuts import Haircut, asset_of, haircuts_of
from rfos_lang.semantics.rules import check_whole, line_of, lines_of
from rfos_lang.semantics.scope import Checking, Kind, Scope, Value, missing, not_yet
from rfos_lang.semantics.types import NUMBER
from rfos_lang.semantics.walk import within
from rfos_lang.syntax import tree

KEYS = {
    "scenarios": "scenarios: spot in [-10%, 0%, 10%], volatility in [-25%, 0%, 25%]",
    "maintenance": "maintenance: worst_loss",
    "initial": "initial: 130% * maintenance",
    "haircuts": "haircuts: 20% of BTC, 25% of ETH",
}
AXES = ("spot", "volatility")
"""What a scenario moves: every price in the policy's asset, and every volatility of one, by a
fraction of itself."""

AMOUNTS = ("worst_loss", "gross_notional", "net_notional", "standalone_loss", "standard_error")
MEASURES = (*AMOUNTS[:3], "concentration", *AMOUNTS[3:], "maintenance")
"""By their numbers in an artefact; the last has none."""
OPERATORS = frozenset({"+", "-", "*", "/", "neg", "abs", "min", "max"})
"""What the formulas of a policy are made of."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One thing that scenarios move, and by how much, in fixed point."""

    name: str
    shifts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A checked margin policy."""

    name: str
    asset: str
    axes: tuple[Axis, ...]
    maintenance: Expression
    initial: Expression
    haircuts: tuple[Haircut, ...]
    span: Span


def check_policy(checking: Checking, scope: Scope, node: tree.Margin) -> Policy | None:
    """The checked policy; None if anything in it is wrong, which was reported."""
    asset = asset_of(checking, scope, node.asset)
    lines = lines_of(checking, node.rules, "margin", KEYS)
    check_whole(checking, node, "margin", KEYS)
    axes = _axes(checking, scope, lines.get("scenarios"))
    haircuts = haircuts_of(checking, scope, lines.get("haircuts"), asset)
    if asset is None:
        return None
    wanted = Quantity(base(asset))
    maintenance = _requirement(checking, scope, lines, "maintenance", wanted)
    initial = _requirement(checking, scope, lines, "initial", wanted)
    if axes is None or maintenance is None or initial is None or haircuts is None:
        return None
    return Policy(node.name.text, asset, axes, maintenance, initial, haircuts, node.span)


def _requirement(
    checking: Checking, scope: Scope, lines: dict[str, tree.Rule], key: str, wanted: Quantity
) -> Expression | None:
    """A line with the names of a policy in scope."""
    if key not in lines:
        return None
    types: dict[str, Type] = dict.fromkeys((*AMOUNTS, "maintenance"), wanted)
    types["concentration"] = NUMBER
    inside = Scope(scope)
    for name, type in types.items():
        inside.names[name] = Value(RiskRead(name, None, type, lines[key].span), Kind.LET)
    value = line_of(checking, inside, lines, key, wanted)
    for part in within(value) if value is not None else ():
        if isinstance(part, RiskRead) and part.measure == key:
            checking.report("E0318", lines[key].value.span, line=key, name=key)
            return None
        known = isinstance(part, Literal | RiskRead)
        if not (known or (isinstance(part, Operation) and part.name in OPERATORS)):
            not_yet(
                checking, lines[key].value.span, f"more than arithmetic in `{key}:` of a `margin`"
            )
            return None
    return value


def _axes(checking: Checking, scope: Scope, rule: tree.Rule | None) -> tuple[Axis, ...] | None:
    if rule is None:
        return None
    if not isinstance(rule.value, tree.Scenarios):
        checking.report("E0317", rule.value.span, key="scenarios")
        return None
    found: list[Axis] = []
    for binder in rule.value.axes:
        if binder.name.text not in AXES:
            missing(checking, binder.name, "something that scenarios move", list(AXES))
            return None
        if binder.name.text in {axis.name for axis in found}:
            checking.report("E0315", binder.name.span, key=binder.name.text)
            return None
        shifts = _shifts(checking, scope, binder)
        if shifts is None:
            return None
        found.append(Axis(binder.name.text, shifts))
    return tuple(found)


def _shifts(checking: Checking, scope: Scope, binder: tree.Binder) -> tuple[int, ...] | None:
    """The fractions of a list that is written out."""
    listed = expect(checking, scope, binder.source, ListOf(NUMBER), "what follows `in`")
    if not isinstance(listed, Operation) or listed.name != "list":
        if listed is not None:
            words = checking.words(binder.source)
            checking.report("E0225", binder.source.span, words=words)
        return None
    shifts: list[int] = []
    for each in listed.arguments:
        shift = constant(each)
        if shift is None or shift <= -fixed.ONE:
            checking.report("E0470", each.span, words=checking.words(each))
            return None
        shifts.append(shift)
    return tuple(shifts)
