"""Contracts that together are another one are worth the same together, whatever the model."""

from dataclasses import replace

import pytest

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.rates.hull_white import HullWhite
from tests.valuation.products.agreement import ERRORS, SEED
from tests.valuation.products.library import product
from tests.valuation.products.markets import FLAT, LOGNORMAL, MARKETS

PATHS = 2_000
EXPIRY, LATER = "2026-07-15", "2027-01-15"
MOVING_RATES = replace(FLAT, hull_white={"USD": HullWhite(0.05, ((1.0, 0.012),))})


@dataclass(frozen=True, slots=True)
class Part:
    """So many of a contract."""

    count: float
    name: str
    given: tuple[tuple[str, str], ...] = ()

    def __neg__(self) -> "Part":
        return replace(self, count=-self.count)


def some(count: float, name: str, **given: str) -> Part:
    return Part(count, name, tuple(given.items()))


def one(name: str, **given: str) -> Part:
    return some(1.0, name, **given)


def call(strike: str, **given: str) -> Part:
    return one("EuropeanCall", strike=strike, **given)


def put(strike: str, **given: str) -> Part:
    return one("EuropeanPut", strike=strike, **given)


def bond(face: str, maturity: str = EXPIRY) -> Part:
    return one("ZeroCouponBond", face=face, maturity=maturity)


def forward(price: str, **given: str) -> Part:
    return one("Forward", price=price, **given)


EUROPEAN: dict[str, tuple[Part, ...]] = {
    "put and call": (call("100"), -put("100"), -forward("100")),
    "digital put and call": (one("CashOrNothingCall"), one("CashOrNothingPut"), -bond("1_000")),
    "asset or nothing": (
        one("AssetOrNothingCall"),
        -one("CashOrNothingCall", payout="100"),
        -call("100"),
    ),
    "asset and asset": (
        one("AssetOrNothingCall"),
        one("AssetOrNothingPut"),
        -forward("100"),
        -bond("100"),
    ),
    "gap at its strike": (one("GapCall", trigger="100"), -call("100")),
    "gap": (
        one("GapCall", trigger="110"),
        -call("110"),
        -one("CashOrNothingCall", strike="110", payout="10"),
    ),
    "straddle": (one("Straddle"), -call("100"), -put("100")),
    "call spread": (one("CallSpread"), -call("90"), call("110")),
    "put spread": (one("PutSpread"), -put("110"), put("90")),
    "strangle": (one("Strangle"), -put("90"), -call("110")),
    "butterfly": (one("Butterfly"), -call("80"), some(2, "EuropeanCall"), -call("120")),
    "condor": (one("Condor"), -call("80"), call("90"), call("110"), -call("120")),
    "risk reversal": (one("RiskReversal"), -call("110"), put("90")),
    "collar": (one("OptionCollar"), one("RiskReversal")),
    "box": (one("BoxSpread"), -bond("20")),
    "synthetic forward": (one("SyntheticForward"), -forward("100")),
    "capped forward": (one("CappedForward"), -forward("100"), call("120")),
    "calendar spread": (one("CalendarSpread"), call("100"), -call("100", expiry=LATER)),
}
"""What is paid at one date by one price."""

SEVERAL: dict[str, tuple[Part, ...]] = {
    "best and worst": (
        one("BestOfCall"),
        one("WorstOfCall"),
        -call("98"),
        -call("98", underlying="ETH"),
    ),
    "exchange and back": (
        one("ExchangeOption"),
        -one("ExchangeOption", first="ETH", second="BTC"),
        -forward("95"),
        forward("95", underlying="ETH"),
    ),
    "basket": (
        one("BasketCall"),
        -one("BasketPut"),
        -forward("100"),
        -forward("95", underlying="ETH"),
    ),
}


def _in_out(kind: str, way: str, side: str) -> tuple[Part, ...]:
    given = {"rebate": "0"} if not kind else {}
    whole = "CashOrNothing" if kind else "European"
    parts = (one(f"{way}And{each}{kind}{side}", **given) for each in ("In", "Out"))
    return (*parts, -one(f"{whole}{side}"))


BARRIERS: dict[str, tuple[Part, ...]] = {
    f"{way} in and out {kind or 'vanilla'} {side}": _in_out(kind, way, side)
    for kind in ("", "Binary")
    for way in ("Up", "Down")
    for side in ("Call", "Put")
}
BARRIERS |= {
    **{
        f"double in and out {side}": (
            one(f"DoubleIn{side}", rebate="0"),
            one(f"DoubleOut{side}", rebate="0"),
            -one(f"European{side}"),
        )
        for side in ("Call", "Put")
    },
    **{
        f"{way}: rebate of what is knocked in": (
            one(f"{way}AndInCall"),
            -one(f"{way}AndInCall", rebate="0"),
            -one(f"NoTouch{way}", payout="3", level=level),
        )
        for way, level in (("Up", "125"), ("Down", "85"))
    },
    **{
        f"{way}: rebate of what is knocked out": (
            one(f"{way}AndOutPut"),
            -one(f"{way}AndOutPut", rebate="0"),
            -one(f"OneTouch{way}", payout="3", level=level),
        )
        for way, level in (("Up", "125"), ("Down", "85"))
    },
    "touch or not, up": (one("TouchUpAtExpiry"), one("NoTouchUp"), -bond("1_000")),
    "touch or not, down": (one("TouchDownAtExpiry"), one("NoTouchDown"), -bond("1_000")),
    "touch or not, double": (one("DoubleTouch"), one("DoubleNoTouch"), -bond("1_000")),
    "window": (one("UpAndOutWindowCall"), -one("WindowUpAndOutCall")),
    "watched to the end": (
        one("UpAndOutEarlyCall", expiry=EXPIRY, watched_until=EXPIRY),
        -one("UpAndOutCall", rebate="0"),
    ),
}

