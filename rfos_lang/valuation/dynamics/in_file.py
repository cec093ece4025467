"""Models of prices as a market file tells them, and what can be wrong with them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations
from math import exp, inf
from typing import Any, Protocol

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.instant import parse_instant
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.valuation.curve import VolatilityCurve, falling, years_between
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.dynamics.quotes import AtStrikes, Quotes
from rfos_lang.valuation.dynamics.smile import Smile, butterfly, crossing
from rfos_lang.valuation.dynamics.svi import Svi

Pair = tuple[str, str]
Place = Callable[[Sequence[str | int]], Span]


class File(Protocol):
    """What is read of a market file; keys of `smiles` are the dates as they stand there."""

    @property
    def as_of(self) -> int: ...

    @property
    def volatilities(self) -> Mapping[Pair, Any]: ...

    @property
    def jumps(self) -> Mapping[Pair, Any]: ...

    @property
    def heston(self) -> Mapping[Pair, Any]: ...

    @property
    def smiles(self) -> Mapping[Pair, Mapping[str, Any]]: ...

    @property
    def sabr(self) -> Mapping[Pair, Mapping[str, Any]]: ...

    @property
    def local_volatility(self) -> Mapping[Pair, Mapping[str, Any]]: ...

    @property
    def sticky(self) -> Mapping[Pair, str]: ...

    @property
    def vanna_volga(self) -> Mapping[Pair, Mapping[str, Any]]: ...


def heston_of(file: File) -> dict[Pair, Heston]:
    """Heston's parameters by spot."""
    return {pair: Heston(**dict(each)) for pair, each in file.heston.items()}


def smiles_of(file: File) -> dict[Pair, Smile]:
    """Smiles by spot."""
    return {pair: _smile(file, pair)[0] for pair in file.smiles}


def quotes_of(file: File) -> dict[Pair, Quotes]:
    """Three quotes by spot."""
    return {pair: _quotes(file, pair) for pair in file.vanna_volga}


def _quotes(file: File, pair: Pair) -> Quotes:
    known = dated(file, file.vanna_volga[pair])
    days = sorted(known, key=lambda day: known[day])
    told = file.vanna_volga[pair]

    def curve(name: str) -> VolatilityCurve:
        return VolatilityCurve(tuple((known[day], getattr(told[day], name)) for day in days))

    strikes = tuple(
        AtStrikes(known[day], tuple(sorted((float(k), v) for k, v in told[day].strikes.items())))
        for day in days
        if told[day].strikes
    )
    return Quotes(curve("atm"), curve("put"), curve("call"), strikes)


def dated(file: File, days: Iterable[str]) -> dict[str, float]:
    """Dates as they stand in the file, in years."""
    return {day: years_between(file.as_of, parse_instant(day)) for day in days}


def _smile(file: File, pair: Pair) -> tuple[Smile, tuple[str, ...]]:
    """A smile, and its dates as they stand in the file."""
    known = dated(file, file.smiles[pair])
    days = sorted(known, key=lambda day: known[day])
    slices = ((known[day], Svi(**dict(file.smiles[pair][day]))) for day in days)
    return Smile(tuple(slices)), tuple(days)


def wrong_models(file: File, place: Place) -> Iterator[Diagnostic]:
    """Spots that move in two ways, and smiles that no prices can have."""
    for first, second in chain(combinations(WAYS, 2), ((each, "jumps") for each in _WITH_JUMPS)):
        known = getattr(file, first)
        for asset, cash in getattr(file, second):
            if (asset, cash) in known or (cash, asset) in known:
                key = f"spot({asset}, {cash})"
                yield report("E0629", place((second, key)), key=key, table=second, other=first)
    for pair in file.smiles:
        yield from _wrong_smile(file, pair, place)
    for pair in file.vanna_volga:
        yield from _wrong_quotes(file, pair, place)


WAYS = ("volatilities", "heston", "smiles", "sabr", "local_volatility", "vanna_volga")
"""Tables that each say how a spot moves."""

_WITH_JUMPS = ("smiles", "sabr", "local_volatility", "vanna_volga")
"""Those of them that have all jumps in them."""


def _wrong_smile(file: File, pair: Pair, place: Place) -> Iterator[Diagnostic]:
    name = f"spot({pair[0]}, {pair[1]})"
    path = ("smiles", name)
    smile, days = _smile(file, pair)
    if not days:
        yield report("E0604", place(path), key=name, problem="there is no date in it")
        return
    if early := [t for t, _ in smile.slices if t <= 0]:
        yield report("E0617", place(path), key=name, count=len(early))
        return
    sound = True
    for day, (_, each) in zip(days, smile.slices, strict=True):
        at = place((*path, day))
        assert isinstance(each, Svi)
        if each.lowest <= 0:
            sound = False
            told, variance = f"{each.lowest_at:.4g}", f"{each.lowest:.3g}"
            yield report("E0630", at, key=name, date=day, strike=told, variance=variance)
        elif (found := butterfly(each)) is not None:
            told, g = f"{exp(found[0]):.4g}", f"{found[1]:.3g}"
            yield report("E0631", at, key=name, date=day, strike=told, g=g)
    if sound:
        parts = {day: years for day, (years, _) in zip(days, smile.slices, strict=True)}
        yield from crossed(smile, parts, name, "a", lambda day: place((*path, day)))


def crossed(
    smile: Smile, days: Mapping[str, float], name: str, parameter: str, place: Callable[[str], Span]
) -> Iterator[Diagnostic]:
    """Two expiries between which total variance falls, if there are. `days` are the dates in the
    file with their years, `parameter` is what raises a slice."""
    if (found := crossing(smile)) is None:
        return
    first, second, k = found
    dates = {years: day for day, years in days.items()}
    before, date, strike = dates[first], dates[second], f"{exp(k):.4g}"
    at, raised = place(date), parameter
    yield report("E0632", at, key=name, before=before, date=date, strike=strike, parameter=raised)


def _wrong_quotes(file: File, pair: Pair, place: Place) -> Iterator[Diagnostic]:
    name = f"spot({pair[0]}, {pair[1]})"
    path, told = ("vanna_volga", name), file.vanna_volga[pair]
    known = dated(file, told)
    if not known:
        yield report("E0604", place(path), key=name, problem="there is no date in it")
        return
    if early := [years for years in known.values() if years <= 0]:
        yield report("E0617", place(path), key=name, count=len(early))
        return
    wrong = [
        each for day, quoted in told.items() for each in _unsound(name, quoted, place((*path, day)))
    ]
    if wrong:
        yield from wrong
        return
    quotes = _quotes(file, pair)
    for curve in (quotes.atm, quotes.put, quotes.call):
        if (years := falling(curve)) is not None:
            yield report("E0618", place(path), key=name, years=f"{years:.2f}")
            return


def _unsound(name: str, quoted: Any, place: Span) -> Iterator[Diagnostic]:
    if min(quoted.atm, quoted.put, quoted.call) <= 0.0:
        yield report("E0604", place, key=name, problem="a volatility is above zero")
    for strike in quoted.strikes:
        try:
            sound = 0 < float(strike) < inf
        except ValueError:
            sound = False
        if not sound:
            yield report("E0604", place, key=name, problem=f"`{strike}` is no strike")
