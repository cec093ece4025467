"""Reading quotes of rates and credit: TOML → `QuotesFile`, or diagnostics at their lines.

```toml
as_of = 2026-03-20

[rates.EUR]                         # the curve that discounts EUR, and projects its overnight index
index = "ESTR"
calendar = "TARGET"                 # business days; "NONE" if left out
settles = "2bd"                     # from the market's date to the beginning of an instrument
pays = "1bd"                        # from the end of a period of a swap to its payments
day_count = "act/360"               # of deposits, forward rates and floating legs

quoted_on = 2026-03-20              # if it is told, it must be the date of the quotes

[rates.EUR.deposits]                # simple interest, from the settlement on; `1bd`: from today on
1bd = "1.93%"

[rates.EUR.swaps]                   # fixed against the compounded overnight rate, yearly
6M = "1.95%"
5y = "2.20%"

[curves.EURIBOR]                    # projects an index, and discounts nothing
discount = "EUR"
index = "EURIBOR_6M"
tenor = "6M"                        # of the index; a curve of overnight rates has "1bd"
calendar = "TARGET"
settles = "2bd"
fixed_step = "1y"                   # the fixed legs of swaps
fixed_day_count = "30/360"

[curves.EURIBOR.forwards]           # FRAs, from the settlement on
3Mx9M = "2.14%"

[curves.EURIBOR.futures]            # by the date on which the period begins
2026-12-16 = { price = 97.79, convexity = "0.003%" }
2027-03-17 = 97.77

[curves.EURIBOR.convexity]          # by how rates move: for futures that do not tell theirs
reversion = "3%"
volatility = "0.8%"

[curves.EURIBOR.swaps]
5y = "2.38%"

[hull_white.EUR]                    # how the rates of EUR move
index = "EURIBOR_6M"                # that swaps and caps are on
quoted = "normal"                   # or "lognormal", with a `shift`
reversion = "3%"                    # fitted if it is left out
until = ["3y"]                      # where the volatility changes; nowhere if it is left out

[hull_white.EUR.swaptions]          # at the money, or { volatility = ..., strike = ... }
1yx5y = "0.71%"

[hull_white.EUR.caps]               # without the first period
5y = { volatility = "0.75%", strike = "2.5%" }
10y = { strike = "4%" }             # its volatilities are those of the smiles

[hull_white.EUR.smiles]             # by expiry, in SABR's parameters
1y = { alpha = "0.7%", beta = 0, rho = "-10%", nu = "40%" }

[hazards.'credit_event("ACME Corp")']
cash = "EUR"
recovery = "40%"
protection = "20bd"                 # from a default to the payment; at once if it is left out

[hazards.'credit_event("ACME Corp")'.spreads]
5y = "1.10%"

[zero_rates]                        # curves that are known: as [rates] of a market file
USD = "3.5%"
```

Tables are not ordered: instruments are taken by their last dates.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from rfos_lang.base.calendar import Calendar
from rfos_lang.base.day_count import DayCount
from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.duration import Duration, DurationUnit, parse_duration
from rfos_lang.base.instant import date_of
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.suggestion import did_you_mean
from rfos_lang.base.toml_place import place_of, place_of_error
from rfos_lang.base.wording import report
from rfos_lang.valuation.dynamics.tables import Part, SabrTable
from rfos_lang.valuation.market_values import (
    CalendarName,
    Day,
    DayCountName,
    Instant,
    NotNegative,
    Number,
    Positive,
    Rate,
    Rates,
    Reversion,
    Share,
    Tenor,
    Volatility,
    instant_of,
)

Path = tuple[str, ...]
Place = Callable[[Sequence[str | int]], Span]
_PAIR = re.compile(r"(\d+[A-Za-z]+)x(\d+[A-Za-z]+)")
QUOTATIONS = ("normal", "lognormal")
OVERNIGHT = Duration(1, DurationUnit.BUSINESS_DAY)


def _until(text: str) -> str:
    """A tenor or a date. Raises Refused."""
    if text[4:5] == "-":
        instant_of(text)
    else:
        _length(text)
    return text


def _pair(text: str) -> str:
    pair_of(text)
    return text


def pair_of(text: str) -> tuple[Duration, Duration]:
    """The two tenors of `3Mx9M`. Raises Refused."""
    if (match := _PAIR.fullmatch(text)) is None:
        raise Refused("E0604", problem=f"`{text}` is not two tenors, such as 3Mx9M")
    return _length(match[1]), _length(match[2])


def _length(text: str) -> Duration:
    found = parse_duration(text)
    if found.count == 0 or found.unit in _TOO_SHORT:
        raise Refused("E0604", problem=f"`{text}` is no tenor, such as 6M")
    return found


def _step(value: Any) -> Duration:
    """At least a month."""
    if (found := _length(str(value))).unit not in OF_MONTHS:
        raise Refused("E0604", problem=f"`{value}` is not in months or years, such as 6M")
    return found


def _tenor(value: Any) -> Duration:
    """That of an index: one business day, or at least a week."""
    found = _length(str(value))
    if found != OVERNIGHT and found.unit not in (*OF_MONTHS, DurationUnit.WEEK):
        raise Refused("E0604", problem=f"`{value}` is neither 1bd nor a week or more, such as 6M")
    return found


OF_MONTHS = (DurationUnit.MONTH, DurationUnit.YEAR)
_TOO_SHORT = (DurationUnit.SECOND, DurationUnit.MINUTE, DurationUnit.HOUR)


def _quoted(value: Any) -> str:
    if value not in QUOTATIONS:
        raise Refused("E0604", problem=f"`{value}` is neither normal nor lognormal")
    return str(value)


def _table(key: str) -> Callable[[Any], Any]:
    """One number stands for a table with nothing else in it."""
    return lambda value: value if isinstance(value, dict) else {key: value}


Until = Annotated[str, AfterValidator(_until)]
Step = Annotated[Duration, BeforeValidator(_step)]
IndexTenor = Annotated[Duration, BeforeValidator(_tenor)]
Length = Annotated[Duration, BeforeValidator(lambda value: _length(str(value)))]
Between = Annotated[str, AfterValidator(_pair)]


class FutureTable(Part):
    """A future at 100 less its rate in percent, which is by so much above the forward rate."""

    price: Number
    convexity: Rate | None = None
    ends: Instant | None = None


class ConvexityTable(Part):
    """How rates move, for what the rates of futures are above forward rates."""

    reversion: Reversion
    volatility: Volatility


class OptionTable(Part):
    """An option at its volatility, or that of a smile; at the money if it has no strike."""

    volatility: Volatility | None = None
    strike: Rate | None = None


Future = Annotated[FutureTable, BeforeValidator(_table("price"))]
Option = Annotated[OptionTable, BeforeValidator(_table("volatility"))]


class CurveTable(Part):
    """The instruments of one curve, and what they have in common."""

    quoted_on: Instant | None = None
    index: str | None = None
    tenor: IndexTenor = OVERNIGHT
    discount: str | None = None
    calendar: CalendarName = Calendar.NONE
    settles: Tenor | None = None
    pays: Tenor | None = None
    day_count: DayCountName = DayCount.ACT_360
    fixed_step: Step = Duration(1, DurationUnit.YEAR)
    fixed_day_count: DayCountName = DayCount.ACT_360
    deposits: dict[Until, Rate] = Field(default_factory=dict)
    forwards: dict[Between, Rate] = Field(default_factory=dict)
    futures: dict[Day, Future] = Field(default_factory=dict)
    convexity: ConvexityTable | None = None
    swaps: dict[Until, Rate] = Field(default_factory=dict)

    @property
    def compounds(self) -> bool:
        """Whether its index is of one day, so that floating legs compound it."""
        return self.tenor == OVERNIGHT


class HullWhiteTable(Part):
    """The options that one factor is fitted to."""

    quoted_on: Instant | None = None
    index: str
    quoted: Annotated[str, BeforeValidator(_quoted)] = "normal"
    shift: NotNegative = 0.0
    reversion: Reversion | None = None
    until: tuple[Until, ...] = ()
    swaptions: dict[Between, Option] = Field(default_factory=dict)
    caps: dict[Until, Option] = Field(default_factory=dict)
    smiles: dict[Until, SabrTable] = Field(default_factory=dict)


class HazardTable(Part):
    """Credit default swaps on one name."""

    quoted_on: Instant | None = None
    cash: str
    recovery: Share
    calendar: CalendarName = Calendar.WEEKENDS
    protection: Length | None = None
    protection_calendar: CalendarName = Calendar.NYC
    spreads: dict[Until, Positive] = Field(default_factory=dict)


class QuotesFile(Part):
    """A whole file."""

    as_of: Instant
    rates: dict[str, CurveTable] = Field(default_factory=dict)
    zero_rates: dict[str, Rates] = Field(default_factory=dict)
    curves: dict[str, CurveTable] = Field(default_factory=dict)
    hull_white: dict[str, HullWhiteTable] = Field(default_factory=dict)
    hazards: dict[str, HazardTable] = Field(default_factory=dict)


def read(text: str, source: str) -> tuple[QuotesFile | None, tuple[Diagnostic, ...]]:
    """The quotes of a text, or all that is wrong with how they are written."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        at = place_of_error(text, source, str(problem))
        return None, (report("E0601", at, problem=problem),)
    return checked(data, text, source)


