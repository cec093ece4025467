"""Reading a market file: TOML → the parts of a `Market`, or diagnostics at their lines.

Where a table holds quotes, as `calibration/quotes_file.py` has them, they are met first.

```toml
as_of = 2026-01-01

[spots]
"spot(BTC, USD)" = 65_000

[volatilities]
"spot(BTC, USD)" = "55%"            # or a table of date = volatility

[rates]
USD = { 2026-06-30 = "4%", 2027-12-31 = "3.5%" }

[yields]
BTC = 0

[dividends."spot(ACME, USD)"]       # told now: an amount or, with %, a share of the price, from
2026-03-10 = 0.5                    # which day a holder is due it; the price falls by it
2026-09-10 = { amount = 0.5, pay = 2026-10-01 }

[[correlations]]                    # with repair_correlations = true at the top of the file
between = ["spot(BTC, USD)", "spot(ETH, USD)"]
value = "70%"

[jumps."spot(BTC, USD)"]
intensity = 2
mean = "-5%"
deviation = "10%"

[heston]                            # instead of a volatility
"spot(ETH, USD)" = { v0 = 0.3, kappa = 2, theta = 0.3, xi = 0.6, rho = "-50%" }

[smiles."spot(SOL, USD)"]           # instead of a volatility: raw SVI of total variance by expiry
2026-06-30 = { a = 0.04, b = 0.1, rho = "-30%", m = 0.0, sigma = 0.2 }

[sabr."spot(XAU, USD)"]             # instead of a volatility: SABR's parameters by expiry
2026-06-30 = { alpha = 0.16, beta = 1, rho = "-10%", nu = 0.9 }

[local_volatility."spot(XAG, USD)"] # instead of a volatility: what holds until a date, at prices
2026-06-30 = { at = [0.8, 1, 1.2], volatility = ["35%", "30%", "32%"] }  # over the forward

[sticky]                            # what of a smile stays when the forward moves: "strike",
"spot(SOL, USD)" = "strike"         # "moneyness", or else "parameters"

[vanna_volga."spot(EUR, USD)"]      # instead of a volatility: at the money, 25-delta put and call
2026-06-30 = { atm = "8.9%", put = "10%", call = "8.5%", strikes = { "1.05" = "11%" } }

[curves]                            # discount nothing: indices are projected from them
EURIBOR = { 2027-01-04 = "2.6%", 2031-01-02 = "2.8%" }

[hull_white]                        # how the rates of an asset move; a table of dates until which
USD = { reversion = "3%", volatility = "1%" }  # a volatility of the short rate holds is one too

[indices]                           # projected from [curves] or [rates], or one number
SOFR_3M = { curve = "USD", tenor = "3M", day_count = "act/360" }
EURIBOR_6M = { curve = "EURIBOR", tenor = "6M", settles = "2bd", calendar = "TARGET" }

[hazards]                           # a declared truth that becomes true some day: mean hazard
'credit_event("ACME Corp")' = { 2027-12-20 = "1%", 2030-12-20 = "1.5%" }  # rates until dates

[feeds]
"wind(KMIA)" = 30                   # a declared feed, at one level; a truth is true or false

[plan]                              # how much is chosen, and when: by party and choice; {} is never
"borrower prepay" = { 2026-06-15 = 5_000 }

[fixings."spot(BTC, USD)"]
2025-12-31 = 64_210
```
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from rfos_lang.base.calendar import Calendar
from rfos_lang.base.day_count import DayCount
from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.suggestion import did_you_mean
from rfos_lang.base.toml_place import place_of, place_of_error
from rfos_lang.base.wording import report
from rfos_lang.valuation.calibration.quoted_tables import holds_quotes
from rfos_lang.valuation.correlations_in_file import repaired, wrong_correlations
from rfos_lang.valuation.curve import (
    Knots,
    RateCurve,
    VolatilityCurve,
    absurd,
    date_after,
    falling,
    negative,
    years_between,
)
from rfos_lang.valuation.dividends_in_file import Dividends, paying, wrong_dividends
from rfos_lang.valuation.dynamics.anchoring import anchored
from rfos_lang.valuation.dynamics.in_file import heston_of, quotes_of, smiles_of, wrong_models
from rfos_lang.valuation.dynamics.local_in_file import local_of, wrong_local
from rfos_lang.valuation.dynamics.tables import (
    HestonTable,
    JumpsTable,
    LocalTable,
    Part,
    QuotedTable,
    SabrTable,
    SviTable,
)
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.market import (
    IndexCurve,
    Market,
    Moves,
    Pair,
    spot_name,
)
from rfos_lang.valuation.market_figures import HIGHEST_RATE
from rfos_lang.valuation.market_values import (
    Amounts,
    CalendarName,
    Correlation,
    Day,
    DayCountName,
    Instant,
    Level,
    Number,
    PairName,
    Rates,
    Reversion,
    Spot,
    Sticky,
    Tenor,
    Volatilities,
)
from rfos_lang.valuation.rates.hull_white import HullWhite

Path = tuple[str | int, ...]
Place = Callable[[Sequence[str | int]], Span]


def read(text: str, source: str) -> tuple[Market | None, tuple[Diagnostic, ...]]:
    """The market of a text, or all that is wrong with it."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        at = place_of_error(text, source, str(problem))
        return None, (report("E0601", at, problem=problem),)
    moves: Moves = tuple
    if holds_quotes(data):
        from rfos_lang.valuation.calibration.quotes_in_market import with_quotes_met

        made, problems = with_quotes_met(data, text, source)
        if made is None:
            return None, problems
        data, moves = made

    def place(path: Sequence[str | int]) -> Span:
        return place_of(text, source, path)

    try:
        file = _File.model_validate(data)
    except ValidationError as problem:
        return None, tuple(_diagnostic(error, place) for error in problem.errors())
    if wrong := tuple(_wrong(file, place)):
        return None, wrong
    market, problems = paying(file, replace(_market(file, source), moves=moves), place)
    return (None, problems) if market is None else anchored(file, market, place)


