"""Where contract languages and margin systems have failed before, each failure as it fares here."""

from rfos_lang.core.lowering import lower
from rfos_lang.core.meaning import Status
from rfos_lang.driver.compilation import compiled
from rfos_lang.driver.opening import Source, checked
from rfos_lang.driver.pricing import How, market_of, priced
from rfos_lang.semantics.analyse import analyse
from tests.cli.running import MARKET
from tests.core.lives import complaints, instance, library, life, only

COUPONS = "schedule(first: 2026-02-01, last: {last}, step: 1M)"


def codes(text: str) -> list[str]:
    return [each.code for each in analyse(text, "test.rfos", library).diagnostics]


def option(body: str) -> str:
    return f"""contract C(
    underlying, cash: Asset, strike: cash/underlying, size: underlying, deposit: cash, expiry: Date,
) between holder, writer {{
    unsecured
    let S = spot(underlying, cash)
    {body}
}}
"""


def test_the_right_amount_in_the_wrong_asset() -> None:
    """What moves is the amount's own unit; there is no place to name another."""
    paid = "writer pays holder size * max(S - strike, 0)"
    assert codes(option(f"at expiry {{ {paid} }}")) == ["W0901"]  # the deposit is not used
    assert codes(
        option(f"state owed: underlying = 0; at expiry {{ {paid}; owed = size * S }}")
    ) == ["E0201"]
    transfer = life(only(option(f"at expiry {{ {paid} }}")), **BITCOIN).at("2026-06-01", BTC="110")
    assert transfer == ["writer pays holder 10 USD"]


BITCOIN = {
    "underlying": "BTC",
    "cash": "USD",
    "strike": "100",
    "size": "1",
    "deposit": "5",
    "expiry": "2026-06-01",
}


def test_a_negative_deposit() -> None:
    assert "E0223" in codes(option("at expiry { holder pays writer -5 cash }"))
    by_terms = only(option("at expiry { holder pays writer deposit - 6 cash }"))
    assert [each.code for each in complaints(by_terms, **BITCOIN)] == ["E0544"]
    by_price = only(option("at expiry { holder pays writer deposit - size * S }"))
    negative = life(by_price, **BITCOIN)
    assert negative.outcome("2026-06-01", BTC="110").status is Status.NEGATIVE_PAYMENT
    assert negative.outcome("2026-06-01", BTC="110").postings == ()


def test_one_payment_satisfies_one_obligation() -> None:
    """Two debts of the same amount on the same day are paid twice."""
    owed = "at expiry { writer pays holder deposit }"
    twice = life(only(option(f"{owed}\n    {owed}")), **BITCOIN)
    assert twice.at("2026-06-01", BTC="110") == ["writer pays holder 5 USD"] * 2


def test_a_requirement_left_in_the_unit_of_the_old_collateral() -> None:
    rules = "collateral of writer in {} {{ maintenance: 8% * size * S; initial: 9% * size * S }}"
    paid = "at expiry { writer pays holder size * max(S - strike, 0) }\n    "
    assert "E0201" not in codes(option(paid + rules.format("cash")))
    assert codes(option(paid + rules.format("underlying"))) == ["E0201", "E0201"]


def test_margin_is_of_the_party_that_the_clause_names() -> None:
    """A rule cannot ask for the equity of anybody else, nor of whoever calls."""
    rules = "collateral of writer in cash {{ maintenance: {}; initial: 5 cash }}"
    paid = "at expiry { writer pays holder size * S }\n    "
    assert codes(option(paid + rules.format("exposure(holder)"))) == ["E0309"]
    both = "collateral of holder, writer in cash { maintenance: 1 cash; initial: 2 cash }"
    lowered, problems = lower(only(option(paid + both)), {})
    assert not problems and [rule.party for rule in lowered.program.collateral] == [0, 1]


def test_a_liquidation_is_begun_by_equity_and_has_no_check_of_its_own() -> None:
    """It cannot be made to wait for something that it would bring about; the kernel's part is in
    tests/runtime/test_liquidation.py."""
    clause = """collateral of writer in cash { maintenance: 8% * size * S; initial: 9% * size * S }
    liquidation of writer {
        when: equity < maintenance and equity >= initial
        restore: equity >= initial
        auction: dutch from 101% to 85% over 15min
        penalty: 1.5% to insurance_fund
        shortfall: insurance_fund then deleverage
    }
    at expiry { writer pays holder size * S }"""
    assert "E0401" in codes(option(clause))


def test_a_wait_has_a_deadline_and_an_answer() -> None:
    assert codes(option("holder may exercise until expiry { end }"))[0] == "E0408"
    assert "E0410" in codes(option("when S > strike { writer pays holder deposit }"))


