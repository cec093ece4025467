"""What accounts ask of their pledges: units of other assets for what they have margined together,
given and taken back, about as many as margin leaves; now and then of what no policy takes.
"""

from collections.abc import Sequence

from rfos_runtime.records.commands import ONE, Command, Elect, Post, Release
from rfos_runtime.records.holdings import free, pledged
from rfos_runtime.records.validity import Act
from rfos_runtime.reference import pledges, pools, portfolio
from rfos_runtime.reference.ledger import balance
from rfos_runtime.reference.sides import asset_together
from rfos_runtime.reference.world import World
from rfos_runtime.simulation.streams import Stream

PARTS = (1, 5, 25, 50, 50, 90, 100, 101)
"""In percent of what an account has."""


def takes_pledges(world: World) -> bool:
    """Whether some policy of a world takes other assets than its own."""
    return any(policy.view.haircuts for policy in world.policies.values())


def command(world: World, names: Sequence[str], draw: Stream) -> Command:
    """Pledges, or takes back; or elects a policy under which that can be done."""
    taking = {name: each.view for name, each in world.policies.items() if each.view.haircuts}
    members = sorted(key for key, name in world.elections.items() if name in taking)
    if not members or draw.one_in(6):
        name = draw.pick(sorted(taking))
        return Elect(_elector(world, names, draw), taking[name].asset, bytes.fromhex(name))
    exposed = [each for each in members if pools.pooled(world, *each)]
    account, towards = draw.pick(members if draw.one_in(4) else exposed or members)
    haircuts = taking[world.elections[account, towards]].haircuts
    asset = draw.pick(haircuts).asset if not draw.one_in(20) else draw.pick(sorted(world.assets))
    held = list(pools.pooled(world, account, towards))
    fit = [
        each
        for each in world.instruments
        if towards in (asset_together(world, each, 0), asset_together(world, each, 1))
    ]
    handles = sorted(world.instruments) if draw.one_in(12) else held or fit
    handle = draw.pick(handles or [1])
    has = balance(world, asset, pledged(account, towards))
    if has and held and draw.one_in(3):
        return Release(handle, account, _idle(world, account, towards))
    if has and draw.one_in(2):
        return Release(handle, account, _spare(world, account, towards, asset, draw), asset)
    units = balance(world, asset, free(account)) * draw.pick(PARTS) // 100
    return Post(handle, account, units // draw.pick((1, 10, 100)), asset)


def _elector(world: World, names: Sequence[str], draw: Stream) -> str:
    """Mostly somebody who has positions."""
    holders = sorted({holder for _, holder in world.positions})
    return draw.pick(holders if holders and not draw.one_in(4) else names)


def _idle(world: World, account: str, towards: str) -> int:
    """As much of what a pool holds in its own asset as pledges make good for."""
    found = portfolio.margin_of(world, account, towards, at_worst=True)
    return max(1, min(found.collateral, found.equity - found.initial))


def _spare(world: World, account: str, towards: str, asset: str, draw: Stream) -> int:
    """All, a part, or about as many as are not needed."""
    found = portfolio.margin_of(world, account, towards, at_worst=True)
    given = pledges.pledges(world, account, towards, Act.OPEN)
    each = next(pledge for pledge in given if pledge.asset == asset)
    spare = max(0, found.equity - found.initial) * ONE // each.rate if each.rate else 0
    part = each.units * draw.pick(PARTS) // 100
    return draw.pick(
        (each.units, part, min(spare, each.units), min(spare + each.units // 100, each.units))
    )
