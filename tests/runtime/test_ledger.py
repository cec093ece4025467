"""Money and the envelope: what each command does, and which code refuses it."""

import pytest

from rfos_runtime.records.block import Block, Signed, Signer
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    OPERATOR,
    SUPPLY_MAX,
    Command,
    Define,
    Deposit,
    OpenAccount,
    RegisterAsset,
    RegisterFeed,
    Stake,
    Transfer,
    Withdraw,
)
from rfos_runtime.reference.block import apply
from rfos_runtime.reference.world import genesis
from tests.executors.scripted_executor import ScriptedExecutor
from tests.runtime.stage import CASH, SECOND, SPOT_FEED, Stage, opened


@pytest.mark.parametrize(
    ("command", "ann", "bob", "fund"),
    [
        (Deposit("ann", CASH, 5), 105, 50, 0),
        (Withdraw("ann", CASH, 100), 0, 50, 0),
        (Transfer("ann", "bob", CASH, 30), 70, 80, 0),
        (Transfer("ann", "ann", CASH, 30), 100, 50, 0),
        (Stake("bob", CASH, 20), 100, 30, 20),
    ],
)
def test_money_moves(command: Command, ann: int, bob: int, fund: int) -> None:
    stage = opened({"ann": 100, "bob": 50})
    assert stage.code(command) is Code.ACCEPTED
    assert (stage.free("ann"), stage.free("bob"), stage.fund()) == (ann, bob, fund)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (RegisterAsset(CASH, 2), Code.ASSET_EXISTS),
        (RegisterAsset("EUR", 19), Code.MALFORMED),
        (RegisterAsset("", 2), Code.MALFORMED),
        (SPOT_FEED, Code.FEED_EXISTS),
        (RegisterFeed("x", ("a", "a"), 1, 0, 0, 1), Code.MALFORMED),
        (RegisterFeed("x", ("a",), 2, 0, 0, 1), Code.MALFORMED),
        (RegisterFeed("x", ("a",), 1, 0, 1, 0), Code.MALFORMED),
        (OpenAccount("ann"), Code.ACCOUNT_EXISTS),
        (Deposit("eve", CASH, 5), Code.UNKNOWN_ACCOUNT),
        (Deposit("ann", "EUR", 5), Code.UNKNOWN_ASSET),
        (Deposit("ann", CASH, -5), Code.MALFORMED),
        (Deposit("ann", CASH, 0), Code.MALFORMED),
        (Deposit("ann", CASH, SUPPLY_MAX), Code.SUPPLY_TOO_LARGE),
        (Withdraw("ann", CASH, 101), Code.INSUFFICIENT_FREE),
        (Transfer("ann", "bob", CASH, 101), Code.INSUFFICIENT_FREE),
        (Transfer("ann", "eve", CASH, 1), Code.UNKNOWN_ACCOUNT),
        (Transfer("eve", "ann", CASH, 1), Code.UNKNOWN_SIGNER),
        (Stake("ann", CASH, 101), Code.INSUFFICIENT_FREE),
        (Define("ann", b"\xff"), Code.BAD_ARTEFACT),
    ],
)
def test_a_refused_command_has_its_code_and_changes_nothing(command: Command, code: Code) -> None:
    assert opened({"ann": 100, "bob": 50}).code(command) is code


def test_the_same_signed_command_takes_effect_once() -> None:
    stage = opened({"ann": 100, "bob": 50})
    signed = stage.signed((Transfer("ann", "bob", CASH, 10),))
    block = Block(stage.world.number + 1, 2 * SECOND, (), signed * 3)
    world, applied = apply(stage.world, block, stage.executor)
    assert applied.results == (Code.ACCEPTED, Code.WRONG_SEQUENCE, Code.WRONG_SEQUENCE)
    later = Block(block.number + 1, 3 * SECOND, (), signed)
    _, applied = apply(world, later, stage.executor)
    assert applied.results == (Code.WRONG_SEQUENCE,)


def test_a_refused_command_leaves_its_sequence_number_free() -> None:
    stage = opened({"ann": 100, "bob": 50})
    signer = (Signer("ann", 1),)
    too_much = Signed(Transfer("ann", "bob", CASH, 1000), signer)
    enough = Signed(Transfer("ann", "bob", CASH, 100), signer)
    block = Block(stage.world.number + 1, 2 * SECOND, (), (too_much, enough))
    _, applied = apply(stage.world, block, stage.executor)
    assert applied.results == (Code.INSUFFICIENT_FREE, Code.ACCEPTED)


@pytest.mark.parametrize(
    ("signers", "code"),
    [
        ((), Code.MALFORMED),  # it has no record
        ((Signer("bob", 1),), Code.NOT_SIGNED),
        ((Signer("eve", 1),), Code.UNKNOWN_SIGNER),
        ((Signer("ann", 0),), Code.WRONG_SEQUENCE),
        ((Signer("ann", 2),), Code.WRONG_SEQUENCE),
        ((Signer("ann", 1), Signer("ann", 1)), Code.WRONG_SEQUENCE),
    ],
)
def test_the_payer_must_sign_with_its_next_number(signers: tuple[Signer, ...], code: Code) -> None:
    stage = opened({"ann": 100, "bob": 50})
    signed = Signed(Transfer("ann", "bob", CASH, 10), signers)
    block = Block(stage.world.number + 1, 2 * SECOND, (), (signed,))
    world, applied = apply(stage.world, block, stage.executor)
    assert applied.results == (code,)
    assert world.accounts == stage.world.accounts


def test_only_the_operator_registers() -> None:
    signed = Signed(RegisterAsset(CASH, 2), (Signer("ann", 1),))
    open_ann = Stage().signed((OpenAccount("ann"),))
    block = Block(1, 1, (), (*open_ann, signed))
    _, applied = apply(genesis(), block, ScriptedExecutor())
    assert applied.results == (Code.ACCEPTED, Code.NOT_SIGNED)
    assert OPERATOR in genesis().accounts
