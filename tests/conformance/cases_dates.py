"""Rows about contracts that are decided at an earlier date, or watched for a part of their time."""

from decimal import Decimal

from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.market import Market
from tests.conformance.row import (
    TODAY,
    Case,
    Fields,
    Row,
    arguments,
    definitions,
    instant_after,
    market,
    two_asset_market,
)


def case_for(row: Row) -> Case | None:
    """The case that a row is a value of; None if it is not about earlier dates, or not known."""
    fields = row.fields
    match row.product, row.test:
        case "compoundoption", _:
            return _compound(fields)
        case "chooser_complex", _:
            return _chooser(fields)
        case "extensible_holder", _:
            return _extensible_by_holder(fields)
        case "extensible_writer", _:
            return _extensible_by_writer(fields)
        case "forwardoption", _:
            return _forward_start(fields)
        case "partialtimebarrieroption", "testAnalyticEngine":
            return _crossing_out("Call", fields)
        case "partialtimebarrieroption", "testAnalyticEnginePutOption":
            return _crossing_out("Put", fields)
        case "lookbackoptions", "testAnalyticContinuousPartialFloatingLookback":
            terms = arguments(fields["t"]) | {"watched_until": instant_after(fields["t1"])}
            return Case(f"EarlyFloating{fields['type']}", terms, market(fields))
        case "lookbackoptions", "testAnalyticContinuousPartialFixedLookback":
            terms = arguments(fields["t"], strike=fields["strike"])
            terms |= {"watched_from": instant_after(fields["t1"])}
            return Case(f"LateFixed{fields['type']}", terms, market(fields))
        case "twoassetbarrieroption", _:
            return _by_another(fields)
        case "quantooption", "testForwardValues" if fields["type"] == "Put":
            return _quanto("QuantoForwardPut", fields)
        case "quantooption", "testDoubleBarrierValues":
            return _quanto_double(fields)
        case "quantooption", "testForwardPerformanceValues":
            sign = {"sign": "1" if fields["type"] == "Call" else "-1"}
            return _quanto("QuantoPerformance", fields, **sign)
        case _:
            return None


def _compound(fields: Fields) -> Case:
    name = f"{fields['typeMother']}On{fields['typeDaughter']}"
    contract = name if name == "PutOnPut" else f"std.compounds.{name}"
    terms = arguments(fields["tDaughter"], strike=fields["strikeDaughter"])
    premium = {"premium": f"{plain(fields['strikeMother'])} USD"}
    return Case(
        contract, terms | premium | {"first": instant_after(fields["tMother"])}, market(fields)
    )


def _chooser(fields: Fields) -> Case:
    """In the book the call lives for 0.5 years and the put for 0.5833, from today on; the row
    counts both from the choice, and adds the time to it."""
    strikes = {name: f"{fields[name]}" for name in ("call_strike", "put_strike")}
    chosen = fields["choose"]
    dates = {"choose_at": chosen, "call_to": fields["t_call"] - chosen}
    dates |= {"put_to": fields["t_put"] - chosen}
    terms = {name: instant_after(years) for name, years in dates.items()}
    return Case(
        "ComplexChooser", {"underlying": "BTC", "cash": "USD", **strikes, **terms}, market(fields)
    )


def _extensible_by_holder(fields: Fields) -> Case:
    """A call at 100 after half a year, for 1 extended by a quarter at 105: the file that the row
    names as its source says so."""
    terms = arguments(0.75, strike=100.0, later_strike=105.0) | {"fee": "1 USD"}
    return Case(
        "std.compounds.ExtendibleCall", terms | {"first": instant_after(0.5)}, market(fields)
    )


def _extensible_by_writer(fields: Fields) -> Case:
    """A call at 90 after half a year, extended by a quarter at 82: likewise."""
    terms = arguments(0.75, strike=90.0, later_strike=82.0)
    return Case("WriterExtendibleCall", terms | {"first": instant_after(0.5)}, market(fields))


def _forward_start(fields: Fields) -> Case:
    terms = arguments(fields["t"]) | {"moneyness": plain(fields["moneyness"])}
    contract = f"std.resets.ForwardStart{fields['type']}"
    return Case(contract, terms | {"begins": instant_after(fields["start"])}, market(fields))


def _crossing_out(wing: str, fields: Fields) -> Case:
    """Barrier 100, rate 10 %, no yield, volatility 25 %, a year of 360 days: stated in the file
    that the row names as its source, not in the row."""
    shared = {"s": fields["underlying"], "v": 0.25, "q": 0.0, "r": 0.1}
    terms = arguments(1.0, strike=fields["strike"], barrier=100.0)
    terms |= {"watched_from": instant_after(fields["days"] / 360)}
    return Case(f"CrossingOut{wing}", terms, market(shared))


_OUT_BY_ANOTHER = {
    ("UpOut", "Call"): "CallUpAndOutByAnother",
    ("DownOut", "Put"): "PutDownAndOutByAnother",
}


def _by_another(fields: Fields) -> Case | None:
    """Half a year: stated in the file that the row names as its source, not in the row."""
    contract = _OUT_BY_ANOTHER.get((fields["barrierType"], fields["type"]))
    if contract is None:
        return None
    terms = {"first": "BTC", "second": "ETH", "cash": "USD", "expiry": instant_after(0.5)}
    terms |= {name: f"{fields[name]}" for name in ("strike", "barrier")}
    return Case(contract, terms, two_asset_market({**fields, "rho": fields["correlation"]}))


LOCAL, EXCHANGE = ("BTC", "USD"), ("USD", "EUR")


def _quanto(contract: str, fields: Fields, **terms: str) -> Case:
    """The price is in USD, with the rate `fxr`; EUR are paid, with the rate `r`. One USD is worth
    one EUR now, with volatility `fxv`, correlated by `corr` with the price."""
    named = {"underlying": "BTC", "local": "USD", "cash": "EUR"}
    named |= {"moneyness": plain(fields["moneyness"]), "expiry": instant_after(fields["t"])}
    named |= {"begins": instant_after(fields["start"])}
    return Case(contract, named | terms, _quanto_market(fields))


def _quanto_double(fields: Fields) -> Case | None:
    contract = f"QuantoDouble{fields['barrierType'].removeprefix('Knock')}{fields['type']}"
    if contract not in definitions(""):
        return None
    terms = {"underlying": "BTC", "local": "USD", "cash": "EUR"}
    levels = {"low": "barrier_lo", "high": "barrier_hi", "strike": "strike"}
    terms |= {name: plain(fields[level]) for name, level in levels.items()}
    return Case(contract, terms | {"expiry": instant_after(fields["t"])}, _quanto_market(fields))


def _quanto_market(fields: Fields) -> Market:
    return Market(
        as_of=TODAY,
        spots={LOCAL: fields["s"], EXCHANGE: 1.0},
        volatilities={
            LOCAL: flat_volatility(fields["v"]),
            EXCHANGE: flat_volatility(fields["fxv"]),
        },
        rates={"USD": flat_rate(fields["fxr"]), "EUR": flat_rate(fields["r"])},
        yields={"BTC": flat_rate(fields["q"])},
        correlations={frozenset((LOCAL, EXCHANGE)): fields["corr"]},
    )


def plain(number: float) -> str:
    """A number without an exponent."""
    return f"{Decimal(repr(number)):f}"
