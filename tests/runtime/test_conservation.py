"""Whatever is asked of the kernel, in whatever order: its invariants hold after every block, a
refused command changes nothing, and the journal tells the whole story. (`Stage.play` checks the
invariants.)
"""

import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.node.node import recover, replay
from rfos_runtime.records.block import Signed
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    ONE,
    Bid,
    Choose,
    Command,
    Complete,
    Deposit,
    Limit,
    Lock,
    Post,
    Release,
    Reserve,
    Stake,
    Trade,
    Transfer,
    Withdraw,
)
from rfos_runtime.reference.block import apply
from rfos_runtime.reference.world import World, genesis
from tests.executors.scripted_executor import ScriptedExecutor
from tests.runtime.stage import (
    CASH,
    HOUR,
    MINUTE,
    SECOND,
    SPOT_FEED,
    Stage,
    agreed,
    listing,
    opened,
)

NAMES = ("ann", "bob", "carl", "dan")
INSTRUMENTS = (
    listing(strike=10_000, expiry=6 * HOUR),
    listing(strike=10_000, expiry=9 * HOUR, payoff="forward", rules=(True, True), lag=2 * HOUR),
    listing(strike=9_500, expiry=12 * HOUR, choice="any_time", shortfall=()),
    listing(strike=9_000, expiry=5 * HOUR, choice="deadline", barrier=7_000),
    listing(strike=9_000, rules=(False, False), locks=(None, Lock(CASH, 9_000)), barrier=8_000),
)

OPENING = tuple(
    Trade(handle, first, second, 2, 0, CASH, first_collateral, 2 * each)
    for handle, first, second, first_collateral, each in (
        (1, "ann", "bob", 0, 1_300),
        (1, "carl", "dan", 0, 2_000),
        (2, "bob", "carl", 2_600, 1_300),
        (3, "ann", "carl", 0, 1_900),
        (3, "dan", "bob", 0, 1_900),
        (4, "ann", "dan", 0, 2_500),
        (5, "carl", "ann", 0, 9_000),
    )
)

names = st.sampled_from(NAMES)
handles = st.integers(1, len(INSTRUMENTS) + 1)
lots = st.integers(0, 6)
LIMITS = (0, 500), (9_000, 30_000), (0, 4_000, 100_000)

units = st.sampled_from((0, 1, 500, 3_000, 10_000, 25_000))

