"""Closing at the mark on both kernels: the same lots of the same accounts, by their leverage."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.kernel.arithmetic import MOST
from rfos_runtime.kernel.contracts import allotment
from rfos_runtime.kernel.machine import compiled
from rfos_runtime.kernel.margin.leverage import leverage_of
from rfos_runtime.kernel.margin.measured import Margin
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    Command,
    DefinePolicy,
    Deposit,
    Elect,
    OpenAccount,
    Post,
    RegisterAsset,
    Trade,
)
from rfos_runtime.records.events import Deleveraged
from rfos_runtime.reference import equity
from rfos_runtime.reference.allotment import allot_within
from tests.kernel.both import Both
from tests.kernel.test_ledger import signed_as_they_go
from tests.kernel.test_portfolios import HASHES, POLICIES
from tests.runtime.stage import CASH, HOUR, MINUTE, SECOND, SPOT, SPOT_FEED, agreed, listing

NAMES = ("ann", "bob", "carl", "dan", "eve")
FORWARD = listing(10_000, 900 * HOUR, payoff="forward", rules=(True, True))
CALL = listing(10_000, 900 * HOUR)
OPENING: tuple[Command, ...] = (
    RegisterAsset(CASH, 2),
    SPOT_FEED,
    *(OpenAccount(name) for name in NAMES),
    *(Deposit(name, CASH, 10**6) for name in NAMES),
    *FORWARD,
    *CALL,
    DefinePolicy(POLICIES[0]),
)
bearers = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.tuples(st.integers(1, 12) | st.integers(1, 2**40), st.integers(1, equity.HIGHEST)),
    min_size=1,
)


@given(bearers, st.binary(max_size=4), st.data())
def test_both_allot_within_alike(
    bearers: dict[str, tuple[int, int]], salt: bytes, data: st.DataObject
) -> None:
    most = {name: lots for name, (lots, _) in bearers.items()}
    weights = {name: lots * leverage for name, (lots, leverage) in bearers.items()}
    total = data.draw(st.integers(0, sum(most.values())))
    columns = (np.array(list(each.values()), np.int64) for each in (most, weights))
    found = allotment.allot_within(total, list(most), *columns, salt)
    assert dict(zip(most, found.tolist(), strict=True)) == allot_within(total, most, weights, salt)


@compiled
def _leverage(held: int, exposure: int, maintenance: int) -> int:
    margin = Margin(1, held, 0, exposure, maintenance, maintenance, held - exposure)
    return leverage_of(margin)


extremes = st.sampled_from((0, 1, 2, 999, 1_000, 1_001, MOST - 1, MOST)) | st.integers(0, MOST)


@given(extremes, extremes, extremes)
@pytest.mark.parametrize("sign", [1, -1])
def test_both_measure_leverage_alike_at_every_bound(
    sign: int, held: int, exposure: int, maintenance: int
) -> None:
    wanted = equity.Margin(held, 0, 0, sign * exposure, maintenance, maintenance).leverage
    assert _leverage(held, sign * exposure, maintenance) == wanted
    assert 1 <= wanted <= equity.HIGHEST


collateral = st.sampled_from((1_300, 1_301, 1_900, 2_600, 9_000, 40_000))
trades = st.lists(
    st.tuples(st.sampled_from(NAMES[1:]), st.integers(1, 9), collateral), min_size=1, max_size=5
)
more = st.lists(
    st.builds(
        Post,
        st.sampled_from((1, 2)),
        st.sampled_from(NAMES[1:]),
        st.sampled_from((1, 5_000, 60_000)),
    ),
    max_size=3,
)
elections = st.lists(st.sampled_from(NAMES[1:]), max_size=3, unique=True)
spots = st.sampled_from((10_300, 9_750, 9_600, 9_400, 9_000, 8_300, 7_000))


def played(
    shorts: list[tuple[str, int, int]], also: list[Command], elected: list[str], moves: list[int]
) -> Both:
    """Both kernels when ann is long against all of them and nobody bids."""
    both = Both()
    both.apply(SECOND, signed_as_they_go(both, SECOND, OPENING))
    both.apply(MINUTE, (), agreed(SPOT, MINUTE, 10_000))
    now = MINUTE + 1
    first: list[Command] = [Elect(name, CASH, HASHES[0]) for name in elected]
    for handle in (1, 2):
        first += [
            Trade(handle, "ann", name, lots, 0, CASH, lots * 1_300 * (handle == 1), lots * each)
            for name, lots, each in shorts
        ]
    both.apply(now, signed_as_they_go(both, now, first))
    both.apply(now + 1, signed_as_they_go(both, now + 1, also))
    for spot in moves:
        now = both.world.time + 20 * MINUTE
        both.apply(now, (), agreed(SPOT, now, spot))
        both.apply(now + 20 * MINUTE, ())
    return both


@given(trades, more, elections, st.lists(spots, min_size=1, max_size=3))
@settings(max_examples=40, deadline=None)
def test_both_close_alike(
    shorts: list[tuple[str, int, int]], also: list[Command], elected: list[str], moves: list[int]
) -> None:
    played(shorts, also, elected, moves)


def test_what_is_generated_closes_some_more_than_others() -> None:
    """All have as many lots. bob has elected a policy, under which his call answers too."""
    shorts = [("bob", 9, 9_000), ("carl", 9, 40_000), ("dan", 9, 1_300)]
    both = played(shorts, [], ["bob"], [9_600])
    assert set(both.said[2]) == {Code.ACCEPTED}
    told = [event for event in both.told if isinstance(event, Deleveraged)]
    closed = Counter({each.account: each.lots for each in told if each.instrument == 1})
    assert closed["dan"] > closed["bob"] > closed["carl"]
