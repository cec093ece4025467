"""What scaling, symmetry and limits say of contracts of the library."""

from dataclasses import replace

import pytest

from rfos_lang.core.program import Program, Terms
from rfos_lang.core.typical import BEGIN
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.instance import Instance
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.valuation.products.agreement import CENT, SEED
from tests.valuation.products.exceptions import valued_names
from tests.valuation.products.library import GIVEN, definitions, is_chosen_in, product
from tests.valuation.products.markets import BTC, FLAT
from tests.valuation.products.simulated import simulated

PATHS = 2_000
VALUED = valued_names(list(definitions()))
DAY = 86_400 * 10**9


def value(instance: Instance, market: Market = FLAT, method: str = "auto") -> Valuation:
    return valued(instance.program, instance.terms, market, method, PATHS, SEED, greeks=False)


def worth(name: str, market: Market = FLAT, **given: str) -> float:
    return value(product(name, **given), market).value


# --- scaling -------------------------------------------------------------------------------------

MONEY = "USD"


def _in_money(instance: Instance) -> Instance:
    """The same contract in a money of half the worth: each sum of it twice, and each price."""
    program, terms = instance.program, instance.terms
    numbers = tuple(
        number * _twice(program, terms, slot.unit)
        for slot, number in zip(program.terms, terms.terms, strict=True)
    )
    return replace(instance, terms=replace(terms, terms=numbers))


def _twice(program: Program, terms: Terms, unit: str) -> int:
    """2 to the power of the money in a unit, above the stroke."""
    above, _, below = unit.partition("/")
    assets = zip(program.assets, terms.assets, strict=True)
    names = {asset for asset, ticker in assets if ticker == MONEY}
    assert not names & set(below.replace("^", " ").split()), unit
    return 2 if names & set(above.replace("^", " ").replace("*", " ").split()) else 1


def _doubled(market: Market) -> Market:
    spots = {pair: spot * (2 if pair[1] == MONEY else 1) for pair, spot in market.spots.items()}
    return replace(market, spots=spots)


NOT_IN_ITS_MONEY = {
    "NonDeliverableForward": "its price is told the other way round",
    "TargetRedemptionForward": "its fixing is a level of the market file",
}
"""Contracts whose prices stand elsewhere than in spots and in terms in the money that they pay."""


@pytest.mark.parametrize("name", [name for name in VALUED if name not in NOT_IN_ITS_MONEY])
def test_a_money_of_half_the_worth_doubles_what_is_paid_in_it(name: str) -> None:
    instance = product(name)
    before, after = value(instance), value(_in_money(instance), _doubled(FLAT))
    factor = 2 if before.asset == MONEY else 1
    assert after.value == pytest.approx(factor * before.value, rel=2e-6, abs=1e-9)


SIZED = [
    name
    for name in VALUED
    if any(parameter.name == "size" for parameter in definitions()[name].definition.parameters)
]


@pytest.mark.parametrize("name", SIZED)
def test_twice_the_size_is_worth_twice_as_much(name: str) -> None:
    own = GIVEN.get(name, {})
    sums = {each: own.get(each, "0") for each in ("premium", "fee", "rebate") if _has(name, each)}
    doubled = {each: str(2 * float(text)) for each, text in sums.items()}
    once, twice = worth(name, **sums, size="1"), worth(name, **doubled, size="2")
    assert twice == pytest.approx(2 * once, rel=2e-6)


def _has(name: str, parameter: str) -> bool:
    return any(each.name == parameter for each in definitions()[name].definition.parameters)


LONGER = {
    "EuropeanCall": {"expiry": "2027-01-26"},
    "CashOrNothingPut": {"expiry": "2027-01-26"},
    "UpAndOutPut": {"expiry": "2027-01-26"},
    "DoubleNoTouch": {"expiry": "2027-01-26"},
    "FixedLookbackCall": {"expiry": "2027-01-26"},
    "AmericanCashPut": {"expiry": "2027-01-26"},
    "BestOfCall": {"expiry": "2027-01-26"},
    "ExchangeOption": {"expiry": "2027-01-26"},
}
"""Twice as far: 390 days instead of 195."""


