"""Sums, products and counts over dates: lives worked out by hand."""

import pytest

from rfos_lang.base.diagnostic import Diagnostic
from tests.core.lives import complaints, instance, life, only
from tests.generators import dated

SHARE = {"share": "BTC", "cash": "USD"}
WEEKS = "[2026-01-05, 2026-01-12, 2026-01-19]"

SOFR = """
contract SofrLeg(cash: Asset, notional: cash, sofr: Index, leg: Schedule) between payer, receiver {
    at each p in periods(leg) {
        let growth = product(
            1 + (sofr at (d.start - 5bd(NYC))) * year_fraction(d, act/360)
                for d in periods(business_days(p, NYC)))
        receiver pays payer net notional * (growth - 1) on p.end + 2bd(NYC)
    }
}
"""


def codes(found: tuple[Diagnostic, ...]) -> list[str]:
    return [each.code for each in found]


def test_a_cliquet_sums_its_clamped_returns() -> None:
    cliquet = life(only(dated.CLIQUET), **SHARE, notional="10_000", resets=WEEKS, cap="5%")
    assert cliquet.at("2026-01-05", BTC="100") == []
    assert cliquet.at("2026-01-12", BTC="110") == []
    # 5 % (capped), then 99 / 110 - 1 = -10 % (floored at -5 %) would be 0.
    assert cliquet.at("2026-01-19", BTC="107.8") == ["writer pays holder 300 USD"]
    assert cliquet.ended


def test_what_is_observed_between_the_dates_does_not_count() -> None:
    cliquet = life(only(dated.CLIQUET), **SHARE, notional="10_000", resets=WEEKS, cap="5%")
    cliquet.at("2026-01-05", BTC="100")
    cliquet.at("2026-01-08", BTC="1")
    cliquet.at("2026-01-12", BTC="101")
    assert cliquet.at("2026-01-19", BTC="101") == ["writer pays holder 100 USD"]


def test_a_rate_is_compounded_over_the_business_days_of_each_period() -> None:
    leg = "[2026-02-02, 2026-02-04, 2026-02-09]"
    sofr = life(only(SOFR), cash="USD", notional="360_000_000", sofr="SOFR", leg=leg)
    for day, rate in (("26", "0.01"), ("27", "0.02"), ("28", "0.03"), ("29", "0.04"), ("30", "0")):
        assert sofr.at(f"2026-01-{day}", SOFR=rate) == []
    # 2 and 3 February look back to 26 and 27 January, one day each.
    paid = sofr.at("2026-02-04", SOFR="0.9")
    assert paid == ["receiver pays payer 30,000.56 USD on 2026-02-06"]
    # 4, 5 and 6 February look back to 28, 29 and 30 January; the last of them counts three days.
    growth = (1 + 0.03 / 360) * (1 + 0.04 / 360) - 1
    (paid_last,) = sofr.at("2026-02-09", SOFR="0.9")
    assert paid_last == f"receiver pays payer {360_000_000 * growth:,.2f} USD on 2026-02-11"


def test_days_inside_a_range_are_counted_anew_in_each_period() -> None:
    text = """
contract Range(cash: Asset, notional: cash, low, high: Number, index: Index, coupons: Schedule)
between investor, issuer {
    at each p in periods(coupons) {
        let days = business_days(p, TARGET)
        let inside = count(index >= low and index <= high on days)
        issuer pays investor notional * inside / size(days)
    }
}
"""
    arguments = {"cash": "EUR", "notional": "1000", "low": "1%", "high": "2%", "index": "ESTR"}
    coupons = "[2026-02-02, 2026-02-07, 2026-02-16]"
    note = life(only(text), **arguments, coupons=coupons)
    for day, rate in (("2", "0.015"), ("3", "0.01"), ("4", "0.02"), ("5", "0.025"), ("6", "0")):
        assert note.at(f"2026-02-0{day}", ESTR=rate) == []
    # 2, 3 and 4 February inside, 5 and 6 outside; 7 February is a Saturday.
    assert note.at("2026-02-07") == ["issuer pays investor 600 EUR"]
    for day in ("09", "10", "11", "12"):
        assert note.at(f"2026-02-{day}") == []
    assert note.at("2026-02-13", ESTR="0.02") == []
    assert note.at("2026-02-16") == ["issuer pays investor 200 EUR"]


def test_a_period_reads_its_own_value_when_the_next_one_has_begun() -> None:
    text = """
contract Daily(share, cash: Asset, leg: Schedule) between payer, receiver {
    let S = spot(share, cash)
    at each p in periods(leg) {
        payer pays receiver 10 cash * count(S > 50 cash/share on business_days(p, WEEKENDS))
    }
}
"""
    daily = life(only(text), **SHARE, leg="schedule(first: 2026-01-08, last: 2026-01-13, step: 1d)")
    assert daily.at("2026-01-08", BTC="60") == []
    assert daily.at("2026-01-09", BTC="40") == ["payer pays receiver 10 USD"]
    assert daily.at("2026-01-10", BTC="60") == []
    assert daily.at("2026-01-11", BTC="60") == []  # Saturday
    assert daily.at("2026-01-12", BTC="60") == []  # Sunday
    assert daily.at("2026-01-13", BTC="40") == ["payer pays receiver 10 USD"]


