"""What happens when a party cannot pay, where its contract says so."""

import pytest

from rfos_lang.base.instant import parse_instant
from rfos_lang.stdlib_path import standard_library
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import Trade, Transfer
from rfos_runtime.records.events import Failed, ShortPaid
from rfos_runtime.reference.world import Phase
from tests.runtime.from_text import DAY, Market, compiled

START = parse_instant("2026-01-01")
MATURITY = parse_instant("2026-01-31")
KINDS = pytest.mark.parametrize("kind", ["wasm", "meaning"])
TEXT = (standard_library() / "repos.rfos").read_text()


def repo(kind: str, lender: int = 100_000, bonds: int = 10 * 10**8) -> Market:
    """Lea lends 900 against ten bonds of bob, two lots: 1,800 against twenty."""
    terms = {"bond": "BTC", "cash": "USD", "face": "10 BTC", "price": "100", "haircut": "10%"}
    contract = compiled(TEXT, "Repo", **terms, rate="3.60%", maturity="2026-01-31")
    funds = {"lea": {"USD": 2 * lender}, "bob": {"BTC": 2 * bonds}, "carl": {}}
    market = Market(contract, kind, funds)
    market.stage.accepted(START - DAY, Trade(1, "lea", "bob", 2))
    return market


@KINDS
def test_who_can_pay_has_not_failed(kind: str) -> None:
    market = repo(kind)
    stage = market.stage
    stage.play(START)
    assert (market.has("bob", "USD"), market.has("escrow", "BTC")) == (180_000, 20 * 10**8)
    stage.accepted(START + DAY, Transfer("lea", "bob", "USD", 540))  # just the interest
    stage.play(MATURITY)
    assert stage.told(Failed) == []
    assert (market.has("bob", "USD"), market.has("bob", "BTC")) == (0, 20 * 10**8)


@KINDS
def test_a_cent_too_little_is_a_failure_and_nothing_of_the_event_is_carried_out(kind: str) -> None:
    market = repo(kind)
    stage = market.stage
    stage.play(START)
    stage.accepted(START + DAY, Transfer("lea", "bob", "USD", 539))
    stage.play(MATURITY)
    assert stage.told(Failed) == [Failed(1, "borrower")] and stage.told(ShortPaid) == []
    assert (market.has("bob", "USD"), market.has("lea", "BTC")) == (180_539, 20 * 10**8)
    assert market.has("escrow", "BTC") == 0
    assert stage.world.instruments[1].phase is Phase.ENDED


@KINDS
@pytest.mark.parametrize(
    ("lender", "bonds", "who"), [(89_999, 10**9, "lender"), (10**6, 1, "borrower")]
)
def test_a_start_that_fails_moves_nothing(kind: str, lender: int, bonds: int, who: str) -> None:
    market = repo(kind, lender, bonds)
    market.stage.play(START)
    assert market.stage.told(Failed) == [Failed(1, who)]
    assert (market.has("lea", "USD"), market.has("bob", "BTC")) == (2 * lender, 2 * bonds)
    assert market.stage.world.instruments[1].phase is Phase.ENDED


def shares(kind: str) -> Market:
    terms = {"share": "BTC", "cash": "USD", "shares": "10", "pledge": "1_050", "fee": "3.60%"}
    leg = "schedule(first: 2026-01-01, last: 2026-03-02, step: 30d)"
    contract = compiled(TEXT, "SecuritiesLoan", **terms, leg=leg)
    funds = {"lea": {"BTC": 10**9}, "bob": {"USD": 200_000}, "carl": {}}
    market = Market(contract, kind, funds)
    market.stage.accepted(START - DAY, Trade(1, "lea", "bob", 1))
    market.stage.play(START)
    return market


@KINDS
def test_another_ones_choice_that_a_party_cannot_follow_is_its_failure(kind: str) -> None:
    market = shares(kind)
    stage = market.stage
    stage.accepted(START + DAY, Transfer("bob", "carl", "BTC", 1))
    assert stage.code(market.choose("lea", "recall")) is Code.ACCEPTED
    assert stage.told(Failed) == [Failed(1, "borrower")]
    assert (market.has("lea", "USD"), market.has("bob", "BTC")) == (105_000, 10**9 - 1)
    assert stage.world.instruments[1].phase is Phase.ENDED


@KINDS
def test_nobody_chooses_to_fail(kind: str) -> None:
    market = shares(kind)
    for account in ("bob", "lea"):
        assert market.stage.code(market.choose(account, "failed")) is Code.UNKNOWN_CHOICE
