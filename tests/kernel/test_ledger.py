"""The kernel in machine code against the reference: whatever the ledger is asked, both say and do
the same."""

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.kernel.telling import Held
from rfos_runtime.node.fast import names_of
from rfos_runtime.records.block import Signed, Signer
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    DAY,
    OPERATOR,
    SUPPLY_MAX,
    Command,
    Complete,
    Deposit,
    Drop,
    Limit,
    OpenAccount,
    Propose,
    RegisterAsset,
    Reserve,
    Stake,
    Transfer,
    Unstake,
    Withdraw,
    consents_needed,
)
from rfos_runtime.records.holdings import Purpose, free
from rfos_runtime.records.parameters import Parameter
from rfos_runtime.records.wire import encode
from tests.kernel.both import Both

NAMES, ASSETS = ("ann", "bob", "carl"), ("USD", "BTC")
OPENING = (
    *(RegisterAsset(asset, 2, supply=10**6) for asset in ASSETS),
    *(OpenAccount(name) for name in NAMES),
    *(Deposit(name, asset, 1_000) for name in NAMES for asset in ASSETS),
)

OPENED = (
    "dora",
    "eve",
    "dora",
    "ann",
    "",
    "escrow of 7",
    "issuance",
    "issuance 2",
    "del\x7f",
    "x" * 32,
)
names = st.sampled_from((*NAMES * 4, OPERATOR, "dora", "eve", "nobody"))
assets = st.sampled_from((*ASSETS * 6, "ETH", "XAU", "nothing"))
units = st.sampled_from((-1, 0, 1, 30, 30, 400, 400, 700, 1_000, 10**6, SUPPLY_MAX, 2**63 - 1))
times = st.integers(0, 9 * DAY)
receipts = st.sampled_from((b"", bytes(32), b"\x01" * 32, bytes(31) + b"\x80"))
limits = st.sampled_from(
    (
        (0, SUPPLY_MAX, SUPPLY_MAX),
        (900, 1_200, SUPPLY_MAX),
        (300, 1_000, 500),
        (0, 200, 0),
        (-1, 5, 5),
        (6, 5, 5),
        (0, 5, SUPPLY_MAX + 1),
    )
)


def limit(account: str, asset: str, bounds: tuple[int, int, int]) -> Limit:
    return Limit(account, asset, *bounds)


parameters = st.sampled_from((0, *Parameter, 11))
commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(Transfer, names, names, assets, units),
    st.builds(Transfer, names, names, assets, units),
    st.builds(Reserve, names, names, assets, units, times),
    st.builds(Complete, names, st.sampled_from((1, 1, 2, 3, -1)), units),
    st.builds(Withdraw, names, assets, units, receipts),
    st.builds(Deposit, names, assets, units, receipts),
    st.builds(Stake, names, assets, units),
    st.builds(Unstake, names, assets, units),
    st.builds(limit, names, assets, limits),
    st.builds(Propose, assets, parameters, st.sampled_from((0, 1, 10**15, -1)), times),
    st.builds(Drop, assets, parameters),
    st.builds(OpenAccount, st.sampled_from(OPENED)),
    st.builds(
        RegisterAsset, st.sampled_from(("ETH", "XAU")), st.sampled_from((2, 19)), supply=units
    ),
)


@st.composite
def signed(draw: st.DrawFn) -> tuple[Command, tuple[str, ...], int, bool]:
    """A command, who signs, by how much the number of the last is off, a link."""
    command = draw(commands)
    needed = consents_needed(command)
    wrong = tuple((name,) for name in (*NAMES, "nobody"))
    more = tuple((*needed, name) for name in (*NAMES, "nobody", needed[0]))
    signers = draw(st.sampled_from((needed,) * 40 + wrong + more))
    off, linked = (
        draw(st.sampled_from((0,) * 40 + (1, -1))),
        draw(st.sampled_from((False,) * 4 + (True,))),
    )
    return command, signers, off, linked


blocks = st.lists(
    st.tuples(st.integers(1, DAY) | st.just(8 * DAY), st.lists(signed(), max_size=12)), max_size=6
)


Batch = list[tuple[Command, tuple[str, ...], int, bool]]


