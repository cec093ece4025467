"""A market from quotes of rates and credit: curves, hazard rates, Hull and White's factors."""

from collections.abc import Iterator, Sequence
from itertools import chain

from rfos_lang.base.calendar import Calendar
from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.duration import Duration
from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.toml_place import place_of
from rfos_lang.base.wording import report
from rfos_lang.valuation.calibration import quotes_file
from rfos_lang.valuation.calibration.bootstrap import bootstrapped
from rfos_lang.valuation.calibration.hazards import CreditSwap, credit_swaps, hazard_curve
from rfos_lang.valuation.calibration.hull_white_fit import (
    FactorFit,
    RateOption,
    fitted_factor,
    options_of,
)
from rfos_lang.valuation.calibration.instruments import (
    Conventions,
    Curves,
    Instrument,
    instruments,
)
from rfos_lang.valuation.calibration.quoted_options import Quotation
from rfos_lang.valuation.calibration.quotes_file import CurveTable, QuotesFile, index_of
from rfos_lang.valuation.calibration.unfit import Path, Unfit
from rfos_lang.valuation.curve import YEAR, RateCurve, date_after, years_between
from rfos_lang.valuation.market import IndexCurve, Market
from rfos_lang.valuation.rates.hull_white import HullWhite

FEW_DAYS = 7 / 365
"""By how much the last dates of two curves may differ."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote, and what the market that was found says of it."""

    path: Path
    last: int
    quote: float
    found: float

    @property
    def name(self) -> str:
        """The quote for people: `EUR swap 5y`."""
        *_, asset, kind, key = self.path
        return f"{asset} {kind.removesuffix('s')} {key}"

    @property
    def residual(self) -> float:
        return self.found - self.quote


@dataclass(frozen=True, slots=True)
class FittedCurve:
    """A curve with its instruments, by their last dates."""

    kind: str
    name: str
    table: CurveTable
    curve: RateCurve
    instruments: tuple[Instrument, ...]
    quotes: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True)
class FittedHazards:
    """Hazard rates with the swaps that they meet."""

    name: str
    cash: str
    recovery: float
    curve: RateCurve
    swaps: tuple[CreditSwap, ...]
    quotes: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True)
class FittedFactor:
    """A factor with the options that it is fitted to."""

    asset: str
    model: HullWhite
    reversion_given: bool
    quotation: Quotation
    options: tuple[RateOption, ...]
    quotes: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Everything that was found, as parts of a market."""

    file: QuotesFile
    curves: tuple[FittedCurve, ...]
    hazards: tuple[FittedHazards, ...]
    factors: tuple[FittedFactor, ...]

    @property
    def as_of(self) -> int:
        return self.file.as_of

    @property
    def quotes(self) -> tuple[Quoted, ...]:
        """Every quote."""
        curves = (each.quotes for each in self.curves)
        hazards = (each.quotes for each in self.hazards)
        factors = (each.quotes for each in self.factors)
        return tuple(chain.from_iterable(chain(curves, hazards, factors)))

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed: curves that are flat before the last quote that needs them."""
        found: dict[str, str] = {}
        needed = [(each.table.discount, each.quotes) for each in self.curves]
        needed += [(each.cash, each.quotes) for each in self.hazards]
        needed += [(each.asset, each.quotes) for each in self.factors]
        for asset, quotes in needed:
            last = max(each.last for each in quotes)
            knots = self.discounting(asset).knots if asset else ()
            if len(knots) > 1 and knots[-1][0] + FEW_DAYS < years_between(self.as_of, last):
                until = date_after(self.as_of, knots[-1][0])
                found[asset or ""] = f"The zero rate of {asset} is taken as flat after {until}."
        return tuple(found.values())

    def discounting(self, asset: str) -> RateCurve:
        """The curve that discounts an asset."""
        return _discounting(self.file, self.curves, asset)

    def fit(self, factor: FittedFactor) -> FactorFit:
        """How a factor is fitted to its options."""
        table = self.file.hull_white[factor.asset]
        both = _factor_curves(self.file, self.curves, factor.asset)
        return FactorFit(factor.model, factor.options, both, table, factor.quotation)

    def market(self) -> Market:
        """The market."""
        zero = {asset: _known(self.file, asset) for asset in self.file.zero_rates}
        by_kind = {
            kind: {each.name: each.curve for each in self.curves if each.kind == kind}
            for kind in ("rates", "curves")
        }
        return Market(
            as_of=self.as_of,
            rates=zero | by_kind["rates"],
            curves=by_kind["curves"],
            hull_white={each.asset: each.model for each in self.factors},
            indices={
                index_of(each.name, each.table): IndexCurve(
                    None,
                    each.name,
                    each.table.tenor,
                    each.table.day_count,
                    each.table.calendar,
                    _settles(each.table),
                )
                for each in self.curves
            },
            hazards={each.name: each.curve for each in self.hazards},
            levels={recovery_of(each.name): each.recovery for each in self.hazards},
        )


