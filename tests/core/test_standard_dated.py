"""Lives of standard contracts that gather prices along dates, worked out by hand."""

import pytest

from rfos_lang.artefact.emission import compile
from tests.core.lives import Life, instance, life, standard

PAIR = {"underlying": "BTC", "cash": "USD"}
WEEKS = "[2026-01-05, 2026-01-12, 2026-01-19]"
TAIL = "[2026-01-12, 2026-01-19]"


def walked(life: Life, *prices: str, dates: str = WEEKS) -> list[str]:
    """What is paid at the last of the dates, one price at each."""
    paid: list[str] = []
    for date, price in zip(dates.strip("[]").split(", "), prices, strict=True):
        assert paid == []
        paid = life.at(date, BTC=price)
    return paid


@pytest.mark.parametrize(
    ("name", "terms", "prices", "paid"),
    [
        # The geometric mean of 100, 200 and 400 is 200.
        ("averages.GeometricAsianCall", {"strike": "150", "fixings": WEEKS}, (100, 200, 400), 50),
        ("averages.GeometricAsianPut", {"strike": "250", "fixings": WEEKS}, (100, 200, 400), 50),
        ("averages.AverageStrikeCall", {"fixings": WEEKS}, (100, 200, 450), 200),
        ("averages.AverageStrikePut", {"fixings": WEEKS}, (100, 300, 50), 100),
        ("averages.GeometricAverageStrikeCall", {"fixings": WEEKS}, (100, 200, 400), 200),
        ("averages.GeometricAverageStrikePut", {"fixings": WEEKS}, (400, 200, 100), 100),
        ("lookbacks.FixedLookbackCall", {"strike": "150"}, (100, 200, 120), 50),
        ("lookbacks.FixedLookbackPut", {"strike": "150"}, (100, 200, 120), 50),
        ("lookbacks.FloatingLookbackCall", {}, (100, 90, 120), 30),
        ("lookbacks.FloatingLookbackPut", {}, (100, 130, 120), 10),
        ("lookbacks.PartialLookbackCall", {"window": "[2026-01-05]"}, (100, 50, 120), 20),
        ("lookbacks.PartialLookbackPut", {"window": WEEKS}, (100, 130, 120), 10),
        (
            "lookbacks.AsianTailLookback",
            {"tail_days": "[2026-01-12, 2026-01-19]"},
            (60, 90, 120),
            45,
        ),
        ("resets.ForwardStartCall", {"begins": "2026-01-12"}, (100, 110, 120), 10),
        ("resets.ForwardStartPut", {"begins": "2026-01-12", "moneyness": "110%"}, (9, 110, 120), 1),
    ],
)
def test_options(name: str, terms: dict[str, str], prices: tuple[int, ...], paid: int) -> None:
    definition = standard(name)
    expiry = {"expiry": "2026-01-19"} if "fixings" not in terms or "Strike" in name else {}
    option = life(definition, **PAIR, **terms, **expiry)
    assert walked(option, *map(str, prices)) == [f"writer pays holder {paid} USD"]
    assert option.ended


def test_a_cliquet_has_local_and_global_bounds() -> None:
    bounds = {"local_floor": "-5%", "local_cap": "5%", "global_floor": "1%", "global_cap": "8%"}
    terms = {**PAIR, "notional": "10_000", "resets": WEEKS, **bounds}
    cliquet = standard("resets.Cliquet")
    assert walked(life(cliquet, **terms), "100", "120", "121.2") == ["writer pays holder 600 USD"]
    assert walked(life(cliquet, **terms), "100", "120", "132") == ["writer pays holder 800 USD"]
    assert walked(life(cliquet, **terms), "100", "90", "90") == ["writer pays holder 100 USD"]


def test_a_reverse_cliquet_loses_what_falls() -> None:
    terms = {**PAIR, "notional": "10_000", "coupon": "20%", "resets": WEEKS}
    reverse = standard("resets.ReverseCliquet")
    assert walked(life(reverse, **terms), "100", "95", "190") == ["writer pays holder 1,500 USD"]
    assert walked(life(reverse, **terms), "100", "50", "90") == []