class _Correlation(Part):
    between: tuple[PairName, PairName]
    value: Correlation


def _flat(value: Any) -> Any:
    return value if isinstance(value, dict) else {"flat": value}


class _Index(Part):
    flat: Number | None = None
    curve: str | None = None
    tenor: Tenor | None = None
    day_count: DayCountName = DayCount.ACT_360
    calendar: CalendarName = Calendar.NONE
    settles: Tenor | None = None


class _HullWhite(Part):
    reversion: Reversion
    volatility: Volatilities


class _File(Part):
    as_of: Instant
    spots: dict[PairName, Spot] = Field(default_factory=dict)
    volatilities: dict[PairName, Volatilities] = Field(default_factory=dict)
    rates: dict[str, Rates] = Field(default_factory=dict)
    yields: dict[str, Rates] = Field(default_factory=dict)
    dividends: dict[PairName, Dividends] = Field(default_factory=dict)
    curves: dict[str, Rates] = Field(default_factory=dict)
    hull_white: dict[str, _HullWhite] = Field(default_factory=dict)
    correlations: tuple[_Correlation, ...] = ()
    repair_correlations: bool = False
    jumps: dict[PairName, JumpsTable] = Field(default_factory=dict)
    heston: dict[PairName, HestonTable] = Field(default_factory=dict)
    smiles: dict[PairName, dict[Day, SviTable]] = Field(default_factory=dict)
    sabr: dict[PairName, dict[Day, SabrTable]] = Field(default_factory=dict)
    local_volatility: dict[PairName, dict[Day, LocalTable]] = Field(default_factory=dict)
    sticky: dict[PairName, Sticky] = Field(default_factory=dict)
    vanna_volga: dict[PairName, dict[Day, QuotedTable]] = Field(default_factory=dict)
    indices: dict[str, Annotated[_Index, BeforeValidator(_flat)]] = Field(default_factory=dict)
    hazards: dict[str, Rates] = Field(default_factory=dict)
    plan: dict[str, dict[Instant, Amounts]] = Field(default_factory=dict)
    feeds: dict[str, Level] = Field(default_factory=dict)
    fixings: dict[str, dict[Instant, Level]] = Field(default_factory=dict)


# --- what is wrong -------------------------------------------------------------------------------


def _diagnostic(error: Any, place: Place) -> Diagnostic:
    path = tuple(part for part in error["loc"] if part not in ("[key]", "none", "None"))
    key = ".".join(str(part) for part in path)
    refused = error.get("ctx", {}).get("error")
    match error["type"], refused:
        case "missing", _:
            return report("E0602", place(path), key=key)
        case "extra_forbidden", _:
            known = did_you_mean(str(path[-1]), _File.model_fields)
            return report("E0603", place(path), key=key, suggestion=known)
        case _, Refused():
            return report(refused.code, place(path), **{"key": key, **refused.names})
        case _:
            return report("E0604", place(path), key=key, problem=str(error["msg"]).lower())


def _wrong(file: _File, place: Place) -> Iterator[Diagnostic]:
    yield from _wrong_curves(file, place)
    yield from _wrong_names(file, place)
    yield from wrong_correlations(file, place)
    yield from wrong_dividends(file, place)
    yield from wrong_models(file, place)
    yield from wrong_local(file, place)
    for name, index in file.indices.items():
        if index.flat is None and (index.curve is None or index.tenor is None):
            missing = "curve" if index.curve is None else "tenor"
            yield report("E0602", place(("indices", name)), key=f"indices.{name}.{missing}")


