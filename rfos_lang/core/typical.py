"""Arguments that a contract is typically written on: where none were given, and as examples."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product
from types import MappingProxyType
from typing import assert_never

from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.unit import ONE as PURE
from rfos_lang.base.unit import Unit
from rfos_lang.semantics.definition import (
    ListOf,
    ParameterDeclaration,
    Plain,
    Quantity,
    Record,
    Type,
)

BEGIN = 20_454 * 86_400 * 10**9
"""2026-01-01: when an instance begins that nobody dated."""

Spots = Mapping[tuple[str, str], float]
"""Prices by asset and the cash that they are in."""

NO_SPOTS: Spots = MappingProxyType({})

TYPICAL_LENGTH = 2
"""Of a list of which nothing is known."""

_MONIES = ("USD", "EUR", "GBP", "JPY")
_INDICES = ("SOFR", "ESTR", "SONIA", "SARON")
_GOODS = ("BTC", "ETH", "SOL", "XRP", "USDC", "USDT")
_MONEY_WORDS = ("cash", "currency", "domestic", "foreign", "money", "premium")
_PERCENTS = (100, 120, 80, 140, 60)
"""Prices, of the spot where the market knows it."""

_SUMS = ("1_000", "100", "10_000", "10")
_RATES = ("5%", "2%", "8%", "50%", "100%")
_SHARES = ("100%", "80%", "60%", "120%", "5%")
_SHARE_WORDS = ("barrier", "call", "knock", "level", "share", "strike", "participation", "factor")
_WORDS = {
    Plain.DAY_COUNT: "act/360",
    Plain.CALENDAR: "TARGET",
    Plain.DURATION: "1M",
    Plain.TEXT: '"typical"',
    Plain.TRUTH: "true",
}


@dataclass(frozen=True, slots=True)
class _Prices:
    """Spots, and which `names` of parameters stand for which asset."""

    names: Mapping[str, str]
    spots: Spots

    def near(self, unit: Unit, percent: int) -> str:
        """So many percent of the spot whose unit it is, of 100 if no market says it."""
        spot, bases = 100.0, sorted(unit.factors, key=lambda factor: factor[1])
        if [exponent for _, exponent in bases] == [-1, 1]:
            asset, cash = (self.names.get(name, name) for name, _ in bases)
            spot = self.spots.get((asset, cash), spot)
        return format(Decimal(f"{spot * percent / 100:.6g}"), "f")


def typical_arguments(
    parameters: list[ParameterDeclaration],
    given: Mapping[str, str],
    start: int = BEGIN,
    spots: Spots = NO_SPOTS,
) -> Iterator[dict[str, str]]:
    """Sets of arguments for parameters beside those that are given, spelled as in the language; the
    plainest first: few of them away from their first choice."""
    tickers = _tickers(parameters, given, spots)
    prices = _Prices({**tickers, **given}, spots)
    menus = [_menu(each, parameters, tickers, prices, start) for each in parameters]
    places = [range(len(menu)) for menu in menus]
    most = sum(len(menu) - 1 for menu in menus)
    for distance in range(most + 1):
        for picks in product(*(place[: distance + 1] for place in places)):
            if sum(picks) == distance:
                named = zip(parameters, menus, picks, strict=True)
                yield {each.name: menu[pick] for each, menu, pick in named}


def _menu(
    declared: ParameterDeclaration,
    parameters: list[ParameterDeclaration],
    tickers: Mapping[str, str],
    prices: _Prices,
    start: int,
) -> tuple[str, ...]:
    """The values to try, the best first. Of parameters of one type each begins at another value."""
    if declared.name in tickers:
        return (tickers[declared.name],)
    alike = [each.name for each in parameters if each.type == declared.type]
    place = alike.index(declared.name)
    if declared.type == Quantity(PURE):
        share = any(word in declared.name for word in _SHARE_WORDS)
        return _SHARES if share else _RATES
    return _choices(declared.type, prices, start, place)


def _choices(type: Type, prices: _Prices, start: int, place: int) -> tuple[str, ...]:
    match type:
        case Quantity(unit=unit) if unit == PURE:
            return _RATES
        case Quantity(unit=unit) if any(exponent < 0 for _, exponent in unit.factors):
            own = 100 + 20 * place
            return tuple(dict.fromkeys(prices.near(unit, each) for each in (own, *_PERCENTS)))
        case Quantity():
            return _SUMS
        case ListOf(element=element):
            members = _choices(element, prices, start, place)[:1] * TYPICAL_LENGTH
            return (f"[{', '.join(members)}]",)
        case Plain.DATE:
            return tuple(_date(start, 6 * (place + 1) + shift) for shift in (0, 1, 12))
        case Plain.SCHEDULE:
            first, last = _date(start, 3), _date(start, 12)
            return (
                f"schedule(first: {first}, last: {last}, step: 3M)",
                f"schedule(first: {_date(start, 1)}, last: {last}, step: 1M)",
            )
        case Plain():
            return (_WORDS.get(type, "typical"),)
        case Record():
            raise AssertionError("no parameter is a record")
        case _:
            assert_never(type)


def _date(start: int, months: int) -> str:
    year, month, _ = map(int, show_instant(start)[:10].split("-"))
    total = year * 12 + month - 1 + months
    return f"{total // 12:04}-{total % 12 + 1:02}-15"


def _tickers(
    parameters: list[ParameterDeclaration], given: Mapping[str, str], spots: Spots
) -> dict[str, str]:
    """A ticker for each asset parameter, a list of them for a list, money for what sounds like it,
    those of the market first; and a name for each index."""
    monies = (*(cash for _, cash in spots), *_MONIES)
    goods = (*(asset for asset, _ in spots), *_GOODS)
    indices = iter(_INDICES)
    taken = set(given.values())

    def other(names: tuple[str, ...]) -> str:
        found = next(each for each in names if each not in taken)
        taken.add(found)
        return found

    found = {}
    for each in parameters:
        sounds = any(word in each.name for word in _MONEY_WORDS)
        if each.type is Plain.ASSET:
            found[each.name] = other(monies if sounds else goods)
        elif each.type is Plain.INDEX:
            found[each.name] = next(indices)
        elif each.type == ListOf(Plain.ASSET):
            members = [other(goods) for _ in range(TYPICAL_LENGTH)]
            found[each.name] = f"[{', '.join(members)}]"
    return found
