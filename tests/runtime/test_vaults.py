"""Collateralised debt in the kernel: drawn, margined in another asset, liquidated with its debt."""

import pytest

from rfos_lang.base.instant import parse_instant
from rfos_lang.stdlib_path import standard_library
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import ONE, Bid, Release, Trade
from rfos_runtime.records.events import AuctionBegan, AuctionFilled, Deleveraged
from rfos_runtime.records.holdings import FUND, ISSUED, collateral
from rfos_runtime.reference.ledger import balance
from tests.runtime.from_text import DAY, Market, compiled
from tests.runtime.stage import MINUTE

START = parse_instant("2026-01-01")
KINDS = pytest.mark.parametrize("kind", ["wasm", "meaning"])
TEXT = (standard_library() / "vaults.rfos").read_text()
SPOT = "spot 0"
BITCOIN, DOLLAR = 10**8, 10**6


def vault(kind: str) -> Market:
    """Ann's vault holds one bitcoin at 50,000; she has drawn 30,000."""
    contract = compiled(TEXT, coll="BTC", cash="USD")
    funds = {"ann": {"BTC": 2 * BITCOIN}, "bank": {}, "ben": {"BTC": 2 * BITCOIN}}
    market = Market(contract, kind, funds)
    stage = market.stage
    stage.play(START, reports=(market.report(SPOT, START, 50_000),))
    stage.accepted(START + MINUTE, Trade(1, "ann", "bank", 1, first_collateral=BITCOIN))
    stage.accepted(START + 2 * MINUTE, market.choose("ann", "draw", 1, 30_000 * DOLLAR))
    return market


def posted(market: Market, account: str) -> int:
    return balance(market.stage.world, "BTC", collateral(account, 1))


@KINDS
def test_as_much_is_drawn_as_the_collateral_is_worth(kind: str) -> None:
    market = vault(kind)
    stage = market.stage
    assert market.has("ann", "sUSD") == 30_000 * DOLLAR
    assert stage.code(market.choose("ann", "draw", 1, 1_251 * DOLLAR)) is Code.BELOW_INITIAL
    assert stage.code(Release(1, "ann", 4_000_001)) is Code.BELOW_INITIAL
    assert stage.code(Release(1, "ann", 4_000_000)) is Code.ACCEPTED  # 48,000 are left
    assert stage.code(market.choose("ann", "repay", 1, 30_000 * DOLLAR)) is Code.ACCEPTED
    assert stage.code(Release(1, "ann", 96_000_000)) is Code.ACCEPTED
    assert balance(stage.world, "sUSD", ISSUED) == 0


@KINDS
def test_a_vault_below_its_ratio_is_auctioned_with_its_debt(kind: str) -> None:
    market = vault(kind)
    stage = market.stage
    now = START + DAY
    stage.play(now, reports=(market.report(SPOT, now, 45_000),))  # 150 %, no less
    assert stage.told(AuctionBegan) == []
    stage.accepted(now + MINUTE, Bid("ben", None, ONE, 1))
    later = now + 2 * MINUTE
    stage.play(later, reports=(market.report(SPOT, later, 44_000),))
    assert len(stage.told(AuctionBegan)) == 1
    stage.play(later + 10 * MINUTE)
    (filled,) = stage.told(AuctionFilled)
    assert (filled.bidder, filled.lots) == ("ben", 1)  # type: ignore[attr-defined]
    owed = 30_000 * BITCOIN // 44_000
    assert filled.paid >= owed  # type: ignore[attr-defined]
    assert (stage.lots("ann"), stage.lots("ben")) == (0, 1)
    penalty = balance(stage.world, "BTC", FUND)
    assert penalty > 0
    assert market.has("ann", "BTC") == 2 * BITCOIN - filled.paid - penalty  # type: ignore[attr-defined]
    assert market.has("ann", "sUSD") == 30_000 * DOLLAR == -balance(stage.world, "sUSD", ISSUED)


@KINDS
def test_what_nobody_takes_over_the_protocol_has_the_collateral_of(kind: str) -> None:
    market = vault(kind)
    stage = market.stage
    now = START + DAY
    stage.play(now, reports=(market.report(SPOT, now, 40_000),))
    stage.play(now + 25 * MINUTE)
    assert len(stage.told(Deleveraged)) == 1 and stage.lots("ann") == 0
    assert market.has("bank", "BTC") == 30_000 * BITCOIN // 40_000
    assert posted(market, "ann") == 0
