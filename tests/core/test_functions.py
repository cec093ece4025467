"""Logarithms, roots, powers and rounding in contracts: lives worked out by hand."""

import pytest

from rfos_lang.core.meaning import Status
from tests.core.lives import instance, life, only
from tests.generators import dated


def paid(formula: str, price: str = "2", **arguments: str) -> list[str]:
    """What `a` pays `b`, in dollars, for a formula of S and the parameters x and n."""
    text = f"""
contract Formula(share, cash: Asset, x, n: Number, due: Date) between a, b {{
    let S = spot(share, cash) / (1 cash/share)
    at due {{ a pays b net 1_000_000 cash * ({formula}) }}
}}
"""
    given = {"x": "2", "n": "3", "due": "2026-02-01", **arguments}
    return life(only(text), share="BTC", cash="USD", **given).at("2026-02-01", BTC=price)


@pytest.mark.parametrize(
    ("formula", "amount"),
    [
        ("log(S)", "693,147.18"),
        ("log(1 / S)", "-693,147.18"),
        ("exp(S)", "7,389,056.1"),
        ("sqrt(S)", "1,414,213.56"),
        ("S ^ 0.5", "1,414,213.56"),
        ("S ^ x", "4,000,000"),
        ("S ^ -n", "125,000"),
        ("(1 + x / 100) ^ (n / 12)", "1,004,962.93"),
        ("1.5 ^ S", "2,250,000"),
        ("(-S) ^ n", "-8,000,000"),
        ("1.01 ^ 100", "2,704,813.83"),
        ("round(1 / 3, 0.01)", "330,000"),
        ("round(-S / 3, 0.5)", "-500,000"),
        ("exp(log(x)) - x", "0"),
        ("sum(0.5 ^ (k + 1) for k in [0, 1, x])", "875,000"),
    ],
)
def test_functions_of_numbers(formula: str, amount: str) -> None:
    side = "b pays a" if amount.startswith("-") else "a pays b"
    words = [] if amount == "0" else [f"{side} {amount.removeprefix('-')} USD"]
    assert paid(formula) == words


def test_an_amount_is_rounded_to_its_minor_unit_where_the_text_says_so() -> None:
    text = """
contract Thirds(cash: Asset, whole: cash, due: Date) between a, b {
    at due { a pays b 3 * round(whole / 3) as "three rounded thirds" }
}
"""
    assert life(only(text), cash="USD", whole="100", due="2026-02-01").at("2026-02-01") == [
        "a pays b 99.99 USD"
    ]
    assert life(only(text), cash="JPY", whole="100", due="2026-02-01").at("2026-02-01") == [
        "a pays b 99 JPY"
    ]


@pytest.mark.parametrize("formula", ["log(S)", "sqrt(S - 1)", "(S - 1) ^ 0.5", "log(S - 1)"])
def test_what_has_no_value_refuses_the_event(formula: str) -> None:
    text = f"""
contract Formula(share, cash: Asset, due: Date) between a, b {{
    let S = spot(share, cash) / (1 cash/share)
    at due {{ a pays b net 1 cash * ({formula}) }}
}}
"""
    begun = life(only(text), share="BTC", cash="USD", due="2026-02-01")
    assert begun.outcome("2026-02-01", BTC="0").status is Status.UNDEFINED


def test_a_branch_that_is_not_taken_has_no_need_of_a_value() -> None:
    assert paid("if S > 0 then log(S) else 0", price="0") == []
    assert paid("if S > 0 and log(S) > 5 then 1 else 0", price="0") == []


def test_an_annuity_factor_is_computed_at_binding() -> None:
    text = """
contract Level(cash: Asset, notional: cash, rate: Number, leg: Schedule) between a, b {
    let level = notional / sum(1 / (1 + rate / 12) ^ (p.index + 1) for p in periods(leg))
    at each p in periods(leg) { a pays b level }
}
"""
    leg = "schedule(first: 2026-02-01, last: 2036-02-01, step: 1M)"
    loan = life(only(text), cash="USD", notional="100_000", rate="6%", leg=leg)
    assert loan.at("2026-03-01") == ["a pays b 1,110.21 USD"]


def test_a_variance_swap_pays_on_the_squares_of_its_log_returns() -> None:
    text = """
contract VarianceSwap(u, cash: Asset, vega_notional: cash, strike: Number, days: Schedule)
between long, short {
    let S = spot(u, cash)
    let rv = 252 / (size(days) - 1) * sum(log((S at t) / (S at t.previous)) ^ 2 for t in tail(days))
    at last(days) { short pays long net vega_notional / (2 * strike) * (rv - strike ^ 2) }
}
"""
    days = "[2026-01-05, 2026-01-06, 2026-01-07]"
    arguments = {"vega_notional": "10_000", "strike": "20%", "days": days}
    swap = life(only(text), u="BTC", cash="USD", **arguments)
    assert swap.at("2026-01-05", BTC="100") == []
    assert swap.at("2026-01-06", BTC="101") == []
    # log(1.01)^2 + log(100 / 101)^2 = 0.00019801817; times 126, less 0.04, times 25,000.
    assert swap.at("2026-01-07", BTC="100") == ["long pays short 376.24 USD"]


def test_a_program_does_not_grow_with_its_dates() -> None:
    definition = only(dated.VARIANCE)
    arguments = {"share": "BTC", "cash": "USD", "notional": "1", "strike": "1"}
    daily = "schedule(first: 2026-01-02, last: {last}, step: 1d)"
    week, year = (
        instance(definition, **arguments, days=daily.format(last=last))
        for last in ("2026-01-09", "2027-01-02")
    )
    assert week.lowered.program == year.lowered.program


@pytest.mark.parametrize(
    ("moved", "due"),
    [
        ("due + 2bd(NYC)", "2026-07-06"),
        ("due + 2bd(NYSE)", "2026-07-07"),
        ("due + 2bd(NYC + NYSE + LON)", "2026-07-07"),
        ("due + 2bd(cal)", "2026-07-06"),
        ("due + 2bd(NYSE + cal)", "2026-07-07"),
        ("due - 1bd(cal + NONE) + 2bd(NYC)", "2026-07-03"),
    ],
)
def test_business_days_may_be_those_of_several_calendars(moved: str, due: str) -> None:
    text = f"""
contract Later(cash: Asset, cal: Calendar, due: Date) between a, b {{
    at due {{ a pays b 1 cash on {moved} }}
}}
"""
    # Thursday 2 July 2026. The exchange keeps the holiday of Saturday 4 July on Friday, the Federal
    # Reserve on no day.
    arguments = {"cash": "USD", "cal": "TARGET", "due": "2026-07-02"}
    found = life(only(text), **arguments).at("2026-07-02")
    assert found == [f"a pays b 1 USD on {due}"]
