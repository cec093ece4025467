"""Shares in the insurance fund: what they cost, what they earn and lose, when they are paid."""

from hypothesis import given
from hypothesis import strategies as st

from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import Stake, Unstake
from rfos_runtime.records.events import Cause, Unstaked
from rfos_runtime.records.holdings import FUND, free
from rfos_runtime.records.parameters import RULES, Parameter
from rfos_runtime.reference.ledger import post
from tests.runtime.stage import CASH, MINUTE, Stage, opened

NOTICE = RULES[Parameter.NOTICE].first


def gained(stage: Stage, units: int) -> None:
    """The fund gets units from the patron, or loses some to her."""
    giver, taker = (free("patron"), FUND) if units > 0 else (FUND, free("patron"))
    post(stage.world, CASH, giver, taker, abs(units), Cause("penalty"))


def staked(gain: int = 0) -> Stage:
    """ann has staked 300 and bob 100, and then the fund has gained."""
    stage = opened({"ann": 1_000, "bob": 1_000, "patron": 1_000})
    stage.accepted(MINUTE, Stake("ann", CASH, 300), Stake("bob", CASH, 100))
    gained(stage, gain)
    return stage


def shares(stage: Stage, account: str) -> int:
    return stage.world.shares.get((CASH, account), 0)


def test_what_the_fund_gains_belongs_to_the_shares() -> None:
    stage = staked(gain=200)
    stage.accepted(2 * MINUTE, Unstake("ann", CASH, 300))
    stage.play(2 * MINUTE + NOTICE)
    assert stage.told(Unstaked) == [Unstaked("ann", CASH, 300, 450)]
    assert (stage.free("ann"), stage.fund()) == (1_150, 150)


def test_until_the_notice_has_run_out_shares_bear_losses() -> None:
    stage = staked()
    stage.accepted(2 * MINUTE, Unstake("ann", CASH, 300))
    stage.play(2 * MINUTE + NOTICE - 1)
    gained(stage, -200)
    stage.play(2 * MINUTE + NOTICE)
    assert stage.free("ann") == 700 + 150


def test_nobody_gives_notice_twice_for_a_share() -> None:
    stage = staked()
    assert stage.code(Unstake("ann", CASH, 301)) is Code.TOO_FEW_SHARES
    assert stage.code(Unstake("ann", CASH, 200)) is Code.ACCEPTED
    assert stage.code(Unstake("ann", CASH, 101)) is Code.TOO_FEW_SHARES
    assert stage.code(Unstake("ann", CASH, 100)) is Code.ACCEPTED
    assert stage.code(Unstake("ann", CASH, 0)) is Code.MALFORMED


def test_what_came_in_before_anybody_staked_is_nobodys() -> None:
    stage = opened({"ann": 1_000, "patron": 500})
    gained(stage, 500)
    stage.accepted(MINUTE, Stake("ann", CASH, 100), Unstake("ann", CASH, 100))
    stage.play(MINUTE + NOTICE)
    assert (stage.free("ann"), stage.fund()) == (1_000, 500)


def test_a_stake_costs_whole_shares_and_no_more() -> None:
    """At 3 units a share 100 units buy 33, for 99."""
    stage = staked(gain=800)
    stage.accepted(2 * MINUTE, Stake("bob", CASH, 100))
    assert (shares(stage, "bob"), stage.free("bob")) == (133, 801)
    assert stage.code(Stake("bob", CASH, 2)) is Code.TOO_FEW_SHARES


def test_an_empty_fund_begins_anew() -> None:
    stage = staked(gain=-400)
    stage.accepted(2 * MINUTE, Unstake("ann", CASH, 300))
    stage.accepted(3 * MINUTE, Stake("bob", CASH, 50))
    assert (shares(stage, "ann"), shares(stage, "bob")) == (0, 50)
    stage.play(3 * MINUTE + NOTICE)
    assert (stage.free("ann"), stage.fund()) == (700, 50)


def test_shares_of_an_empty_fund_are_paid_nothing() -> None:
    stage = staked(gain=-400)
    stage.accepted(2 * MINUTE, Unstake("ann", CASH, 300))
    stage.play(2 * MINUTE + NOTICE)
    assert stage.told(Unstaked) == [Unstaked("ann", CASH, 300, 0)]


accounts = st.sampled_from(("ann", "bob"))
moves = st.one_of(
    st.builds(Stake, accounts, st.just(CASH), st.integers(1, 300)),
    st.builds(Unstake, accounts, st.just(CASH), st.integers(1, 300)),
    st.integers(-90, 300),
)


@given(st.lists(moves, max_size=12))
def test_what_one_does_takes_nothing_from_the_others(script: list[Stake | Unstake | int]) -> None:
    """Whoever stakes or leaves: the shares of the others are worth no less, and its own stake and
    what it has free together no more, than before."""
    stage = staked()
    for move in script:
        if isinstance(move, int):
            gained(stage, min(move, stage.free("patron")) if move > 0 else max(move, -stage.fund()))
            continue
        worth = {name: value(stage, name) + stage.free(name) for name in ("ann", "bob")}
        empty = stage.fund() == 0
        stage.play(stage.world.time + MINUTE, move)
        stage.play(stage.world.time + NOTICE)
        for name, before in worth.items():
            after = value(stage, name) + stage.free(name)
            assert after >= before or name == move.account or empty
            assert after <= before + 1 or name != move.account


def value(stage: Stage, account: str) -> int:
    """What an account's shares would be paid, rounded down."""
    there = sum(stage.world.shares.values())
    return shares(stage, account) * stage.fund() // there if there else 0
