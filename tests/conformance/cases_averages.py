"""Rows about averages over time and over assets: Asian options and options on baskets."""

from dataclasses import replace
from decimal import Decimal

from rfos_lang.base.instant import parse_instant
from rfos_lang.valuation.curve import VolatilityCurve, flat_rate, flat_volatility
from rfos_lang.valuation.market import Market
from tests.conformance.row import (
    PAIR,
    SPOT,
    TODAY,
    Case,
    Fields,
    Row,
    arguments,
    instant_after,
    market,
)

MANY, FEWER = 270, 100
"""Fixings in the middle of so many equal intervals stand for a continuous average: what is left
falls with the square of their number."""
FEW_PATHS, MANY_PATHS = 2_000, 1_000_000
"""So many, that the standard error is well within a row's tolerance, whatever the draws."""
NAMES = ("BTC", "ETH", "SOL", "ADA", "XRP", "DOT", "LTC", "EUR", "GBP", "JPY", "CHF", "CAD")
DAYS = {0.25: 91, 0.5: 183, 1.5: 548}
"""Three, six and eighteen months are so many days of a year of 365 in the source."""


def case_for(row: Row) -> Case | None:
    """The case that a row is a value of; None if it is not about averages, or not known."""
    fields = row.fields
    match row.product, row.test:
        case "asianoptions", "testLevyEngine":
            return _continuous(fields)
        case "asianoptions", "testTurnbullWakemanAsianEngine" if fields["slope"] != '"down"':
            return _sloping(fields)
        case "asianoptions", "testMCDiscreteArithmeticAveragePrice":
            return _simulated(fields, f"std.options.Asian{fields['type']}")
        case "asianoptions", "testMCDiscreteArithmeticAverageStrike":
            return _simulated(fields, f"std.averages.AverageStrike{fields['type']}")
        case "asianoptions", "testVecerEngine":
            return _continuous_exactly(fields)
        case "asian_geo_disc_strike", _:
            return _geometric_strike(fields)
        case "basketoption", "":
            numbers = arguments(fields["t"], strike=fields["strike"])
            return Case(f"std.early_exercise.AmericanCash{fields['type']}", numbers, market(fields))
        case "basket_call_nd", _:
            return _sum_of_some(fields)
        case "basket_spread_european", _ if len(fields["underlyings"]) > 2:
            return _basket(fields)
        case _:
            return None


# --- averages over time ---------------------------------------------------------------------------


def _continuous(fields: Fields) -> Case:
    """A continuous average since `elapsed` days, known so far; years of 360 days."""
    length, elapsed = fields["length"] / 360, fields["elapsed"] / 360
    middles = [(k + 0.5) / MANY * length - elapsed for k in range(MANY)]
    numbers = arguments(length - elapsed, strike=fields["strike"])
    numbers["fixings"] = _dates(middles)
    row = {**fields, "s": fields["spot"], **_rates(fields)}
    past = {_instant(t): fields["currentAverage"] for t in middles if t < 0.0}
    start = _instant(min(middles)) if past else TODAY
    return Case(
        f"AveragePrice{fields['type']}",
        numbers,
        replace(market(row), fixings={SPOT: past}),
        start=min(start, TODAY),
        method="moment_matching",
    )


def _continuous_exactly(fields: Fields) -> Case:
    """A continuous average that begins now; the price yields nothing."""
    years = [(k + 0.5) / FEWER * fields["length"] for k in range(FEWER)]
    numbers = {**arguments(fields["length"], strike=fields["strike"]), "fixings": _dates(years)}
    row = {"s": fields["spot"], "r": fields["riskFreeRate"], "q": 0.0, "v": fields["volatility"]}
    paths = MANY_PATHS if fields["tolerance"] < 1e-4 else FEW_PATHS
    return Case("AveragePriceCall", numbers, market(row), paths=paths)


