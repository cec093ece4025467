"""Portfolio margin on both kernels: whatever is elected, traded and seen, both ask the same of the
same pools; and a bound never hides a pool that is in breach."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.artefact.format import content_hash
from rfos_lang.artefact.policy import compile_policy
from rfos_runtime.kernel.block import Kernel
from rfos_runtime.kernel.margin.held import pool_as
from rfos_runtime.kernel.portfolio import requirements
from rfos_runtime.kernel.portfolio.bounds import (
    is_covered,
    is_roughly_covered,
    most_required,
    unasked,
)
from rfos_runtime.kernel.portfolio.breaches import held_by_accounts, pools_in_breach
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import ROWS, STEPS, Look, laid_out, open_chain, take_back, touch
from rfos_runtime.records import events
from rfos_runtime.records.block import Signed, Signer
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    ONE,
    OPERATOR,
    Bid,
    Command,
    DefinePolicy,
    Deposit,
    Elect,
    OpenAccount,
    Post,
    RegisterAsset,
    RegisterFeed,
    Release,
    Trade,
    Withdraw,
)
from rfos_runtime.records.wire import Names, encode
from tests.core.policies import policy
from tests.core.policies import requirements as written
from tests.executors.batching_executor import BatchingExecutor
from tests.executors.scripted_executor import ScriptedExecutor
from tests.kernel.both import Both
from tests.kernel.test_ledger import signed_as_they_go
from tests.runtime.stage import (
    CASH,
    HOUR,
    MINUTE,
    REPORTERS,
    SECOND,
    SPOT,
    SPOT_FEED,
    agreed,
    listing,
)

NAMES = ("ann", "bob", "carl", "dan")
ETHER = f"spot(ETH, {CASH})"
GRID = "spot in [-20%, -10%, 0%, 15%]"
POLICIES = tuple(
    compile_policy(policy(maintenance, "130% * maintenance", GRID), "")
    for maintenance in (
        "worst_loss",
        "worst_loss + 5% * gross_notional * concentration",
        "max(worst_loss, 8% * net_notional) + 15% * (standalone_loss - worst_loss)",
        "abs(20% * gross_notional - 3% * net_notional) / (1 + concentration) + 250 USD",
    )
)
HASHES = tuple(bytes.fromhex(content_hash(each)) for each in POLICIES)
BOTH = (True, True)
INSTRUMENTS = (
    *(listing(strike, 900 * HOUR, of="ETH") for strike in range(10_000, 12_500, 500)),
    listing(10_000, 900 * HOUR, of="ETH", payoff="forward", rules=BOTH),
    listing(10_000, 6 * HOUR, payoff="forward", rules=BOTH),
)
OPENING: tuple[Command, ...] = (
    RegisterAsset(CASH, 2),
    RegisterAsset("ETH", 0),
    SPOT_FEED,
    RegisterFeed(ETHER, REPORTERS, 3, HOUR, 0, 10**9),
    *(OpenAccount(name) for name in NAMES),
    *(Deposit(name, CASH, 60_000) for name in NAMES),
    *dict.fromkeys(command for pair in INSTRUMENTS for command in pair),
    *map(DefinePolicy, POLICIES),
)


def opened(executor: ScriptedExecutor, first: list[Command]) -> Both:
    """Both kernels with everything listed, the first prices, and some commands tried."""
    both = Both(executor)
    said = both.apply(SECOND, signed_as_they_go(both, SECOND, OPENING))
    assert set(said) == {Code.ACCEPTED}
    both.apply(MINUTE, (), _prices(MINUTE, (10_000, 10_000)))
    both.apply(MINUTE + 1, signed_as_they_go(both, MINUTE + 1, first))
    return both


def _prices(now: int, prices: tuple[int | None, int | None]):  # type: ignore[no-untyped-def]
    pairs = zip((SPOT, ETHER), prices, strict=True)
    return tuple(r for feed, price in pairs if price is not None for r in agreed(feed, now, price))


names, handles = st.sampled_from(NAMES), st.integers(1, len(INSTRUMENTS))
lots = st.sampled_from((1, 2, 5, 9))
posted = st.sampled_from((0, 1_000, 4_000, 12_000))
assets = st.sampled_from(("", "", CASH, "ETH", "EUR"))
electing = st.builds(
    Elect, names, st.just(CASH), st.sampled_from((*HASHES, *HASHES, b"", bytes(32)))
)
trading = st.builds(Trade, handles, names, names, lots, st.just(0), st.just(CASH), posted, posted)
commands: st.SearchStrategy[Command] = st.one_of(
    electing,
    trading,
    trading,
    trading,
    st.builds(Post, handles, names, posted, assets),
    st.builds(Release, handles, names, posted, assets),
    st.builds(Withdraw, names, st.just(CASH), posted),
    st.builds(Bid, names, st.none() | handles, st.sampled_from((ONE * 95 // 100, ONE)), lots),
)
prices = st.sampled_from((None, 7_000, 8_500, 9_500, 10_000, 10_500, 12_000, 15_000, 0))
steps = st.tuples(
    st.sampled_from((SECOND, MINUTE, 8 * MINUTE, 40 * MINUTE, 2 * HOUR)),
    st.tuples(prices, prices),
    st.lists(commands, max_size=4),
)
elections = st.lists(electing, min_size=2, max_size=4)
Step = tuple[int, tuple[int | None, int | None], list[Command]]


@given(st.booleans(), elections, st.lists(trading, max_size=6), st.lists(steps, max_size=7))
@settings(max_examples=50, deadline=None)
def test_both_margin_alike(
    in_batches: bool, first: list[Command], then: list[Command], script: list[Step]
) -> None:
    both = opened(BatchingExecutor() if in_batches else ScriptedExecutor(), first + then)
    for length, seen, batch in script:
        now = both.world.time + length
        both.apply(now, signed_as_they_go(both, now, batch), _prices(now, seen))
    _assert_breaches_are_found(both.kernel)


DESK: list[Command] = [
    *(Elect(name, CASH, HASHES[2]) for name in NAMES[:2]),
    Trade(3, "ann", "bob", 5, 0, CASH, 9_000, 30_000),
    Trade(5, "ann", "bob", 2, 0, CASH, 2_000, 9_000),
    Trade(6, "bob", "ann", 3, 0, CASH, 5_000, 20_000),
]


def test_what_is_generated_reaches_what_it_is_about() -> None:
    """Pools that are sold, tables that are asked for in one call."""
    executor = BatchingExecutor()
    both = opened(executor, [*DESK, Bid("carl", None, ONE, 9)])
    assert set(both.said[-1]) == {Code.ACCEPTED}
    before = executor.asked
    for now, price in ((2 * MINUTE, 12_000), (3 * MINUTE, 22_000), (30 * MINUTE, 22_000)):
        both.apply(now, (), _prices(now, (None, price)))
    assert executor.asked - before > 2 * len(POLICIES)
    kinds = {type(event) for event in both.told}
    assert {events.AuctionBegan, events.AuctionFilled, events.AuctionEnded} <= kinds


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Post(3, "ann", 1_000, "EUR"), Code.UNKNOWN_ASSET),
        (Release(3, "ann", 1_000, "EUR"), Code.UNKNOWN_ASSET),
        (Post(3, "ann", 1_000), Code.ACCEPTED),
        (Bid("carl", None, ONE, 1, "EUR", 5), Code.UNKNOWN_ASSET),
        (Bid("carl", None, ONE, 1, "EUR"), Code.ACCEPTED),
        (Elect("carl", CASH), Code.UNKNOWN_POLICY),
        (Elect("carl", CASH, bytes(32)), Code.UNKNOWN_POLICY),
        (Elect("dan", CASH, bytes(32)), Code.ACCEPTED),
        (Elect("ann", CASH, bytes(32)), Code.MARGINED_TOGETHER),
    ],
)
def test_what_is_not_there_is_not_what_is_left_out(asked: Command, code: Code) -> None:
    both = opened(ScriptedExecutor(), [*DESK, Elect("dan", CASH, HASHES[0])])
    assert set(both.said[-1]) == {Code.ACCEPTED}
    both.apply(MINUTE + 2, signed_as_they_go(both, MINUTE + 2, [asked]))
    assert both.said[-1] == (code,)


@given(st.lists(trading, min_size=3, max_size=9), st.sampled_from(HASHES), st.integers(-2, 2))
@settings(max_examples=30, deadline=None)
def test_a_breach_begins_where_equity_falls_below_maintenance(
    trades: list[Command], policy: bytes, over: int
) -> None:
    both = opened(ScriptedExecutor(), [*(Elect(each, CASH, policy) for each in NAMES), *trades])
    kernel = both.kernel
    rows = kernel.world.elections
    for at in np.flatnonzero(rows["policy"]).tolist():
        found = pool_as(kernel, int(rows[at]["account"]), int(rows[at]["asset"]), at_worst=False)
        pool = int(rows[at]["pool"]) + found.maintenance - found.equity + over
        kernel.touched(Of.ELECTIONS, at)["pool"] = max(pool, 0)
    _assert_breaches_are_found(kernel)


def _assert_breaches_are_found(kernel: Kernel) -> None:
    rows, wanted = kernel.world.elections, []
    for at in np.flatnonzero(rows["policy"]).tolist():
        found = pool_as(kernel, int(rows[at]["account"]), int(rows[at]["asset"]), at_worst=False)
        wanted += [at] if found.equity < found.maintenance else []
    assert sorted(pools_in_breach(kernel, held_by_accounts(kernel)).tolist()) == wanted


# --- the bound itself ----------------------------------------------------------------------------


def _knows(maintenance: str) -> Kernel:
    """A kernel that knows nothing but a policy."""
    made = compile_policy(policy(maintenance, "130% * maintenance", GRID), "")
    kernel, known = Kernel(ScriptedExecutor()), Names((OPERATOR,), ())
    said = (RegisterAsset(CASH, 2), DefinePolicy(made))
    signed = (Signed(each, (Signer(OPERATOR, n),)) for n, each in enumerate(said, 1))
    done = kernel.apply(1, b"".join(encode(each, known) for each in signed))
    assert not done.results["code"].any()
    return kernel


amounts = st.integers(0, 2**60) | st.integers(0, 10**9) | st.sampled_from((0, 1, 2**60))
parts = st.sampled_from((0.0, 0.5, 1.0))


@given(written(), amounts, amounts, st.tuples(parts, parts, parts, parts, parts))
@settings(max_examples=150, deadline=None)
def test_nothing_is_required_beyond_the_bound(
    maintenance: str, worst: int, gross: int, of: tuple[float, ...]
) -> None:
    """Whatever the measures are of which the bound knows the largest."""
    world = _knows(maintenance).world
    tally, (low, high) = world.tally, np.empty((2, STEPS))
    net = min(int(gross * of[0]), gross)
    tally[requirements.GROSS_NOTIONAL], tally[requirements.NET_NOTIONAL] = gross, net
    tally[requirements.LARGEST] = min(int(net * of[1]), net)
    tally[requirements.WORST_LOSS] = min(int(worst * of[2]), worst)
    tally[requirements.STANDALONE_LOSS] = min(int(worst * of[3]), worst)
    tally[requirements.STANDARD_ERROR] = min(int(worst * of[4]), worst)
    requirements.required(world, 1)
    exact = int(tally[requirements.MAINTENANCE])
    assert most_required(world, 1, worst, gross, low, high) >= exact
    for equity in (exact - 1, exact - 2, -1, -(2**61)):
        asked = world, 1, equity, worst, gross
        assert equity >= exact or not is_covered(*asked, low, high)
        assert equity >= exact or not is_roughly_covered(*asked, unasked(1), low, high)


def test_a_bound_is_of_use() -> None:
    """Equity a little above what the worst of each position needs is enough to say so."""
    world, (low, high) = _knows("worst_loss + 3% * gross_notional").world, np.empty((2, STEPS))
    exact = 10**12 + 3 * 10**10
    assert is_covered(world, 1, exact + 2, 10**12, 10**12, low, high)
    assert not is_covered(world, 1, exact, 10**12, 10**12, low, high)
    kept = unasked(1)
    for amount in (10**12, 10**12 + 1):
        assert is_roughly_covered(world, 1, 2 * exact, amount, amount, kept, low, high)
        assert not is_roughly_covered(world, 1, exact, amount, amount, kept, low, high)
    assert np.count_nonzero(kept >= 0) == 1


# --- what becomes idle ---------------------------------------------------------------------------


def test_what_was_taken_back_is_looked_at_again() -> None:
    """Whoever has looked for idle collateral within a chain has not seen what lies there now."""
    world = laid_out([ROWS] * len(Of), 1)
    open_chain(world)
    touch(world, Of.POSITIONS, 0)
    assert 0 in world.moved_in(Of.POSITIONS, Look.IDLE)
    assert not len(world.moved_in(Of.POSITIONS, Look.IDLE))
    take_back(world)
    assert 0 in world.moved_in(Of.POSITIONS, Look.IDLE)


def test_nothing_opens_beside_what_nobody_prices() -> None:
    """The worst case of options on ether is beyond all amounts: a forward on something else makes
    it no more, and still needs margin. What is less of it passes."""
    forward = len(INSTRUMENTS)
    held = Trade(forward, "ann", "bob", 2, 0, CASH, 5_000, 5_000)
    both = opened(ScriptedExecutor(), [*DESK, held])
    assert set(both.said[-1]) == {Code.ACCEPTED}
    now = both.world.time + 2 * HOUR
    both.apply(now, (), _prices(now, (10_000, None)))
    tabled = {handle for handle, _ in both.world.tables}
    assert forward in tabled and 3 not in tabled
    more, less = Trade(forward, "ann", "bob", 1), Trade(forward, "bob", "ann", 1)
    said = both.apply(now + 1, signed_as_they_go(both, now + 1, [more, less]))
    assert said == (Code.BELOW_INITIAL, Code.ACCEPTED)
