"""A worst-of autocallable in ORE's scripted trades: its inputs as files, and what a run gives.

ORE reads a folder of XML. Here is as little of it as one scripted trade on some equities with flat
curves, flat volatilities and one correlation takes; what ORE is told about sensitivities are
relative moves of spots by 1 %, absolute ones of volatilities by 1 % and of rates by a basis point.
"""

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import ORE

AS_OF = "2026-01-01"
TENORS = ("1Y", "5Y")
DATES = ("2027-01-01", "2031-01-01")

SCRIPT = """
NUMBER i, u, worst, unpaid, alive, paid;
alive = 1;
unpaid = 0;
FOR i IN (1, SIZE(Observations), 1) DO
  worst = Underlyings[1](Observations[i]) / Initial[1];
  FOR u IN (2, SIZE(Underlyings), 1) DO
    worst = min(worst, Underlyings[u](Observations[i]) / Initial[u]);
  END;
  unpaid = unpaid + Coupon;
  IF alive == 1 AND worst >= CouponBarrier THEN
    Note = Note + PAY(Notional * unpaid, Observations[i], Observations[i], PayCcy);
    unpaid = 0;
  END;
  IF alive == 1 AND worst >= Autocall THEN
    Note = Note + PAY(Notional, Observations[i], Observations[i], PayCcy);
    alive = 0;
  END;
END;
IF alive == 1 THEN
  IF worst <= KnockIn THEN
    paid = min(worst, 1);
  ELSE
    paid = 1;
  END;
  Note = Note + PAY(Notional * paid, Observations[i - 1], Observations[i - 1], PayCcy);
END;
"""


@dataclass(frozen=True)
class Note:
    """A note, and the market that it is valued in."""

    names: tuple[str, ...]
    observations: tuple[str, ...]
    spot: float
    volatilities: tuple[float, ...]
    rate: float
    carry: float
    correlation: float
    numbers: dict[str, float]


@dataclass(frozen=True)
class Run:
    """What ORE gives: the value, the change by each factor's move, and the seconds that its
    pricing took, reading files and building the market left out."""

    value: float
    moved: dict[str, float]
    seconds: float


def run(note: Note, paths: int, adjoint: bool, greeks: bool) -> Run:
    """One run of ORE."""
    with TemporaryDirectory() as folder:
        for name, text in _files(note, paths, adjoint, greeks, folder).items():
            (Path(folder) / name).write_text(text)
        parameters = ORE.Parameters()
        parameters.fromFile(f"{folder}/ore.xml")
        app = ORE.OREApp(parameters, False)
        begun = perf_counter()
        app.run()
        whole = perf_counter() - begun
        (value,) = _column(app.getReport("npv"), "NPV")
        (pricing,) = _column(app.getReport("pricingstats"), "CumulativeTiming")
        moved = {}
        if greeks:
            report = app.getReport("sensitivity")
            factors, deltas = _column(report, "Factor_1"), _column(report, "Delta")
            moved = dict(zip(factors, deltas, strict=True))
        assert 1e-6 * pricing <= whole
        return Run(float(value), moved, 1e-6 * pricing)


def _column(report: Any, header: str) -> list[Any]:
    (at,) = (c for c in range(report.columns()) if report.header(c) == header)
    read = (report.dataAsSize, report.dataAsReal, report.dataAsString)
    return list(read[report.columnType(at)](at))


# --- files ----------------------------------------------------------------------------------------


def _files(note: Note, paths: int, adjoint: bool, greeks: bool, folder: str) -> dict[str, str]:
    return {
        "ore.xml": _run(folder, greeks),
        "market.txt": _quotes(note),
        "fixings.txt": "",
        "conventions.xml": _CONVENTIONS,
        "curveconfig.xml": _curves(note),
        "todaysmarket.xml": _market(note),
        "portfolio.xml": _portfolio(note),
        "pricingengine.xml": _engine(paths, adjoint),
        "simulation.xml": _simulation(note),
        "sensitivity.xml": _sensitivity(note),
    }


def _tag(name: str, /, *inside: str, **attributes: str) -> str:
    told = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{told}>{''.join(inside)}</{name}>"


