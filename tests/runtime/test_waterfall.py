"""A payment is met in full order, and what nobody can pay is allotted exactly."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.records.events import Advanced, Cause, ShortPaid
from rfos_runtime.records.holdings import FUND, collateral, free
from rfos_runtime.reference.executor import Posting
from rfos_runtime.reference.invariants import violations
from rfos_runtime.reference.ledger import balance, post
from rfos_runtime.reference.positions import members
from rfos_runtime.reference.settlement import book, settle
from rfos_runtime.reference.waterfall import pay
from rfos_runtime.reference.world import World
from tests.runtime.stage import CASH, SECOND, listing, opened

CAUSE = Cause("test", 1)


def funded(own: int, posted: int, stake: int, shortfall: tuple[str, ...]) -> World:
    """bob is short three lots to ann and two to amy, with so much free, so much posted."""
    stage = opened({"ann": 0, "amy": 0, "bob": own + posted}, stake)
    stage.accepted(2 * SECOND, *listing(rules=(False, True), shortfall=shortfall), spot=0)
    world = stage.world
    world.positions.update({(1, "ann"): 3, (1, "amy"): 2, (1, "bob"): -5})
    post(world, CASH, free("bob"), collateral("bob", 1), posted, CAUSE)
    world.events.clear()
    return world


def held(world: World) -> tuple[int, int, int]:
    """What bob has free, what he has posted, and the fund."""
    places = (free("bob"), collateral("bob", 1), FUND)
    free_units, posted, fund = (balance(world, CASH, place) for place in places)
    return free_units, posted, fund


BOTH = ("insurance_fund", "deleverage")


@pytest.mark.parametrize(
    ("shortfall", "owed", "left", "debt", "short"),
    [
        (BOTH, 100, (0, 50, 40), 0, 0),
        (BOTH, 120, (0, 30, 40), 0, 0),
        (BOTH, 150, (0, 0, 40), 0, 0),
        (BOTH, 151, (0, 0, 39), 1, 0),
        (BOTH, 190, (0, 0, 0), 40, 0),
        (BOTH, 200, (0, 0, 0), 40, 10),
        (("deleverage",), 151, (0, 0, 40), 0, 1),
        ((), 190, (0, 0, 40), 0, 40),
    ],
)
def test_free_then_collateral_then_the_fund_then_the_payees(
    shortfall: tuple[str, ...], owed: int, left: tuple[int, int, int], debt: int, short: int
) -> None:
    world = funded(100, 50, 40, shortfall)
    pay(world, 1, CASH, {("bob", 1): owed}, {"ann": owed - owed // 2, "amy": owed // 2}, CAUSE)
    assert held(world) == left
    assert sum(world.debts.values()) == debt
    got = balance(world, CASH, free("ann")) + balance(world, CASH, free("amy"))
    assert got == owed - short
    assert sum(e.units for e in world.events if isinstance(e, ShortPaid)) == short
    assert sum(e.units for e in world.events if isinstance(e, Advanced)) == debt


def test_a_liquidated_position_pays_from_its_collateral_first() -> None:
    world = funded(100, 50, 0, BOTH)
    pay(world, 1, CASH, {("bob", 1): 60}, {"ann": 60}, CAUSE, collateral_first=True)
    assert held(world) == (90, 0, 0)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.lists(st.integers(0, 300)))
@settings(max_examples=60)
def test_the_deficit_is_allotted_exactly_and_nobody_gets_more_than_it_is_owed(
    own: int, posted: int, stake: int, amounts: list[int]
) -> None:
    world = funded(own, posted, stake, BOTH)
    payees = {f"payee {n}": units for n, units in enumerate(amounts)}
    total = sum(amounts)
    pay(world, 1, CASH, {("bob", 1): total}, payees, CAUSE)
    got = {name: balance(world, CASH, free(name)) for name in payees}
    assert sum(got.values()) == min(total, own + posted + stake)
    assert all(0 <= got[name] <= units for name, units in payees.items())
    deficit = total - sum(got.values())
    for name, units in payees.items():
        assert abs((units - got[name]) * total - deficit * units) < max(total, 1)
    assert violations(world) == ()


def test_what_falls_due_together_is_netted_before_ability_to_pay_counts() -> None:
    world = funded(7, 0, 0, ())
    legs = (
        Posting(payer=1, payee=0, asset=0, units=1_000, due=None, clause=0, action=0),
        Posting(payer=0, payee=1, asset=0, units=999, due=None, clause=1, action=0),
    )
    book(world, 1, legs, members(world, 1))
    settle(world, 1)
    assert [balance(world, CASH, free(name)) for name in ("ann", "amy", "bob")] == [3, 2, 2]
    assert not any(isinstance(event, ShortPaid) for event in world.events)
    assert world.obligations == {}