def fitted(text: str, source: str) -> tuple[Fitted | None, tuple[Diagnostic, ...]]:
    """What meets the quotes of a text, or what is wrong with them (E06xx), each at its line."""
    file, problems = quotes_file.read(text, source)
    return (None, problems) if file is None else met(file, text, source)


def met(file: QuotesFile, text: str, source: str) -> tuple[Fitted | None, tuple[Diagnostic, ...]]:
    """What meets the quotes of a file, or what is wrong with them, each at its line."""
    try:
        return fitted_to(file), ()
    except Unfit as refused:
        at = place_of(text, source, refused.path)
        return None, (report(refused.code, at, **refused.names),)
    except Refused as refused:
        return None, (report(refused.code, place_of(text, source, ()), **refused.names),)


def fitted_to(file: QuotesFile) -> Fitted:
    """What meets quotes. Raises Unfit."""
    curves: list[FittedCurve] = []
    for kind, tables in (("rates", file.rates), ("curves", file.curves)):
        for name, table in tables.items():
            curves.append(_fitted_curve(file, kind, name, table, curves))
    hazards = tuple(_fitted_hazards(file, name, curves) for name in file.hazards)
    factors = tuple(_fitted_factor(file, asset, curves) for asset in file.hull_white)
    return Fitted(file, tuple(curves), hazards, factors)


def recovery_of(event: str) -> str:
    """The feed of what creditors get back after an event: that of the same name."""
    _, bracket, name = event.partition("(")
    return f"recovery{bracket}{name}"


def _fitted_curve(
    file: QuotesFile, kind: str, name: str, table: CurveTable, before: list[FittedCurve]
) -> FittedCurve:
    found = instruments(kind, name, table, file.as_of)
    other = None
    if kind == "curves":
        other = _discounting(file, before, table.discount or name)
    curve = bootstrapped(found, file.as_of, other)
    both = Curves(other or curve, curve)
    quotes = tuple(Quoted(each.path, each.last, each.quote, each.rate(both)) for each in found)
    return FittedCurve(kind, name, table, curve, found, quotes)


def _fitted_hazards(file: QuotesFile, name: str, curves: list[FittedCurve]) -> FittedHazards:
    table = file.hazards[name]
    discounting = _discounting(file, curves, table.cash)
    swaps = credit_swaps(name, table, file.as_of)
    curve = hazard_curve(swaps, file.as_of, discounting)
    quotes = tuple(
        Quoted(each.path, each.last, each.quote, each.rate(curve, discounting)) for each in swaps
    )
    return FittedHazards(name, table.cash, table.recovery, curve, swaps, quotes)


def _fitted_factor(file: QuotesFile, asset: str, curves: list[FittedCurve]) -> FittedFactor:
    table = file.hull_white[asset]
    index = _index_curve(file, curves, asset)
    both = _factor_curves(file, curves, asset)
    dates = Conventions(file.as_of, index.table)
    options = options_of(asset, table, dates, both)
    model = fitted_factor(asset, table, options, dates, both)
    quotation = Quotation(table.quoted == "normal", table.shift)
    quotes = tuple(
        Quoted(
            each.path,
            each.last,
            each.quote,
            each.implied(quotation, each.modelled(both, model)),
        )
        for each in options
    )
    return FittedFactor(asset, model, table.reversion is not None, quotation, options, quotes)


