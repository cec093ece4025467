"""Where an event is just possible, and where it is just not: windows, amounts, what fits."""

import pytest

from rfos_lang.core.meaning import HIGHEST_UNITS, Status
from tests.core.lives import BEGIN, complaints, life, only

WINDOW = """
perpetual contract Window(cash: Asset, opens, closes: Date) between a, b {
    a may ask(amount: cash) from opens until closes { b pays a amount }
    b may give(amount: cash) { b pays a amount }
    b may decide until closes default false { b pays a 1 cash } otherwise { b pays a 2 cash }
    b may begin at opens default false { b pays a 3 cash } otherwise { b pays a 4 cash }
    unsecured
}
"""
TERMS = {"cash": "USD", "opens": "2026-03-01", "closes": "2026-06-01"}


@pytest.mark.parametrize(
    ("choice", "when", "status"),
    [
        ("ask 1", "2026-02-28T23:59Z", Status.NOT_AVAILABLE),
        ("ask 1", "2026-03-01", Status.OK),
        ("ask 0", "2026-03-01", Status.OK),
        ("ask -1", "2026-03-01", Status.NEGATIVE_PAYMENT),
        ("ask 1", "2026-06-01", Status.OK),
        ("ask 1", "2026-06-01T00:01Z", Status.NOT_AVAILABLE),
        ("give 1", "2026-01-01", Status.OK),
        ("give 1", "2025-12-31T23:59Z", Status.NOT_AVAILABLE),
        ("give 1", "2027-01-01", Status.OK),
        ("decide", "2026-01-01", Status.OK),
        ("decide", "2025-12-31", Status.NOT_AVAILABLE),
        ("decide", "2026-06-01", Status.OK),
        ("decide", "2026-06-02", Status.NOT_AVAILABLE),
        ("begin", "2026-02-28", Status.NOT_AVAILABLE),
        ("begin", "2026-03-01", Status.OK),
        ("begin", "2026-03-02", Status.NOT_AVAILABLE),
    ],
)
def test_a_window_has_its_first_and_its_last_instant(
    choice: str, when: str, status: Status
) -> None:
    assert life(only(WINDOW), **TERMS).outcome(when, choice).status is status


def test_a_choice_is_taken_once_and_passes_once() -> None:
    lived = life(only(WINDOW), **TERMS)
    assert lived.at("2026-02-01", "decide") == ["b pays a 1 USD"]
    assert lived.outcome("2026-02-02", "decide").status is Status.NOT_AVAILABLE
    assert lived.at("2026-04-01") == ["b pays a 4 USD"]
    assert lived.at("2026-04-02", "ask 5") == ["b pays a 5 USD"]
    assert lived.at("2026-04-02", "ask 6") == ["b pays a 6 USD"]
    assert lived.at("2026-07-01") == [] and not lived.ended


@pytest.mark.parametrize(
    ("net", "units", "status"),
    [
        ("net", HIGHEST_UNITS, Status.OK),
        ("net", HIGHEST_UNITS + 1, Status.OVERFLOW),
        ("net", -HIGHEST_UNITS, Status.OK),
        ("net", -HIGHEST_UNITS - 1, Status.OVERFLOW),
        ("", HIGHEST_UNITS, Status.OK),
        ("", HIGHEST_UNITS + 1, Status.OVERFLOW),
        ("", 0, Status.OK),
        ("", -1, Status.NEGATIVE_PAYMENT),
    ],
)
def test_the_largest_payment_fits_and_the_least_is_nothing(
    net: str, units: int, status: Status
) -> None:
    text = f"""
contract Large(cash: Asset, level: Index, due: Date) between a, b {{
    at due {{ a pays b {net} level * 1 cash }}
    unsecured
}}
"""
    lived = life(only(text), cash="USD", level="SIZE", due="2026-03-01")
    assert lived.outcome("2026-03-01", SIZE=in_whole(units)).status is status


def test_less_than_nothing_is_not_issued() -> None:
    text = """
asset Coin in 2 decimals issued by Till
perpetual contract Till(cash: Asset, price: cash/Coin, level: Index) between keeper, bank {
    keeper may buy { keeper pays bank price * 1 Coin; mint level * 1 Coin to keeper }
    keeper may sell { burn level * 1 Coin from keeper }
    unsecured
}
"""
    lived = life(only(text), cash="USD", price="2", level="SIZE")
    for choice in ("buy", "sell"):
        assert lived.outcome(BEGIN, choice, SIZE="0").status is Status.OK
        assert lived.outcome(BEGIN, choice, SIZE="-1").status is Status.NEGATIVE_PAYMENT


def in_whole(units: int) -> str:
    """Minor units of an asset of two decimals."""
    whole, minor = divmod(abs(units), 100)
    return f"{'-' if units < 0 else ''}{whole}.{minor:02}"


def test_what_escrow_holds_has_a_bound_too() -> None:
    text = """
contract Held(cash: Asset, n: Number, due: Date) between a, b {
    at start { a pays escrow n * 1 cash; a pays escrow 0.01 cash }
    at due { escrow pays b n * 1 cash; escrow pays b 0.01 cash }
    unsecured
}
"""
    for units, status in ((HIGHEST_UNITS - 1, Status.OK), (HIGHEST_UNITS, Status.OVERFLOW)):
        lived = life(only(text), cash="USD", n=in_whole(units), due="2026-03-01")
        assert lived.outcome(BEGIN).status is status


def test_a_first_value_that_is_too_large_begins_nothing() -> None:
    text = """
contract Grows(cash: Asset, n: Number, due: Date) between a, b {
    state level: Number = n ^ 8
    at due { a pays b 1 cash * level }
    unsecured
}
"""
    (problem,) = complaints(only(text), cash="USD", n="1_000_000", due="2026-03-01")
    assert problem.code == "E0532"


def test_a_value_of_a_date_is_not_made_up_afterwards() -> None:
    """What fell due before the event knows nothing of its own date; what falls due now does."""
    text = """
contract Late(cash: Asset, level: Index, dates: Schedule) between a, b {
    at each t in dates { a pays b 1 cash * (level at t) }
    unsecured
}
"""
    terms = {"cash": "USD", "level": "L", "dates": "[2026-02-01, 2026-03-01]"}
    assert life(only(text), **terms).at("2026-02-01", L="3") == ["a pays b 3 USD"]
    assert life(only(text), **terms).outcome("2026-02-02", L="3").status is Status.WAITING
