"""Rows about early exercise: published values of American and Bermudan options."""

from collections.abc import Mapping
from decimal import Decimal

from rfos_lang.valuation.result import Valuation
from tests.conformance.row import (
    Case,
    Fields,
    Row,
    arguments,
    found,
    instant_after,
    market,
    two_asset_market,
)


def case_for(row: Row) -> Case | None:
    """The case that a row is a value of; None if it is not about early exercise, or not known."""
    fields = row.fields
    match row.product, row.test:
        case "bermudan_put", _:
            return _bermudan_put(fields)
        case "american_put_premium", _:
            return _premium(fields)
        case "americanoption", "testBaroneAdesiWhaleyValues" | "testBjerksundStenslandValues":
            return _american(fields)
        case "americanoption", "testFDShoutNPV" if fields["type"] == "Call":
            return _shout(fields)
        case "barrieroption", "testHaugValues" if fields["exType"] == "american":
            return _american_barrier(fields)
        case "margrabeoption", "testAmericanExchangeTwoAssets":
            return _american_exchange(fields)
        case "bermudan_max_call_2", _:
            return _best_of_two(fields)
        case _:
            return None


def _american(fields: Fields) -> Case:
    contract = f"std.early_exercise.AmericanCash{fields['type']}"
    return Case(contract, arguments(fields["t"], strike=fields["strike"]), market(fields))


def _shout(fields: Fields) -> Case:
    """The source gives these to all of its rows: five years from 4 February 2021."""
    told = {**fields, "s": 100.0, "q": 0.03, "r": 0.06, "v": 0.25}
    numbers = arguments(1826 / 365, strike=fields["strike"])
    return Case("std.ladders.ShoutCall", numbers, market(told))


def _bermudan_put(fields: Fields) -> Case:
    count = round(fields["exercise_per_year"] * fields["t"])
    dates = [instant_after(k / fields["exercise_per_year"]) for k in range(1, count + 1)]
    numbers = {
        "underlying": "BTC",
        "cash": "USD",
        "strike": f"{fields['strike']} USD/BTC",
        "dates": f"[{', '.join(dates)}]",
    }
    return Case("std.early_exercise.BermudanPut", numbers, market(fields))


def _premium(fields: Fields) -> Case:
    """What the right to exercise early adds to the European put."""
    numbers = arguments(fields["t"], strike=fields["strike"])
    european = found(Case("std.options.EuropeanPut", numbers, market(fields)))

    def premium(american: Valuation) -> float:
        return american.value - european

    return Case("std.early_exercise.AmericanCashPut", numbers, market(fields), premium)


_BARRIERS: Mapping[str, str] = {
    "DownOut": "AmericanDownAndOut",
    "UpOut": "AmericanUpAndOut",
    "DownIn": "AmericanDownAndIn",
    "UpIn": "AmericanUpAndIn",
}


def _american_barrier(fields: Fields) -> Case:
    """Out: the rebate at the touch; in: exercised after the touch, or the rebate at expiry."""
    numbers = arguments(fields["t"], **{n: fields[n] for n in ("strike", "barrier", "rebate")})
    sign = {"Call": Decimal(1), "Put": Decimal(-1)}[fields["type"]]
    return Case(_BARRIERS[fields["barrierType"]], {**numbers, "sign": str(sign)}, market(fields))


_TWO = {"first": "BTC", "second": "ETH", "cash": "USD"}


def _american_exchange(fields: Fields) -> Case:
    numbers = {"much": f"{fields['Q1']} BTC", "more": f"{fields['Q2']} ETH"}
    expiry = {"expiry": instant_after(fields["t"])}
    return Case("AmericanExchange", {**_TWO, **numbers, **expiry}, two_asset_market(fields))


def _best_of_two(fields: Fields) -> Case:
    """On dates that are evenly spaced, the first of them after a part of the time."""
    count = fields["exercise_dates"]
    dates = [instant_after(fields["t"] * k / count) for k in range(1, count + 1)]
    numbers = {"strike": f"{fields['strike']} USD", "dates": f"[{', '.join(dates)}]"}
    alike = {"v1": fields["v"], "v2": fields["v"], "q1": fields["q"], "q2": fields["q"]}
    return Case("BermudanBestOfCall", {**_TWO, **numbers}, two_asset_market({**fields, **alike}))