def played(script: list[tuple[int, Batch]]) -> Both:
    """Both kernels after the opening and blocks, each so long after the one before."""
    both = Both()
    codes = both.apply(1, _signed(both, 1, _alone(OPENING)))
    assert set(codes) == {Code.ACCEPTED}
    for length, batch in script:
        time = both.world.time + length
        both.apply(time, _signed(both, time, batch))
    return both


def _alone(commands: Iterable[Command]) -> Batch:
    """Commands that those sign who have to."""
    return [(each, consents_needed(each), 0, False) for each in commands]


def _signed(both: Both, time: int, batch: Batch) -> list[Signed]:
    """Signs commands, each with the number that is next after those before that went well."""
    made: list[Signed] = []
    sequences = both.world.sequences()
    for command, names, off, linked in batch:
        signers = []
        for place, name in enumerate(names, 1):
            number = sequences.get(name, 0) + names[:place].count(name)
            signers.append(Signer(name, number + off * (place == len(names))))
        made.append(Signed(command, tuple(signers), linked))
        sequences = both.sequences_after(time, made)
    return made


def signed_as_they_go(both: Both, time: int, commands: Iterable[Command]) -> list[Signed]:
    """Signs commands by whoever has to."""
    return _signed(both, time, _alone(commands))


@given(blocks)
@settings(max_examples=100)
def test_both_say_and_do_the_same(script: list[tuple[int, Batch]]) -> None:
    played(script)


RECEIPT = b"\x01" * 32
STORY: tuple[tuple[Command, Code], ...] = (
    (Transfer("ann", "bob", "USD", 400), Code.ACCEPTED),
    (Transfer("ann", "ann", "USD", 600), Code.ACCEPTED),
    (Transfer("ann", "bob", "USD", 601), Code.INSUFFICIENT_FREE),
    (Transfer("ann", "dora", "USD", 1), Code.UNKNOWN_ACCOUNT),
    (Transfer("dora", "ann", "USD", 1), Code.UNKNOWN_SIGNER),
    (Transfer("ann", "bob", "ETH", 1), Code.UNKNOWN_ASSET),
    (Transfer("ann", "bob", "USD", 0), Code.MALFORMED),
    (Transfer("ann", "bob", "USD", 2**63 - 1), Code.MALFORMED),
    (OpenAccount("ann"), Code.ACCOUNT_EXISTS),
    (RegisterAsset("USD", 2), Code.ASSET_EXISTS),
    (Deposit("ann", "USD", 400, RECEIPT), Code.ACCEPTED),
    (Deposit("bob", "USD", 400, RECEIPT), Code.RECEIPT_USED),
    (Deposit("ann", "USD", 10**6 - 3_399), Code.SUPPLY_TOO_LARGE),
    (Deposit("ann", "USD", 10**6 - 3_400), Code.ACCEPTED),
    (Withdraw("ann", "USD", 10**6, RECEIPT), Code.INSUFFICIENT_FREE),
    (Withdraw("ann", "USD", 10**6 - 3_400, RECEIPT), Code.ACCEPTED),
    (Withdraw("ann", "USD", 1, RECEIPT), Code.RECEIPT_USED),
    (Withdraw("bob", "BTC", 10**6, RECEIPT), Code.RECEIPT_USED),
    (Deposit("bob", "USD", 1, RECEIPT), Code.RECEIPT_USED),
    (Limit("ann", "USD", 700, 1_200, 500), Code.ACCEPTED),
    (Transfer("ann", "bob", "USD", 301), Code.BELOW_FLOOR),
    (Stake("ann", "USD", 301), Code.BELOW_FLOOR),
    (Stake("ann", "USD", 100), Code.ACCEPTED),
    (Deposit("ann", "USD", 301), Code.ABOVE_CEILING),
    (Transfer("ann", "bob", "USD", 501), Code.ABOVE_DAILY),
    (Reserve("ann", "bob", "USD", 150, DAY), Code.ACCEPTED),
    (Complete("bob", 2, 1), Code.UNKNOWN_RESERVATION),
    (Complete("carl", 1, 1), Code.NOT_THE_PAYEE),
    (Complete("bob", 1, 151), Code.MALFORMED),
    (Complete("bob", 1, 100), Code.ACCEPTED),
    (Complete("bob", 1, 50), Code.UNKNOWN_RESERVATION),
    (Reserve("bob", "ann", "USD", 9, 0), Code.MALFORMED),
    (Limit("ann", "USD", 6, 5), Code.MALFORMED),
)