def _parameters(**values: object) -> str:
    return "".join(_tag("Parameter", str(value), name=name) for name, value in values.items())


def _run(folder: str, greeks: bool) -> str:
    setup = _parameters(
        asofDate=AS_OF,
        inputPath=folder,
        outputPath=folder,
        logFile="log.txt",
        logMask=0,
        marketDataFile="market.txt",
        fixingDataFile="fixings.txt",
        implyTodaysFixings="N",
        curveConfigFile="curveconfig.xml",
        conventionsFile="conventions.xml",
        marketConfigFile="todaysmarket.xml",
        pricingEnginesFile="pricingengine.xml",
        portfolioFile="portfolio.xml",
        observationModel="None",
        continueOnError="false",
    )
    markets = _parameters(pricing="default", simulation="default", sensitivity="default")
    value = _parameters(active="Y", baseCurrency="USD", outputFileName="npv.csv")
    analytics = _tag("Analytic", value, type="npv")
    if greeks:
        moves = _parameters(
            active="Y",
            marketConfigFile="simulation.xml",
            sensitivityConfigFile="sensitivity.xml",
            pricingEnginesFile="pricingengine.xml",
            scenarioOutputFile="scenario.csv",
            sensitivityOutputFile="sensitivity.csv",
            outputSensitivityThreshold="0.0000001",
        )
        analytics += _tag("Analytic", moves, type="sensitivity")
    return _tag("ORE", _tag("Setup", setup), _tag("Markets", markets), _tag("Analytics", analytics))


def _pairs(note: Note) -> list[tuple[str, str]]:
    return [(f"EQ-{one}", f"EQ-{other}") for one, other in combinations(note.names, 2)]


def _quotes(note: Note) -> str:
    quotes = {f"ZERO/RATE/USD/USD-Z/A365/{tenor}": note.rate for tenor in TENORS}
    for name, volatility in zip(note.names, note.volatilities, strict=True):
        quotes[f"EQUITY/PRICE/{name}/USD"] = note.spot
        quotes |= {f"EQUITY_DIVIDEND/RATE/{name}/USD/{day}": note.carry for day in DATES}
        quotes |= {f"EQUITY_OPTION/RATE_LNVOL/{name}/USD/{t}/ATMF": volatility for t in TENORS}
    for one, other in _pairs(note):
        quotes |= {f"CORRELATION/RATE/{one}/{other}/{t}/ATM": note.correlation for t in TENORS}
    return "".join(f"{AS_OF} {name} {value}\n" for name, value in quotes.items())


_CONVENTIONS = _tag(
    "Conventions",
    _tag(
        "Zero",
        _tag("Id", "USD-ZERO"),
        _tag("TenorBased", "true"),
        _tag("DayCounter", "A365"),
        _tag("CompoundingFrequency", "Annual"),
        _tag("Compounding", "Continuous"),
        _tag("TenorCalendar", "NullCalendar"),
        _tag("SpotLag", "0"),
        _tag("SpotCalendar", "NullCalendar"),
        _tag("RollConvention", "Unadjusted"),
        _tag("EOM", "false"),
    ),
)


def _listed(*quotes: str) -> str:
    return _tag("Quotes", *(_tag("Quote", quote) for quote in quotes))


def _curves(note: Note) -> str:
    zeros = _listed(*(f"ZERO/RATE/USD/USD-Z/A365/{tenor}" for tenor in TENORS))
    direct = _tag("Direct", _tag("Type", "Zero"), zeros, _tag("Conventions", "USD-ZERO"))
    rates = _tag(
        "YieldCurve",
        _tag("CurveId", "USD-Z"),
        _tag("CurveDescription"),
        _tag("Currency", "USD"),
        _tag("DiscountCurve"),
        _tag("Segments", direct),
        _tag("InterpolationVariable", "Zero"),
        _tag("InterpolationMethod", "Linear"),
        _tag("YieldCurveDayCounter", "A365"),
        _tag("Extrapolation", "true"),
    )
    return _tag(
        "CurveConfiguration",
        _tag("YieldCurves", rates),
        _tag("EquityCurves", *map(_equity_curve, note.names)),
        _tag("EquityVolatilities", *map(_equity_volatility, note.names)),
        _tag("Correlations", *(_correlation(*pair) for pair in _pairs(note))),
    )


