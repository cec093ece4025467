"""Choices of how much and how often: lives worked out by hand."""

import pytest

from rfos_lang.core.meaning import Status
from tests.core.lives import Life, life, only, standard

LINE = """
contract Line(cash: Asset, limit: cash, opens, closes: Date) between borrower, lender {
    unsecured
    state drawn: cash = 0 cash
    borrower may draw(amount: cash) from opens until closes {
        require drawn + amount <= limit, "beyond the limit"
        lender pays borrower amount
        drawn += amount
    }
    at closes { borrower pays lender drawn }
}
"""

CALLS = """
contract Calls(cash: Asset, committed: cash, calls: Schedule) between fund, investor {
    unsecured
    state called: cash = 0 cash
    fund may call(amount: cash) at each t in calls {
        require called + amount <= committed, "beyond the commitment"
        investor pays fund amount
        called += amount
    }
}
"""

OFFER = """
contract Offer(cash: Asset, least: cash, closes: Date) between investor, issuer {
    investor may subscribe(amount: cash) until closes {
        require amount >= least, "too little"
        investor pays issuer amount
        end
    } otherwise { end }
}
"""

ISSUER = """
asset Token in 2 decimals issued by Till

perpetual contract Till(cash: Asset) between keeper, bank {
    keeper may issue(paid: cash, made: Token) { keeper pays bank paid; mint made to keeper }
    keeper may redeem(amount: Token) { burn amount from keeper }
    keeper may leave { end }
}
"""


def line() -> Life:
    return life(only(LINE), cash="USD", limit="100", opens="2026-01-05", closes="2026-02-01")


def test_a_facility_is_drawn_again_and_again_while_it_is_open() -> None:
    credit = line()
    credit.at("2026-01-01")
    assert credit.outcome("2026-01-04", "draw 1").status is Status.NOT_AVAILABLE
    assert credit.at("2026-01-05", "draw 60") == ["lender pays borrower 60 USD"]
    assert credit.at("2026-01-06", "draw 0.01") == ["lender pays borrower 0.01 USD"]
    assert credit.outcome("2026-01-07", "draw 39.995").status is Status.OK  # 39.99
    assert credit.outcome("2026-01-07", "draw 40").status is Status.REQUIREMENT
    assert credit.at("2026-02-01") == ["borrower pays lender 60.01 USD"]
    assert credit.ended


def test_an_amount_is_never_negative() -> None:
    credit = line()
    assert credit.outcome("2026-01-06", "draw -0.01").status is Status.NEGATIVE_PAYMENT
    assert credit.at("2026-01-06", "draw 0") == []


def test_at_its_deadline_a_facility_is_open_for_the_last_time() -> None:
    credit = line()
    credit.at("2026-01-06", "draw 60")
    assert credit.at("2026-02-01", "draw 5") == [
        "borrower pays lender 60 USD",
        "lender pays borrower 5 USD",
    ]
    assert credit.ended


def test_capital_is_called_on_each_date_or_not() -> None:
    calls = life(
        only(CALLS), cash="USD", committed="10", calls="[2026-02-01, 2026-03-01, 2026-04-01]"
    )
    assert calls.outcome("2026-01-15", "call 1").status is Status.NOT_AVAILABLE
    assert calls.at("2026-02-01", "call 4") == ["investor pays fund 4 USD"]
    assert calls.at("2026-03-01") == []
    assert calls.outcome("2026-04-01", "call 6.01").status is Status.REQUIREMENT
    assert calls.at("2026-04-01", "call 6") == ["investor pays fund 6 USD"]
    assert calls.ended


@pytest.mark.parametrize(
    ("taken", "paid"), [(("subscribe 50",), ["investor pays issuer 50 USD"]), ((), [])]
)
def test_a_decision_with_an_answer_is_made_once(taken: tuple[str, ...], paid: list[str]) -> None:
    offer = life(only(OFFER), cash="USD", least="50", closes="2026-02-01")
    assert offer.outcome("2026-01-10", "subscribe 49").status is Status.REQUIREMENT
    assert offer.at("2026-02-01", *taken) == paid
    assert offer.ended


def test_what_is_issued_comes_from_issuance_and_goes_back() -> None:
    till = life(only(ISSUER), cash="USD")
    till.at("2026-01-01")
    assert till.at("2026-01-02", "issue 10 9.5") == [
        "keeper pays bank 10 USD",
        "issuance pays keeper 9.5 Token",
    ]
    assert till.at("2026-01-03", "redeem 4") == ["keeper pays issuance 4 Token"]
    assert till.at("2026-01-03", "redeem 4") == ["keeper pays issuance 4 Token"]
    till.at("2026-01-04", "leave")
    assert till.ended


def test_a_vault_issues_and_closes_without_debt() -> None:
    vault = life(standard("vaults.Vault"), coll="BTC", cash="USD")
    assert vault.at("2026-01-02", "draw 600.5") == ["issuance pays owner 600.5 sUSD"]
    assert vault.outcome("2026-01-03", "repay 600.500001").status is Status.REQUIREMENT
    assert vault.outcome("2026-01-03", "close").status is Status.REQUIREMENT
    assert vault.at("2026-01-03", "repay 600.5") == ["owner pays issuance 600.5 sUSD"]
    vault.at("2026-01-04", "close")
    assert vault.ended
