"""`become`: a contract ends and another begins at that instant."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfos_lang.base import fixed
from rfos_lang.core.binding import Instance, instantiate
from rfos_lang.core.meaning import Event, Status, fire, start
from tests.core.lives import complaints, definitions, instance, life
from tests.generators.composites import CUT, ENDLESS, KINDS, PERPETUALS, SOURCES
from tests.generators.handmade import DAY, START

USE = "use std.options.{EuropeanCall, EuropeanPut}\nuse std.swaps.{InterestRateSwap}\n"
CHOOSER = (
    USE
    + """
contract Chooser(u, cash: Asset, strike: cash/u, choose_at, expiry: Date) between holder, writer {
    unsecured
    holder may pick_call at choose_at default spot(u, cash) >= strike {
        become EuropeanCall(u, cash, strike:, expiry:)
    } otherwise { become EuropeanPut(u, cash, strike:, expiry:) }
}
"""
)
TERMS = {"u": "BTC", "cash": "USD", "strike": "60_000", "choose_at": "2026-03-02"}


@pytest.mark.parametrize(
    ("seen", "final", "paid"),
    [
        ("61_000", "70_000", ["writer pays holder 10,000 USD"]),
        ("61_000", "50_000", []),
        ("59_000", "50_000", ["writer pays holder 10,000 USD"]),
        ("59_000", "70_000", []),
    ],
)
def test_a_chooser_goes_on_as_what_was_chosen(seen: str, final: str, paid: list[str]) -> None:
    lived = life(definitions(CHOOSER)["Chooser"], **TERMS, expiry="2026-06-26")
    assert lived.at("2026-03-02", BTC=seen) == [] and not lived.ended
    assert lived.at("2026-06-26", BTC=final) == paid and lived.ended


def test_the_other_contract_may_end_at_the_very_instant_at_which_it_begins() -> None:
    lived = life(definitions(CHOOSER)["Chooser"], **TERMS, expiry="2026-03-02")
    told = lived.at("2026-03-02", "pick_call", BTC="70_000")
    assert told == ["writer pays holder 10,000 USD"] and lived.ended


def test_what_is_known_only_then_is_kept() -> None:
    text = (
        USE
        + """
contract Forward(u, cash: Asset, set, expiry: Date) between holder, writer {
    unsecured
    at set { become EuropeanCall(u, cash, strike: 110% * spot(u, cash), expiry:) }
}
"""
    )
    terms = {"u": "BTC", "cash": "USD", "set": "2026-03-02", "expiry": "2026-06-26"}
    lived = life(definitions(text)["Forward"], **terms)
    assert lived.at("2026-03-02", BTC="50_000") == []
    assert lived.at("2026-06-26", BTC="56_000") == ["writer pays holder 1,000 USD"]


BERMUDAN = (
    USE
    + """
contract Bermudan(
    cash: Asset, notional: cash, fixed: Number, index: Index, leg, dates: Schedule
) between holder, writer {
    unsecured
    holder may exercise at each t in dates default false {
        become InterestRateSwap(
            cash, notional, fixed, index, fixed_leg: leg.after(t), floating_leg: leg.after(t)
        )
    }
}
"""
)
SWAP = {
    "cash": "USD",
    "notional": "360_000",
    "fixed": "3%",
    "index": "SOFR",
    "leg": "[2026-02-02, 2026-08-03, 2027-02-01, 2027-08-02]",
    "dates": "[2026-02-02, 2026-08-03, 2027-02-01]",
}


def test_a_bermudan_swaption_becomes_the_rest_of_the_swap() -> None:
    lived = life(definitions(BERMUDAN)["Bermudan"], **SWAP)
    for fixing in ("2026-01-29", "2026-07-30"):
        assert lived.at(fixing, SOFR="0.04") == []
    assert lived.at("2026-02-02") == []
    assert lived.at("2026-08-03", "exercise") == []
    assert lived.at("2027-01-28", SOFR="0.05") == []
    assert lived.at("2027-02-01") == [
        "holder pays writer 5,340 USD on 2027-02-01",
        "writer pays holder 7,280 USD on 2027-02-01",
    ]
    assert not lived.ended
    assert lived.outcome("2027-02-01", "exercise").status is Status.NOT_AVAILABLE
    assert len(lived.at("2027-08-02")) == 2 and lived.ended


def test_a_bermudan_swaption_that_nobody_exercises_ends_with_its_last_date() -> None:
    lived = life(definitions(BERMUDAN)["Bermudan"], **SWAP)
    for fixing in ("2026-01-29", "2026-07-30", "2027-01-28"):
        lived.at(fixing, SOFR="0.04")
    assert lived.at("2027-02-01") == [] and lived.ended


def test_a_barrier_counts_from_the_instant_at_which_it_begins() -> None:
    text = """
use std.barriers.{DownAndOutPut}
contract Later(u, cash: Asset, set, expiry: Date) between holder, writer {
    at set {
        become DownAndOutPut(
            u, cash, strike: 60_000 cash/u, barrier: 50_000 cash/u,
            expiry:, rebate: 7 cash, size: 1 u
        )
    }
}
"""
    terms = {"u": "BTC", "cash": "USD", "set": "2026-03-02", "expiry": "2026-06-26"}
    lived = life(definitions(text)["Later"], **terms)
    assert lived.at("2026-02-01", BTC="40_000") == []
    lived.at("2026-02-02", BTC="55_000")
    assert lived.at("2026-03-02") == [] and not lived.ended
    assert lived.at("2026-06-26") == ["writer pays holder 5,000 USD"] and lived.ended
    begun = life(definitions(text)["Later"], **terms)
    begun.at("2026-02-01", BTC="40_000")
    assert begun.at("2026-03-02") == ["writer pays holder 7 USD"] and begun.ended


def test_a_requirement_on_what_is_known_then_refuses_the_choice() -> None:
    text = """
