"""From a published value to the contract that it is a value of, and its market.

`case_for` says which contract, of the standard library or of the folder `contracts`, a row is
about; a row that it does not know is unsupported, never passed.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from rfos_lang.valuation.curve import flat_volatility
from rfos_lang.valuation.dynamics.quotes import AtStrikes, Quotes
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.result import Valuation
from tests.conformance import (
    cases_averages,
    cases_dates,
    cases_early_exercise,
    cases_models,
    cases_rates,
)
from tests.conformance.row import (
    PAIR,
    SPOT,
    YESTERDAY,
    Case,
    Fields,
    Row,
    arguments,
    definitions,
    market,
    two_asset_case,
)

# --- rows ----------------------------------------------------------------------------------------


def case_for(row: Row) -> Case | None:
    """The case that a row is a value of; None if it is not supported."""
    subjects = (cases_early_exercise, cases_dates, cases_models, cases_averages, cases_rates)
    others = (case for subject in subjects if (case := subject.case_for(row)))
    return _case_for(row) or next(others, None)


def _case_for(row: Row) -> Case | None:
    match row.product, row.test:
        case ("europeanoption", "testValues") | ("european_put", _):
            return _european(row.fields)
        case "europeanoption", "testGreekValues":
            return _greek(row)
        case "barrieroption", "testHaugValues":
            return _barrier(row.fields)
        case "barrieroption", "testVannaVolgaSimpleBarrierValues":
            return _quoted(_barrier(row.fields), row.fields)
        case "doublebarrieroption", "testVannaVolgaDoubleBarrierValues":
            low, high = row.fields["barrier1"], row.fields["barrier2"]
            levels = {"barrierlo": low, "barrierhi": high, "exType": "european"}
            return _quoted(_double_barrier({**row.fields, **levels}), row.fields)
        case "barrieroption", "testBabsiriValues":
            return _babsiri(row.fields)
        case "softbarrieroption", _ if row.fields["L"] == row.fields["U"]:
            return _barrier({**row.fields, "barrier": row.fields["L"], "rebate": 0.0})
        case "softbarrieroption", _:
            return _soft_barrier(row.fields)
        case "lookbackoptions", "testAnalyticContinuousFloatingLookback":
            return _lookback("Floating", row.fields)
        case "lookbackoptions", "testAnalyticContinuousFixedLookback":
            return _lookback("Fixed", row.fields)
        case "digitaloption", "testGapEuropeanValues":
            return _gap(row.fields)
        case "digitaloption", test:
            return _touch(row.fields, test)
        case "binaryoption", _:
            return _binary(row.fields)
        case "jumpdiffusion", "testMerton76":
            return _merton(row.fields)
        case "basketoption", "testEuroTwoValues":
            return _two_assets(row.fields)
        case "margrabeoption", "testEuroExchangeTwoAssets":
            return _exchange(row.fields)
        case "basket_spread_european", _ if len(row.fields["underlyings"]) == 2:
            return _spread(row.fields)
        case "doublebarrieroption", "testEuropeanHaugValues":
            return _double_barrier(row.fields)
        case "doublebinaryoption", _:
            return _double_binary(row.fields)
        case _:
            return None


def _european(fields: Fields) -> Case:
    contract = f"std.options.European{fields['type']}"
    return Case(contract, arguments(fields["t"], strike=fields["strike"]), market(fields))


MEASURED: Mapping[int, Callable[[Valuation, Fields], float]] = {
    404: lambda found, _: found.greek("delta").value,
    405: lambda found, _: found.greek("delta").value,
    407: lambda found, fields: found.greek("delta").value * fields["s"] / found.value,
    409: lambda found, _: found.greek("gamma").value,
    410: lambda found, _: found.greek("gamma").value,
    412: lambda found, _: found.greek("vega").value,
    413: lambda found, _: found.greek("vega").value,
    415: lambda found, _: found.greek("theta").value,
    417: lambda found, _: found.greek("theta").value / 365,
    419: lambda found, _: found.greek("rho").value,
    421: lambda found, _: found.greek("carry").value,
}
"""Which Greek stands in which line of the table; the file itself does not say."""


def _greek(row: Row) -> Case | None:
    case = _european(row.fields)
    measure = MEASURED.get(row.line)
    if measure is None:
        return None
    return Case(
        case.contract, case.arguments, case.market, lambda found: measure(found, row.fields)
    )


_BARRIERS = {"DownOut": "DownAndOut", "DownIn": "DownAndIn", "UpOut": "UpAndOut", "UpIn": "UpAndIn"}


def _barrier(fields: Fields) -> Case | None:
    """Out: the rebate at the touch; in: the rebate at expiry."""
    if fields.get("exType", "european") != "european":
        return None
    kind, wing = fields["barrierType"], fields["type"]
    numbers = {name: fields[name] for name in ("strike", "barrier", "rebate")}
    name = f"{_BARRIERS[kind]}{wing}"
    contract = name if name in definitions("") else f"std.barriers.{name}"
    return Case(contract, arguments(fields["t"], **numbers), market(fields))


def _quoted(case: Case | None, fields: Fields) -> Case | None:
    """The same with three quotes, and the volatility that is quoted at the strike."""
    names = ("volAtm", "vol25Put", "vol25Call")
    at_strike = AtStrikes(fields["t"], ((fields["strike"], fields["v"]),))
    quotes = Quotes(*(flat_volatility(fields[name]) for name in names), (at_strike,))
    return case and replace(
        case, market=replace(case.market, volatilities={}, quotes={PAIR: quotes})
    )


def _babsiri(fields: Fields) -> Case:
    """Spot 100, rate 5 %, yield 2 %, one year, no rebate: stated in the paper, not in the row."""
    numbers = {"s": 100.0, "r": 0.05, "q": 0.02, "v": fields["volatility"], "t": 1.0, "rebate": 0.0}
    row = {**numbers, "strike": fields["strike"], "barrier": fields["barrier"]}
    case = _barrier({**row, "barrierType": fields["type"], "type": "Call"})
    assert case is not None
    return case


def _gap(fields: Fields) -> Case:
    """The row's strike is the trigger; the amount paid is S - 57 (Haug's example)."""
    numbers = arguments(fields["t"], strike=57.0, trigger=fields["strike"])
    return Case(f"std.options.Gap{fields['type']}", numbers, market(fields))


def _touch(fields: Fields, test: str) -> Case:
    """A digital of 15 in cash, or of one unit of the asset, on touching the strike."""
    side = "Up" if fields["type"] == "Call" else "Down"
    paid = {"payout": 15.0, "units": 0.0} if "Cash" in test else {"payout": 0.0, "units": 1.0}
    if fields["knockin"] == "false":
        contract = f"NoTouch{side}"
    else:
        contract = f"OneTouch{side}" if "AtHit" in test else f"Touch{side}AtExpiry"
    contract = f"std.touches.{contract}"
    return Case(contract, arguments(fields["t"], level=fields["strike"], **paid), market(fields))


def _binary(fields: Fields) -> Case:
    """Cash, or for no cash one unit of the asset, if S ends beyond the strike and the barrier was
    touched (or was not)."""
    paid = {"payout": fields["cash"], "units": 0.0 if fields["cash"] else 1.0}
    contract = f"std.barrier_binaries.{_BARRIERS[fields['barrierType']]}Binary{fields['type']}"
    levels = {"level": fields["barrier"], "strike": fields["strike"]}
    return Case(contract, arguments(fields["t"], **levels, **paid), market(fields))


def _soft_barrier(fields: Fields) -> Case | None:
    if (fields["barrierType"], fields["type"]) != ("DownOut", "Call"):
        return None
    levels = {"low": fields["L"], "high": fields["U"], "strike": fields["strike"]}
    return Case("std.windows.SoftDownAndOutCall", arguments(fields["t"], **levels), market(fields))


def _lookback(kind: str, fields: Fields) -> Case:
    """`minmax` is the extreme so far: what was observed a day ago, when the contract began."""
    strike = {"strike": fields["strike"]} if kind == "Fixed" else {}
    seen = replace(market(fields), fixings={SPOT: {YESTERDAY: float(fields["minmax"])}})
    contract = f"std.lookbacks.{kind}Lookback{fields['type']}"
    return Case(contract, arguments(fields["t"], **strike), seen, start=YESTERDAY)


def _merton(fields: Fields) -> Case:
    """`v` is the volatility with jumps, of which `gamma` is the jumps' share of variance; a jump
    leaves the price as it is on average."""
    variance, share, intensity = fields["v"] ** 2, fields["gamma"], fields["jumpIntensity"]
    jump_variance = variance * share / intensity
    case = _european({**fields, "v": (variance * (1 - share)) ** 0.5})
    jumps = {PAIR: Jumps(intensity, -jump_variance / 2, jump_variance**0.5)}
    return replace(case, market=replace(case.market, jumps=jumps))


def _double_barrier(fields: Fields) -> Case | None:
    if fields["exType"] != "european":
        return None
    kind = fields["barrierType"].removeprefix("Knock")
    contract = f"std.double_barriers.Double{kind}{fields['type']}"
    levels = {"low": fields["barrierlo"], "high": fields["barrierhi"], "strike": fields["strike"]}
    return Case(contract, arguments(fields["t"], **levels), market(fields))


_DOUBLE_BINARIES = {
    "KnockOut": "DoubleNoTouch",
    "KnockIn": "DoubleTouch",
    "KIKO": "TouchLowBeforeHigh",
    "KOKI": "TouchHighBeforeLow",
}


def _double_binary(fields: Fields) -> Case:
    """Cash at expiry if none (or any) was touched; cash at the touch of one before the other."""
    contract = f"std.touches.{_DOUBLE_BINARIES[fields['barrierType']]}"
    numbers = {"low": fields["barrier_lo"], "high": fields["barrier_hi"], "payout": fields["cash"]}
    return Case(contract, arguments(fields["t"], **numbers), market(fields))


def _two_assets(fields: Fields) -> Case | None:
    match fields["basketType"]:
        case "MaxBasket":
            return two_asset_case(f"std.rainbows.BestOf{fields['type']}", fields)
        case "MinBasket":
            return two_asset_case(f"std.rainbows.WorstOf{fields['type']}", fields)
        case "SpreadBasket":
            # The table is of options on futures, whose forwards are what they cost now.
            futures = {**fields, "q1": fields["r"], "q2": fields["r"]}
            contract = f"std.rainbows.Basket{fields['type']}"
            return two_asset_case(contract, futures, much="1 BTC", more="-1 ETH")
        case _:
            return None


def _exchange(fields: Fields) -> Case:
    """So much of the first asset for so much of the second."""
    much, more = f"{fields['Q1']} BTC", f"-{fields['Q2']} ETH"
    return two_asset_case("std.rainbows.BasketCall", {**fields, "strike": 0}, much=much, more=more)


def _spread(fields: Fields) -> Case:
    much, more = (f"{Decimal(repr(weight)):f}" for weight in fields["weights"])
    ((correlation,),) = fields["rho"]
    row = {**fields, "rho": correlation}
    for k in (0, 1):
        row |= {f"s{k + 1}": fields["underlyings"][k], f"v{k + 1}": fields["vols"][k]}
        row |= {f"q{k + 1}": fields["q"][k]}
    contract = f"std.rainbows.Basket{fields['type']}"
    return two_asset_case(contract, row, much=f"{much} BTC", more=f"{more} ETH")
