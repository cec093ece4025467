"""Models of prices as a market file tells them, and what can be wrong with them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import exp, sqrt
from typing import Any, Protocol

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.instant import parse_instant
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.valuation.curve import years_between
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.dynamics.smile import Slice, Smile, butterfly, crossing

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


def heston_of(file: File) -> dict[Pair, Heston]:
    """Heston's parameters by spot."""
    return {pair: Heston(**dict(each)) for pair, each in file.heston.items()}


def smiles_of(file: File) -> dict[Pair, Smile]:
    """Smiles by spot."""
    return {pair: _smile(file, pair)[0] for pair in file.smiles}


def _smile(file: File, pair: Pair) -> tuple[Smile, tuple[str, ...]]:
    """A smile, and its dates as they stand in the file."""
    dated = {day: years_between(file.as_of, parse_instant(day)) for day in file.smiles[pair]}
    days = sorted(dated, key=lambda day: dated[day])
    slices = ((dated[day], Slice(**dict(file.smiles[pair][day]))) for day in days)
    return Smile(tuple(slices)), tuple(days)


def wrong_models(file: File, place: Place) -> Iterator[Diagnostic]:
    """Spots that move in two ways, and smiles that no prices can have."""
    for first, second in _APART:
        known = getattr(file, first)
        for asset, cash in getattr(file, second):
            if (asset, cash) in known or (cash, asset) in known:
                key = f"spot({asset}, {cash})"
                yield report("E0629", place((second, key)), key=key, table=second, other=first)
    for pair in file.smiles:
        yield from _wrong_smile(file, pair, place)


_APART = (
    ("volatilities", "heston"),
    ("volatilities", "smiles"),
    ("heston", "smiles"),
    ("smiles", "jumps"),
)
"""Tables that do not both say how a spot moves."""


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
        if each.lowest <= 0:
            sound = False
            lowest_at = exp(each.m - each.rho * each.sigma / sqrt(max(1 - each.rho**2, 1e-12)))
            variance = f"{each.lowest:.3g}"
            told = f"{lowest_at:.4g}"
            yield report("E0630", at, key=name, date=day, strike=told, variance=variance)
        elif (found := butterfly(each)) is not None:
            told, g = f"{exp(found[0]):.4g}", f"{found[1]:.3g}"
            yield report("E0631", at, key=name, date=day, strike=told, g=g)
    if sound and (crossed := crossing(smile)) is not None:
        first, second, k = crossed
        dates = {years: day for day, (years, _) in zip(days, smile.slices, strict=True)}
        at, strike = place((*path, dates[second])), f"{exp(k):.4g}"
        before, date = dates[first], dates[second]
        yield report("E0632", at, key=name, before=before, date=date, strike=strike)