use std.barriers.{DownAndOutPut}
contract Late(u, cash: Asset, k: cash/u, set, expiry: Date) between holder, writer {
    holder may begin at set default false {
        become DownAndOutPut(
            u, cash, strike: k, barrier: spot(u, cash) / 2, expiry:, rebate: 0 cash, size: 1 u
        )
    }
}
"""
    terms = {"u": "BTC", "cash": "USD", "k": "30_000", "set": "2026-03-02", "expiry": "2026-06-26"}
    late = definitions(text)["Late"]
    refused = life(late, **terms).outcome("2026-03-02", "begin", BTC="70_000")
    assert refused.status is Status.REQUIREMENT
    lived = life(late, **terms)
    assert lived.at("2026-03-02", "begin", BTC="50_000") == [] and not lived.ended


def test_what_is_required_of_fixed_terms_is_required_at_the_start() -> None:
    text = """
use std.barriers.{DownAndOutPut}
contract Later(u, cash: Asset, k: cash/u, set, expiry: Date) between holder, writer {
    at set {
        become DownAndOutPut(
            u, cash, strike: k, barrier: 50_000 cash/u, expiry:, rebate: 0 cash, size: 1 u
        )
    }
}
"""
    terms = {"u": "BTC", "cash": "USD", "k": "30_000", "set": "2026-03-02", "expiry": "2026-06-26"}
    (told,) = complaints(definitions(text)["Later"], **terms)
    assert "the barrier must lie below the strike" in told.message


# --- generated -----------------------------------------------------------------------------------

PARTS = definitions(SOURCES)
FIRST = 5


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(KINDS)),
    st.integers(1, 9),
    st.sets(st.integers(FIRST + 1, 12), min_size=1, max_size=3),
    st.integers(FIRST + 1, 12),
    st.lists(st.tuples(st.integers(1, 10), st.booleans()), min_size=16, max_size=16),
)
def test_what_begins_later_does_what_it_does_if_it_begins_then(
    kind: str, level: int, days: set[int], day: int, prices: list[tuple[int, bool]]
) -> None:
    dates = ", ".join(CUT.format(each) for each in sorted(days))
    terms = f"k: {level} cash/u, t: {CUT.format(day)}, days: [{dates}]"
    text = (
        f"{SOURCES}contract Later(u, cash: Asset) between a, b {{\n    unsecured\n"
        f"    at {CUT.format(FIRST)} {{ become {kind}(u: u, cash: cash, {terms}) }}\n}}\n"
    )
    later = instance(definitions(text)["Later"], u="BTC", cash="USD")
    given_ = {"u": "BTC", "cash": "USD", "k": f"{level} USD/BTC", "t": CUT.format(day)}
    made, problems = instantiate(
        PARTS[kind], {**given_, "days": f"[{dates}]"}, START + (FIRST - 1) * DAY
    )
    assert made is not None, problems
    same_from_then_on(later, made, prices)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(ENDLESS)),
    st.integers(1, 9),
    st.lists(st.tuples(st.integers(1, 10), st.booleans()), min_size=16, max_size=16),
)
def test_what_never_ends_begins_later_as_it_begins_then(
    kind: str, level: int, prices: list[tuple[int, bool]]
) -> None:
    text = (
        f"{PERPETUALS}perpetual contract Later(u, cash: Asset) between a, b {{\n    unsecured\n"
        f"    at {CUT.format(FIRST)} {{ become {kind}(u, cash, k: {level} cash/u) }}\n}}\n"
    )
    known = definitions(text)
    later = instance(known["Later"], u="BTC", cash="USD")
    begin = f"2026-01-{FIRST:02}"
    made = instance(known[kind], begin, u="BTC", cash="USD", k=f"{level} USD/BTC")
    same_from_then_on(later, made, prices)


def same_from_then_on(later: Instance, made: Instance, prices: list[tuple[int, bool]]) -> None:
    """From the instant at which a contract becomes it on, it pays as a new one that begins
    there."""
    standings = [start(each.lowered.program, each.terms).standing for each in (later, made)]
    for number, (price, moved) in enumerate(prices):
        flows = []
        for which, each in enumerate((later, made)):
            if standings[which].ended or (which == 1 and number < FIRST - 1):
                flows.append(None)
                continue
            feeds = len(each.terms.feeds)
            is_first = which == 1 and number == FIRST - 1
            seen = frozenset(range(feeds)) if moved or is_first else frozenset()
            observed = (price * fixed.ONE,) * feeds
            outcome = fire(
                each.lowered.program,
                each.terms,
                standings[which],
                Event(START + number * DAY, observed, seen),
            )
            standings[which] = outcome.standing
            flows.append([(p.payer, p.payee, p.asset, p.units, p.due) for p in outcome.postings])
        if number >= FIRST - 1:
            assert flows[0] == flows[1]
        else:
            assert not flows[0]
        if number >= FIRST - 1:
            assert standings[0].ended == standings[1].ended
