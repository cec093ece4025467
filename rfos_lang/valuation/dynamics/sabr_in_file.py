"""SABR smiles as a market file tells them, and what can be wrong with them.

They need the forwards that the rest of the market implies.
"""

from collections.abc import Iterator
from math import exp

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.refusal import Refused
from rfos_lang.base.wording import report
from rfos_lang.valuation.dynamics.in_file import File, Place, crossed, dated
from rfos_lang.valuation.dynamics.sabr import Sabr, continued
from rfos_lang.valuation.dynamics.smile import Smile
from rfos_lang.valuation.market import Market, Pair, spot_name

MOST = 0.1
"""How much chance there may be beyond the strikes at which the formula holds."""


def sabr_of(file: File, market: Market) -> dict[Pair, Smile]:
    """Smiles by spot, in a market without them. Raises Refused E0605 for what it lacks."""
    return {pair: Smile(tuple(_slices(file, market, pair).values())) for pair in file.sabr}


def _slices(file: File, market: Market, pair: Pair) -> dict[str, tuple[float, Sabr]]:
    """Slices by date as it stands in the file, with their years, in time's order."""
    days = dated(file, file.sabr[pair])
    found = {}
    for day in sorted(days, key=lambda day: days[day]):
        told, years = file.sabr[pair][day], days[day]
        power = told.beta - 1.0
        level = told.alpha * (market.forward(*pair, years) ** power if power else 1.0)
        formula = Sabr(years, level, told.beta, told.rho, told.nu)
        wings = continued(formula)
        found[day] = years, formula if wings is None else wings.mended
    return found


def wrong_sabr(file: File, market: Market, place: Place) -> Iterator[Diagnostic]:
    """SABR smiles that no prices can have, or that the formula is no good for."""
    for pair in file.sabr:
        yield from _wrong(file, market, pair, place)


def _wrong(file: File, market: Market, pair: Pair, place: Place) -> Iterator[Diagnostic]:
    name = spot_name(*pair)
    path = ("sabr", name)
    days = dated(file, file.sabr[pair])
    if not days:
        yield report("E0604", place(path), key=name, problem="there is no date in it")
        return
    if early := [years for years in days.values() if years <= 0]:
        yield report("E0617", place(path), key=name, count=len(early))
        return
    try:
        slices = _slices(file, market, pair)
    except Refused as refused:
        yield report(refused.code, place(path), **refused.names)
        return
    wrong = [(day, found) for day, (_, each) in slices.items() if (found := breaking(each))]
    for day, (strike, chance) in wrong:
        at, told, lost = place((*path, day)), f"{exp(strike):.3g}", f"{chance:.0%}"
        yield report("E0640", at, key=name, date=day, strike=told, chance=lost)
    if not wrong:
        smile = Smile(tuple(slices.values()))
        yield from crossed(smile, days, name, "alpha", lambda day: place((*path, day)))


def breaking(part: Sabr) -> tuple[float, float] | None:
    """Where the density of a formula turns negative, as the logarithm of strike over forward, and
    the chance beyond the strikes at which it holds; None if that is little."""
    wings = continued(part)
    if wings is None:
        return 0.0, 1.0
    mended = wings.mended
    sides = [(wings.below, mended.low), (wings.above, mended.high)]
    lost = [(k, mended.chance_beyond(cut)) for k, cut in sides if k is not None]
    worst = max(lost, key=lambda each: each[1], default=(0.0, 0.0))
    return worst if sum(chance for _, chance in lost) > MOST else None