def _sloping(fields: Fields) -> Case:
    """Volatilities that rise by half a per cent from fixing to fixing, to the one of the last."""
    years = _evenly(fields["first"], fields["expiry"], fields["fixings"])
    rise = 0.005 if fields["slope"] == '"up"' else 0.0
    last = len(years) - 1
    knots = tuple((t, fields["volatility"] - (last - k) * rise) for k, t in enumerate(years))
    row = {"s": fields["underlying"], "r": fields["riskFreeRate"], "v": fields["volatility"]}
    row["q"] = fields["riskFreeRate"] - fields["b"]
    return Case(
        f"std.options.Asian{fields['type']}",
        _fixed(fields, years),
        replace(market(row), volatilities={PAIR: VolatilityCurve(knots)}),
        method="moment_matching",
    )


def _simulated(fields: Fields, contract: str) -> Case:
    years = _evenly(fields["first"], fields["first"] + fields["length"], fields["fixings"])
    numbers = _fixed(fields, years)
    if "AverageStrike" in contract:
        numbers["expiry"] = instant_after(years[-1])
        del numbers["strike"]
    row = {"s": fields["underlying"], "v": fields["volatility"], **_rates(fields)}
    return Case(contract, numbers, market(row), paths=FEW_PATHS)


def _geometric_strike(fields: Fields) -> Case:
    """The source counts time from the first of its fixings, which so falls on today."""
    count = fields["fixings"]
    numbers = arguments(fields["t"] * (count - 1) / count)
    numbers["fixings"] = _dates([fields["t"] * k / count for k in range(count)])
    contract = f"std.averages.GeometricAverageStrike{fields['type']}"
    return Case(contract, numbers, market(fields))


def _rates(fields: Fields) -> dict[str, float]:
    return {
        "r": fields["riskFreeRate"],
        "q": fields["dividendYield"],
        "v": fields["volatility"],
    }


def _fixed(fields: Fields, years: list[float]) -> dict[str, str]:
    numbers = arguments(years[-1], strike=fields["strike"])
    del numbers["expiry"]
    return {**numbers, "fixings": _dates(years)}


def _evenly(first: float, last: float, count: int) -> list[float]:
    return [first + (last - first) * k / (count - 1) for k in range(count)]


def _dates(years: list[float]) -> str:
    return f"[{', '.join(instant_after(each) for each in years)}]"


def _instant(years: float) -> int:
    return parse_instant(instant_after(years))


# --- averages over assets -------------------------------------------------------------------------


def _basket(fields: Fields) -> Case:
    count = min(len(fields[name]) for name in ("underlyings", "vols", "q", "weights"))
    rows, common = fields["rho"], len(fields["rho"]) == 1
    return _of_some(
        {**fields, "days": DAYS.get(fields["t"], 365 * fields["t"])},
        [
            [1.0 if i == j else rows[0][0] if common else rows[i][j] for j in range(count)]
            for i in range(count)
        ],
        f"BasketOfMany{fields['type']}",
    )


def _sum_of_some(fields: Fields) -> Case:
    """A call on the sum of assets whose correlations fall with how far apart they stand."""
    count = fields["dim"]
    rows = [[2.718281828459045 ** (-abs(i - j) / 2) for j in range(count)] for i in range(count)]
    known = {**fields, "q": [0.0] * count, "weights": [1.0] * count, "days": 365 * fields["t"]}
    return _of_some(known, rows, "BasketOfManyCall")


def _of_some(fields: Fields, correlations: list[list[float]], contract: str) -> Case:
    names = NAMES[: len(correlations)]
    pairs = [(name, "USD") for name in names]
    numbers = {
        "basket": f"[{', '.join(names)}]",
        "weights": f"[{', '.join(f'{Decimal(repr(w)):f}' for w in fields['weights'])}]",
        "cash": "USD",
        "strike": f"{fields['strike']} USD",
        "expiry": instant_after(fields["days"] / 365),
    }
    world = Market(
        as_of=TODAY,
        spots=dict(zip(pairs, map(float, fields["underlyings"]), strict=True)),
        volatilities=dict(
            zip(pairs, map(flat_volatility, fields["vols"][: len(names)]), strict=True)
        ),
        rates={"USD": flat_rate(fields["r"])},
        yields=dict(zip(names, map(flat_rate, fields["q"]), strict=False)),
        correlations={
            frozenset((pairs[i], pairs[j])): correlations[i][j]
            for i in range(len(names))
            for j in range(i)
        },
    )
    return Case(contract, numbers, world)
