"""What a margin policy takes besides its own asset: `haircuts: 20% of BTC, 25% of ETH`.

Units of such an asset count at their price in the policy's asset, less a fraction. They are drawn
on in the order of the line.
"""

from rfos_lang.base import fixed
from rfos_lang.base.diagnostic import Fix, rewriting
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.semantics.definition import Literal, Plain
from rfos_lang.semantics.rules import fraction_of
from rfos_lang.semantics.scope import Checking, Scope, Value, lookup, missing
from rfos_lang.semantics.types import known_assets
from rfos_lang.syntax import tree


@dataclass(frozen=True, slots=True)
class Haircut:
    """An asset that is taken, by ticker, and which part of its value does not count, in fixed
    point."""

    asset: str
    fraction: int


def haircuts_of(
    checking: Checking, scope: Scope, rule: tree.Rule | None, own: str | None
) -> tuple[Haircut, ...] | None:
    """Those of a line, none if there is no line; `own`: the policy's asset. None if anything in it
    is wrong, which was reported."""
    if rule is None:
        return ()
    if not isinstance(rule.value, tree.Haircuts):
        checking.report("E0317", rule.value.span, key="haircuts")
        return None
    listed = rule.value.haircuts
    found: dict[str, Haircut] = {}
    for place, each in enumerate(listed):
        asset = asset_of(checking, scope, each.asset)
        fraction = fraction_of(checking, scope, each.fraction)
        if fraction is not None and not 0 <= fraction < fixed.ONE:
            checking.report("E0471", each.fraction.span)
        elif asset is not None and asset == own:
            fixes = _without(checking, listed, place)
            checking.report("E0472", each.asset.span, asset=asset, fixes=fixes)
        elif asset is not None and asset in found:
            fixes = _without(checking, listed, place)
            checking.report("E0315", each.asset.span, key=asset, fixes=fixes)
        elif asset is not None and fraction is not None:
            found[asset] = Haircut(asset, fraction)
    return tuple(found.values()) if len(found) == len(listed) else None


def asset_of(checking: Checking, scope: Scope, name: tree.Name) -> str | None:
    """The ticker that a name stands for; None if it is no asset, which is reported."""
    match lookup(scope, name.text):
        case Value(expression=Literal(value=str(ticker), type=Plain.ASSET)):
            return ticker
        case None:
            missing(checking, name, "an asset", known_assets(scope))
        case meaning:
            checking.report("E0305", name.span, name=name.text, kind=meaning.kind.value)
    return None


def _without(checking: Checking, listed: tuple[tree.Haircut, ...], place: int) -> tuple[Fix, ...]:
    """The mend that leaves one haircut out, unless it is the only one."""
    if len(listed) == 1:
        return ()
    this = listed[place].span
    begin = listed[place - 1].span.end if place else this.start
    end = this.end if place else listed[1].span.start
    return (rewriting("remove it", Span(checking.source, begin, end), ""),)
