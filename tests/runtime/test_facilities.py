"""Choices of how much, and what contracts issue, in the kernel."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.base.instant import parse_instant
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    SUPPLY_MAX,
    Deposit,
    List,
    RegisterAsset,
    Trade,
    Transfer,
    Withdraw,
)
from rfos_runtime.records.events import Assigned, ChoiceDropped, ChoiceTaken
from rfos_runtime.records.holdings import ISSUED
from rfos_runtime.reference.executor import Status
from rfos_runtime.reference.ledger import balance
from rfos_runtime.reference.world import Phase
from tests.core.test_facilities import CALLS, ISSUER, LINE
from tests.runtime.from_text import DAY, Market, compiled

START = parse_instant("2026-01-01")
KINDS = pytest.mark.parametrize("kind", ["wasm", "meaning"])

TIPS = """
contract Tips(cash: Asset, ends: Date) between guest, waiter {
    unsecured
    guest may tip(amount: cash) until ends { guest pays waiter amount }
}
"""


def line(kind: str) -> Market:
    """Ann may borrow up to 100 a lot from bob, who has 150; two lots."""
    terms = {"cash": "USD", "limit": "100", "opens": "2026-01-05", "closes": "2026-02-01"}
    market = Market(compiled(LINE, **terms), kind, {"ann": {"USD": 5_000}, "bob": {"USD": 15_000}})
    market.stage.accepted(START - DAY, Trade(1, "ann", "bob", 2))
    return market


@KINDS
def test_amounts_are_chosen_a_lot(kind: str) -> None:
    market = line(kind)
    stage = market.stage
    stage.play(START + DAY)
    assert stage.code(market.choose("ann", "draw", 2, 1_000)) is Code.CHOICE_NOT_OPEN
    stage.play(START + 5 * DAY)
    assert stage.code(market.choose("ann", "draw", 2, 3_000)) is Code.ACCEPTED
    assert (market.has("ann", "USD"), market.has("bob", "USD")) == (11_000, 9_000)
    assert stage.code(market.choose("ann", "draw", 2, 7_001)) is Code.CHOICE_REFUSED
    assert stage.code(market.choose("ann", "draw", 2)) is Code.MALFORMED
    assert stage.code(market.choose("ann", "draw", 2, 1, 1)) is Code.MALFORMED
    assert stage.code(market.choose("ann", "draw", 2, -1)) is Code.MALFORMED
    assert stage.code(market.choose("ann", "draw", 1, 1)) is Code.CHOICE_NOT_SEPARABLE
    assert stage.code(market.choose("ann", "draw", 2, 2_000)) is Code.ACCEPTED
    stage.play(parse_instant("2026-02-01"))
    assert (market.has("ann", "USD"), market.has("bob", "USD")) == (5_000, 15_000)
    assert stage.world.instruments[1].phase is Phase.ENDED


@KINDS
def test_an_amount_is_lodged_for_its_date(kind: str) -> None:
    terms = {"cash": "USD", "committed": "10", "calls": "[2026-02-01, 2026-03-01, 2026-04-01]"}
    market = Market(compiled(CALLS, **terms), kind, {"fund": {}, "ivy": {"USD": 2_000}})
    stage = market.stage
    stage.accepted(START - DAY, Trade(1, "fund", "ivy", 1))
    stage.accepted(START + DAY, market.choose("fund", "call", 1, 300))
    stage.accepted(START + 2 * DAY, market.choose("fund", "call", 1, 400))  # instead
    stage.play(parse_instant("2026-02-01"))
    assert market.has("fund", "USD") == 400
    stage.play(parse_instant("2026-03-01"))
    assert market.has("fund", "USD") == 400
    stage.accepted(parse_instant("2026-03-02"), market.choose("fund", "call", 1, 601))
    stage.play(parse_instant("2026-04-01"))
    assert stage.told(ChoiceDropped) == [ChoiceDropped(1, "call", "fund", Status.REQUIREMENT)]
    assert stage.world.instruments[1].phase is Phase.ENDED


@KINDS
def test_a_choice_that_changes_nothing_is_made_for_some_lots(kind: str) -> None:
    market = Market(
        compiled(TIPS, cash="USD", ends="2026-02-01"),
        kind,
        {name: {"USD": 1_000} for name in ("ann", "amy", "bob", "ben")},
    )
    stage = market.stage
    stage.accepted(START - DAY, Trade(1, "ann", "bob", 3), Trade(1, "amy", "ben", 3))
    stage.play(START + DAY)
    assert stage.code(market.choose("ann", "tip", 2, 100)) is Code.ACCEPTED
    assert stage.told(ChoiceTaken) == [ChoiceTaken(1, "tip", "ann", 2)]
    assert sorted(each.lots for each in stage.told(Assigned)) == [1, 1]  # type: ignore[attr-defined]
    assert [market.has(name, "USD") for name in ("ann", "amy", "bob", "ben")] == [
        800,
        1_000,
        1_100,
        1_100,
    ]
    assert (stage.lots("ann"), stage.lots("ben")) == (3, -3)
    assert stage.code(market.choose("ann", "tip", 3, 1)) is Code.ACCEPTED


def till(kind: str) -> Market:
    """Kate keeps the till of a bank, one lot."""
    market = Market(compiled(ISSUER, cash="USD"), kind, {"kate": {"USD": 10_000}, "bank": {}})
    market.stage.accepted(START - DAY, Trade(1, "kate", "bank", 1))
    market.stage.play(START + DAY)
    return market


@KINDS
def test_what_a_contract_issues_is_money_like_any_other(kind: str) -> None:
    market = till(kind)
    stage = market.stage
    assert stage.code(market.choose("kate", "issue", 1, 500, 480)) is Code.ACCEPTED
    assert (market.has("kate", "Token"), market.has("bank", "USD")) == (480, 500)
    assert balance(stage.world, "Token", ISSUED) == -480
    assert stage.code(Transfer("kate", "bank", "Token", 100)) is Code.ACCEPTED
    assert stage.code(market.choose("kate", "redeem", 1, 381)) is Code.CANNOT_PAY
    assert stage.code(market.choose("kate", "redeem", 1, 380)) is Code.ACCEPTED
    assert balance(stage.world, "Token", ISSUED) == -100
    assert stage.code(market.choose("kate", "leave", 1)) is Code.ACCEPTED
    assert stage.world.instruments[1].phase is Phase.ENDED
    assert market.has("bank", "Token") == 100


def test_what_is_issued_neither_comes_from_outside_nor_leaves() -> None:
    market = till("meaning")
    stage = market.stage
    stage.accepted(START + 2 * DAY, market.choose("kate", "issue", 1, 0, 480))
    assert stage.code(Deposit("kate", "Token", 1)) is Code.ISSUED_ASSET
    assert stage.code(Withdraw("kate", "Token", 1)) is Code.ISSUED_ASSET


def test_only_its_issuer_can_be_listed_to_issue_an_asset() -> None:
    market = till("meaning")
    stage, listing = market.stage, market.listing(())
    later: List = replace(listing, start=START + 9 * DAY)
    assert stage.code(later) is Code.ACCEPTED
    stage.accepted(START + 2 * DAY, RegisterAsset("Free", 2), RegisterAsset("Else", 2, "else"))
    for ticker in ("Free", "Else"):
        foreign = replace(later, assets=tuple({"Token": ticker}.get(a, a) for a in later.assets))
        assert stage.code(foreign) is Code.NOT_THE_ISSUER


def test_no_more_is_issued_than_the_ledger_can_hold() -> None:
    market = till("meaning")
    stage = market.stage
    assert stage.code(market.choose("kate", "issue", 1, 0, SUPPLY_MAX)) is Code.ACCEPTED
    assert stage.code(market.choose("kate", "issue", 1, 0, 5)) is Code.ACCEPTED
    assert market.has("kate", "Token") == SUPPLY_MAX


@given(st.lists(st.tuples(st.sampled_from(("issue", "redeem")), st.integers(0, 400)), max_size=8))
@settings(max_examples=25)
def test_what_was_issued_and_not_redeemed_is_what_everybody_has(
    wishes: list[tuple[str, int]],
) -> None:
    stages = []
    for kind in ("wasm", "meaning"):
        market = till(kind)
        for name, units in wishes:
            amounts = (0, units) if name == "issue" else (units,)
            market.stage.code(market.choose("kate", name, 1, *amounts))
        assert market.has("kate", "Token") == -balance(market.stage.world, "Token", ISSUED)
        stages.append(market.stage)
    assert stages[0].world.root == stages[1].world.root
