"""What may be set moves within its bounds, a step at a time, and never by surprise."""

import pytest

from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import DAY, ONE, Drop, Propose
from rfos_runtime.records.events import Enacted, Overtaken
from rfos_runtime.records.parameters import RULES, Parameter
from rfos_runtime.reference.parameters import value_of
from tests.runtime.stage import CASH, MINUTE, SECOND, Stage, opened

FEE, DELAY = Parameter.FEE, RULES[Parameter.FEE].delay
THOUSANDTH = ONE // 1_000


def proposed(value: int, at: int = MINUTE + DELAY, parameter: int = FEE) -> Propose:
    return Propose(CASH, parameter, value, at)


def fee(stage: Stage) -> int:
    return value_of(stage.world, CASH, FEE)


def test_a_proposal_takes_effect_at_its_instant_and_not_before() -> None:
    stage = opened({"ann": 100})
    stage.accepted(MINUTE, proposed(THOUSANDTH))
    stage.play(MINUTE + DELAY - 1)
    assert fee(stage) == 0
    stage.play(MINUTE + DELAY)
    assert fee(stage) == THOUSANDTH
    assert stage.told(Enacted) == [Enacted(CASH, FEE, THOUSANDTH)]


def test_a_block_that_comes_late_finds_it_in_effect() -> None:
    stage = opened({"ann": 100})
    stage.accepted(MINUTE, proposed(THOUSANDTH))
    stage.play(MINUTE + 2 * DELAY)
    assert fee(stage) == THOUSANDTH


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (proposed(THOUSANDTH, parameter=99), Code.UNKNOWN_PARAMETER),
        (Propose("EUR", FEE, 1, DAY * 9), Code.UNKNOWN_ASSET),
        (proposed(-1), Code.BEYOND_BOUNDS),
        (proposed(ONE // 100 + 1), Code.BEYOND_BOUNDS),
        (proposed(THOUSANDTH + 1), Code.BEYOND_STEP),
        (proposed(THOUSANDTH, at=SECOND + DELAY), Code.TOO_SOON),
        (Drop(CASH, FEE), Code.UNKNOWN_PROPOSAL),
        (Drop(CASH, 0), Code.UNKNOWN_PARAMETER),
    ],
)
def test_what_may_not_be_proposed(command: Propose | Drop, code: Code) -> None:
    assert opened({"ann": 100}).code(command) is code


def test_a_later_proposal_takes_the_place_of_one_that_waits_and_one_can_be_dropped() -> None:
    stage = opened({"ann": 100})
    stage.accepted(MINUTE, proposed(THOUSANDTH), proposed(5), Propose(CASH, 9, 7, 9 * DAY))
    stage.accepted(2 * MINUTE, Drop(CASH, 9))
    stage.play(9 * DAY)
    assert (fee(stage), value_of(stage.world, CASH, Parameter.REWARD)) == (5, 0)


def test_from_one_step_to_the_next_a_delay_must_pass() -> None:
    """Two thousandths are out of reach until one holds."""
    stage = opened({"ann": 100})
    stage.accepted(MINUTE, proposed(THOUSANDTH))
    assert stage.code(proposed(2 * THOUSANDTH, at=9 * DAY)) is Code.BEYOND_STEP
    stage.accepted(MINUTE + DELAY, proposed(2 * THOUSANDTH, at=MINUTE + 2 * DELAY))
    stage.play(MINUTE + 2 * DELAY)
    assert fee(stage) == 2 * THOUSANDTH


def test_every_first_value_lies_within_its_bounds_and_every_delay_leaves_time_to_leave() -> None:
    assert set(RULES) == set(Parameter)
    for rule in RULES.values():
        assert rule.lowest <= rule.first <= rule.highest < 2**63
        assert rule.step > 0
        assert rule.delay >= DAY


def test_what_became_too_far_is_not_enacted() -> None:
    stage = opened({"ann": 100})
    two = Propose(CASH, FEE, THOUSANDTH, MINUTE + DELAY)
    stage.accepted(MINUTE, two)
    stage.play(MINUTE + DELAY)
    stage.accepted(MINUTE + DELAY + 1, Propose(CASH, FEE, 2 * THOUSANDTH, MINUTE + 2 * DELAY + 1))
    stage.world.parameters.clear()  # as if it had been set back meanwhile
    stage.play(MINUTE + 2 * DELAY + 1)
    assert stage.told(Overtaken) == [Overtaken(CASH, FEE, 2 * THOUSANDTH)]
    assert fee(stage) == 0
