"""Rows about models of prices: published values under Heston's model."""

from math import exp

from rfos_lang.valuation.curve import flat_rate
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.market import Market
from tests.conformance.row import PAIR, TODAY, Case, Fields, Row, arguments, instant_after

WILMOTT = {"v0": 0.09, "kappa": 1.2, "theta": 0.08, "sigma": 1.8, "rho": -0.45}
"""The parameters that the quoted thread states, with a yield of 2 % and a forward of 1 after 0.7
years; the row has none of them."""
BALLESTRA = {"v0": 0.09, "kappa": 11.35, "theta": 0.022, "sigma": 0.618, "rho": -0.5}
"""The parameters of the quoted paper, which the row does not have."""
FIXINGS = 60
"""How many fixings stand for an average that is taken at all times."""
CACHED_YEARS = 5 / 366 + 86 / 365
"""From 27 December 2004 to 28 March 2005 by act/act."""


def case_for(row: Row) -> Case | None:
    """The case that a row is a value of; None if it is about none of these models."""
    fields = row.fields
    match row.product:
        case "heston_european" if "other" in fields:
            rate, carry, years = fields["r"], 0.02, 0.7
            given = {**WILMOTT, "s": exp((carry - rate) * years), "q": carry, "t": years}
            return _european({**fields, **given})
        case "heston_european":
            return _european({"t": CACHED_YEARS, **fields})
        case "asianoptions" if row.test.endswith("ArithmeticAveragePriceHeston"):
            return _arithmetic(fields)
        case "heston_geo_asian_cont":
            return _average(fields)
        case _:
            return None


def _average(fields: Fields) -> Case:
    """The average at all times, as that at the middles of equal times, which comes near it with
    the square of their number."""
    years = fields["days"] / 365
    middles = [instant_after(years * (k + 0.5) / FIXINGS) for k in range(FIXINGS)]
    numbers = arguments(years, strike=fields["strike"]) | {"fixings": f"[{', '.join(middles)}]"}
    return Case(f"GeometricAverage{fields['type']}", numbers, heston_market(fields))


def _arithmetic(fields: Fields) -> Case:
    last, count = fields["first"] + fields["length"], fields["fixings"]
    times = [fields["first"] + fields["length"] * k / (count - 1) for k in range(count)]
    numbers = arguments(last, strike=fields["strike"]) | {
        "fixings": f"[{', '.join(map(instant_after, times))}]"
    }
    del numbers["expiry"]
    rates = {"s": fields["underlying"], "r": fields["riskFreeRate"], "q": fields["dividendYield"]}
    return Case(f"std.options.Asian{fields['type']}", numbers, heston_market(BALLESTRA | rates))


def _european(fields: Fields) -> Case:
    contract = f"std.options.European{fields['type']}"
    return Case(contract, arguments(fields["t"], strike=fields["strike"]), heston_market(fields))


def heston_market(fields: Fields) -> Market:
    """BTC under Heston's model, in the names of the rows: `sigma` is the volatility of variance."""
    names = {"v0": "v0", "kappa": "kappa", "theta": "theta", "xi": "sigma", "rho": "rho"}
    return Market(
        as_of=TODAY,
        spots={PAIR: fields["s"]},
        heston={PAIR: Heston(**{name: fields[known] for name, known in names.items()})},
        rates={"USD": flat_rate(fields["r"])},
        yields={"BTC": flat_rate(fields["q"])},
    )