EXTREMES: dict[str, tuple[Part, ...]] = {
    "lookback call": (one("FloatingLookbackCall"), -one("FixedLookbackPut"), -forward("100")),
    "lookback put": (one("FloatingLookbackPut"), -one("FixedLookbackCall"), forward("100")),
}

DECIDED: dict[str, tuple[Part, ...]] = {
    "compound": (
        one("CallOnCall"),
        -one("PutOnCall", premium="8"),
        -call("100", expiry=LATER),
        bond("8"),
    ),
    "a call that is delivered": (one("AmericanCall"), -one("AmericanCashCall")),
    "a put that is delivered": (one("AmericanPut"), -one("AmericanCashPut")),
    "chosen at the expiry": (
        one("Chooser", choose_at=EXPIRY, expiry=EXPIRY),
        -one("Straddle"),
    ),
}

_AHEAD = f"schedule(first: {EXPIRY}, last: {LATER}, step: 3M)"
_LEGS = {"fixed_leg": _AHEAD, "floating_leg": _AHEAD, "fixed": "4%"}
RATES: dict[str, tuple[Part, ...]] = {
    "cap and floor": (
        one("Cap", strike="4%"),
        -one("Floor", strike="4%"),
        -one("RateCollar", low="4%", high="4%"),
    ),
    "payer and receiver": (
        one("PayerSwaption", expiry="2026-07-10", **_LEGS),
        -one("ReceiverSwaption", expiry="2026-07-10", **_LEGS),
        -one("InterestRateSwap", **_LEGS),
    ),
    "capped and uncapped": (
        one("CappedFloater", cap="4%"),
        -one("FloatingRateNote"),
        one("Cap", strike="3%"),
    ),
}


def assert_nothing_is_left(parts: tuple[Part, ...], market: Market) -> None:
    total, allowed, scale = 0.0, 0.0, 0.0
    for part in parts:
        instance = product(part.name, **dict(part.given))
        found = valued(instance.program, instance.terms, market, "auto", PATHS, SEED, greeks=False)
        total += part.count * found.value
        error = ERRORS * (found.standard_error or 0.0) + (found.bias_bound or 0.0)
        allowed += abs(part.count) * error
        scale = max(scale, abs(part.count * found.value))
    assert abs(total) <= allowed + 1e-8 * scale, (total, allowed)


@pytest.mark.parametrize("model", MARKETS)
@pytest.mark.parametrize("parts", EUROPEAN.values(), ids=EUROPEAN)
def test_payments_at_one_date(parts: tuple[Part, ...], model: str) -> None:
    assert_nothing_is_left(parts, MARKETS[model])


@pytest.mark.parametrize("model", LOGNORMAL)
@pytest.mark.parametrize("parts", [*SEVERAL.values(), *DECIDED.values()], ids=[*SEVERAL, *DECIDED])
def test_several_prices_and_choices(parts: tuple[Part, ...], model: str) -> None:
    assert_nothing_is_left(parts, MARKETS[model])


@pytest.mark.parametrize("model", LOGNORMAL)
@pytest.mark.parametrize("parts", BARRIERS.values(), ids=BARRIERS)
def test_barriers(parts: tuple[Part, ...], model: str) -> None:
    assert_nothing_is_left(parts, MARKETS[model])


@pytest.mark.slow
@pytest.mark.parametrize("model", [model for model in MARKETS if model not in LOGNORMAL])
@pytest.mark.parametrize("parts", BARRIERS.values(), ids=BARRIERS)
def test_barriers_under_models(parts: tuple[Part, ...], model: str) -> None:
    assert_nothing_is_left(parts, MARKETS[model])


@pytest.mark.parametrize("parts", EXTREMES.values(), ids=EXTREMES)
def test_extremes(parts: tuple[Part, ...]) -> None:
    assert_nothing_is_left(parts, FLAT)


@pytest.mark.parametrize("market", [FLAT, MOVING_RATES], ids=["fixed rates", "Hull-White"])
@pytest.mark.parametrize("parts", RATES.values(), ids=RATES)
def test_rates(parts: tuple[Part, ...], market: Market) -> None:
    assert_nothing_is_left(parts, market)