def _wrong_curves(file: _File, place: Place) -> Iterator[Diagnostic]:
    named = (
        (("volatilities", spot_name(*pair)), curve) for pair, curve in file.volatilities.items()
    )
    rates = (
        ((table, a), c)
        for table in ("rates", "yields", "curves", "hazards")
        for a, c in getattr(file, table).items()
    )
    factors = (
        (("hull_white", asset, "volatility"), each.volatility)
        for asset, each in file.hull_white.items()
    )
    for path, curve in chain(named, rates, factors):
        dates = [instant for instant in curve if instant is not None]
        if not curve:
            yield report("E0604", place(path), key=path[-1], problem="there is no date in it")
        elif early := [instant for instant in dates if instant <= file.as_of]:
            yield report("E0617", place(path), key=path[-1], count=len(early))
        elif path[0] == "volatilities":
            volatilities = VolatilityCurve(_knots(curve, file.as_of))
            if (years := falling(volatilities)) is not None:
                yield report("E0618", place(path), key=path[-1], years=f"{years:.2f}")
        elif path[0] == "hazards" and (fallen := negative(RateCurve(_knots(curve, file.as_of)))):
            until, rate = date_after(file.as_of, fallen[0]), f"{fallen[1]:.3g}"
            yield report("E0636", place(path), key=path[-1], until=until, rate=rate)
        elif path[0] != "hull_white" and (
            steep := absurd(RateCurve(_knots(curve, file.as_of)), HIGHEST_RATE)
        ):
            until, forward = date_after(file.as_of, steep[0]), f"{steep[1]:.0%}"
            yield report("E0634", place(path), key=path[-1], until=until, forward=forward)


def _wrong_names(file: _File, place: Place) -> Iterator[Diagnostic]:
    known = {spot_name(*pair) for pair in file.spots}
    tickers = {ticker for pair in file.spots for ticker in pair} | set(file.rates)
    named: list[tuple[Path, Pair]] = [
        ((table, spot_name(*pair)), pair)
        for table in (
            "volatilities",
            "dividends",
            "jumps",
            "heston",
            "smiles",
            "sabr",
            "local_volatility",
            "vanna_volga",
        )
        for pair in getattr(file, table)
    ]
    named += [
        (("correlations", at, "between"), pair)
        for at, correlation in enumerate(file.correlations)
        for pair in correlation.between
    ]
    for path, pair in named:
        name = spot_name(*pair)
        if not known.isdisjoint((name, spot_name(*reversed(pair)))):
            continue
        yield report("E0606", place(path), name=name, suggestion=did_you_mean(name, known))
    for table in ("yields", "hull_white"):
        for ticker in getattr(file, table):
            if ticker not in tickers:
                meant = did_you_mean(ticker, tickers)
                yield report("E0606", place((table, ticker)), name=ticker, suggestion=meant)
    for name, index in file.indices.items():
        projecting = {**file.rates, **file.curves}
        if index.curve is not None and index.curve not in projecting:
            meant = did_you_mean(index.curve, projecting)
            yield report("E0606", place(("indices", name)), name=index.curve, suggestion=meant)


# --- the market ----------------------------------------------------------------------------------


def _market(file: _File, source: str) -> Market:
    def rates(curves: Mapping[str, Rates]) -> dict[str, RateCurve]:
        return {asset: RateCurve(_knots(curve, file.as_of)) for asset, curve in curves.items()}

    correlations, moved = repaired(file)
    return Market(
        as_of=file.as_of,
        spots=file.spots,
        volatilities={
            pair: VolatilityCurve(_knots(curve, file.as_of))
            for pair, curve in file.volatilities.items()
        },
        rates=rates(file.rates),
        yields=rates(file.yields),
        curves=rates(file.curves),
        hull_white={
            asset: HullWhite(each.reversion, _knots(each.volatility, file.as_of))
            for asset, each in file.hull_white.items()
        },
        correlations=correlations,
        correlations_moved=moved,
        jumps={pair: Jumps(**dict(jumps)) for pair, jumps in file.jumps.items()},
        heston=heston_of(file),
        smiles=smiles_of(file),
        local_volatilities=local_of(file),
        quotes=quotes_of(file),
        indices={name: _index_curve(index) for name, index in file.indices.items()},
        hazards=rates(file.hazards),
        plan=file.plan,
        levels=file.feeds,
        fixings=file.fixings,
        source=source,
    )


def _knots(curve: Mapping[int | None, float], as_of: int) -> Knots:
    years = (1.0 if instant is None else years_between(as_of, instant) for instant in curve)
    return tuple(sorted(zip(years, curve.values(), strict=True)))


def _index_curve(index: _Index) -> IndexCurve:
    return IndexCurve(
        index.flat,
        index.curve or "",
        index.tenor,
        index.day_count,
        index.calendar,
        index.settles,
    )
