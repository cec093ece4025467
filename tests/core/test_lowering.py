"""Lives of contracts, from text to payments, computed by hand."""

from dataclasses import replace

import pytest

from rfos_lang.core.arguments import shape_of
from rfos_lang.core.lowering import lower
from rfos_lang.core.meaning import Status
from rfos_lang.core.program import Choice, Clause, Timed, Watch
from rfos_lang.semantics.definition import Definition
from rfos_lang.stdlib_path import standard_library
from tests.core.lives import Life, definitions, instance, life, only, standard
from tests.core.wellformed import check_program
from tests.generators import handmade

PAIR = {"underlying": "BTC", "cash": "USD"}
EXPIRY = "2026-04-01"
QUARTERS = "[2026-04-01, 2026-07-01, 2026-10-01]"


def option(name: str, **arguments: str) -> Life:
    return life(standard(name), **PAIR, **arguments)


# --- options -------------------------------------------------------------------------------------


def test_a_call_pays_its_intrinsic_value() -> None:
    call = option("options.EuropeanCall", strike="60_000 USD/BTC", expiry=EXPIRY, size="2.5 BTC")
    assert call.at("2026-02-01", BTC="80000") == []
    assert call.at(EXPIRY, BTC="66000") == ["writer pays holder 15,000 USD"]
    assert call.ended


def test_a_put_out_of_the_money_pays_nothing() -> None:
    put = option("options.EuropeanPut", strike="60_000 USD/BTC", expiry=EXPIRY)
    assert put.at(EXPIRY, BTC="66000") == []
    assert put.ended


def test_a_payment_is_rounded_once_half_to_even() -> None:
    call = option("options.EuropeanCall", strike="60_000", expiry=EXPIRY, size="0.5")
    assert call.at(EXPIRY, BTC="60000.05") == ["writer pays holder 0.02 USD"]


@pytest.mark.parametrize(
    ("price", "paid"), [("60000", []), ("60000.01", ["writer pays holder 100 USD"])]
)
def test_a_digital_pays_all_or_nothing(price: str, paid: list[str]) -> None:
    digital = option("options.CashOrNothingCall", strike="60000", expiry=EXPIRY, payout="100 USD")
    assert digital.at(EXPIRY, BTC=price) == paid
    assert digital.ended


@pytest.mark.parametrize(
    ("price", "paid"),
    [("61000", ["short pays long 1,000 USD"]), ("57500", ["long pays short 2,500 USD"])],
)
def test_a_forward_goes_either_way(price: str, paid: list[str]) -> None:
    forward = option("forwards.Forward", price="60000", expiry=EXPIRY)
    assert forward.at(EXPIRY, BTC=price) == paid


def test_an_asian_call_pays_on_the_mean_of_its_fixings() -> None:
    asian = option("options.AsianCall", strike="100", fixings=QUARTERS)
    assert asian.at("2026-04-01", BTC="100") == []
    assert asian.at("2026-05-01", BTC="100000") == []
    assert asian.at("2026-07-01", BTC="100") == []
    assert asian.at("2026-10-01", BTC="101") == ["writer pays holder 0.33 USD"]
    assert asian.ended


def test_an_american_put_may_be_exercised_at_any_time() -> None:
    put = option("options.AmericanPut", strike="65000", expiry=EXPIRY)
    paid = ["holder pays writer 1 BTC", "writer pays holder 65,000 USD"]
    assert put.at("2026-02-01", "exercise", BTC="70000") == paid
    assert put.ended
    assert put.outcome("2026-02-02", "exercise").status is Status.ENDED


def test_an_american_put_exercises_itself_at_expiry_if_it_is_worth_something() -> None:
    put = option("options.AmericanPut", strike="65000", expiry=EXPIRY)
    assert len(put.at(EXPIRY, BTC="64999")) == 2
    other = option("options.AmericanPut", strike="65000", expiry=EXPIRY)
    assert other.at(EXPIRY, BTC="65000") == []
    assert put.ended and other.ended


# --- barriers ------------------------------------------------------------------------------------

DOWN = {"strike": "65000", "barrier": "50000", "expiry": EXPIRY, "rebate": "10 USD"}


def test_a_touch_knocks_a_put_out() -> None:
    put = option("barriers.DownAndOutPut", **DOWN)
    assert put.at("2026-02-01", BTC="50000.01") == []
    assert put.at("2026-03-01", BTC="50000") == ["writer pays holder 10 USD"]
    assert put.ended


