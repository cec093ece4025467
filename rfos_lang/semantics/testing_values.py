"""What a contract in a test is worth: the market that is given, and the value that is expected."""

from collections.abc import Set

from rfos_lang.base.records import dataclass
from rfos_lang.semantics.case import Market, Quote, Valued
from rfos_lang.semantics.definition import Expression, Literal, Plain, Quantity, Type
from rfos_lang.semantics.expressions import expect, infer
from rfos_lang.semantics.scope import Checking, Scope, missing
from rfos_lang.semantics.types import NUMBER, asset_of_unit, unit_of_asset
from rfos_lang.semantics.walk import unfixed
from rfos_lang.syntax import tree


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of quote: of how many assets, and whether it is a price of the first in the second."""

    assets: int
    is_price: bool = False


_KINDS = {
    "spot": _Kind(2, is_price=True),
    "volatility": _Kind(2),
    "rate": _Kind(1),
    "yield": _Kind(1),
    "correlation": _Kind(3),
}


def is_fixed(checking: Checking, value: Expression) -> bool:
    """Whether a value is written out; reports E1106 for what is observed or remembered."""
    varying = unfixed(value)
    if varying is not None:
        checking.report("E1106", varying.span, words=checking.words(varying))
    return varying is None


def market(
    checking: Checking, scope: Scope, node: tree.Quoted, indices: Set[object]
) -> Market | None:
    """`market { volatility(BTC, USD) = 55%; rate(USD) = 4% }`."""
    quotes = [_quote(checking, scope, each, indices) for each in node.quotes]
    known = tuple(quote for quote in quotes if quote is not None)
    return Market(known, node.span) if len(known) == len(quotes) else None


def _quote(
    checking: Checking, scope: Scope, node: tree.Observation, indices: Set[object]
) -> Quote | None:
    names: tuple[str, ...]
    type: Type = NUMBER
    match node.feed:
        case tree.Name(text=text) if text in indices:
            kind, names = "index", (text,)
        case tree.Call(function=tree.Name(text=kind) as word, arguments=arguments):
            assets = _assets(checking, scope, word, arguments)
            if assets is None:
                return None
            names = tuple(str(asset.value) for asset in assets)
            type = _price(assets) if _KINDS[kind].is_price else type
        case _:
            checking.report("E1110", node.feed.span, words=checking.words(node.feed))
            return None
    value = expect(checking, scope, node.value, type, "what is quoted")
    return Quote(kind, names, value) if value and is_fixed(checking, value) else None


def _assets(
    checking: Checking, scope: Scope, word: tree.Name, arguments: tuple[tree.Argument, ...]
) -> tuple[Literal, ...] | None:
    """The assets that a quote is of."""
    kind = _KINDS.get(word.text)
    if kind is None:
        missing(checking, word, "a figure of a market", list(_KINDS))
        return None
    if len(arguments) != kind.assets or any(each.name for each in arguments):
        checking.report("E1110", word.span, words=checking.words(word))
        return None
    written = [expect(checking, scope, each.value, Plain.ASSET, "an asset") for each in arguments]
    found = tuple(each for each in written if isinstance(each, Literal))
    return found if len(found) == len(written) else None


def _price(assets: tuple[Literal, ...]) -> Type:
    of, cash = (unit_of_asset(asset) for asset in assets)
    assert of is not None and cash is not None
    return Quantity(cash / of)


def valued(checking: Checking, scope: Scope, node: tree.ExpectValued) -> Valued | None:
    """`expect valued at 1_234 USD within 0.5 USD`."""
    value = infer(checking, scope, node.value)
    if value is None:
        return None
    asset = asset_of_unit(scope, value.type.unit) if isinstance(value.type, Quantity) else None
    if asset is None:
        checking.report("E1111", node.value.span, words=checking.words(node.value))
        return None
    tolerance = expect(checking, scope, node.tolerance, value.type, "what follows `within`")
    if tolerance is None or not (is_fixed(checking, value) and is_fixed(checking, tolerance)):
        return None
    return Valued(value, tolerance, asset, node.span)
