"""Opening, posting, releasing, and what happens while risk is unknown."""

from dataclasses import replace

import pytest

from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import Command, Lock, Post, Release
from rfos_runtime.reference.margin import margin_of
from tests.runtime.stage import CASH, HOUR, SECOND, Stage, listing, opened, trade


def listed(**script: object) -> Stage:
    """A call at the money: maintenance 1000 and initial 1300 a lot for the writer."""
    stage = opened({"ann": 100_000, "amy": 0, "bob": 100_000})
    stage.accepted(2 * SECOND, *listing(strike=10_000, **script), spot=10_000)  # type: ignore[arg-type]
    return stage


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (trade("ann", "bob", 2, second_collateral=2599), Code.BELOW_INITIAL),
        (trade("ann", "bob", 2, second_collateral=2600), Code.ACCEPTED),
        (trade("ann", "bob", 2, second_collateral=100_001), Code.INSUFFICIENT_FREE),
        (trade("ann", "bob", 0), Code.MALFORMED),
        (trade("ann", "bob", -1), Code.MALFORMED),
        (trade("ann", "ann", 1), Code.MALFORMED),
        (trade("ann", "bob", 1, first_collateral=1), Code.NO_COLLATERAL_RULE),
        (trade("ann", "bob", 1, second_collateral=-1), Code.MALFORMED),
        (trade("amy", "bob", 1, premium=1, second_collateral=1300), Code.INSUFFICIENT_FREE),
        (trade("amy", "bob", 1, premium=-1, second_collateral=1300), Code.ACCEPTED),
        (trade("ann", "bob", 1, instrument=2), Code.UNKNOWN_INSTRUMENT),
        (Post(1, "bob", 100), Code.NO_POSITION),
        (Release(1, "bob", 100), Code.NO_COLLATERAL_RULE),
    ],
)
def test_opening_needs_initial_margin(command: Command, code: Code) -> None:
    assert listed().code(command) is code


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Post(1, "bob", 1), Code.ACCEPTED),
        (Post(1, "bob", 0), Code.MALFORMED),
        (Post(1, "bob", 10**6), Code.INSUFFICIENT_FREE),
        (Post(1, "ann", 1), Code.NO_COLLATERAL_RULE),
        (Release(1, "bob", 400), Code.ACCEPTED),
        (Release(1, "bob", 401), Code.BELOW_INITIAL),
        (Release(1, "bob", 3001), Code.INSUFFICIENT_COLLATERAL),
        (Release(1, "bob", -1), Code.MALFORMED),
    ],
)
def test_collateral_is_released_down_to_initial(command: Command, code: Code) -> None:
    stage = listed()
    stage.accepted(3 * SECOND, trade("ann", "bob", 2, second_collateral=3000))
    assert stage.code(command) is code


def test_what_shrinks_a_position_always_passes() -> None:
    stage = listed()
    stage.accepted(3 * SECOND, trade("ann", "bob", 2, second_collateral=2600))
    stage.accepted(4 * SECOND, spot=10_200)  # below initial, above maintenance
    assert margin_of(stage.world, 1, "bob").equity < margin_of(stage.world, 1, "bob").initial
    assert stage.code(trade("ann", "bob", 1)) is Code.BELOW_INITIAL
    assert stage.code(trade("bob", "ann", 1)) is Code.ACCEPTED
    assert (stage.lots("bob"), stage.collateral("bob")) == (-1, 2600)
    assert stage.code(trade("bob", "ann", 1)) is Code.ACCEPTED
    assert (stage.lots("bob"), stage.free("bob")) == (0, 100_000)


def test_turning_a_position_is_opening_one() -> None:
    stage = listed()
    stage.accepted(3 * SECOND, trade("ann", "bob", 2, second_collateral=2600))
    turn = trade("bob", "ann", 4)  # ann from 2 long to 2 short
    assert stage.code(turn) is Code.BELOW_INITIAL
    assert stage.code(replace(turn, second_collateral=2600)) is Code.ACCEPTED
    assert (stage.lots("ann"), stage.lots("bob")) == (-2, 2)
    assert stage.free("bob") == 100_000  # his side needs nothing any more


def test_a_dead_feed_stops_openings_and_release_and_starts_no_liquidation() -> None:
    stage = listed(locks=(None, Lock(CASH, 5_000)))
    stage.accepted(3 * SECOND, trade("ann", "bob", 2, second_collateral=11_000))
    stage.accepted(2 * HOUR)  # the observation was good for one hour
    assert stage.world.instruments[1].mark is None
    assert stage.world.auctions == {}
    opening = trade("ann", "bob", 1, second_collateral=50_000)
    assert stage.code(opening) is Code.OPENING_STOPPED
    assert stage.code(Release(1, "bob", 1001)) is Code.BELOW_INITIAL
    assert stage.code(Release(1, "bob", 1000)) is Code.ACCEPTED
    assert stage.code(trade("bob", "ann", 1)) is Code.ACCEPTED


def test_a_risk_that_is_not_finite_never_refuses_the_observation() -> None:
    stage = listed()
    stage.accepted(3 * SECOND, trade("ann", "bob", 2, second_collateral=2600))
    stage.accepted(4 * SECOND, spot=0)
    assert stage.world.feeds["spot(BTC, USD)"].newest == (4 * SECOND, 0, False)
    assert stage.world.instruments[1].mark is None
    assert stage.code(Release(1, "bob", 1)) is Code.BELOW_INITIAL


def test_a_side_without_a_rule_locks_its_worst_case() -> None:
    stage = listed(rules=(False, False), locks=(None, Lock(CASH, 5_000)))
    assert stage.code(trade("ann", "bob", 2, second_collateral=9_999)) is Code.BELOW_INITIAL
    assert stage.code(trade("ann", "bob", 2, second_collateral=10_000)) is Code.ACCEPTED
    stage.accepted(4 * SECOND, spot=14_000)
    assert stage.world.auctions == {}
    stage.accepted(10 * HOUR, spot=14_000)
    assert (stage.free("ann"), stage.free("bob")) == (108_000, 92_000)


@pytest.mark.parametrize(
    ("lock", "code"),
    [
        (None, Code.BELOW_INITIAL),
        (Lock(CASH, None), Code.BELOW_INITIAL),
        (Lock(CASH, 90_001), Code.BELOW_INITIAL),
        (Lock(CASH, 90_000), Code.ACCEPTED),
    ],
)
def test_a_rule_without_risk_locks_its_worst_case(lock: Lock | None, code: Code) -> None:
    stage = listed(has_risk=False, locks=(None, lock))
    assert stage.code(trade("ann", "bob", 1, second_collateral=90_000)) is code