def checked(
    data: Mapping[str, Any], text: str, source: str, known: str = "zero_rates"
) -> tuple[QuotesFile | None, tuple[Diagnostic, ...]]:
    """The quotes that a text holds, once it is read as TOML; `known` is the table of the text in
    which curves stand that are not quoted."""

    def place(path: Sequence[str | int]) -> Span:
        return place_of(text, source, path)

    try:
        file = QuotesFile.model_validate(data)
    except ValidationError as problem:
        return None, tuple(_diagnostic(error, place, known) for error in problem.errors())
    wrong = tuple(_wrong(file, place))
    return (None if wrong else file), wrong


_TABLES: dict[str, type[Part]] = {
    "rates": CurveTable,
    "curves": CurveTable,
    "hull_white": HullWhiteTable,
    "hazards": HazardTable,
}


def _diagnostic(error: Any, place: Place, known: str) -> Diagnostic:
    table, *rest = (part for part in error["loc"] if part not in ("[key]", "none", "None"))
    path = (known if table == "zero_rates" else table, *rest)
    key, refused = ".".join(map(str, path)), error.get("ctx", {}).get("error")
    match error["type"], refused:
        case "missing", _:
            return report("E0641", place(path), key=key)
        case "extra_forbidden", _:
            shape = QuotesFile if len(path) == 1 else _TABLES.get(str(path[0]), QuotesFile)
            meant = did_you_mean(str(path[-1]), shape.model_fields)
            return report("E0642", place(path), key=key, suggestion=meant)
        case _, Refused():
            return report(refused.code, place(path), **{"key": key, **refused.names})
        case _:
            return report("E0604", place(path), key=key, problem=str(error["msg"]).lower())