def _equity_curve(name: str) -> str:
    return _tag(
        "EquityCurve",
        _tag("CurveId", name),
        _tag("CurveDescription"),
        _tag("Currency", "USD"),
        _tag("Calendar"),
        _tag("ForecastingCurve", "USD-Z"),
        _tag("Type", "DividendYield"),
        _tag("SpotQuote", f"EQUITY/PRICE/{name}/USD"),
        _listed(*(f"EQUITY_DIVIDEND/RATE/{name}/USD/{day}" for day in DATES)),
        _tag("DayCounter", "A365"),
        _tag("Extrapolation", "true"),
    )


def _equity_volatility(name: str) -> str:
    curve = _tag(
        "Curve",
        _tag("QuoteType", "ImpliedVolatility"),
        _tag("VolatilityType", "Lognormal"),
        _listed(*(f"EQUITY_OPTION/RATE_LNVOL/{name}/USD/{tenor}/ATMF" for tenor in TENORS)),
        _tag("Interpolation", "Linear"),
        _tag("Extrapolation", "Flat"),
    )
    return _tag(
        "EquityVolatility",
        _tag("CurveId", name),
        _tag("CurveDescription"),
        _tag("Currency", "USD"),
        _tag("DayCounter", "A365"),
        _tag("VolatilityConfig", curve),
        _tag("Calendar", "NullCalendar"),
    )


def _correlation(one: str, other: str) -> str:
    return _tag(
        "Correlation",
        _tag("CurveId", f"{one}&amp;{other}"),
        _tag("CurveDescription"),
        _tag("CorrelationType", "Generic"),
        _tag("Index1", one),
        _tag("Index2", other),
        _tag("Conventions"),
        _tag("Dimension", "ATM"),
        _tag("QuoteType", "RATE"),
        _tag("Extrapolation", "true"),
        _tag("DayCounter", "Actual/365 (Fixed)"),
        _tag("Calendar", "NullCalendar"),
        _tag("BusinessDayConvention", "Following"),
        _tag("OptionTenors", ", ".join(TENORS)),
    )


_SECTIONS = (
    "YieldCurves",
    "DiscountingCurves",
    "IndexForwardingCurves",
    "SwapIndexCurves",
    "ZeroInflationIndexCurves",
    "YYInflationIndexCurves",
    "FxSpots",
    "FxVolatilities",
    "SwaptionVolatilities",
    "CapFloorVolatilities",
    "CDSVolatilities",
    "DefaultCurves",
    "EquityCurves",
    "EquityVolatilities",
    "Correlations",
)


def _market(note: Note) -> str:
    discount = _tag("DiscountingCurve", "Yield/USD/USD-Z", currency="USD")
    curves = (_tag("EquityCurve", f"Equity/USD/{name}", name=name) for name in note.names)
    surfaces = (
        _tag("EquityVolatility", f"EquityVolatility/USD/{name}", name=name) for name in note.names
    )
    pairs = (f"{one}&amp;{other}" for one, other in _pairs(note))
    correlations = (_tag("Correlation", f"Correlation/{pair}", name=pair) for pair in pairs)
    return _tag(
        "TodaysMarket",
        _tag("Configuration", *(_tag(f"{each}Id", "default") for each in _SECTIONS), id="default"),
        _tag("DiscountingCurves", discount, id="default"),
        _tag("EquityCurves", *curves, id="default"),
        _tag("EquityVolatilities", *surfaces, id="default"),
        _tag("Correlations", *correlations, id="default"),
    )


