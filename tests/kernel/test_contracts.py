"""Lives of contracts on both kernels: whatever falls due, is observed, is missing, both do the
same."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.records.block import Report, Signed, Signer
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    OPERATOR,
    Command,
    Define,
    Deposit,
    List,
    Lock,
    OpenAccount,
    RegisterAsset,
    Stake,
    Trade,
    Transfer,
    Withdraw,
)
from tests.executors import scripted_executor as scripts
from tests.kernel.both import Both
from tests.kernel.test_ledger import signed_as_they_go
from tests.runtime.stage import CASH, HOUR, MINUTE, SECOND, SPOT, SPOT_FEED, agreed, listing

NAMES = ("ann", "bob", "carl", "dan")
BARE = {"rules": (False, False), "locks": (None, Lock(CASH, 9_000))}
INSTRUMENTS = (
    listing(strike=10_000, expiry=6 * HOUR, **BARE),
    listing(strike=10_000, expiry=9 * HOUR, payoff="forward", lag=2 * HOUR, **BARE),
    listing(strike=9_500, expiry=3 * HOUR, barrier=8_000, **BARE),
    listing(strike=9_000, expiry=5 * HOUR, fails=True, **BARE),
    listing(strike=9_000, expiry=8 * HOUR, lag=HOUR, start=4 * HOUR, **BARE),
)
OPENING: tuple[Command, ...] = (
    RegisterAsset(CASH, 2),
    SPOT_FEED,
    *(OpenAccount(name) for name in NAMES),
    *(Deposit(name, CASH, 5_000) for name in NAMES),
    Stake("dan", CASH, 500),
    *(command for pair in INSTRUMENTS for command in pair),
)
HOLDERS = (
    {"ann": 3, "carl": 2, "bob": -5},
    {"bob": 2, "carl": 1, "dan": -2, "ann": -1},
    {"ann": 1, "dan": -1},
    {"carl": 4, "ann": -4},
    {"dan": 7, "carl": -3, "ann": -4},
)


def opened() -> Both:
    """Both kernels with five instruments that accounts hold."""
    both = Both()
    assert set(both.apply(SECOND, signed_as_they_go(both, SECOND, OPENING))) == {Code.ACCEPTED}
    for handle, lots in enumerate(HOLDERS, 1):
        both.give(handle, lots)
    both.check()
    return both


steps = st.tuples(
    st.sampled_from((SECOND, MINUTE, 20 * MINUTE, HOUR, 3 * HOUR)),
    st.none() | st.integers(6_000, 16_000) | st.just(0),
    st.lists(
        st.builds(Transfer, *[st.sampled_from(NAMES)] * 2, st.just(CASH), st.integers(1, 5_000))
        | st.builds(Withdraw, st.sampled_from(NAMES), st.just(CASH), st.integers(1, 9_000)),
        max_size=2,
    ),
)


@given(st.lists(steps, max_size=12))
@settings(max_examples=60)
def test_both_let_contracts_live_the_same_life(
    script: list[tuple[int, int | None, list[Command]]],
) -> None:
    both = opened()
    for length, spot, batch in script:
        now = both.world.time + length
        reports = () if spot is None else agreed(SPOT, now, spot)
        both.apply(now, signed_as_they_go(both, now, batch), reports)


def test_lives_reach_what_they_are_about() -> None:
    both = opened()
    both.apply(MINUTE, (), agreed(SPOT, MINUTE, 12_000))
    both.apply(3 * HOUR, ())  # without an observation: the third waits
    both.apply(3 * HOUR + 1, (), agreed(SPOT, 3 * HOUR + 1, 13_000))
    both.apply(20 * HOUR, (), agreed(SPOT, 9 * HOUR, 14_000))
    both.apply(40 * HOUR, (), agreed(SPOT, 39 * HOUR, 14_000))
    phases = [each.phase for each in both.world.instruments.values()]
    assert sorted(set(phases)) == ["ended", "frozen"]


LISTED: tuple[tuple[dict[str, object], Code], ...] = (
    ({}, Code.ACCEPTED),
    ({"definition": "nothing"}, Code.UNKNOWN_DEFINITION),
    ({"assets": ("EUR",)}, Code.BAD_BINDING),
    ({"places": (3,)}, Code.BAD_BINDING),
    ({"feeds": ()}, Code.BAD_BINDING),
    ({"feeds": ("nothing",)}, Code.BAD_BINDING),
    ({"risk_feeds": ("nothing",)}, Code.BAD_BINDING),
    ({"others": ("ann",)}, Code.BAD_BINDING),
    ({"start": 0}, Code.START_HAS_PASSED),
    ({"locks": (Lock("EUR", 1), None)}, Code.BAD_BINDING),
    ({"locks": (Lock(CASH, -1), None)}, Code.BAD_BINDING),
    ({"terms": scripts.terms(-1, HOUR)}, Code.TERMS_REFUSED),
)


def test_both_refuse_the_same_listings() -> None:
    both = opened()
    for change, code in LISTED:
        listed: List = replace(INSTRUMENTS[0][1], **change)  # type: ignore[arg-type]
        now = both.world.time + 1
        assert both.apply(now, signed_as_they_go(both, now, [listed])) == (code,)


def test_bytes_that_are_no_artefact_define_nothing() -> None:
    both = opened()
    bad = Define(OPERATOR, b"no artefact")
    again = INSTRUMENTS[0][0]
    codes = both.apply(2 * SECOND, signed_as_they_go(both, 2 * SECOND, [bad, again]))
    assert codes == (Code.BAD_ARTEFACT, Code.ACCEPTED)
    assert len(both.kernel.contracts.definitions) == len(INSTRUMENTS)


def test_a_report_and_a_listing_stand_in_one_block() -> None:
    both = opened()
    now = 2 * HOUR
    words = (Report(SPOT, now, 10_000, name) for name in ("r1", "r2", "r3"))
    both.apply(now, signed_as_they_go(both, now, [replace(INSTRUMENTS[2][1], start=now)]), [*words])
    both.apply(now + HOUR, (), agreed(SPOT, now + HOUR, 7_000))


def test_eight_parties_beside_the_sides_all_sign_a_trade_and_nine_are_too_many() -> None:
    both = opened()
    third = tuple(f"agent {number}" for number in range(1, 10))
    accounts = [OpenAccount(name) for name in third]
    many = listing(third=third, **BARE)[0]
    define, listed = listing(third=third[:8], **BARE)
    commands = (*accounts, many, define, replace(listed, others=third[:8]))
    codes = both.apply(2 * SECOND, signed_as_they_go(both, 2 * SECOND, commands))
    assert codes == (*[Code.ACCEPTED] * 9, Code.TOO_MANY_PARTIES, *[Code.ACCEPTED] * 2)
    handle, now = len(both.world.instruments), 3 * SECOND
    asked = Trade(handle, "ann", "bob", 1, 0, CASH)
    for left_out in third[:8]:
        signers = [name for name in (*NAMES[:2], *third[:8]) if name != left_out]
        numbers = both.world.sequences()
        signed = Signed(asked, tuple(Signer(name, numbers[name] + 1) for name in signers))
        now += 1
        assert both.apply(now, [signed]) == (Code.NOT_SIGNED,)
