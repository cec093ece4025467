"""The halves agree: what the kernel asks of a portfolio is what `rfos margin` says of the same
positions on the same market."""

import pytest

from rfos_lang.artefact.format import content_hash, decode
from rfos_lang.artefact.policy import compile_policy
from rfos_lang.base.fixed import ONE
from rfos_lang.base.instant import parse_instant
from rfos_lang.driver.opening import Source, checked
from rfos_lang.driver.portfolio import Assessment, assessed
from rfos_lang.driver.positions import positions_of
from rfos_lang.driver.pricing import market_of
from rfos_runtime.executor.wasm import WasmExecutor, view_of
from rfos_runtime.records.block import Report
from rfos_runtime.records.commands import (
    OPERATOR,
    Define,
    DefinePolicy,
    Deposit,
    Elect,
    List,
    OpenAccount,
    RegisterAsset,
    RegisterFeed,
    Trade,
)
from rfos_runtime.reference.equity import Margin
from rfos_runtime.reference.margin import margin_of
from tests.core.lives import library
from tests.core.policies import policy
from tests.runtime.from_text import Compiled, compiled
from tests.runtime.stage import SECOND, Stage

BEGIN = parse_instant("2026-01-01")
ROUNDED = 0.11
"""Each of eleven lots is rounded to a hundredth, before and after a move."""
MARKET = """
as_of = 2026-01-01
[spots]
"spot(BTC, USD)" = 50_000
"spot(ETH, USD)" = 2_000
[volatilities]
"spot(BTC, USD)" = "50%"
"spot(ETH, USD)" = "60%"
[rates]
USD = "3%"
"""
INPUTS = {
    ("spot", "BTC"): 50_000 * ONE,
    ("spot", "ETH"): 2_000 * ONE,
    ("volatility", "BTC"): ONE // 2,
    ("volatility", "ETH"): 6 * ONE // 10,
    ("rate", "USD"): 3 * ONE // 100,
}
"""What the feeds of risk inputs say; of all others 0."""

POSITIONS = (
    ("options", "EuropeanCall", -2, {"underlying": "BTC", "strike": "55_000"}),
    ("options", "EuropeanCall", 3, {"underlying": "BTC", "strike": "65_000"}),
    ("options", "EuropeanPut", -5, {"underlying": "ETH", "strike": "1_800"}),
    ("forwards", "Forward", 1, {"underlying": "BTC", "price": "50_000"}),
)
POLICIES = (
    "worst_loss",
    "worst_loss + 0.6% * gross_notional * concentration",
    "max(worst_loss, 5% * net_notional) + 100 USD",
    "worst_loss + 15% * (standalone_loss - worst_loss)",
)


def by_the_compiler(maintenance: str) -> Assessment:
    rule = policy(maintenance, "130% * maintenance")
    lines = [
        f'[[positions]]\ncontract = "std.{module}.{name}"\nquantity = {quantity}\n'
        f"arguments = {{ {', '.join(f'{k} = {v!r}' for k, v in _all(arguments).items())} }}\n"
        for module, name, quantity, arguments in POSITIONS
    ]
    held = positions_of(Source("book.toml", "".join(lines)))

    def opened(name: str):  # type: ignore[no-untyped-def]
        module, _, contract = name.rpartition(".")
        return checked(Source(module, library(module) or ""), contract, library)

    return assessed(rule, held, market_of(Source("market.toml", MARKET)), opened)


def _all(arguments: dict[str, str]) -> dict[str, str]:
    return {**arguments, "cash": "USD", "expiry": "2026-12-31"}


def by_the_kernel(maintenance: str) -> Margin:
    made = compile_policy(policy(maintenance, "130% * maintenance"), "")
    name = bytes.fromhex(content_hash(made))
    contracts = [
        compiled(library(f"std.{module}") or "", contract, **_all(arguments))
        for module, contract, _, arguments in POSITIONS
    ]
    stage = Stage(executor=WasmExecutor())
    listings = [_listing(each) for each in contracts]
    feeds = dict.fromkeys(feed for each in listings for feed in (*each.feeds, *each.risk_feeds))
    places = {}
    for each in contracts:
        places |= dict(zip(each.instance.terms.assets, each.instance.terms.places, strict=True))
    bound = 10**9 * ONE
    stage.accepted(
        BEGIN - 2 * SECOND,
        *(RegisterAsset(*each) for each in places.items()),
        *(RegisterFeed(feed, ("r",), 1, 10 * SECOND, 0, bound) for feed in feeds),
        *(OpenAccount(account) for account in ("ann", "bob")),
        *(Deposit(account, "USD", 10**12) for account in ("ann", "bob")),
        *(Define(OPERATOR, each.artefact) for each in contracts),
        *listings,
        DefinePolicy(made),
        Elect("bob", "USD", name),
        Elect("ann", "USD", name),
    )
    stage.play(BEGIN, reports=tuple(Report(feed, BEGIN, _said(feed), "r") for feed in feeds))
    for handle, (_, _, quantity, _) in enumerate(POSITIONS, 1):
        first, second = ("bob", "ann") if quantity > 0 else ("ann", "bob")
        posted = 10**10
        trade = Trade(handle, first, second, abs(quantity), 0, "USD", posted, posted)
        stage.accepted(stage.world.time + 1, trade)
    return margin_of(stage.world, 1, "bob")


def _listing(contract: Compiled) -> List:
    terms, view = contract.instance.terms, view_of(decode(contract.artefact))
    risk_feeds = []
    for each in view.risk_inputs:
        of_price = each.source in ("spot", "volatility")
        slot = view.feeds[each.slot].assets[0] if of_price else each.slot
        risk_feeds.append(f"{each.source} {terms.assets[slot]}")
    feeds = tuple(f"spot {terms.assets[each.assets[0]]}" for each in view.feeds)
    return List(
        contract.name,
        contract.terms,
        BEGIN,
        terms.assets,
        terms.places,
        feeds,
        tuple(risk_feeds),
    )


def _said(feed: str) -> int:
    source, asset = feed.split()
    return INPUTS.get((source, asset), 0)


@pytest.mark.parametrize("maintenance", POLICIES)
def test_the_kernel_asks_what_the_compiler_says(maintenance: str) -> None:
    said, asked, scale = by_the_compiler(maintenance), by_the_kernel(maintenance), 100
    assert asked.maintenance / scale == pytest.approx(said.maintenance, abs=ROUNDED)
    assert asked.initial / scale == pytest.approx(said.initial, abs=1.3 * ROUNDED)
    assert -asked.exposure / scale == pytest.approx(sum(said.values), abs=ROUNDED)