def _portfolio(note: Note) -> str:
    def datum(kind: str, name: str, *values: str) -> str:
        told = [_tag("Value", value) for value in values]
        return _tag(kind, _tag("Name", name), told[0] if len(told) == 1 else _tag("Values", *told))

    days = _tag("Dates", *(_tag("Date", day) for day in note.observations))
    schedule = _tag("ScheduleData", _tag("Dates", days))
    data = (
        _tag("Event", _tag("Name", "Observations"), schedule),
        datum("Index", "Underlyings", *(f"EQ-{name}" for name in note.names)),
        datum("Number", "Initial", *(str(note.spot) for _ in note.names)),
        *(datum("Number", name, str(value)) for name, value in note.numbers.items()),
        datum("Currency", "PayCcy", "USD"),
    )
    envelope = _tag("CounterParty", "C") + _tag("NettingSetId", "C") + _tag("AdditionalFields")
    code = _tag("Script", _tag("Code", f"<![CDATA[{SCRIPT}]]>"), _tag("NPV", "Note"))
    trade = _tag(
        "Trade",
        _tag("TradeType", "ScriptedTrade"),
        _tag("Envelope", envelope),
        _tag("ScriptedTradeData", code, _tag("Data", *data)),
        id="note",
    )
    return _tag("Portfolio", trade)


def _engine(paths: int, adjoint: bool) -> str:
    model = _parameters(
        Model="BlackScholes",
        BaseCcy="USD",
        EnforceBaseCcy="false",
        FullDynamicFx="false",
        GridCoarsening="",
    )
    engine = _parameters(
        Engine="MC",
        SequenceType="MersenneTwister",
        Seed=42,
        Samples=paths,
        StateGridPoints=100,
        RegressionOrder=6,
        TimeStepsPerYear=1,
        UseAD=str(adjoint).lower(),
        Interactive="false",
    )
    product = _tag(
        "Product",
        _tag("Model", "Generic"),
        _tag("ModelParameters", model),
        _tag("Engine", "Generic"),
        _tag("EngineParameters", engine),
        type="ScriptedTrade",
    )
    return _tag("PricingEngines", product)


def _simulation(note: Note) -> str:
    names = _tag("Names", *(_tag("Name", name) for name in note.names))
    tenors = ",".join(TENORS)
    curves = (
        _tag("Tenors", tenors) + _tag("Interpolation", "LogLinear") + _tag("Extrapolation", "Y")
    )
    pairs = (_tag("Pair", f"{one},{other}") for one, other in _pairs(note))
    market = (
        _tag("BaseCurrency", "USD"),
        _tag("Currencies", _tag("Currency", "USD")),
        _tag("YieldCurves", _tag("Configuration", curves)),
        _tag("Equities", _tag("Simulate", "true"), names, _tag("DividendTenors", tenors)),
        _tag(
            "EquityVolatilities",
            _tag("Simulate", "true"),
            _tag("ReactionToTimeDecay", "ForwardVariance"),
            names,
            _tag("Expiries", tenors),
            _tag("SimulateATMOnly", "true"),
        ),
        _tag(
            "Correlations",
            _tag("Simulate", "true"),
            _tag("Pairs", *pairs),
            _tag("Expiries", tenors),
        ),
    )
    return _tag("Simulation", _tag("Market", *market))


def _sensitivity(note: Note) -> str:
    def move(kind: str, key: str, name: str, shift: str, size: str, *places: str) -> str:
        told = (_tag("ShiftType", shift), _tag("ShiftSize", size), _tag("ShiftScheme", "Central"))
        return _tag(kind, *told, *places, **{key: name})

    tenor = _tag("ShiftTenors", "5Y")
    surface = _tag("ShiftExpiries", "5Y") + _tag("ShiftStrikes", "0.0")
    spots = (move("EquitySpot", "equity", name, "Relative", "0.01") for name in note.names)
    vegas = (
        move("EquityVolatility", "equity", name, "Absolute", "0.01", surface) for name in note.names
    )
    rate = move("DiscountCurve", "ccy", "USD", "Absolute", "0.0001", tenor)
    return _tag(
        "SensitivityAnalysis",
        _tag("DiscountCurves", rate),
        _tag("EquitySpots", *spots),
        _tag("EquityVolatilities", *vegas),
        _tag("ComputeGamma", "false"),
        _tag("UseSpreadedTermStructures", "true"),
    )
