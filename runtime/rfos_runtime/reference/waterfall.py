"""How a payment is met, at once and in full order, and who bears what nobody can pay.

For each payer: its free balance, then its collateral for this instrument, then what it has pledged
to its pool, as far as the insurance fund buys it, then - where the shortfall rule of its side names
`insurance_fund` - an advance of the fund, which it owes. What is missing after that is allotted to
the payees pro rata by largest remainder, exactly the deficit, less what is paid of it in pledged
units. Payees never wait.
"""

from collections import defaultdict
from collections.abc import Mapping

from rfos_runtime.records.commands import SUPPLY_MAX
from rfos_runtime.records.events import Cause, ShortPaid
from rfos_runtime.records.holdings import (
    ISSUANCE,
    ISSUED,
    clearing,
    free,
    holding_of,
)
from rfos_runtime.reference import fund, pledges
from rfos_runtime.reference.allotment import allot
from rfos_runtime.reference.ledger import balance, draw, post
from rfos_runtime.reference.pools import pool, posted
from rfos_runtime.reference.world import World

INSURANCE_FUND = "insurance_fund"

Payer = tuple[str, int]
"""An account and the party that it pays for."""


def pay(
    world: World,
    handle: int,
    asset: str,
    payers: Mapping[Payer, int],
    payees: Mapping[str, int],
    cause: Cause,
    collateral_first: bool = False,
) -> None:
    """Moves what the payers owe to the free balances of the payees; both add up to the same."""
    assert sum(payers.values()) == sum(payees.values()), "a payment that does not add up"
    missing: dict[str, int] = defaultdict(int)
    for (account, party), units in payers.items():
        missing[account] += _collect(
            world, handle, asset, account, party, units, cause, collateral_first
        )
    short = allot(sum(missing.values()), payees, salt(world, handle))
    left = pledges.give(world, handle, asset, missing, short, salt(world, handle))
    for account, units in payees.items():
        post(world, asset, clearing(handle), holding_of(account), units - short[account], cause)
        if left[account]:
            world.tell(ShortPaid(handle, account, asset, left[account]))


def _collect(
    world: World,
    handle: int,
    asset: str,
    account: str,
    party: int,
    units: int,
    cause: Cause,
    collateral_first: bool,
) -> int:
    """Brings what a payer owes into clearing. Returns what is missing."""
    if account == ISSUANCE:
        return _issue(world, handle, asset, units, cause)
    sources = [free(account), posted(world, handle, account, asset)]
    if collateral_first:
        sources.reverse()
    missing = draw(world, asset, sources, clearing(handle), units, cause)
    if missing and pool(account) in sources:
        pledges.sell(world, handle, account, asset, missing)
        missing = draw(world, asset, [pool(account)], clearing(handle), missing, cause)
    if not missing or not fund_covers(world, handle, party):
        return missing
    return fund.advance(world, handle, account, asset, missing, clearing(handle))


def _issue(world: World, handle: int, asset: str, units: int, cause: Cause) -> int:
    """Brings something into being, as far as the supply allows. Returns what is missing."""
    made = min(units, SUPPLY_MAX + balance(world, asset, ISSUED))
    post(world, asset, ISSUED, clearing(handle), made, cause)
    return units - made


def fund_covers(world: World, handle: int, party: int) -> bool:
    """Whether the insurance fund stands behind a party of an instrument."""
    view = world.definitions[world.instruments[handle].definition].view
    rule = view.rules[party]
    return rule is not None and INSURANCE_FUND in rule.shortfall


def salt(world: World, handle: int) -> bytes:
    """What breaks ties in an instrument: no command can aim at the last block's root."""
    return world.root + handle.to_bytes(8, "big")
