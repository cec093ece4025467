"""Contracts of the library with escrow, a third party, issued assets and amounts that are chosen:
whatever is asked of them, in whatever order, the kernel's invariants hold after every block
(`Stage.play` checks them), and the worlds of WebAssembly and of the interpreter have one root.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.artefact.format import decode
from rfos_lang.base.instant import parse_instant
from rfos_lang.stdlib_path import standard_library
from rfos_runtime.executor.wasm import WasmExecutor, view_of
from rfos_runtime.records.block import Report
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    ONE,
    OPERATOR,
    Bid,
    Choose,
    Command,
    Define,
    Deposit,
    List,
    OpenAccount,
    Post,
    RegisterAsset,
    RegisterFeed,
    Release,
    Trade,
    Transfer,
    Withdraw,
)
from rfos_runtime.records.holdings import ISSUED, OUTSIDE
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.ledger import balance
from tests.executors.meaning_executor import MeaningExecutor
from tests.runtime.from_text import DAY, Compiled, compiled
from tests.runtime.stage import HOUR, MINUTE, Stage

START = parse_instant("2026-01-01")
SPOT = "spot(BTC, USD)"
NAMES = ("ann", "bob", "carl", "dan")
AGENT = "dan"
BITCOIN, DOLLAR, TOKEN = 10**8, 100, 10**6


def _standard(file: str, name: str, **arguments: str) -> Compiled:
    return compiled((standard_library() / f"{file}.rfos").read_text(), name, **arguments)


_DELIVERY = {"bond": "BTC", "cash": "USD", "face": "1 BTC", "price": "900 USD"}
VAULT = _standard("vaults", "Vault", coll="BTC", cash="USD")
CONTRACTS = (
    _standard("delivery", "DeliveryVersusPayment", **_DELIVERY, deadline="2026-01-20"),
    _standard("delivery", "DeliveryThroughAgent", **_DELIVERY, fee="1 USD", deadline="2026-01-15"),
    VAULT,
    _standard(
        "loans", "CreditLine", cash="USD", limit="500", rate="10%", leg="[2026-01-01, 2026-01-25]"
    ),
)
VAULT_HANDLE = CONTRACTS.index(VAULT) + 1
DRAW, REPAY = 0, 1


def _listing(contract: Compiled) -> tuple[Define, List]:
    terms, view = contract.instance.terms, view_of(decode(contract.artefact))
    others = tuple(AGENT if party == "agent" else "" for party in view.parties[2:])
    risk_feeds = (SPOT,) * len(view.risk_inputs)
    listed = List(
        contract.name,
        contract.terms,
        terms.start,
        terms.assets,
        terms.places,
        terms.feeds,
        risk_feeds,
        others=others,
    )
    return Define(OPERATOR, contract.artefact), listed


SETUP: tuple[Command, ...] = (
    RegisterAsset("USD", 2),
    RegisterAsset("BTC", 8),
    RegisterAsset("sUSD", 6, VAULT.name),
    RegisterFeed(SPOT, ("r",), 1, 40 * DAY, 0, 10**9 * ONE),
    *(OpenAccount(name) for name in NAMES),
    *(Deposit(name, "USD", 2_000 * DOLLAR) for name in NAMES),
    *(Deposit(name, "BTC", 3 * BITCOIN) for name in NAMES),
    *(command for contract in CONTRACTS for command in _listing(contract)),
)
OPENING = (
    Trade(1, "ann", "bob", 2),
    Trade(2, "bob", "carl", 2),
    Trade(VAULT_HANDLE, "ann", "carl", 1, first_collateral=BITCOIN),
    Trade(4, "carl", "ann", 2),
)

names = st.sampled_from(NAMES)
handles = st.integers(1, len(CONTRACTS) + 1)
lots = st.sampled_from((1, 1, 2, 0, 3))
assets = st.sampled_from(("USD", "BTC", "sUSD"))
units = st.sampled_from((0, 1, 300 * DOLLAR, BITCOIN // 2, BITCOIN, 30_000 * TOKEN))
amounts = st.sampled_from((0, 1, 100 * DOLLAR, 400 * DOLLAR, 9_000 * TOKEN, 30_000 * TOKEN))
choices = st.builds(
    Choose,
    handles,
    names,
    st.integers(0, 3),
    lots,
    st.one_of(st.just(()), st.tuples(amounts), st.tuples(amounts)),
)
likely = st.sampled_from(
    (
        Choose(1, "ann", 0, 2),
        Choose(1, "bob", 1, 2),
        Choose(2, "bob", 0, 2),
        Choose(2, "carl", 1, 2),
        Choose(2, AGENT, 2, 2),
        Choose(VAULT_HANDLE, "ann", DRAW, 1, (30_000 * TOKEN,)),
        Choose(VAULT_HANDLE, "ann", REPAY, 1, (9_000 * TOKEN,)),
        Choose(VAULT_HANDLE, "ann", DRAW, 1, (9_000 * TOKEN,)),
        Choose(4, "carl", 0, 2, (400 * DOLLAR,)),
        Choose(4, "carl", 1, 2, (100 * DOLLAR,)),
    )
)
commands: st.SearchStrategy[Command] = st.one_of(
    likely,
    likely,
    choices,
    st.builds(Trade, handles, names, names, lots, first_collateral=st.sampled_from((0, BITCOIN))),
    st.builds(Post, handles, names, units),
    st.builds(Release, handles, names, units),
    st.builds(Deposit, names, assets, units),
    st.builds(Withdraw, names, assets, units),
    st.builds(Transfer, names, names, assets, units),
    st.builds(Bid, names, st.none(), st.integers(80, 105).map(lambda p: p * ONE // 100), lots),
)
Step = tuple[int, int | None, tuple[Command, ...]]
steps = st.tuples(
    st.sampled_from((MINUTE, 10 * MINUTE, HOUR, DAY, 6 * DAY)),
    st.none() | st.integers(20_000, 70_000),
    st.lists(commands, max_size=4).map(tuple),
)


def interpreter() -> MeaningExecutor:
    """The interpreter of all the contracts."""
    return MeaningExecutor(
        {each.name: each.instance.lowered.program for each in CONTRACTS},
        {each.name: each.risk for each in CONTRACTS if each.risk is not None},
        {each.terms: each.instance.terms for each in CONTRACTS},
    )


def played(script: list[Step], executor: Executor) -> Stage:
    """Plays a script on a stage with all the contracts, each with positions."""
    stage = Stage(executor=executor)
    stage.accepted(START - DAY, *SETUP)
    stage.play(START, reports=(Report(SPOT, START, 50_000 * ONE, "r"),))
    stage.accepted(START + 1, *OPENING)
    for length, spot, batch in script:
        now = stage.world.time + length
        reports = () if spot is None else (Report(SPOT, now, spot * ONE, "r"),)
        stage.play(now, *batch, reports=reports)
    return stage


def went_well(stage: Stage) -> list[Command]:
    """The commands of all blocks that were accepted."""
    return [
        signed.command
        for block, applied in zip(stage.blocks, stage.applied, strict=True)
        for signed, code in zip(block.commands, applied.results, strict=True)
        if code is Code.ACCEPTED
    ]


@given(st.lists(steps, max_size=10))
@settings(max_examples=25)
def test_each_asset_is_what_came_in_less_what_left_or_was_redeemed(script: list[Step]) -> None:
    stage = played(script, interpreter())
    came = {"USD": 0, "BTC": 0, "sUSD": 0}
    for command in went_well(stage):
        match command:
            case Deposit(_, asset, counted):
                came[asset] += counted
            case Withdraw(_, asset, counted):
                came[asset] -= counted
            case Choose(instrument=handle, choice=choice) if handle == VAULT_HANDLE:
                if choice in (DRAW, REPAY):
                    drawn = command.lots * command.amounts[0]
                    came["sUSD"] += drawn if choice == DRAW else -drawn
            case _:
                pass
    for asset, counted in came.items():
        source = ISSUED if asset == "sUSD" else OUTSIDE
        assert balance(stage.world, asset, source) == -counted


@given(st.lists(steps, max_size=6))
@settings(max_examples=10)
def test_webassembly_and_the_interpreter_come_to_one_world(script: list[Step]) -> None:
    worlds = [played(script, each).world for each in (WasmExecutor(), interpreter())]
    assert worlds[0].root == worlds[1].root


def test_the_likely_choices_do_go_well() -> None:
    """So that the streams reach what they are about: escrow that is filled, tokens that exist."""
    script: list[Step] = [
        (DAY, None, (Choose(1, "ann", 0, 2), Choose(2, "bob", 0, 2), Choose(2, "carl", 1, 2))),
        (DAY, None, (Choose(VAULT_HANDLE, "ann", DRAW, 1, (30_000 * TOKEN,)),)),
        (DAY, None, (Choose(4, "carl", 0, 2, (400 * DOLLAR,)), Choose(2, AGENT, 2, 2))),
        (DAY, 44_000, (Choose(VAULT_HANDLE, "ann", REPAY, 1, (9_000 * TOKEN,)),)),
    ]
    stage = played(script, interpreter())
    asked = [command for *_, batch in script for command in batch]
    assert [each for each in went_well(stage) if isinstance(each, Choose)] == asked
    assert balance(stage.world, "sUSD", ISSUED) == -21_000 * TOKEN
