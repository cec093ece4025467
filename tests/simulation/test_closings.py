"""Whose lots are closed at the mark is looked at by following what each has: a kernel that closes
others is found, one that closes the right ones is not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.records.events import Deleveraged
from rfos_runtime.simulation.checks.closings import closed
from rfos_runtime.simulation.checks.invariants import Violation
from rfos_runtime.simulation.executor import Remembering
from tests.executors.scripted_executor import ScriptedExecutor
from tests.runtime.stage import HOUR, MINUTE, SECOND, listing, opened, trade
from tests.simulation.mutants import Mutant, applied

NAMES = ("bob", "carl", "dan", "eve")
Short = tuple[int, int]
"""How many lots, and with how much collateral for each."""
UNEVEN: tuple[Short, ...] = ((5, 1_400), (7, 2_600), (2, 9_000))


def looked_at(shorts: tuple[Short, ...], spot: int) -> tuple[int, list[Violation]]:
    """ann is long against all of them, has too little, and nobody bids: how many were closed, and
    what is found."""
    held = dict(zip(NAMES, shorts, strict=False))
    lots = sum(each for each, _ in shorts)
    stage = opened({"ann": lots * 1_300} | {name: n * each for name, (n, each) in held.items()})
    stage.executor = executor = Remembering(ScriptedExecutor())
    both = {"payoff": "forward", "rules": (True, True)}
    stage.accepted(2 * SECOND, *listing(strike=10_000, expiry=100 * HOUR, **both), spot=10_000)
    stage.accepted(
        3 * SECOND,
        *(
            trade("ann", name, n, first_collateral=n * 1_300, second_collateral=n * each)
            for name, (n, each) in held.items()
        ),
    )
    stage.accepted(MINUTE, spot=spot)
    before = stage.world
    executor.answers.clear()
    stage.accepted(50 * MINUTE)
    found = list(closed(before, stage.world, stage.world.events, executor.answers))
    return len(stage.told(Deleveraged)), found


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.sampled_from((1_300, 1_400, 2_600, 9_000, 40_000))),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from((9_700, 9_600, 9_400, 9_000, 8_000)),
)
@settings(max_examples=20, deadline=None)
def test_nothing_is_found_where_each_gives_its_part(shorts: list[Short], spot: int) -> None:
    assert looked_at(tuple(shorts), spot)[1] == []


@pytest.mark.parametrize(
    "mutant",
    [
        Mutant(
            "reference.auction",
            "each: n * margin.margin_of(world, handle, each).leverage for",
            "each: n for",
            (13,),
        ),
        Mutant(
            "reference.auction",
            "each: n * margin.margin_of(world, handle, each).leverage for",
            "each: n * (1_001 - margin.margin_of(world, handle, each).leverage) for",
            (13,),
        ),
        Mutant(
            "reference.allotment",
            "    return shares | allot(left, rest, salt)\n",
            "    return shares | allot(left, {n: most[n] for n in rest}, salt)\n",
            (13,),
        ),
    ],
    ids=str,
)
def test_a_kernel_that_closes_others_is_found(mutant: Mutant) -> None:
    assert looked_at(UNEVEN, 9_600) == (2, [])
    with applied(mutant):
        some, found = looked_at(UNEVEN, 9_600)
    assert some and {each.invariant for each in found} == {13}
