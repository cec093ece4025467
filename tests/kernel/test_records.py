"""Commands as records: there and back, and bytes that are no command."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_runtime.records.block import RECORDS, Signed, Signer
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    STAND_ALONE,
    Bid,
    Choose,
    Command,
    Deposit,
    Trade,
    Withdraw,
)
from rfos_runtime.records.layout import COMMAND, EVENT, RESULT
from rfos_runtime.records.operations import OPERATIONS, Op
from rfos_runtime.records.wire import SIZE, Names, NoCommand, decode, encode
from tests.kernel.test_ledger import commands, played

ACCOUNTS, ASSETS = ("operator", "ann", "bob", "carl", "dora", "eve"), ("USD", "BTC", "ETH", "XAU")
NAMES = Names((*ACCOUNTS, "nobody", ""), (*ASSETS, "nothing"))
names, few = st.sampled_from(ACCOUNTS), st.integers(0, 9)
contracts: st.SearchStrategy[Command] = st.one_of(
    st.builds(Trade, few, names, names, few, st.integers(-5, 5), st.sampled_from(ASSETS), few, few),
    st.builds(Choose, few, names, few, few, st.lists(few).map(tuple)),
    st.builds(Bid, names, st.none() | st.integers(1, 9), few, few),
)
signers = st.lists(st.builds(Signer, names, few), min_size=1, max_size=3).map(tuple)
signed = st.builds(Signed, commands | contracts, signers, st.booleans())


def test_records_have_their_sizes() -> None:
    assert [each.struct.size for each in (COMMAND, RESULT, EVENT)] == [128, 32, 64]


def test_what_has_no_room_in_a_record_stands_alone() -> None:
    assert {each.kind for each in OPERATIONS.values() if each.places is None} == {*STAND_ALONE}


def test_every_command_has_a_number() -> None:
    assert {each.kind for each in OPERATIONS.values()} < set(RECORDS)


@given(st.lists(signed, max_size=5))
def test_commands_come_back_from_their_records(made: list[Signed]) -> None:
    records = b"".join(encode(each, NAMES) for each in made)
    assert list(decode(records, lambda: NAMES)) == list(map(_as_meant, made))


def _as_meant(made: Signed) -> Signed:
    """A receipt of zeros is none."""
    match made.command:
        case Deposit(receipt=receipt) | Withdraw(receipt=receipt) if not any(receipt):
            return replace(made, command=replace(made.command, receipt=b""))
    return made


@given(signed, st.integers(0, SIZE - 1), st.integers(1, 255))
def test_an_altered_byte_is_another_command_or_none(made: Signed, at: int, by: int) -> None:
    records = bytearray(encode(made, NAMES))
    records[at] ^= by
    try:
        again = list(decode(bytes(records), lambda: NAMES))
    except NoCommand:
        return
    tag = COMMAND.struct.size - 16
    assert again != [made] or tag <= at % SIZE < tag + 8


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"op": 0}, Code.UNKNOWN_OPERATION),
        ({"op": -5}, Code.UNKNOWN_OPERATION),
        ({"op": 2**31 - 1}, Code.UNKNOWN_OPERATION),
        ({"op": Op.CONTINUES}, Code.UNKNOWN_OPERATION),
        ({"reserved": 1}, Code.NOT_ZERO),
        ({"flags": 2}, Code.NOT_ZERO),
        ({"flags": -(2**31)}, Code.NOT_ZERO),
        ({"instrument": 7}, Code.NOT_ZERO),
        ({"price": -1}, Code.NOT_ZERO),
        ({"session": -(2**63)}, Code.UNKNOWN_SIGNER),
        ({"session": 2}, Code.NOT_SIGNED),
        ({"sequence": 2**63 - 1}, Code.WRONG_SEQUENCE),
        ({"account": -1}, Code.UNKNOWN_ACCOUNT),
        ({"asset": -1}, Code.UNKNOWN_ASSET),
        ({"tag": -1}, Code.ACCEPTED),
    ],
)
def test_a_record_that_is_no_command_is_refused_by_its_code(
    change: dict[str, int], code: Code
) -> None:
    both = played([])
    sequence = both.world.sequences()["operator"] + 1
    record = encode(Signed(Deposit("ann", "USD", 5), (Signer("operator", sequence),)), NAMES)
    altered = COMMAND.packed(COMMAND.unpacked(record) | change)
    done = both.kernel.apply(both.world.time + 1, altered)
    assert list(done.results["code"]) == [code]


@given(st.lists(st.binary(min_size=SIZE, max_size=SIZE), max_size=4), st.data())
def test_whatever_bytes_come_the_ledger_stands(rows: list[bytes], data: st.DataObject) -> None:
    both = played([])
    ops = st.sampled_from((*Op, 0, 1023, 1024))
    records = np.frombuffer(b"".join(rows), np.int64).reshape(-1, SIZE // 8).copy()
    for row in records:
        row[0] = data.draw(ops) + (data.draw(st.integers(0, 1)) << 32)
    before = both.kernel.world.balances.copy()
    both.kernel.apply(both.world.time + 1, records.tobytes())
    assert (both.kernel.world.balances == before).all()
