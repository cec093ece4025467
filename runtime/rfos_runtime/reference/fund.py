"""The insurance fund: it advances what a payer lacks, and is owed it.

An account that owes pays from its free balance as soon as it has any, then by what it has pledged
to the pool that it owes it for; until then it can neither withdraw nor transfer, and what it owes
lowers its equity in the instrument that it owes it for.
"""

from rfos_runtime.records.events import Advanced, Cause, Repaid
from rfos_runtime.records.holdings import FUND, Holding, free
from rfos_runtime.reference import pledges
from rfos_runtime.reference.ledger import balance, post
from rfos_runtime.reference.world import Debt, World


def advance(
    world: World, handle: int, account: str, asset: str, units: int, credit: Holding
) -> int:
    """Pays up to `units` for an account, which owes it from now on. Returns what is missing."""
    paid = min(units, balance(world, asset, FUND))
    if paid:
        post(world, asset, FUND, credit, paid, Cause("advance", handle))
        debt = Debt(account, handle, asset)
        world.debts[debt] = world.debts.get(debt, 0) + paid
        world.tell(Advanced(handle, account, asset, paid))
    return units - paid


def repay(world: World) -> None:
    """Pays back what is owed to the fund from what its debtors have free, and have pledged."""
    for debt in sorted(world.debts, key=lambda debt: _rank(world, debt)):
        owed = world.debts[debt]
        account, handle, asset = debt
        paid = min(owed, balance(world, asset, free(account)))
        post(world, asset, free(account), FUND, paid, Cause("repayment", handle))
        if paid < owed:
            paid += pledges.settle(world, handle, account, asset, owed - paid)
        if paid:
            world.tell(Repaid(handle, account, asset, paid))
            world.debts[debt] = owed - paid
        if paid == owed:
            del world.debts[debt]


def _rank(world: World, debt: Debt) -> tuple[int, int, int]:
    return world.rank(debt.account), debt.instrument, world.asset_rank(debt.asset)