def _index_curve(file: QuotesFile, curves: Sequence[FittedCurve], asset: str) -> FittedCurve:
    index = file.hull_white[asset].index
    return next(each for each in curves if index_of(each.name, each.table) == index)


def _factor_curves(file: QuotesFile, curves: Sequence[FittedCurve], asset: str) -> Curves:
    """The curves that the options of an asset are on."""
    return Curves(_discounting(file, curves, asset), _index_curve(file, curves, asset).curve)


def _discounting(file: QuotesFile, curves: Sequence[FittedCurve], asset: str) -> RateCurve:
    quoted = (each.curve for each in curves if (each.kind, each.name) == ("rates", asset))
    return next(quoted, None) or _known(file, asset)


def _known(file: QuotesFile, asset: str) -> RateCurve:
    """Zero rates that the file gives."""
    told = file.zero_rates[asset].items()
    years = (
        (1.0 if instant is None else years_between(file.as_of, instant), rate)
        for instant, rate in told
    )
    return RateCurve(tuple(sorted(years)))


def _settles(table: CurveTable) -> Duration | None:
    return None if table.compounds else table.settles


# --- the market file ------------------------------------------------------------------------------


def market_text(found: Fitted) -> str:
    """The market file: what `parse_market` reads as `found.market()`."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Fitted) -> Iterator[str]:
    yield f'as_of = "{show_instant(found.as_of)}"'
    yield from ("", "[rates]")
    for asset, told in found.file.zero_rates.items():
        dated = {instant: rate for instant, rate in told.items() if instant is not None}
        flat = next((rate for instant, rate in told.items() if instant is None), 0.0)
        yield f"{_key(asset)} = {_by_date(dated) if dated else repr(flat)}"
    for kind in ("rates", "curves"):
        of = [each for each in found.curves if each.kind == kind]
        if kind == "curves" and of:
            yield from ("", "[curves]")
        for each in of:
            yield f"{_key(each.name)} = {_knots(each)}"
    if found.curves:
        yield from ("", "[indices]")
    for each in found.curves:
        yield f"{_key(index_of(each.name, each.table))} = {_index(each)}"
    if found.factors:
        yield from ("", "[hull_white]")
    for factor in found.factors:
        volatility = _volatility(found, factor)
        told_of = f"reversion = {factor.model.reversion!r}, volatility = {volatility}"
        yield f"{_key(factor.asset)} = {{ {told_of} }}"
    if found.hazards:
        yield from ("", "[hazards]")
        for credit in found.hazards:
            dates = zip(credit.swaps, credit.curve.knots, strict=True)
            rates = {swap.last: rate for swap, (_, rate) in dates}
            yield f"{_key(credit.name)} = {_by_date(rates)}"
        yield from ("", "[feeds]")
        for credit in found.hazards:
            yield f"{_key(recovery_of(credit.name))} = {credit.recovery!r}"


def _knots(each: FittedCurve) -> str:
    dates = zip(each.instruments, each.curve.knots, strict=True)
    return _by_date({instrument.last: rate for instrument, (_, rate) in dates})


def _by_date(rates: dict[int, float]) -> str:
    told = (f'"{show_instant(instant)}" = {rate!r}' for instant, rate in rates.items())
    return f"{{ {', '.join(told)} }}"


def _index(each: FittedCurve) -> str:
    table = each.table
    told = {"curve": each.name, "tenor": str(table.tenor), "day_count": table.day_count.value}
    if (settles := _settles(table)) is not None:
        told["settles"] = str(settles)
    if table.calendar is not Calendar.NONE:
        told["calendar"] = table.calendar.value
    return "{ " + ", ".join(f'{key} = "{value}"' for key, value in told.items()) + " }"


def _volatility(found: Fitted, factor: FittedFactor) -> str:
    """One number, or a table of the dates until which each holds."""
    knots = factor.model.volatility
    if len(knots) == 1:
        return repr(knots[0][1])
    return _by_date({found.as_of + round(years * YEAR): level for years, level in knots})


def _key(name: str) -> str:
    """A name as a key of TOML."""
    bare = name.replace("_", "").replace("-", "").isalnum()
    return name if bare else f"'{name}'"