def test_two_business_days_after_an_exercise() -> None:
    text = option(
        "holder may exercise at each t in [2026-05-29, 2026-06-30] default false {\n"
        "        writer pays holder deposit on t + 2bd(NYC)\n    }"
    )
    taken = life(only(text), **BITCOIN).at("2026-05-29", "exercise", BTC="110")
    assert taken == ["writer pays holder 5 USD on 2026-06-02"]


def test_two_readings_of_a_fixing_are_one() -> None:
    """A leg that reads its fixing twice reads one number, kept in one place."""
    text = option("at expiry { writer pays holder net size * (S at start) - size * (S at start) }")
    made = instance(only(text), **BITCOIN)
    assert len(made.terms.feeds) == 1 and len(made.lowered.program.states) == 1
    fixed = life(only(text), **BITCOIN)
    fixed.at("2026-01-01", BTC="100")
    assert fixed.at("2026-06-01", BTC="110") in ([], ["writer pays holder 0 USD"])


def test_an_observation_after_its_payment() -> None:
    late = "at expiry { writer pays holder size * (S at (expiry + 1d)) }"
    early = "at expiry { writer pays holder size * S on expiry - 1d }"
    assert "E0415" in codes(option(late)) and "E0416" in codes(option(early))


def test_the_code_of_a_cap_does_not_grow_with_its_periods() -> None:
    text = """contract Cap(cash: Asset, notional: cash, strike: Number, rate: Index, leg: Schedule)
    between buyer, seller {
        at each p in periods(leg) {
            let above = max((rate at p.start) - strike, 0)
            seller pays buyer notional * above * year_fraction(p, act/360)
        }
        unsecured
    }"""
    sizes = set()
    for last in ("2026-12-01", "2056-01-01"):
        arguments = {"cash": "USD", "notional": "1_000_000", "strike": "3%", "rate": "SOFR"}
        made = instance(only(text), leg=COUPONS.format(last=last), **arguments)
        sizes.add(len(compiled(made.lowered, text).artefact))
    assert len(sizes) == 1


def test_a_refusal_names_the_line_of_the_term_sheet() -> None:
    text = option('require strike > 0, "the strike must be positive"\n    at expiry { end }')
    (problem,) = complaints(only(text), **{**BITCOIN, "strike": "-1"})
    assert problem.message == "the strike must be positive"
    assert text[problem.span.start : problem.span.end].startswith("require strike > 0")


def test_an_amount_that_uses_the_variable_of_its_loop() -> None:
    text = option(
        "at each t in [2026-02-01, 2026-03-01] { writer pays holder deposit * (t.index + 1) }"
    )
    coupons = life(only(text), **BITCOIN)
    assert coupons.at("2026-02-01", BTC="1") == ["writer pays holder 5 USD"]
    assert coupons.at("2026-03-01", BTC="1") == ["writer pays holder 10 USD"]


def test_a_branch_on_the_state_of_a_path_has_greeks() -> None:
    """The delta of a digital that is paid through a state is that of its closed form."""
    plain = "at expiry { if S >= strike { writer pays holder deposit } }"
    kept = (
        "state hit: Number = 0\n    at expiry { if S >= strike { hit = 1 }\n"
        "        writer pays holder deposit * hit }"
    )
    arguments = {**BITCOIN, "strike": "65_000", "size": "1", "expiry": "2026-12-01"}
    with open(MARKET, encoding="utf-8") as file:
        market = market_of(Source(MARKET, file.read()))
    deltas = []
    for body, how in ((plain, How()), (kept, How("monte_carlo", 40_000))):
        contract = checked(Source("test.rfos", option(body)), "C", library)
        found = priced(contract, arguments, market, how=how).valuation
        deltas.append(found.greek("delta").value)
    assert deltas[0] > 0 and abs(deltas[1] / deltas[0] - 1) < 0.1


def test_a_number_without_a_unit_fits_no_unit() -> None:
    assert "E0203" in codes(option("at expiry { writer pays holder deposit + 1 }"))
    assert "E0206" in codes(option("at expiry { writer pays holder 1 }"))
    assert "E0205" in codes(option("at expiry { if S > 100 { writer pays holder deposit } }"))


def test_a_date_that_is_never_reached() -> None:
    over = option("at expiry { writer pays holder deposit; end }\n    at expiry + 1d { end }")
    assert "W0904" in codes(over)
    (problem,) = complaints(
        only(option("at expiry { end }")), **{**BITCOIN, "expiry": "2025-06-01"}
    )
    assert problem.code == "E0529"


def test_rounded_legs_add_up_to_the_total() -> None:
    """What one leg is rounded by, the last one pays."""
    text = option(
        "let third = round(deposit / 3)\n"
        "    at expiry {\n"
        "        writer pays holder third\n"
        "        writer pays holder third\n"
        "        writer pays holder deposit - 2 * third\n"
        "    }"
    )
    paid = life(only(text), **BITCOIN).at("2026-06-01", BTC="1")
    assert paid == [f"writer pays holder {x} USD" for x in ("1.67", "1.67", "1.66")]