def test_the_barrier_comes_before_the_payoff_of_the_same_instant() -> None:
    put = option("barriers.DownAndOutPut", **DOWN)
    assert put.at(EXPIRY, BTC="49000") == ["writer pays holder 10 USD"]


def test_an_untouched_put_pays_at_expiry() -> None:
    put = option("barriers.DownAndOutPut", **DOWN)
    assert put.at(EXPIRY, BTC="60000") == ["writer pays holder 5,000 USD"]


def test_an_in_option_remembers_the_touch() -> None:
    put = option("barriers.DownAndInPut", **DOWN)
    put.at("2026-02-01", BTC="49000")
    assert put.at(EXPIRY, BTC="60000") == ["writer pays holder 5,000 USD"]
    untouched = option("barriers.DownAndInPut", **DOWN)
    assert untouched.at(EXPIRY, BTC="60000") == ["writer pays holder 10 USD"]


# --- notes and swaps -----------------------------------------------------------------------------


def note() -> Life:
    arguments = {
        "basket": "[BTC, ETH]",
        "cash": "USD",
        "notional": "1000 USD",
        "observations": QUARTERS,
        "autocall": "100%",
        "coupon_barrier": "80%",
        "knock_in": "60%",
        "coupon": "2%",
    }
    started = life(standard("notes.Autocallable"), **arguments)
    assert started.at("2026-01-01", BTC="100", ETH="10") == []
    return started


def test_a_missed_coupon_is_paid_later() -> None:
    notes = note()
    assert notes.at("2026-04-01", BTC="90", ETH="7") == []
    assert notes.at("2026-07-01", BTC="85", ETH="9") == ["issuer pays investor 40 USD"]
    paid = ["issuer pays investor 20 USD", "issuer pays investor 1,000 USD"]
    assert notes.at("2026-10-01", BTC="99", ETH="9") == paid
    assert notes.ended


def test_a_note_is_called_and_then_over() -> None:
    notes = note()
    paid = ["issuer pays investor 20 USD", "issuer pays investor 1,000 USD"]
    assert notes.at("2026-04-01", BTC="100", ETH="11") == paid
    assert notes.ended


def test_a_knocked_in_note_redeems_at_its_worst() -> None:
    notes = note()
    assert notes.at("2026-02-11", BTC="100", ETH="6") == []
    assert notes.at("2026-04-01", BTC="90", ETH="7") == []
    assert notes.at("2026-07-01", BTC="90", ETH="7") == []
    assert notes.at("2026-10-01", BTC="75", ETH="9") == ["issuer pays investor 750 USD"]


def test_a_swap_fixes_before_its_periods_and_pays_after_them() -> None:
    swap = life(
        standard("swaps.InterestRateSwap"),
        cash="USD",
        notional="1_000_000 USD",
        fixed="3%",
        index="EURIBOR",
        fixed_leg="schedule(first: 2026-02-02, last: 2027-02-02, step: 1y, calendar: TARGET)",
        floating_leg="schedule(first: 2026-02-02, last: 2027-02-02, step: 6M, calendar: TARGET)",
    )
    assert swap.at("2026-01-29", EURIBOR="0.04") == []
    assert swap.at("2026-07-30", EURIBOR="-0.035") == []
    first = ["receiver pays payer 20,111.11 USD on 2026-08-03"]  # 181 days; the end is a Sunday
    assert swap.at("2026-08-02", EURIBOR="0.5") == first
    assert swap.at("2027-02-02") == [
        "payer pays receiver 30,000 USD on 2027-02-02",
        "payer pays receiver 17,888.89 USD on 2027-02-02",  # 184 days at a negative rate
    ]
    assert swap.ended


# --- the form of programs ------------------------------------------------------------------------


