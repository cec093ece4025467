"""Contracts that are lived through once: under a plan of how much is chosen and when, and with
annuities that are worked out anew; against a reckoning by hand and what the settlement pays."""

from dataclasses import replace
from itertools import pairwise

import pytest

from rfos_lang.base.instant import DAY, parse_instant, show_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.core.program import Terms
from rfos_lang.valuation.curve import YEAR, RateCurve
from rfos_lang.valuation.market import Market, parse_market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from rfos_lang.valuation.seasoning import paid_between
from tests.valuation.products.library import product
from tests.valuation.products.markets import BENT, FLAT

MARKET = replace(BENT, rates={"USD": RateCurve(((0.5, 0.03), (1.5, 0.05)))})
Plan = dict[str, dict[int, tuple[float, ...]]]


def at(date: str) -> int:
    return parse_instant(date)


def discount(date: str) -> float:
    return MARKET.discount("USD", MARKET.years(at(date)))


def planned(name: str, plan: Plan, market: Market = MARKET, **given: str) -> Valuation:
    made = product(name, **given)
    return valued(made.program, made.terms, replace(market, plan=plan))


def test_capital_is_called_as_planned() -> None:
    plan = {"fund call": {at("2026-04-15"): (400.0,), at("2026-10-15"): (250.0,)}}
    found = planned("CapitalCalls", plan)
    expected = -400 * discount("2026-04-15") - 250 * discount("2026-10-15")
    assert found.value == pytest.approx(expected, rel=1e-12)
    assert found.method == "discounting of a plan"
    assert "`fund call` 2 times" in found.notes[0]


def test_a_credit_line_is_drawn_and_repaid_as_planned() -> None:
    """Drawn between two dates of interest, in part repaid before the next; interest is on what is
    drawn when a period ends."""
    plan = {
        "borrower draw": {at("2026-05-01"): (600.0,)},
        "borrower repay": {at("2026-08-01"): (100.0,)},
    }
    found = planned("CreditLine", plan)
    dates = ["2026-04-15", "2026-07-15", "2026-10-15", "2027-01-15"]
    expected = 600 * discount("2026-05-01") - 100 * discount("2026-08-01")
    for begins, ends in pairwise(dates):
        drawn = 600.0 if ends == "2026-07-15" else 500.0
        days = (at(ends) - at(begins)) / DAY
        expected -= drawn * 0.05 * days / 360 * discount(ends)
    expected -= 500 * discount("2027-01-15")
    assert found.value == pytest.approx(expected, rel=1e-10)


def test_a_subscription_at_its_close() -> None:
    found = planned("Subscription", {"investor subscribe": {at("2026-07-15"): (1_000.0,)}})
    made = product("Subscription")
    fraction = made.terms.terms[-1] / 1e18
    (last,) = made.terms.schedules[-1]
    worth = MARKET.discount("USD", MARKET.years(last)) * 1_000 * (1 + 0.05 * fraction)
    assert found.value == pytest.approx(worth - 1_000 * discount("2026-07-15"), rel=1e-12)


@pytest.mark.parametrize("plan", [{}, {at("2026-05-01"): (250.0,)}])
def test_what_is_prepaid_shortens_an_annuity(plan: dict[int, tuple[float, ...]]) -> None:
    found = planned("AnnuityWithPrepayment", {"borrower prepay": plan})
    owed, expected = 1_000.0, -1_000.0
    dates = ["2026-04-15", "2026-07-15", "2026-10-15", "2027-01-15"]
    level = 1_000 / sum((1 + 0.05 / 12) ** -k for k in (1, 2, 3))
    for begins, ends in pairwise(dates):
        for day, (amount,) in plan.items():
            if at(begins) <= day < at(ends):
                owed -= amount
                expected += amount * MARKET.discount("USD", MARKET.years(day))
        interest = owed * 0.05 * 90 / 360
        repaid = owed if ends == dates[-1] else min(max(level - interest, 0.0), owed)
        expected += (interest + repaid) * discount(ends)
        owed -= repaid
    assert found.value == pytest.approx(expected, rel=1e-9)


def dates_of(terms: Terms) -> list[int]:
    own = {instant for schedule in terms.schedules for instant in schedule}
    return sorted(own | {value for row in terms.columns for value in row if value > FLAT.as_of})


def test_an_annuity_is_what_the_settlement_pays_on_the_curves_own_fixings() -> None:
    made = product("ANN")
    fixings = {
        name: {day: MARKET.index_forward("SOFR", day) for day in dates_of(made.terms)}
        for name in made.terms.feeds
    }
    after = replace(MARKET, as_of=FLAT.as_of + 3 * YEAR, fixings=fixings)
    total, known = 0.0, FLAT.as_of
    for day in dates_of(made.terms):
        until, since = replace(after, as_of=day + 1), replace(MARKET, as_of=known)
        paid = paid_between(made.program, made.terms, since, until).get("USD", 0.0)
        total, known = total + paid * MARKET.discount("USD", MARKET.years(day)), day + 1
    found = valued(made.program, made.terms, MARKET)
    assert found.value == pytest.approx(total, abs=0.02)
    assert found.method == "discounting"


@pytest.mark.parametrize("name", ["ANN", "CreditLine"])
def test_rho_and_theta_are_how_the_value_moves(name: str) -> None:
    plan = {"borrower draw": {at("2026-05-01"): (600.0,)}, "borrower repay": {}}
    made = product(name)

    def value(market: Market) -> float:
        told = replace(market, plan=plan)
        return valued(made.program, made.terms, told, greeks=False).value

    found = valued(made.program, made.terms, replace(MARKET, plan=plan))
    moved = [replace(MARKET, rates={"USD": MARKET.rates["USD"].raised(h)}) for h in (1e-4, -1e-4)]
    up, down = (value(market) for market in moved)
    assert found.greek("rho").value == pytest.approx((up - down) / 2e-4, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "plan", "told"),
    [
        ("CapitalCalls", {"fund call": {at("2026-04-15"): (1_000.01,)}}, "requirement"),
        ("CapitalCalls", {"fund call": {at("2026-05-01"): (10.0,)}}, "not available"),
        ("CapitalCalls", {"fund call": {at("2026-04-15"): (1.0, 2.0)}}, "names 1 amounts"),
        (
            "CreditLine",
            {"borrower draw": {}, "borrower repay": {at("2026-08-01"): (1.0,)}},
            "requirement",
        ),
    ],
)
def test_a_plan_that_the_contract_refuses_is_refused(name: str, plan: Plan, told: str) -> None:
    with pytest.raises(Refused) as refused:
        planned(name, plan)
    assert refused.value.code == "E0661"
    assert told in refused.value.names["reason"]


@pytest.mark.parametrize("name", ["CapitalCalls", "CreditLine"])
def test_without_a_plan_there_is_no_number(name: str) -> None:
    with pytest.raises(Refused) as refused:
        planned(name, {})
    assert refused.value.code == "E0658"


def test_a_file_tells_a_plan() -> None:
    text = 'as_of = 2026-01-01\n[plan]\n"fund call" = { 2026-04-15 = 5_000 }\n"a b" = {}\n'
    market, problems = parse_market(text, "m.toml")
    assert market is not None and not problems
    (day, amounts), *_ = market.plan["fund call"].items()
    assert (show_instant(day)[:10], amounts, market.plan["a b"]) == ("2026-04-15", (5_000.0,), {})
    wrong, problems = parse_market(text.replace("5_000", "-1"), "m.toml")
    assert wrong is None and problems[0].code == "E0604"