@pytest.mark.parametrize("name", LONGER)
def test_slower_time_is_more_of_it(name: str) -> None:
    """Twice the time at half the rates and half the variance."""
    slow = replace(
        FLAT,
        volatilities={pair: curve.scaled(0.5**0.5) for pair, curve in FLAT.volatilities.items()},
        rates={asset: flat_rate(curve.rate(1.0) / 2) for asset, curve in FLAT.rates.items()},
        yields={asset: flat_rate(curve.rate(1.0) / 2) for asset, curve in FLAT.yields.items()},
    )
    assert worth(name, slow, **LONGER[name]) == pytest.approx(worth(name), rel=1e-6)


# --- symmetry ------------------------------------------------------------------------------------

ABROAD = replace(
    FLAT,
    spots={("USD", "BTC"): 0.01},
    volatilities={("USD", "BTC"): flat_volatility(0.4)},
)


@pytest.mark.parametrize(("one", "other"), [("European", "European"), ("AmericanCash",) * 2])
def test_a_call_is_a_put_from_the_other_side(one: str, other: str) -> None:
    """A call on BTC in USD is a put on USD in BTC, of as many USD as the strike."""
    here = worth(f"{one}Call", strike="110")
    turned = {"underlying": "USD", "cash": "BTC", "strike": "0.009090909090909091", "size": "110"}
    there = worth(f"{other}Put", ABROAD, **turned) * 100.0
    assert there == pytest.approx(here, rel=2e-4)


# --- monotony and convexity ----------------------------------------------------------------------

VOLATILITIES = (0.1, 0.2, 0.4, 0.8)


def at_volatility(volatility: float) -> Market:
    return replace(FLAT, volatilities={**FLAT.volatilities, BTC: flat_volatility(volatility)})


@pytest.mark.parametrize(
    "name",
    [
        "EuropeanCall",
        "EuropeanPut",
        "Straddle",
        "SquaredCall",
        "AmericanCashPut",
        "BermudanPut",
        "FixedLookbackCall",
        "FloatingLookbackPut",
        "ForwardStartCall",
        "GeometricAsianPut",
        "OneTouchUp",
        "DoubleTouch",
        "Chooser",
    ],
)
def test_what_is_convex_gains_with_volatility(name: str) -> None:
    values = [worth(name, at_volatility(each)) for each in VOLATILITIES]
    assert values == sorted(values)


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("UpAndOutCall", ("105", "115", "130", "160", "250")),
        ("UpAndInPut", ("160", "130", "115", "105")),
        ("DownAndOutCall", ("98", "90", "75", "50")),
        ("DownAndInPut", ("60", "75", "90", "98")),
    ],
)
def test_a_barrier_farther_off_is_reached_less(name: str, levels: tuple[str, ...]) -> None:
    values = [worth(name, barrier=level, rebate="0") for level in levels]
    assert values == sorted(values)


@pytest.mark.parametrize("name", ["EuropeanCall", "AmericanCashPut", "AsianCall", "BermudanCall"])
def test_values_are_convex_in_the_strike(name: str) -> None:
    low, middle, high = (worth(name, strike=strike) for strike in ("80", "100", "120"))
    assert low + high > 2 * middle
    falling = name.endswith("Call")
    assert (low > middle > high) if falling else (low < middle < high)


def test_more_rights_are_worth_more() -> None:
    european, bermudan, american = (
        worth("EuropeanPut", expiry="2027-01-15"),
        worth("BermudanPut"),
        worth("AmericanCashPut", expiry="2027-01-15"),
    )
    assert european < bermudan < american < 100.0
    assert worth("EuropeanCall") < worth("ShoutCall") < worth("FixedLookbackCall")
    names = ("EuropeanCall", "EuropeanPut", "Chooser")
    call, put, chooser = (worth(name, expiry="2027-01-15") for name in names)
    assert max(call, put) < chooser < call + put


def test_american_put_and_call_lie_within_their_bounds() -> None:
    """S e^{-qT} - K <= C - P <= S - K e^{-rT}."""
    forward_worth = worth("AssetOrNothingCall") + worth("AssetOrNothingPut")
    difference = worth("AmericanCashCall") - worth("AmericanCashPut")
    bond = worth("ZeroCouponBond", face="100", maturity="2026-07-15")
    assert forward_worth - 100.0 - 1e-6 <= difference <= 100.0 - bond + 1e-6