def paid_by(formula: str, **arguments: str) -> list[str]:
    text = f"""
contract Fixed(cash: Asset, rate: Number, leg: Schedule) between a, b {{
    at last(leg) {{ a pays b net 1 cash * ({formula}) }}
}}
"""
    return life(only(text), cash="USD", **arguments).at("2026-12-01")


@pytest.mark.parametrize(
    ("formula", "paid"),
    [
        ("sum(rate * (p.index + 1) for p in periods(leg))", "6"),
        ("product(1 + p.index for p in periods(leg))", "6"),
        ("count(p.is_last or p.is_first for p in periods(leg))", "2"),
        ("mean(p.index for p in periods(leg))", "1"),
        ("max(year_fraction(p, act/365) * 365 for p in periods(leg))", "92"),
        ("min(year_fraction(p, act/365) * 365 for p in periods(leg))", "91"),
        ("size(leg.after(2026-06-01))", "3"),
        ("size(leg.after(2026-06-02))", "2"),
        ("year_fraction(leg[1], leg[size(leg) - 1], act/365) * 365", "183"),
        ("sum(year_fraction(t.previous, t, act/365) * 365 for t in leg.after(leg[1]))", "275"),
        ("sum(rate for t in leg.after(2027-01-01))", None),
        ("sum(w for w in [1, 2, 3], p in periods(leg))", "6"),
        ("sum(sum(1 for t in leg.after(s)) for s in leg)", "10"),
        ("year_fraction(accrued(leg, 2026-07-01), act/365) * 365", "30"),
        ("year_fraction(accrued(leg, 2026-06-01), act/365) * 365", None),
        ("year_fraction(accrued(leg, 2026-02-01), act/365) * 365", None),
        ("year_fraction(accrued(leg, 2027-02-01), act/365) * 365", None),
        ("year_fraction(leg.first, accrued(leg, 2026-07-01).start, act/365) * 365", "92"),
        ("sum(year_fraction(p, act/act.ICMA) for p in periods(leg)) * 100", "75"),
        ("year_fraction(accrued(leg, 2026-07-01), act/act.ICMA) * 92 * 4", "30"),
        ("year_fraction(2026-01-31, 2026-02-28, 30E/360.ISDA) * 360", "30"),
        ("size(business_days(2026-01-01, 2026-01-08, TARGET))", "4"),
        ("sum(year_fraction(d, act/365) * 365 for d in periods(business_days(p, TARGET)))", None),
    ],
)
def test_what_observes_nothing_is_computed_at_binding(formula: str, paid: str | None) -> None:
    leg = "schedule(first: 2026-03-01, last: 2026-12-01, step: 3M)"
    if "business_days(p" in formula:
        formula = f"sum({formula} for p in periods(leg)) - 275"
    words = [] if paid is None else [f"a pays b {paid} USD"]
    assert paid_by(formula, rate="1", leg=leg) == words


def test_the_size_of_a_program_does_not_depend_on_the_number_of_dates() -> None:
    definition = only(dated.GROWTH)
    short = instance(definition, **SHARE, leg="[2026-01-05, 2026-01-12]")
    long = instance(definition, **SHARE, leg=dated.MONTHS)
    assert short.lowered.program == long.lowered.program


def test_the_whole_is_read_after_the_last_of_its_dates() -> None:
    text = """
contract Early(share, cash: Asset, days: Schedule, due: Date) between a, b {
    at due { a pays b 1 share * max(spot(share, cash) at t for t in days) }
}
"""
    definition = only(text)
    assert codes(complaints(definition, **SHARE, days=WEEKS, due="2026-01-18")) == ["E0530"]
    assert codes(complaints(definition, **SHARE, days="[]", due="2026-01-18")) == ["E0538"]
    assert life(definition, **SHARE, days=WEEKS, due="2026-01-19").ended is False


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("max(p.index for p in periods(leg.after(2027-01-01)))", "E0538"),
        ("year_fraction(leg[4], leg[0], act/365)", "E0539"),
        ("year_fraction(leg[0.5], leg[0], act/365)", "E0539"),
        ("sum(w for w in [1, 2], p in periods(leg))", "E0536"),
        ("sum(year_fraction(t.previous, t, act/365) for t in leg)", "E0533"),
    ],
)
def test_what_has_no_value_is_refused_when_an_instance_is_made(formula: str, code: str) -> None:
    text = f"""
contract Fixed(cash: Asset, leg: Schedule) between a, b {{
    at last(leg) {{ a pays b net 1 cash * ({formula}) }}
}}
"""
    leg = "schedule(first: 2026-03-01, last: 2026-12-01, step: 3M)"
    assert codes(complaints(only(text), cash="USD", leg=leg)) == [code]