def test_swaps_of_realised_volatility() -> None:
    # 126 (log(1.01)^2 + log(0.99)^2) = 126 × 0.00020001833... = 0.0252023, its root 0.1587523.
    terms = {**PAIR, "strike": "20%", "days": WEEKS}
    variance = life(standard("volatility.VarianceSwap"), vega_notional="10_000", **terms)
    assert walked(variance, "100", "101", "99.99") == ["long pays short 369.94 USD"]
    volatility = life(standard("volatility.VolatilitySwap"), notional="10_000", **terms)
    assert walked(volatility, "100", "101", "99.99") == ["long pays short 412.48 USD"]
    capped = life(
        standard("volatility.CappedVarianceSwap"), vega_notional="10_000", cap="50%", **terms
    )
    # 25,000 (0.25 - 0.04): what was realised lies far above the cap.
    assert walked(capped, "100", "200", "100") == ["short pays long 5,250 USD"]


def test_a_window_barrier_looks_on_its_days_only() -> None:
    terms = {**PAIR, "strike": "100", "barrier": "150", "window": WEEKS, "expiry": "2026-01-26"}
    touched, missed = (life(standard("barriers.WindowUpAndOutCall"), **terms) for _ in range(2))
    for date, price in (("05", "120"), ("12", "150"), ("19", "120")):
        assert touched.at(f"2026-01-{date}", BTC=price) == []
    assert touched.at("2026-01-26", BTC="130") == []
    for date, price in (("05", "120"), ("09", "170"), ("12", "149"), ("19", "120")):
        assert missed.at(f"2026-01-{date}", BTC=price) == []
    assert missed.at("2026-01-26", BTC="130") == ["writer pays holder 30 USD"]


def test_overnight_rates_are_compounded_for_the_days_that_each_counts() -> None:
    leg = "[2026-02-02, 2026-02-04, 2026-02-09]"
    terms = {"cash": "USD", "notional": "360_000_000", "overnight": "SOFR", "leg": leg}
    swap = life(standard("overnight.OvernightIndexSwap"), fixed="1%", calendar="NYC", **terms)
    for day, rate in (("26", "0.01"), ("27", "0.02"), ("28", "0.03"), ("29", "0.04"), ("30", "0")):
        assert swap.at(f"2026-01-{day}", SOFR=rate) == []
    assert swap.at("2026-02-04") == [
        "payer pays receiver 20,000 USD on 2026-02-06",
        "receiver pays payer 30,000.56 USD on 2026-02-06",
    ]
    assert swap.at("2026-02-09") == [
        "payer pays receiver 50,000 USD on 2026-02-11",
        "receiver pays payer 70,003.33 USD on 2026-02-11",
    ]
    assert swap.ended


def test_overnight_rates_may_be_averaged() -> None:
    leg = "[2026-02-02, 2026-02-05]"
    terms = {"cash": "USD", "notional": "360_000", "overnight": "SOFR", "leg": leg}
    swap = life(standard("overnight.AveragedOvernightSwap"), fixed="2%", calendar="NYC", **terms)
    for day, rate in (("02", "0.01"), ("03", "0.02"), ("04", "0.06")):
        assert swap.at(f"2026-02-{day}", SOFR=rate) == []
    assert swap.at("2026-02-05") == [
        "payer pays receiver 60 USD on 2026-02-09",
        "receiver pays payer 90 USD on 2026-02-09",
    ]


def test_a_composite_basket_weighs_its_performances() -> None:
    terms = {"basket": "[BTC, ETH]", "weights": "[0.75, 0.25]", "cash": "USD", "notional": "1000"}
    call = life(
        standard("baskets.CompositeBasketCall"), strike="100%", expiry="2026-02-01", **terms
    )
    assert call.at("2026-01-01", BTC="100", ETH="10") == []
    assert call.at("2026-02-01", BTC="120", ETH="9") == ["writer pays holder 125 USD"]


