"""Shares in the insurance fund in both kernels, while the fund gains and loses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.kernel.arithmetic import MOST, part, part_up, shared
from rfos_runtime.records.commands import DAY, Command, Stake, Unstake
from rfos_runtime.records.events import Cause
from rfos_runtime.records.holdings import FUND, free
from rfos_runtime.reference.ledger import balance, post
from tests.kernel.both import Both
from tests.kernel.test_ledger import NAMES, played, signed_as_they_go

sizes = st.integers(0, 61).flatmap(lambda bits: st.integers(0, 2**bits))


@given(sizes, sizes, sizes)
def test_a_part_is_what_integers_say(units: int, by: int, over: int) -> None:
    over = max(over, 1)
    whole, rest = divmod(units * by, over)
    assert shared(units, by, over) == ((whole, rest) if whole <= MOST else (MOST, 0))


@pytest.mark.parametrize(("units", "down", "up"), [(0, 0, 0), (1, 0, 1), (3, 1, 1), (4, 1, 2)])
def test_parts_are_rounded_down_or_up(units: int, down: int, up: int) -> None:
    assert (part(units, 1, 3), part_up(units, 1, 3)) == (down, up)


def gained(both: Both, units: int) -> None:
    """carl gives the fund units, or takes some from it, in both."""
    here = balance(both.world, "USD", free("carl")), balance(both.world, "USD", FUND)
    units = max(-here[1], min(units, here[0]))
    both.world = both.world.copy()
    giver, taker = (free("carl"), FUND) if units > 0 else (FUND, free("carl"))
    post(both.world, "USD", giver, taker, abs(units), Cause("penalty"))
    world = both.kernel.world
    rows = world.balances
    carl, dollar = both.kernel.account("carl"), both.kernel.assets["USD"]
    rows["free"][(rows["account"] == carl) & (rows["asset"] == dollar)] -= units
    world.assets["fund"][dollar] += units
    world.dirty[:] = True


stakes = st.builds(Stake, st.sampled_from(NAMES), st.just("USD"), st.integers(1, 400))
notices = st.builds(Unstake, st.sampled_from(NAMES), st.just("USD"), st.integers(1, 400))
gains = st.integers(-700, 700) | st.just(0)
moves = st.lists(st.tuples(gains, st.lists(stakes | notices, max_size=4)), max_size=6)


def moved(script: list[tuple[int, list[Command]]]) -> None:
    """The fund gains, then commands are given, again and again, three days apart."""
    both = played([])
    for gain, commands in script:
        gained(both, gain)
        time = both.world.time + 3 * DAY
        both.apply(time, signed_as_they_go(both, time, commands))


@given(moves)
@settings(max_examples=60, deadline=None)
def test_shares_are_bought_and_paid_alike(script: list[tuple[int, list[Command]]]) -> None:
    moved(script)
