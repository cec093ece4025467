"""Limits of accounts, bounds of supply, receipts of what comes in and leaves."""

import pytest

from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    DAY,
    SUPPLY_MAX,
    Command,
    Deposit,
    Limit,
    RegisterAsset,
    Reserve,
    Stake,
    Transfer,
    Withdraw,
)
from tests.runtime.stage import CASH, HOUR, MINUTE, Stage, opened

RECEIPT = b"\x07" * 32


def limited(floor: int = 0, ceiling: int = SUPPLY_MAX, daily: int = SUPPLY_MAX) -> Stage:
    stage = opened({"ann": 100, "bob": 50})
    stage.accepted(MINUTE, Limit("ann", CASH, floor, ceiling, daily))
    return stage


@pytest.mark.parametrize("units", [81, 100])
@pytest.mark.parametrize("make", [Withdraw, Stake, lambda a, c, n: Transfer(a, "bob", c, n)])
def test_an_account_cannot_go_below_its_floor(make: type, units: int) -> None:
    stage = limited(floor=20)
    assert stage.code(make("ann", CASH, units)) is Code.BELOW_FLOOR
    assert stage.code(make("ann", CASH, 80)) is Code.ACCEPTED


@pytest.mark.parametrize("command", [Deposit("ann", CASH, 21), Transfer("bob", "ann", CASH, 21)])
def test_nothing_brings_an_account_above_its_ceiling(command: Command) -> None:
    assert limited(ceiling=120).code(command) is Code.ABOVE_CEILING


def test_what_an_account_gives_itself_knows_no_ceiling() -> None:
    assert limited(ceiling=90).code(Transfer("ann", "ann", CASH, 5)) is Code.ACCEPTED


def test_so_much_goes_out_a_day_by_whatever_command() -> None:
    stage = limited(daily=50)
    stage.accepted(HOUR, Withdraw("ann", CASH, 20), Transfer("ann", "bob", CASH, 20))
    assert stage.code(Reserve("ann", "bob", CASH, 11, DAY)) is Code.ABOVE_DAILY
    assert stage.code(Withdraw("ann", CASH, 10)) is Code.ACCEPTED
    assert stage.code(Withdraw("ann", CASH, 1)) is Code.ABOVE_DAILY
    stage.accepted(DAY, Withdraw("ann", CASH, 50))


def test_limits_may_change_and_go() -> None:
    stage = limited(floor=100)
    assert stage.code(Withdraw("ann", CASH, 1)) is Code.BELOW_FLOOR
    stage.accepted(HOUR, Limit("ann", CASH))
    assert stage.world.limits == {}
    stage.accepted(2 * HOUR, Withdraw("ann", CASH, 100))


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Limit("eve", CASH), Code.UNKNOWN_ACCOUNT),
        (Limit("ann", "EUR"), Code.UNKNOWN_ASSET),
        (Limit("ann", CASH, -1), Code.MALFORMED),
        (Limit("ann", CASH, 6, 5), Code.MALFORMED),
        (Limit("ann", CASH, 0, 5, SUPPLY_MAX + 1), Code.MALFORMED),
    ],
)
def test_a_refused_limit_changes_nothing(command: Command, code: Code) -> None:
    assert limited(daily=7).code(command) is code


def test_the_supply_of_an_asset_is_bounded() -> None:
    stage = opened({"ann": 0})
    assert stage.code(RegisterAsset("XAU", 3, supply=0)) is Code.MALFORMED
    stage.accepted(MINUTE, RegisterAsset("XAU", 3, supply=1_000), Deposit("ann", "XAU", 999))
    assert stage.code(Deposit("ann", "XAU", 2)) is Code.SUPPLY_TOO_LARGE
    stage.accepted(HOUR, Withdraw("ann", "XAU", 5), Deposit("ann", "XAU", 6))


def test_a_receipt_counts_once() -> None:
    stage = opened({"ann": 0, "bob": 0})
    assert stage.code(Deposit("ann", CASH, 5, RECEIPT)) is Code.ACCEPTED
    assert stage.code(Deposit("ann", CASH, 5, RECEIPT)) is Code.RECEIPT_USED
    assert stage.code(Deposit("bob", CASH, 7, RECEIPT)) is Code.RECEIPT_USED
    assert stage.code(Deposit("bob", CASH, 7, RECEIPT[1:])) is Code.MALFORMED
    assert stage.code(Withdraw("bob", CASH, 7, RECEIPT[1:])) is Code.MALFORMED
    assert stage.code(Deposit("bob", CASH, 7, RECEIPT[1:] + b"\x01")) is Code.ACCEPTED


def test_a_receipt_of_what_leaves_counts_once_too() -> None:
    stage = opened({"ann": 0, "bob": 0})
    both = Deposit("ann", CASH, 50, RECEIPT), Deposit("bob", CASH, 50)
    stage.accepted(HOUR, *both)
    assert stage.code(Withdraw("ann", CASH, 51, RECEIPT)) is Code.INSUFFICIENT_FREE
    assert stage.code(Withdraw("ann", CASH, 5, RECEIPT)) is Code.ACCEPTED
    assert stage.code(Withdraw("ann", CASH, 5, RECEIPT)) is Code.RECEIPT_USED
    assert stage.code(Withdraw("bob", CASH, 7, RECEIPT)) is Code.RECEIPT_USED
    assert stage.code(Withdraw("bob", CASH, 7, bytes(32))) is Code.ACCEPTED
    assert stage.code(Withdraw("bob", CASH, 7, bytes(32))) is Code.ACCEPTED