def test_an_annuity_loan_is_repaid_in_level_payments() -> None:
    leg = "schedule(first: 2026-01-01, last: 2026-04-01, step: 1M)"
    loan = life(standard("loans.AnnuityLoan"), cash="USD", notional="1000", rate="12%", leg=leg)
    assert loan.at("2026-01-01") == ["lender pays borrower 1,000 USD"]
    # 1000 / (1/1.01 + 1/1.01^2 + 1/1.01^3) = 340.02
    assert loan.at("2026-02-01") == [
        "borrower pays lender 10 USD",
        "borrower pays lender 330.02 USD",
    ]
    assert loan.at("2026-03-01") == [
        "borrower pays lender 6.7 USD",
        "borrower pays lender 333.32 USD",
    ]
    assert loan.at("2026-04-01") == [
        "borrower pays lender 3.37 USD",
        "borrower pays lender 336.66 USD",
    ]
    assert loan.ended


def test_inflation_is_observed_with_a_lag() -> None:
    terms = {"cash": "EUR", "notional": "1_000_000", "cpi": "HICP", "base": "100", "years": "2"}
    swap = life(
        standard("inflation.ZeroCouponInflationSwap"), fixed="2%", maturity="2028-01-01", **terms
    )
    assert swap.at("2027-10-01", HICP="106.5") == []
    assert swap.at("2028-01-01", HICP="109") == [
        "payer pays receiver 40,400 EUR",
        "receiver pays payer 65,000 EUR",
    ]


def test_a_range_accrual_pays_for_the_days_inside() -> None:
    terms = {"cash": "EUR", "notional": "360_000", "coupon": "5%", "low": "1%", "high": "2%"}
    note = life(
        standard("rates.RangeAccrual"),
        index="ESTR",
        calendar="TARGET",
        coupons="[2026-02-02, 2026-02-07]",
        **terms,
    )
    for day, rate in (("2", "0.015"), ("3", "0.01"), ("4", "0.02"), ("5", "0.025"), ("6", "0")):
        assert note.at(f"2026-02-0{day}", ESTR=rate) == []
    # 360,000 × 5 % × 5/360 × 3/5
    assert note.at("2026-02-07") == ["issuer pays investor 150 EUR on 2026-02-07"]


def test_amortising_notionals_fall_by_equal_steps() -> None:
    leg = "schedule(first: 2026-02-02, last: 2026-10-02, step: 4M)"
    bond = life(standard("bonds.AmortisingBond"), cash="USD", face="900", coupon="10%", coupons=leg)
    assert bond.at("2026-06-02") == [
        "issuer pays investor 30 USD on 2026-06-02",
        "issuer pays investor 450 USD on 2026-06-02",
    ]
    swap = life(
        standard("swaps.AmortisingSwap"),
        cash="USD",
        notional="900",
        fixed="10%",
        index="SOFR",
        leg=leg,
    )
    assert swap.at("2026-01-29", SOFR="0.12") == []
    assert swap.at("2026-05-29", SOFR="0.03") == []
    assert swap.at("2026-06-02") == [
        "payer pays receiver 30 USD on 2026-06-02",
        "receiver pays payer 36 USD on 2026-06-02",
    ]
    assert swap.at("2026-10-02") == [
        "payer pays receiver 15 USD on 2026-10-02",
        "receiver pays payer 4.58 USD on 2026-10-02",
    ]


MONTHS = """schedule(
    first: 2026-02-02, last: {last}, step: 1M, calendar: NYC, roll: modified_following)"""
LONG = {
    "loans.AnnuityLoan": {"cash": "USD", "notional": "1000", "rate": "5%"},
    "rates.Cap": {"cash": "USD", "notional": "1000", "strike": "5%", "index": "SOFR"},
    "overnight.OvernightIndexSwap": {
        "cash": "USD", "notional": "1", "fixed": "1%", "overnight": "SOFR", "calendar": "NYC",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", LONG)
def test_thirty_years_make_no_larger_an_artefact_than_one(name: str) -> None:
    definition = standard(name)
    one, thirty = (
        instance(definition, **LONG[name], leg=MONTHS.format(last=last)).lowered.program
        for last in ("2027-02-02", "2056-02-02")
    )
    assert compile(one, None, "source") == compile(thirty, None, "source")