def _wrong(file: QuotesFile, place: Place) -> Iterator[Diagnostic]:
    """What is named and not there, and tables without a quote."""
    known = {**file.rates, **file.zero_rates}
    if not (file.rates or file.curves or file.hull_white or file.hazards):
        yield report("E0641", place(()), key="rates")
    named: list[tuple[Path, str]] = []
    for name, curve in file.curves.items():
        if curve.discount is None:
            yield report("E0641", place(("curves", name)), key=f"curves.{name}.discount")
        else:
            named.append((("curves", name, "discount"), curve.discount))
    named += [(("hull_white", asset), asset) for asset in file.hull_white]
    named += [(("hazards", name, "cash"), each.cash) for name, each in file.hazards.items()]
    for path, asset in named:
        if asset not in known:
            yield report("E0606", place(path), name=asset, suggestion=did_you_mean(asset, known))
    indices = [index_of(name, each) for name, each in (*file.rates.items(), *file.curves.items())]
    for asset, factor in file.hull_white.items():
        if factor.index not in indices:
            meant = did_you_mean(factor.index, indices)
            at = place(("hull_white", asset, "index"))
            yield report("E0606", at, name=factor.index, suggestion=meant)
    for path, table in _tables(file):
        on = table.quoted_on
        if on is not None and date_of(on) != date_of(file.as_of):
            at, day = place((*path, "quoted_on")), date_of(file.as_of)
            yield report("E0637", at, key=".".join(path), date=date_of(on), as_of=day)
    for path, count in _counts(file):
        if not count:
            yield report("E0641", place(path), key=".".join(path))
    for name in file.rates:
        if name in file.zero_rates:
            at, problem = place(("zero_rates", name)), "it has quotes under [rates] as well"
            yield report("E0604", at, key=f"zero_rates.{name}", problem=problem)
    for name, curve in file.rates.items():
        if curve.discount is not None:
            at, problem = place(("rates", name, "discount")), "what discounts has no other curve"
            yield report("E0604", at, key=f"rates.{name}.discount", problem=problem)


def _tables(file: QuotesFile) -> Iterator[tuple[Path, CurveTable | HullWhiteTable | HazardTable]]:
    """Every table with quotes."""
    for kind in ("rates", "curves", "hull_white", "hazards"):
        for name, table in getattr(file, kind).items():
            yield (kind, name), table


def _counts(file: QuotesFile) -> Iterator[tuple[Path, int]]:
    """How many quotes each table has."""
    for kind, curves in (("rates", file.rates), ("curves", file.curves)):
        for name, each in curves.items():
            simple = len(each.deposits) + len(each.forwards) + len(each.futures)
            yield (kind, name, "swaps"), simple + len(each.swaps)
    for asset, factor in file.hull_white.items():
        yield ("hull_white", asset, "swaptions"), len(factor.swaptions) + len(factor.caps)
    for name, credit in file.hazards.items():
        yield ("hazards", name, "spreads"), len(credit.spreads)


def index_of(name: str, curve: CurveTable) -> str:
    """The index that a curve projects: the curve's own name if it says no other."""
    return curve.index or name