def bare(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Clauses without their places in the text."""
    return tuple(replace(clause, source=None) for clause in clauses)


def test_a_call_is_the_program_one_would_write() -> None:
    call = instance(standard("options.EuropeanCall"), **PAIR, strike="65000", expiry=EXPIRY)
    assert bare(call.lowered.program.clauses) == handmade.european_call().program.clauses
    assert call.terms == handmade.european_call().terms


def test_an_american_put_is_the_program_one_would_write() -> None:
    put = instance(standard("options.AmericanPut"), **PAIR, strike="65000", expiry=EXPIRY)
    assert bare(put.lowered.program.clauses) == handmade.american_put().program.clauses


def every_contract() -> list[tuple[str, Definition]]:
    texts = {path.stem: path.read_text() for path in sorted(standard_library().rglob("*.rfos"))}
    return [
        (f"{module}.{name}", definition)
        for module, text in texts.items()
        for name, definition in definitions(text).items()
    ]


@pytest.mark.parametrize(("name", "definition"), every_contract())
def test_every_contract_of_the_library_lowers(name: str, definition: Definition) -> None:
    lowered, problems = lower(definition, shape_of(definition, {}))
    assert lowered is not None and not problems
    program = lowered.program
    check_program(program)
    assert program.name == name.partition(".")[2]
    assert len(lowered.terms) == len(program.terms)
    assert len(lowered.schedules) == len(program.schedules)
    assert len(lowered.columns) == len(program.columns)
    assert len(lowered.feeds) == len(program.feeds)
    assert sum(clause.source is not None for clause in program.clauses) == len(definition.clauses)


# --- statements and clauses ----------------------------------------------------------------------

HEAD = """
contract Trial(
    underlying, cash: Asset, strike: cash/underlying, expiry: Date, dates: Schedule,
    size: underlying = 1 underlying,
) between holder, writer {
    unsecured
    let S = spot(underlying, cash)
"""


def trial(body: str, **arguments: str) -> Life:
    given = {"strike": "100", "expiry": "2026-10-01", "dates": QUARTERS} | arguments
    return life(only(HEAD + body + "\n}"), **PAIR, **given)


def test_an_if_looks_once_and_takes_one_arm() -> None:
    body = """
        state seen: Number = 0
        at expiry {
            if seen == 0 { seen = 1; writer pays holder size * S }
            else { holder pays writer size * S }
            if S < strike { holder pays writer 1 cash / 1 underlying * size }
            else if seen == 1 { writer pays holder size * strike }
            else { end }
        }"""
    paid = ["writer pays holder 150 USD", "writer pays holder 100 USD"]
    assert trial(body).at("2026-10-01", BTC="150") == paid


def test_what_is_not_run_cannot_trap() -> None:
    body = """
        at expiry {
            if S > strike {
                let share = strike / (S - strike)
                if share > 1 { writer pays holder size * strike * share }
            }
            if S > strike and strike / (S - strike) > 1 { writer pays holder size * strike }
        }"""
    assert trial(body).at("2026-10-01", BTC="100") == []
    paid = ["writer pays holder 200 USD", "writer pays holder 100 USD"]
    assert trial(body).at("2026-10-01", BTC="150") == paid


def test_a_let_in_a_block_is_bound_once() -> None:
    body = """
        state total: Number = 1
        at expiry {
            let before = total
            total = 5
            writer pays holder size * strike * before
            writer pays holder size * strike * total
        }"""
    paid = ["writer pays holder 100 USD", "writer pays holder 500 USD"]
    assert trial(body).at("2026-10-01", BTC="1") == paid


def test_when_on_dates_looks_on_those_dates_only_and_fires_once() -> None:
    body = "when S > strike on dates { writer pays holder size * S }\n at expiry { }"
    watched = trial(body)
    assert watched.at("2026-03-01", BTC="200") == []
    assert watched.at("2026-04-01", BTC="50") == []
    assert watched.at("2026-07-01", BTC="150") == ["writer pays holder 150 USD"]
    assert watched.at("2026-10-01", BTC="160") == []
    assert watched.ended


def test_a_previous_observation_is_read_from_its_row() -> None:
    body = "at each t in tail(dates) { writer pays holder net size * (S - (S at t.previous)) }"
    cliquet = trial(body)
    assert cliquet.at("2026-04-01", BTC="100") == []
    assert cliquet.at("2026-05-01", BTC="500") == []
    assert cliquet.at("2026-07-01", BTC="130") == ["writer pays holder 30 USD"]
    assert cliquet.at("2026-10-01", BTC="90") == ["holder pays writer 40 USD"]


def test_an_observation_of_a_waiting_instance_is_its_own() -> None:
    body = "at expiry { writer pays holder size * (S at start) }"
    late = trial(body)
    assert late.outcome("2026-01-01").status is Status.WAITING
    assert late.at("2026-01-01", BTC="70") == []
    assert late.at("2026-10-01", BTC="90") == ["writer pays holder 70 USD"]


def test_the_extremes_of_a_path() -> None:
    body = """at expiry {
        writer pays holder size * (highest(S) - lowest(S))
        writer pays holder size * (highest(S on dates) - lowest(S on dates))
        writer pays holder size * strike * count(S > strike on dates)
        writer pays holder size * sum(S on dates)
    }"""
    path = trial(body)
    path.at("2026-02-01", BTC="40")
    path.at("2026-04-01", BTC="90")
    path.at("2026-05-01", BTC="300")
    path.at("2026-07-01", BTC="110")
    assert path.at("2026-10-01", BTC="120") == [
        "writer pays holder 260 USD",
        "writer pays holder 30 USD",
        "writer pays holder 200 USD",
        "writer pays holder 320 USD",
    ]


def test_a_choice_at_each_date_lapses_or_is_taken() -> None:
    body = """
        holder may call at each t in dates default false { writer pays holder size * S; end }
        otherwise { holder pays writer size * strike }"""
    taken = trial(body)
    assert taken.outcome("2026-03-01", "call", BTC="100").status is Status.NOT_AVAILABLE
    assert taken.at("2026-04-01", BTC="100") == ["holder pays writer 100 USD"]
    assert taken.at("2026-07-01", "call", BTC="120") == ["writer pays holder 120 USD"]
    assert taken.ended


def test_a_choice_opens_when_it_says() -> None:
    body = """
        holder may call from first(dates) until expiry default false { holder pays writer size }"""
    late = trial(body)
    assert late.outcome("2026-03-31", "call", BTC="1").status is Status.NOT_AVAILABLE
    assert late.at("2026-04-01", "call", BTC="1") == ["holder pays writer 1 BTC"]


def test_a_requirement_in_a_choice_refuses_it() -> None:
    body = """holder may call until expiry default false {
        require S > strike, "not in the money"
        holder pays writer size
    }"""
    call = trial(body)
    assert call.outcome("2026-02-01", "call", BTC="100").status is Status.REQUIREMENT
    assert call.at("2026-02-01", "call", BTC="101") == ["holder pays writer 1 BTC"]


def test_a_date_chosen_by_an_observation() -> None:
    body = """at first(dates) {
        let paid = if S > strike then last(dates) else expiry + 1d
        writer pays holder size * S on paid
    }"""
    assert trial(body).at("2026-04-01", BTC="120") == ["writer pays holder 120 USD on 2026-10-01"]
    assert trial(body).at("2026-04-01", BTC="80") == ["writer pays holder 80 USD on 2026-10-02"]


def test_lists_are_walked_in_step() -> None:
    text = """
        contract Basket(
            basket: [Asset], weights: [Number], cash: Asset, notional: cash, expiry: Date,
        ) between holder, writer {
            unsecured
            let growth(a: Asset): Number = spot(a, cash) / (spot(a, cash) at start)
            let level = sum(w * growth(a) for a in basket, w in weights)
            at expiry { writer pays holder notional * mean(w * 2 for w in weights) * level }
        }"""
    terms = {"cash": "USD", "notional": "100 USD", "expiry": EXPIRY}
    basket = life(only(text), basket="[BTC, ETH]", weights="[25%, 75%]", **terms)
    assert basket.at("2026-01-01", BTC="100", ETH="10") == []
    assert basket.at(EXPIRY, BTC="200", ETH="12") == ["writer pays holder 140 USD"]


def test_equal_things_share_their_slots() -> None:
    body = """
        at each t in dates { writer pays holder size * highest(S) }
        at expiry { writer pays holder size * (highest(S) + mean(S on dates) - (S at start)) }
        at last(dates) { writer pays holder size * (S at start) }"""
    program = trial(body).instance.lowered.program
    assert program.schedules == ("dates", "expiry", "start", "last(dates)")
    names = [state.name for state in program.states]
    assert len(names) == len(set(names)) == 5
    made = [clause for clause in program.clauses if clause.source is None]
    assert [type(clause) for clause in made] == [Watch, Timed, Timed]
    assert not any(isinstance(clause, Choice) for clause in program.clauses)


def test_a_long_sum_and_a_long_list_are_not_too_deep() -> None:
    terms = " + ".join(["S"] * 110)
    total = trial(f"at expiry {{ writer pays holder size * ({terms}) }}")
    assert total.at("2026-10-01", BTC="1") == ["writer pays holder 110 USD"]
    text = """contract Long(numbers: [Number], cash: Asset, expiry: Date) between holder, writer {
        unsecured
        at expiry { writer pays holder 1 cash * sum(n * n for n in numbers) }
    }"""
    numbers = f"[{', '.join(['2'] * 100)}]"
    long = life(only(text), cash="USD", numbers=numbers, expiry=EXPIRY)
    assert long.at(EXPIRY) == ["writer pays holder 400 USD"]