trades = st.builds(
    Trade,
    handles,
    names,
    names,
    lots,
    st.sampled_from((0, 100, -100, 4_000)),
    st.just(CASH),
    st.sampled_from((0, 0, 3_000, 10_000)),
    st.sampled_from((3_000, 6_000, 10_000)),
)
commands: st.SearchStrategy[Command] = st.one_of(
    trades,
    trades,
    st.builds(Choose, st.sampled_from((3, 4, 1)), names, st.sampled_from((0, 0, 0, 1)), lots),
    st.builds(Post, handles, names, units),
    st.builds(Release, handles, names, units),
    st.builds(Deposit, names, st.just(CASH), units),
    st.builds(Withdraw, names, st.just(CASH), units),
    st.builds(Transfer, names, names, st.just(CASH), units),
    st.builds(Reserve, names, names, st.just(CASH), units, st.sampled_from((HOUR, 7 * HOUR))),
    st.builds(Complete, names, st.integers(1, 4), units),
    st.builds(Limit, names, st.just(CASH), *(st.sampled_from(each) for each in LIMITS)),
    st.builds(Stake, names, st.just(CASH), st.sampled_from((0, 500))),
    st.builds(
        Bid, names, st.none() | handles, st.integers(80, 105).map(lambda p: p * ONE // 100), lots
    ),
)
steps = st.tuples(
    st.sampled_from((SECOND, MINUTE, 20 * MINUTE, HOUR, 3 * HOUR)),
    st.none() | st.integers(6_000, 16_000) | st.just(0),
    st.lists(commands, max_size=4).map(tuple),
)


def played(script: list[tuple[int, int | None, tuple[Command, ...]]]) -> Stage:
    """Plays a script on a stage with five instruments."""
    stage = opened(dict.fromkeys(NAMES, 30_000), stake=4_000)
    flat = tuple(command for pair in INSTRUMENTS for command in pair)
    stage.accepted(2 * SECOND, *flat, spot=10_000)
    stage.accepted(3 * SECOND, *OPENING)
    for length, spot, batch in script:
        stage.play(stage.world.time + length, *batch, spot=spot)
    return stage


@given(st.lists(steps, max_size=14))
@settings(max_examples=80)
def test_money_and_lots_are_conserved_and_nobody_is_forgotten(
    script: list[tuple[int, int | None, tuple[Command, ...]]],
) -> None:
    played(script)


@given(st.lists(steps, max_size=8))
@settings(max_examples=40)
def test_without_its_refused_commands_a_block_does_the_same(
    script: list[tuple[int, int | None, tuple[Command, ...]]],
) -> None:
    stage, world = played(script), genesis()
    for block, applied in zip(stage.blocks, stage.applied, strict=True):
        pairs = zip(block.commands, applied.results, strict=True)
        kept = tuple(signed for signed, code in pairs if code is Code.ACCEPTED)
        world, _ = apply(world, replace(block, commands=kept), stage.executor)
        assert world.root == applied.root


@given(st.lists(steps, max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_doubled_and_shuffled_deliveries_take_effect_once(
    script: list[tuple[int, int | None, tuple[Command, ...]]], chance: object
) -> None:
    """Each signed command again in every later block: the world is the one without the echoes."""
    stage, world = played(script), genesis()
    echoes: list[Signed] = []
    for block, applied in zip(stage.blocks, stage.applied, strict=True):
        pairs = zip(block.commands, applied.results, strict=True)
        kept = [signed for signed, code in pairs if code is Code.ACCEPTED]
        echoes += kept
        chance.shuffle(echoes)  # type: ignore[attr-defined]
        doubled = replace(block, commands=(*kept, *echoes))
        world, outcome = apply(world, doubled, stage.executor)
        assert set(outcome.results[len(kept) :]) <= {Code.WRONG_SEQUENCE}
        assert world.root == applied.root


@given(st.lists(steps, max_size=6), st.data())
@settings(max_examples=20)
def test_replay_gives_the_live_root_wherever_the_last_write_was_cut(
    script: list[tuple[int, int | None, tuple[Command, ...]]], data: st.DataObject
) -> None:
    stage = played(script)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with recover(directory, ScriptedExecutor()) as node:
            for block in stage.blocks:
                node.submit(block)
            assert node.world.root == stage.world.root
        path = directory / "blocks.journal"
        whole = path.read_bytes()
        path.write_bytes(whole[: data.draw(st.integers(len(whole) - 200, len(whole)))])
        with recover(directory, ScriptedExecutor()) as node:
            for block in stage.blocks[len(node.history) :]:
                node.submit(block)
            assert node.world.root == stage.world.root
        assert replay(directory, ScriptedExecutor()) == stage.world.root


@given(
    st.dictionaries(st.integers(1, 6 * HOUR), st.integers(8_000, 13_000), max_size=5),
    st.sets(st.integers(1, 6 * HOUR), max_size=5),
)
@settings(max_examples=60)
def test_where_blocks_end_does_not_matter_to_contracts_and_auctions(
    ticks: dict[int, int], cuts: set[int]
) -> None:
    """While observations are good, one block over hours is many blocks over the parts of them.
    (With bids an auction is looked at where blocks end, so there they do matter.)
    """
    worlds = []
    for ends in (set(), cuts):
        stage = opened(dict.fromkeys(NAMES, 30_000), stake=1_000)
        both = listing(strike=10_000, expiry=5 * HOUR, lag=HOUR, rules=(True, True))
        stage.accepted(2 * SECOND, replace(SPOT_FEED, feed="slow", staleness=9 * HOUR))
        define, listed = both
        stage.accepted(
            3 * SECOND,
            define,
            replace(listed, feeds=("slow",), risk_feeds=("slow",)),
        )
        worlds.append(_let_run(stage, ticks, ends))
    whole, parts = worlds
    assert whole.positions == parts.positions
    assert whole.balances == parts.balances
    assert whole.debts == parts.debts


def _let_run(stage: Stage, ticks: dict[int, int], ends: set[int]) -> World:
    stage.play(MINUTE, reports=agreed("slow", MINUTE, 10_000))
    margins = {"first_collateral": 4_000, "second_collateral": 4_000}
    sides = (Trade(1, "ann", "bob", 3, **margins), Trade(1, "carl", "dan", 2, **margins))
    stage.accepted(2 * MINUTE, *sides)
    begin = stage.world.time
    for end in sorted(ends | {7 * HOUR}):
        inside = {at: v for at, v in ticks.items() if stage.world.time < begin + at <= begin + end}
        every = (agreed("slow", begin + at, value) for at, value in inside.items())
        stage.play(begin + end, reports=tuple(report for each in every for report in each))
    return stage.world