def test_a_soft_barrier_lies_between_its_levels() -> None:
    soft = worth("SoftDownAndOutCall")
    hard = [worth("DownAndOutCall", barrier=level, rebate="0") for level in ("90", "70")]
    assert hard[0] < soft < hard[1]


# --- limits --------------------------------------------------------------------------------------

STILL = replace(
    FLAT,
    volatilities={pair: flat_volatility(0.0) for pair in FLAT.volatilities},
)


@pytest.mark.parametrize("name", [name for name in VALUED if not is_chosen_in(name)])
def test_without_volatility_the_contract_pays_along_its_forwards(name: str) -> None:
    """What the contract means on the one path that there is. Its ticks are few: what is paid at
    once may be later by what they are apart."""
    instance = product(name)
    found = value(instance, STILL)
    expected = simulated(instance, STILL, 4, SEED, ticks=every_third_day(instance))
    allowed = 3 * CENT * max(expected.postings, 1) + 2e-3 * abs(expected.value)
    assert found.value == pytest.approx(expected.value, abs=allowed)


def every_third_day(instance: Instance) -> tuple[int, ...]:
    """Every third day where a price may reach a level at any time."""
    moving = any(feed.kind == "spot" for feed in instance.program.feeds)
    return tuple(BEGIN + DAY * day for day in range(0, 196, 3)) if moving else ()


ENDS = ("expiry", "maturity")


def at_its_end(name: str) -> Instance | None:
    """A contract that begins on its last date; None if it has no such date, or forbids that."""
    ends = {each: "2026-01-01" for each in ENDS if _has(name, each)}
    try:
        return product(name, **ends) if ends else None
    except Failure:
        return None


FIXED_LATER = {
    "AsianTailLookback",
    *(
        f"{kind}Strike{side}"
        for kind in ("Average", "GeometricAverage")
        for side in ("Call", "Put")
    ),
}
"""Without fixings before their end they have no meaning: they divide by none."""


@pytest.mark.parametrize(
    "name", [name for name in VALUED if not is_chosen_in(name) and name not in FIXED_LATER]
)
@pytest.mark.parametrize("spot", [91.0, 112.0])
def test_without_time_a_contract_is_worth_what_it_pays(name: str, spot: float) -> None:
    """Whatever has a last date that may be its first."""
    if (instance := at_its_end(name)) is None:
        return
    market = replace(FLAT, spots={**FLAT.spots, BTC: spot, ("BTC", "EUR"): spot})
    expected = simulated(instance, market, 4, SEED)
    assert value(instance, market).value == pytest.approx(expected.value, abs=CENT)


@pytest.mark.parametrize("method", ["closed_form", "finite_differences", "monte_carlo"])
def test_deep_in_and_out(method: str) -> None:
    forward = worth("Forward", price="0.01")
    inside = value(product("EuropeanCall", strike="0.01"), method=method)
    outside = value(product("EuropeanCall", strike="100_000"), method=method)
    allowed = 4 * (inside.standard_error or 0.0) + (inside.bias_bound or 0.0)
    assert inside.value == pytest.approx(forward, rel=1e-6, abs=allowed)
    assert outside.value == pytest.approx(0.0, abs=1e-6)


def test_barriers_far_away_are_none() -> None:
    for name, barrier in (("UpAndOutCall", "100_000"), ("DownAndOutPut", "0.01")):
        plain = worth("EuropeanCall" if name.endswith("Call") else "EuropeanPut")
        assert worth(name, barrier=barrier, rebate="0") == pytest.approx(plain, rel=1e-9)
    assert worth("DoubleNoTouch", low="0.01", high="100_000") == pytest.approx(
        worth("ZeroCouponBond", maturity="2026-07-15"), rel=1e-9
    )


def test_without_rates_what_is_at_the_money_is_even() -> None:
    free = replace(FLAT, rates={"USD": flat_rate(0.0)}, yields={})
    assert worth("EuropeanCall", free) == pytest.approx(worth("EuropeanPut", free), rel=1e-12)
    assert worth("Forward", free) == pytest.approx(0.0, abs=1e-12)
    assert worth("AmericanCashPut", free) == pytest.approx(worth("EuropeanPut", free), rel=1e-4)
