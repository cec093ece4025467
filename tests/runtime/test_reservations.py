"""Transfers in two halves: set aside, then completed, given back or run out."""

import pytest

from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import Command, Complete, Deposit, Limit, Reserve, Transfer
from rfos_runtime.records.holdings import reserved
from rfos_runtime.reference.ledger import balance
from tests.runtime.stage import CASH, HOUR, MINUTE, Stage, opened


def held(stage: Stage, account: str) -> int:
    return balance(stage.world, CASH, reserved(account))


def with_reservation() -> Stage:
    """Ann holds 60 of her 100 for Bob until an hour has passed."""
    stage = opened({"ann": 100, "bob": 50, "carl": 0})
    stage.accepted(MINUTE, Reserve("ann", "bob", CASH, 60, HOUR))
    return stage


@pytest.mark.parametrize(("units", "ann", "bob"), [(60, 40, 110), (25, 75, 75), (0, 100, 50)])
def test_the_payee_takes_all_or_part_or_nothing(units: int, ann: int, bob: int) -> None:
    stage = with_reservation()
    assert (stage.free("ann"), held(stage, "ann")) == (40, 60)
    stage.accepted(2 * MINUTE, Complete("bob", 1, units))
    assert (stage.free("ann"), held(stage, "ann"), stage.free("bob")) == (ann, 0, bob)


def test_what_has_run_out_goes_back_at_its_very_instant() -> None:
    stage = with_reservation()
    stage.play(HOUR - 1)
    assert stage.free("ann") == 40
    stage.play(HOUR)
    assert (stage.free("ann"), held(stage, "ann")) == (100, 0)
    assert stage.code(Complete("bob", 1, 60)) is Code.UNKNOWN_RESERVATION


def test_what_has_run_out_can_pay_for_what_comes_at_the_same_instant() -> None:
    stage = with_reservation()
    stage.accepted(HOUR, Transfer("ann", "carl", CASH, 100))
    assert stage.free("carl") == 100


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Reserve("ann", "bob", CASH, 41, HOUR), Code.INSUFFICIENT_FREE),
        (Reserve("ann", "bob", CASH, 0, HOUR), Code.MALFORMED),
        (Reserve("ann", "bob", CASH, 5, MINUTE), Code.MALFORMED),
        (Reserve("ann", "eve", CASH, 5, HOUR), Code.UNKNOWN_ACCOUNT),
        (Reserve("ann", "bob", "EUR", 5, HOUR), Code.UNKNOWN_ASSET),
        (Complete("bob", 2, 5), Code.UNKNOWN_RESERVATION),
        (Complete("carl", 1, 5), Code.NOT_THE_PAYEE),
        (Complete("ann", 1, 0), Code.NOT_THE_PAYEE),
        (Complete("bob", 1, 61), Code.MALFORMED),
        (Complete("bob", 1, -1), Code.MALFORMED),
    ],
)
def test_a_refused_half_changes_nothing(command: Command, code: Code) -> None:
    assert with_reservation().code(command) is code


def test_reservations_have_numbers_of_their_own_that_never_come_again() -> None:
    stage = with_reservation()
    stage.accepted(2 * MINUTE, Complete("bob", 1, 0), Reserve("bob", "carl", CASH, 5, HOUR))
    assert list(stage.world.reservations) == [2]


def test_a_ceiling_is_kept_when_the_payee_completes() -> None:
    stage = with_reservation()
    stage.accepted(2 * MINUTE, Limit("bob", CASH, 0, 100))
    assert stage.code(Complete("bob", 1, 51)) is Code.ABOVE_CEILING
    assert stage.code(Complete("bob", 1, 50)) is Code.ACCEPTED
    assert stage.code(Deposit("bob", CASH, 1)) is Code.ABOVE_CEILING
