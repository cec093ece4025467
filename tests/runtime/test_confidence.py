"""How good an observation is, and what is done on it: the words that liars cannot move may lie a
hundredth apart, further and nothing opens."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_runtime.records.block import Report
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import ONE, RegisterFeed
from rfos_runtime.records.events import AuctionBegan, Observed
from rfos_runtime.records.validity import Validity
from rfos_runtime.reference.feeds import validity
from tests.runtime.stage import (
    HOUR,
    MINUTE,
    REPORTERS,
    SECOND,
    SPOT,
    SPOT_FEED,
    Stage,
    listing,
    opened,
    trade,
)

WIDEST = ONE // 100


def said(instant: int, *values: int, feed: str = SPOT) -> tuple[Report, ...]:
    pairs = zip(REPORTERS, values, strict=False)
    return tuple(Report(feed, instant, value, name) for name, value in pairs)


def heard() -> Stage:
    stage = opened({"ann": 100_000, "bob": 100_000}, feed=replace(SPOT_FEED, widest=WIDEST))
    stage.accepted(2 * SECOND, *listing(strike=10_000, expiry=100 * HOUR))
    return stage


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ((10_000, 10_000, 10_100, 10_100), Validity.GOOD),
        ((10_000, 10_000, 10_101, 10_101), Validity.WIDE),
        ((1, 10_000, 10_100, 10**9), Validity.GOOD),  # one of four lies: neither end counts
        ((1, 10_000, 10**9), Validity.GOOD),  # of three words one is left
    ],
)
def test_words_that_lie_apart_make_a_price_wide(values: tuple[int, ...], found: Validity) -> None:
    stage = heard()
    stage.play(MINUTE, reports=said(MINUTE, *values))
    assert validity(stage.world, SPOT) is found
    assert stage.told(Observed)[0].wide is (found is Validity.WIDE)


def test_nothing_opens_on_a_wide_price_but_all_else_goes_on() -> None:
    stage = heard()
    stage.play(MINUTE, trade("ann", "bob", 10, second_collateral=13_000), spot=10_000)
    later = 2 * MINUTE
    stage.play(later, reports=said(later, 10_300, 10_300, 10_500, 10_500))
    assert stage.told(AuctionBegan)
    assert stage.code(trade("ann", "bob", 1, second_collateral=10_000)) is Code.OPENING_STOPPED
    assert stage.code(trade("bob", "ann", 4)) is Code.ACCEPTED
    stage.play(3 * MINUTE, spot=10_300)
    assert stage.code(trade("ann", "bob", 1, second_collateral=10_000)) is Code.ACCEPTED


def test_how_good_it_is_falls_with_age() -> None:
    stage = heard()
    assert validity(stage.world, SPOT) is Validity.NOTHING
    stage.play(MINUTE, spot=10_000)
    stage.play(MINUTE + HOUR)
    assert validity(stage.world, SPOT) is Validity.GOOD
    stage.play(MINUTE + HOUR + 1)
    assert validity(stage.world, SPOT) is Validity.STALE


@given(
    st.integers(0, 3),
    st.lists(st.integers(9_950, 10_050), min_size=10, max_size=10),
    st.lists(st.integers(-(10**6), 10**6), min_size=3, max_size=3),
    st.permutations(range(10)),
)
def test_liars_can_make_no_honest_price_wide(
    liars: int, honest: list[int], lies: list[int], order: list[int]
) -> None:
    """Up to three of ten: what they say, or leave unsaid, neither widens what honest reporters say
    beyond what these lie apart, nor moves the price out of it."""
    names = tuple(f"r{number}" for number in range(10))
    feed = RegisterFeed("x", names, 7, HOUR, -(10**6), 10**6, widest=2 * WIDEST)
    stage = Stage()
    stage.accepted(SECOND, feed)
    told = [lies[at] if at < liars else honest[at] for at in range(10)]
    words = tuple(Report("x", MINUTE, told[at], names[at]) for at in order)
    stage.play(MINUTE, reports=words)
    (seen,) = stage.told(Observed)
    assert min(honest[liars:]) <= seen.value <= max(honest[liars:])
    assert not seen.wide
