"""Binding: what arguments may say, and what is refused with which code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.base import fixed
from rfos_lang.base.instant import parse_instant, show_instant
from rfos_lang.base.unit import ONE
from rfos_lang.core.arguments import read_arguments, shape_of
from rfos_lang.core.binding import instantiate
from rfos_lang.core.horizon import horizon
from rfos_lang.core.lowered import Shape
from rfos_lang.core.lowering import lower
from rfos_lang.semantics.definition import Literal, Quantity
from tests.core.lives import complaints, instance, only, standard

CALL = standard("options.EuropeanCall")
PUT = standard("barriers.DownAndOutPut")
SWAP = standard("swaps.InterestRateSwap")
NOTE = standard("notes.Autocallable")
GOOD = {"underlying": "BTC", "cash": "USD", "strike": "65_000 USD/BTC", "expiry": "2026-04-01"}
SWAP_TERMS = {
    "cash": "USD",
    "notional": "1_000_000 USD",
    "fixed": "3%",
    "index": "EURIBOR",
    "fixed_leg": "[2026-02-02, 2027-02-02]",
    "floating_leg": "[2026-02-02, 2026-08-03, 2027-02-02]",
}
NOTE_TERMS = {
    "cash": "USD",
    "notional": "1000",
    "observations": "[2026-04-01, 2026-07-01]",
    "autocall": "1",
    "coupon_barrier": "0.8",
    "knock_in": "0.6",
    "coupon": "2%",
}


def codes(**arguments: str) -> list[str]:
    return [each.code for each in complaints(CALL, **(GOOD | arguments))]


# --- arguments -----------------------------------------------------------------------------------


def test_terms_are_bound_in_fixed_point() -> None:
    bound = instance(CALL, **GOOD, size="0.5 BTC").terms
    assert bound.assets == ("BTC", "USD")
    assert bound.places == (8, 2)
    assert bound.feeds == ("spot(BTC, USD)",)
    assert bound.terms == (65_000 * fixed.ONE, fixed.ONE // 2)
    assert bound.schedules == ((parse_instant("2026-04-01"),),)


def test_a_default_stands_for_what_is_left_out() -> None:
    assert instance(CALL, **GOOD).terms.terms[1] == fixed.ONE


@pytest.mark.parametrize("text", ["65000", "65_000 USD/BTC", "65_000", "130_000 USD/BTC / 2"])
def test_a_number_alone_is_in_the_unit_of_its_parameter(text: str) -> None:
    assert instance(CALL, **(GOOD | {"strike": text})).terms.terms[0] == 65_000 * fixed.ONE


def test_a_negative_number_is_a_number() -> None:
    assert instance(CALL, **(GOOD | {"strike": "-1"})).terms.terms[0] == -fixed.ONE


def test_a_date_means_the_cut_of_the_contract() -> None:
    text = "contract Cut(cash: Asset, day: Date) between a, b { cut 08:30 UTC\n at day { } }"
    bound = instance(only(text), cash="USD", day="2026-04-01").terms
    assert show_instant(bound.schedules[0][0]) == "2026-04-01T08:30Z"
    exact = instance(only(text), cash="USD", day="2026-04-01T12:00Z").terms
    assert show_instant(exact.schedules[0][0]) == "2026-04-01T12:00Z"


def test_a_date_may_be_counted_from_another() -> None:
    bound = instance(CALL, **(GOOD | {"expiry": "2026-01-31 + 1M"})).terms
    assert show_instant(bound.schedules[0][0]) == "2026-02-28"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"strik": "1"}, "E0521"),
        ({"strike": "65_000 USD"}, "E0201"),
        ({"strike": "2026-01-01"}, "E0207"),
        ({"strike": "spot(BTC, USD)"}, "E0523"),
        ({"strike": "1, 2"}, "E0101"),
        ({"strike": ""}, "E0102"),
        ({"expiry": "2026-02-30"}, "E0114"),
        ({"expiry": "12/25/2026"}, "E0112"),
        ({"cash": "USX"}, "E0525"),
        ({"cash": "BTC"}, "E0526"),
        ({"expiry": "2025-12-31"}, "E0529"),
    ],
)
def test_a_wrong_argument_is_refused(arguments: dict[str, str], code: str) -> None:
    assert code in codes(**arguments)


def test_all_that_is_wrong_is_said_at_once() -> None:
    found = complaints(CALL, cash="USD", underlying="BTC", strik="1", expiry="2026-02-30")
    assert [each.code for each in found] == ["E0521", "E0114", "E0522"]
    assert found[0].help == "did you mean `strike`?"
    text = "2026-02-30"
    assert (found[1].span.source, found[1].span.end - found[1].span.start) == ("expiry", len(text))
    assert "USD/BTC" in found[2].message


def test_all_that_is_missing_is_asked_for_at_once_with_what_to_write() -> None:
    """An asset that is missing hides no other parameter, and none is proposed twice."""
    found = complaints(CALL, underlying="USD")
    assert [each.code for each in found] == ["E0522"] * 3
    assert "cash/underlying" in found[1].message
    assert [(each.help or "").partition(";")[0] for each in found] == [
        "for example `-s cash=EUR`",
        "for example `-s strike=100`",
        "for example `-s expiry=2026-07-15`",
    ]


def test_a_value_takes_the_place_of_a_text() -> None:
    value = Literal(70_000 * fixed.ONE, Quantity(ONE), CALL.span)
    arguments, problems = read_arguments(CALL, {**GOOD, "strike": value})
    assert arguments is not None and not problems
    assert arguments["strike"] is value


_PIECES = """
1 2.5 5% 65_000 0 9999999999999999999999999 USD BTC USD/BTC 2026-04-01 2027-01-31T08:00Z 3M 2bd
2bd(NYC) 1000y act/360 + - * / ^ ( ) [ ] , : ; < and not if then else at on for in start true spot
schedule first last step tail periods size min year_fraction strike " é
"""
texts = st.lists(st.sampled_from(_PIECES.split()), max_size=8).map(" ".join)


@given(st.sampled_from(sorted(SWAP_TERMS)), texts)
def test_any_text_is_bound_or_complained_of(name: str, text: str) -> None:
    made, problems = instantiate(SWAP, SWAP_TERMS | {name: text}, parse_instant("2026-01-01"))
    assert (made is None) == bool(problems)


# --- lists ---------------------------------------------------------------------------------------


def test_the_shape_is_the_length_of_lists() -> None:
    note = instance(NOTE, **NOTE_TERMS, basket="[BTC, ETH, SOL]")
    assert note.lowered.shape == Shape({"basket": 3})
    assert note.terms.assets == ("BTC", "ETH", "SOL", "USD")
    assert note.terms.feeds == ("spot(BTC, USD)", "spot(ETH, USD)", "spot(SOL, USD)")


def test_an_empty_list_is_refused() -> None:
    assert complaints(NOTE, **NOTE_TERMS, basket="[]")[0].code == "E0527"


def test_a_list_has_a_bound() -> None:
    found = complaints(NOTE, **NOTE_TERMS, basket=f"[{', '.join(['BTC'] * 101)}]")
    assert found[0].code == "E0537"


def test_a_list_that_names_an_asset_twice_is_refused() -> None:
    assert [e.code for e in complaints(NOTE, **NOTE_TERMS, basket="[BTC, BTC]")] == ["E0526"]


def test_lists_in_step_have_one_length() -> None:
    text = """contract Basket(basket: [Asset], weights: [Number], cash: Asset, expiry: Date,
        notional: cash) between a, b {
        unsecured
        let level = sum(w * spot(x, cash) / (spot(x, cash) at start) for x in basket, w in weights)
        at expiry { b pays a notional * level }
    }"""
    given = {"cash": "USD", "expiry": "2026-04-01", "notional": "1", "weights": "[1]"}
    found = complaints(only(text), basket="[BTC, ETH]", **given)
    assert [each.code for each in found] == ["E0536"]


# --- dates ---------------------------------------------------------------------------------------


def test_dates_ascend() -> None:
    given = SWAP_TERMS | {"floating_leg": "[2026-02-02, 2027-02-02, 2026-08-03]"}
    assert "E0528" in [each.code for each in complaints(SWAP, **given)]


def test_fixings_fall_on_days_of_their_own() -> None:
    given = SWAP_TERMS | {"floating_leg": "[2026-02-06, 2026-02-07, 2026-02-08, 2026-03-06]"}
    assert "E0528" in [each.code for each in complaints(SWAP, **given)]


def test_no_fixing_lies_before_the_start() -> None:
    found = complaints(SWAP, "2026-02-01", **SWAP_TERMS)
    assert [each.code for each in found] == ["E0529"]
    assert "2026-01-29" in found[0].message


def trial(body: str, **arguments: str) -> list[str]:
    head = "contract Trial(u, cash: Asset, early, late: Date, dates: Schedule, factor: Number)"
    given = {"u": "BTC", "cash": "USD", "dates": "[2026-04-01, 2026-07-01]"}
    given |= {"early": "2026-04-01", "late": "2026-05-01", "factor": "1"} | arguments
    text = f"{head} between payer, payee {{\n unsecured\n let S = spot(u, cash)\n {body}\n}}"
    return [each.code for each in instantiate(only(text), given, parse_instant("2026-01-01"))[1]]


def test_the_future_is_not_read_whatever_the_dates() -> None:
    body = "at early { payer pays payee net 1 u * (S at late) }"
    assert trial(body) == ["E0530"]


def test_the_first_date_has_no_previous() -> None:
    body = "at each t in dates { payer pays payee net 1 u * (S at t.previous) }"
    assert trial(body) == ["E0533"]


def test_a_payment_is_not_due_before_it_is_fixed() -> None:
    assert trial("at late { payer pays payee 1 cash on early }") == ["E0534"]


@pytest.mark.parametrize(
    ("amount", "codes"),
    [
        ("factor * 1 cash", ["E0544"]),
        ("factor * (S at early) * 1 u", []),
        ("factor * year_fraction(early, late, act/365) * 1 cash", ["E0544"]),
        ("factor^2 * 100_000_000_000_000_000 cash", ["E0532"]),
    ],
)
@pytest.mark.parametrize("clause", ["at late", "at each t in dates"])
def test_what_the_terms_decide_is_payable(amount: str, codes: list[str], clause: str) -> None:
    assert trial(f"{clause} {{ payer pays payee {amount} }}", factor="-2") == codes
    either_way = [code for code in codes if code != "E0544"]
    assert trial(f"{clause} {{ payer pays payee net {amount} }}", factor="-2") == either_way
    looks = f"{clause} {{ if S > 0 cash/u {{ payer pays payee {amount} }} }}"
    assert trial(looks, factor="-2") == []


def test_a_schedule_of_nothing_has_no_last_date() -> None:
    assert trial("at last(tail(tail(tail(dates)))) { payer pays payee 1 cash }") == ["E0535"]


def test_a_term_that_traps_is_refused() -> None:
    text = """contract Ratio(cash: Asset, part, whole: Number, day: Date) between a, b {
        state share: Number = part / whole
        at day { share = 0 }
    }"""
    found = complaints(only(text), cash="USD", part="1", whole="0", day="2026-04-01")
    assert [each.code for each in found] == ["E0532"]


def test_a_requirement_of_the_contract_is_said_in_its_words() -> None:
    given = GOOD | {"barrier": "70000"}
    found = complaints(PUT, **given)
    assert [each.code for each in found] == ["E0531"]
    assert found[0].message == "the barrier must lie below the strike"


# --- the rest ------------------------------------------------------------------------------------


def test_a_when_needs_something_that_wakes_it() -> None:
    text = """contract Asleep(u, cash: Asset, day: Date) between a, b {
        when ever(spot(u, cash) > 1 cash/u) { a pays b 1 cash }
        at day { }
    }"""
    _, problems = lower(only(text), shape_of(only(text), {}))
    assert [each.code for each in problems] == ["E0420"]


def test_the_horizon_is_the_last_payment() -> None:
    call = instance(CALL, **GOOD)
    assert horizon(call.lowered.program, call.terms) == parse_instant("2026-04-01")
    swap = instance(SWAP, **(SWAP_TERMS | {"fixed_leg": "[2026-02-02, 2026-08-02]"}))
    assert horizon(swap.lowered.program, swap.terms) == parse_instant("2027-02-02")


def test_a_perpetual_contract_has_no_horizon() -> None:
    text = """perpetual contract Forever(u, cash: Asset) between a, b { unsecured
        when spot(u, cash) > 2 * (spot(u, cash) at start) { }
    }"""
    forever = instance(only(text), u="BTC", cash="USD")
    assert horizon(forever.lowered.program, forever.terms) is None
