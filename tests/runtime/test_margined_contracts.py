"""A contract with collateral rules: marked, auctioned and closed, alike by both executors."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.artefact import emission
from rfos_lang.artefact.format import content_hash
from rfos_lang.artefact.layout import encode_terms
from rfos_lang.base.fixed import ONE
from rfos_lang.core.formula import Call, Formula, Function, Input, Number, RiskFormulas, Source
from rfos_lang.core.program import TRUE, Collateral, Constant, Liquidation, Sort
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.records.block import Report
from rfos_runtime.records.commands import (
    OPERATOR,
    Bid,
    Define,
    Deposit,
    List,
    Lock,
    OpenAccount,
    RegisterAsset,
    RegisterFeed,
    Stake,
    Trade,
)
from rfos_runtime.records.events import AuctionBegan, AuctionFilled
from rfos_runtime.reference.executor import Executor, PartyRisk
from tests.executors.meaning_executor import MeaningExecutor
from tests.generators.handmade import DAY, START, Instance, european_call
from tests.runtime.stage import HOUR, MINUTE, Stage

VOLATILITY, RATE = "volatility(BTC, USD)", "rate(USD)"
RISK_FEEDS = ("spot(BTC, USD)", RATE, VOLATILITY)
"""In the order in which the formulas first use them, exposure before margins."""


def call(function: Function, *arguments: Formula) -> Formula:
    return Call(function, arguments)


def formulas() -> RiskFormulas:
    """Discounted intrinsic value; maintenance 10 % of the spot and a vega-like add-on."""
    spot = Input(Source.SPOT, 0, "S")
    sigma, rate = Input(Source.VOLATILITY, 0, "sigma"), Input(Source.RATE, 1, "r")
    strike, years = Input(Source.TERM, 0, "K"), Input(Source.YEARS_TO, 0, "T")
    intrinsic = call(Function.MAXIMUM, call(Function.SUBTRACT, spot, strike), Number(0.0))
    growth = call(Function.NEGATE, call(Function.MULTIPLY, rate, years))
    exposure = call(Function.MULTIPLY, intrinsic, call(Function.EXP, growth))
    tenth = call(Function.MULTIPLY, Number(0.1), spot)
    scaled = call(Function.MULTIPLY, call(Function.MULTIPLY, sigma, spot), Number(0.01))
    maintenance = call(Function.ADD, tenth, scaled)
    initial = call(Function.MULTIPLY, Number(1.3), maintenance)
    truth = call(Function.LESS, Number(0.0), Number(1.0))
    return RiskFormulas(
        "closed form", exposure, {}, {1: maintenance}, {1: initial}, {1: truth}, {1: truth}
    )


def margined() -> Instance:
    made = european_call()
    zero = Constant(0, Sort.NUMBER)
    rule = Liquidation(
        party=1,
        trigger=TRUE,
        restore=TRUE,
        auction_from=ONE * 101 // 100,
        auction_to=ONE * 85 // 100,
        auction_nanoseconds=15 * MINUTE,
        penalty=ONE * 15 // 1000,
        shortfall=("insurance_fund", "deleverage"),
    )
    program = replace(made.program, collateral=(Collateral(1, 1, zero, zero),), liquidation=(rule,))
    return Instance(program, made.terms)


@dataclass(frozen=True)
class Contract:
    """The margined call as the kernel takes it."""

    instance: Instance
    artefact: bytes
    terms: bytes

    def executors(self) -> tuple[Executor, Executor]:
        name = content_hash(self.artefact)
        programs, risk = {name: self.instance.program}, {name: formulas()}
        return WasmExecutor(), MeaningExecutor(programs, risk, {self.terms: self.instance.terms})


@pytest.fixture(scope="module")
def contract() -> Contract:
    made = margined()
    artefact = emission.compile(made.program, formulas(), "0" * 64)
    return Contract(made, artefact, encode_terms(made.program, made.terms))


def opened(contract: Contract, executor: Executor) -> Stage:
    stage = Stage(executor=executor)
    deposits = {"ann": 10**6, "amy": 10**6, "bob": 2_000_000, "carl": 10**8, "patron": 10**5}
    feeds = (RegisterFeed(name, ("r",), 1, 100 * DAY, 0, 10**9 * ONE) for name in RISK_FEEDS)
    terms = contract.instance.terms
    stage.accepted(
        START - 2,
        *(RegisterAsset(*each) for each in zip(terms.assets, terms.places, strict=True)),
        *feeds,
        *(OpenAccount(name) for name in deposits),
        *(Deposit(name, "USD", units) for name, units in deposits.items()),
        Stake("patron", "USD", 10**5),
        Define(OPERATOR, contract.artefact),
    )
    stage.play(START - 1, reports=observed(START - 1, 65_000, volatility=60, rate=4))
    stage.accepted(
        START,
        List(
            content_hash(contract.artefact),
            contract.terms,
            START,
            terms.assets,
            terms.places,
            terms.feeds,
            RISK_FEEDS,
            (None, Lock("USD", None)),
        ),
        Trade(1, "ann", "bob", 1, 100_000, "USD", 0, 1_000_000),
        Trade(1, "amy", "bob", 1, 100_000, "USD", 0, 1_000_000),
    )
    return stage


def observed(instant: int, spot: int, volatility: int, rate: int) -> tuple[Report, ...]:
    values = (spot * ONE, rate * ONE // 100, volatility * ONE // 100)
    pairs = zip(RISK_FEEDS, values, strict=True)
    return tuple(Report(feed, instant, value, "r") for feed, value in pairs)


def test_the_mark_is_the_formula_in_minor_units(contract: Contract) -> None:
    for executor in contract.executors():
        mark = opened(contract, executor).world.instruments[1].mark
        # 10 % of 65 000 and 60 % * 65 000 / 100, each in cents; times 1.3 for initial
        assert mark == (PartyRisk(0, 0, 0), PartyRisk(0, 689_000, 895_700))


def test_a_move_starts_an_auction_that_a_bidder_ends(contract: Contract) -> None:
    roots = set()
    for executor in contract.executors():
        stage = opened(contract, executor)
        stage.accepted(START + 1, Bid("carl", None, ONE, 5))
        stage.play(START + HOUR, reports=observed(START + HOUR, 68_000, volatility=60, rate=0))
        (began,) = stage.told(AuctionBegan)
        # two lots with 3 000 of intrinsic value: 2 * 10^6 - 6 * 10^5 < 2 * 720 800
        assert (began.equity, began.maintenance) == (1_400_000, 1_441_600)  # type: ignore[attr-defined]
        stage.accepted(START + HOUR + MINUTE)
        (filled,) = stage.told(AuctionFilled)
        assert (filled.bidder, filled.lots, filled.paid) == ("carl", 1, 300_200)  # type: ignore[attr-defined]
        assert (stage.lots("bob"), stage.lots("carl")) == (-1, -1)
        roots.add(stage.world.root)
    assert len(roots) == 1


@given(
    moves=st.lists(
        st.tuples(
            st.integers(1, 200),
            st.integers(50_000, 110_000),
            st.integers(0, 150),
            st.integers(0, 10),
        ),
        max_size=10,
    ),
    limit=st.integers(80, 105),
)
@settings(max_examples=25)
def test_both_executors_lead_to_the_same_root(
    contract: Contract, moves: list[tuple[int, int, int, int]], limit: int
) -> None:
    stages = [opened(contract, executor) for executor in contract.executors()]
    for stage in stages:
        stage.play(START + 1, Bid("carl", None, limit * ONE // 100, 5))
    for minutes, spot, volatility, rate in moves:
        for stage in stages:
            time = stage.world.time + minutes * MINUTE
            stage.play(time, reports=observed(time, spot, volatility, rate))
        assert stages[0].applied[-1] == stages[1].applied[-1]
    for stage in stages:
        stage.play(START + 90 * DAY)
    assert stages[0].applied[-1] == stages[1].applied[-1]
    assert stages[0].world.positions == {}
