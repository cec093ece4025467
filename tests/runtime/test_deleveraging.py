"""Whose lots are closed at the mark: those near their own liquidation more than the well margined.

A forward struck at 10 000; per lot maintenance is 10 % of the spot and initial margin 13 %.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.records.events import Deleveraged, ShortPaid
from rfos_runtime.reference.bounds import MOST
from rfos_runtime.reference.equity import HIGHEST, Margin
from tests.runtime.stage import HOUR, MINUTE, SECOND, Stage, listing, opened, trade

BOTH = {"payoff": "forward", "rules": (True, True)}
Short = tuple[str, int, int]
"""Who is short, how many lots, and with how much collateral for each."""


def closed(shorts: list[Short], spot: int, ann: int = 1_300, stake: int = 0) -> Stage:
    """ann is long against all of them, and the clock of her auction has run out."""
    lots = sum(n for _, n, _ in shorts)
    funds = {"ann": lots * ann} | {name: n * each for name, n, each in shorts}
    stage = opened(funds, stake)
    stage.accepted(2 * SECOND, *listing(strike=10_000, expiry=100 * HOUR, **BOTH), spot=10_000)
    orders = [
        trade("ann", name, n, first_collateral=n * ann, second_collateral=n * each)
        for name, n, each in shorts
    ]
    stage.accepted(3 * SECOND, *orders)
    stage.accepted(MINUTE, spot=spot)
    stage.accepted(HOUR)
    return stage


def lots_closed(stage: Stage) -> dict[str, int]:
    return {event.account: event.lots for event in stage.told(Deleveraged)}


def test_the_one_with_more_leverage_is_closed_more() -> None:
    """At 9 600 a short lot is worth 400 and needs 960: of equities of 2 300 and 6 400 a lot that is
    417 and 150 thousandths. ann lacks 3 480, a lot closed frees 1 248: 3 of 10 are closed."""
    stage = closed([("bob", 5, 1_900), ("carl", 5, 6_000)], spot=9_600)
    assert lots_closed(stage) == {"bob": 2, "carl": 1}  # 2.2 and 0.8


def test_nobody_is_closed_beyond_its_lots() -> None:
    """All but bob's lots are fully margined, and he has one."""
    stage = closed([("bob", 1, 1_300), ("carl", 5, 90_000), ("dan", 4, 90_000)], spot=9_600)
    assert lots_closed(stage) == {"bob": 1, "carl": 1, "dan": 1}


def test_a_deficit_follows_the_lots_that_are_closed_and_is_allotted_exactly() -> None:
    """At 8 000 all lots are closed, whatever their leverage: ann owes 20 000 and has 13 000."""
    stage = closed([("bob", 5, 1_300), ("carl", 5, 9_000)], spot=8_000, stake=1_001)
    assert lots_closed(stage) == {"bob": 5, "carl": 5}
    short = {event.account: event.units for event in stage.told(ShortPaid)}
    assert sum(short.values()) == 20_000 - 13_000 - 1_001
    assert abs(short["bob"] - short["carl"]) == 1


shorts = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from((1_300, 1_301, 1_700, 2_600, 9_000, 40_000))),
    min_size=2,
    max_size=5,
)


@given(shorts, st.sampled_from((9_750, 9_700, 9_600, 9_400, 9_000)))
@settings(max_examples=25, deadline=None)
def test_of_two_with_the_same_lots_the_riskier_is_closed_no_less(
    held: list[tuple[int, int]], spot: int
) -> None:
    names = ("bob", "carl", "dan", "eve", "fay")
    stage = closed([(name, *each) for name, each in zip(names, held, strict=False)], spot)
    found = lots_closed(stage)
    for one, (lots, units) in zip(names, held, strict=False):
        assert found.get(one, 0) <= lots
        for other, (others, more) in zip(names, held, strict=False):
            if lots == others and _leverage(units, spot) > _leverage(more, spot):
                assert found.get(one, 0) >= found.get(other, 0)


def _leverage(units: int, spot: int) -> int:
    return 1_000 * (spot // 10) // (units + 10_000 - spot)


@pytest.mark.parametrize(
    ("held", "maintenance", "leverage"),
    [
        (1_000, 1_000, HIGHEST),
        (1_001, 1_000, 999),
        (2_000, 1_000, 500),
        (999, 1_000, HIGHEST),
        (-5, 0, HIGHEST),
        (0, 0, 1),
        (1_000, 0, 1),
        (MOST, 1, 1),
    ],
)
def test_leverage_is_what_maintenance_takes_up(held: int, maintenance: int, leverage: int) -> None:
    assert Margin(held, 0, 0, 0, maintenance, maintenance).leverage == leverage