def test_both_refuse_for_the_same_reasons() -> None:
    both = played([])
    for command, code in STORY:
        time = both.world.time + 1
        assert both.apply(time, _signed(both, time, _alone([command]))) == (code,)


def test_receipts_are_known_however_often_their_tables_have_grown() -> None:
    both = played([])
    for first in range(1, 121, 40):
        receipts = [number.to_bytes(32, "big") for number in range(first, first + 40)]
        moved: list[Command] = [Deposit("ann", "USD", 1, each) for each in receipts]
        moved += [Withdraw("bob", "USD", 1, each) for each in receipts]
        time = both.world.time + 1
        assert set(both.apply(time, signed_as_they_go(both, time, moved))) == {Code.ACCEPTED}
    again = [number.to_bytes(32, "big") for number in (1, 60, 120)]
    for each in again:
        for command in (Deposit("carl", "BTC", 1, each), Withdraw("carl", "BTC", 1, each)):
            time = both.world.time + 1
            codes = both.apply(time, signed_as_they_go(both, time, [command]))
            assert codes == (Code.RECEIPT_USED,)
    assert len(both.world.deposited) == len(both.world.withdrawn) == 120


def test_what_has_run_out_goes_back_in_both() -> None:
    both = played([])
    halves = [Reserve("ann", "bob", "USD", each, 20 * each) for each in (30, 20, 10)]
    both.apply(2, _signed(both, 2, _alone(halves)))
    both.apply(300, ())
    both.apply(500, ())
    assert list(both.world.reservations) == [1]


def test_an_entry_names_the_command_that_made_it() -> None:
    both = played([])
    paid = _alone(Transfer("ann", "bob", "USD", each) for each in (9_999, 1, 2))
    names = names_of(both.kernel)
    records = b"".join(encode(each, names) for each in _signed(both, 2, paid))
    assert list(both.kernel.apply(2, records).events["command"]) == [2, 3]
    again = played([])
    again.apply(2, _signed(again, 2, _alone([Reserve("ann", "bob", "USD", 5, 4)])))
    assert list(again.kernel.apply(4, b"").events["command"]) == [0]


def test_names_that_a_block_does_not_make_known_after_all_stand_for_nothing() -> None:
    both = played([])
    asked: Batch = [
        (OpenAccount("dora"), ("ann",), 0, False),
        (OpenAccount("eve"), (OPERATOR,), 0, True),
        (Deposit("eve", "USD", 5), (OPERATOR,), 0, False),
        (RegisterAsset("ETH", 2), ("ann",), 0, False),
        (RegisterAsset("XAU", 2), (OPERATOR,), 0, False),
        (Deposit("eve", "XAU", 7), (OPERATOR,), 0, False),
        (Deposit("dora", "XAU", 7), (OPERATOR,), 0, False),
        (Deposit("eve", "ETH", 7), (OPERATOR,), 0, False),
        (OpenAccount("dora"), (OPERATOR, "eve"), 0, False),
        (Transfer("eve", "dora", "XAU", 3), ("eve",), 0, False),
    ]
    codes = both.apply(2, _signed(both, 2, asked))
    assert [code for code in codes if code is not Code.ACCEPTED] == [
        Code.NOT_SIGNED,
        Code.NOT_SIGNED,
        Code.UNKNOWN_ACCOUNT,
        Code.UNKNOWN_ASSET,
    ]
    assert both.world.balances["XAU", free("dora")] == 3


def test_a_block_in_parts_is_the_same_block() -> None:
    whole, parted = played([]), played([])
    paid = _alone(Transfer("ann", "bob", "USD", each) for each in (5, 9_999, 1, 2))
    names = names_of(whole.kernel)
    records = [encode(each, names) for each in _signed(whole, 2, paid)]
    one, other = whole.kernel.apply(2, b"".join(records)), parted.kernel.apply_parts(2, records)
    assert (one.results == other.results).all()
    assert (one.events == other.events).all()
    assert whole.kernel.root() == parted.kernel.root()


def test_what_balances_are_held_for_is_counted_in_one_order() -> None:
    """A pool is the collateral of no one instrument."""
    purposes = [each.name for each in Held if each is not Held.POOL]
    assert purposes == [each.name for each in Purpose]
