"""Positions that are margined together, under a policy that their account has elected.

    equity       =  pool + what is pledged - exposures - payments to come - debts to the fund
    maintenance, initial  =  the policy's, of the worst loss over its scenarios and of notionals,
                             and of what appraisers have said long ago its part of the worst case

A scenario moves every price in the policy's asset by a fraction of itself, and every volatility of
one; the worst loss is that of all positions at once. A notional is delta × price, the difference of
the exposures a hundredth up and a hundredth down, times fifty.

A position whose risk is unknown, now or in a scenario, is left out: it neither saves a portfolio
from liquidation nor brings it there. Whoever opens a position or takes collateral back must hold
its worst case.
"""

from collections.abc import Callable
from functools import lru_cache

from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.records.commands import ONE, DefinePolicy, Elect
from rfos_runtime.records.events import Cause
from rfos_runtime.records.holdings import collateral
from rfos_runtime.records.validity import Act
from rfos_runtime.reference import appraised, ledger, pledges
from rfos_runtime.reference.asking import Moves, bounded, exposures_of
from rfos_runtime.reference.bounds import MOST, within
from rfos_runtime.reference.equity import Margin
from rfos_runtime.reference.executor import (
    Executor,
    PartyRisk,
    PolicyView,
    Scenario,
)
from rfos_runtime.reference.inputs import Inputs, inputs_of, underlying_of
from rfos_runtime.reference.measuring import Held, needed
from rfos_runtime.reference.pools import all_pooled, elected, pool, pool_asset, pooled
from rfos_runtime.reference.positions import FIRST, SECOND, lots_of, shrinks, side_of, sign_of
from rfos_runtime.reference.sides import asset_together, mark_of, worst_case
from rfos_runtime.reference.world import Policy, Table, World

PARTS = 64
"""Into so many parts a position is divided to see how much of it to sell."""
BUMP = ONE // 100
"""By which fraction a price moves up and down for a notional."""


# --- tables ------------------------------------------------------------------------------------


def tabulate(world: World, executor: Executor, handle: int) -> None:
    """Asks anew for what an instrument does to a portfolio, under every policy of an asset that its
    sides post."""
    assets = _assets(world, handle) if world.policies else ()
    for name, policy in world.policies.items():
        before = world.tables.pop((handle, name), None)
        if policy.view.asset in assets and world.instruments[handle].mark:
            table = _table(world, executor, handle, policy.view)
            if table is not None:
                world.tables[handle, name] = before if table == before else table


def _assets(world: World, handle: int) -> tuple[str | None, ...]:
    return tuple(asset_together(world, handle, side) for side in (FIRST, SECOND))


def _table(world: World, executor: Executor, handle: int, view: PolicyView) -> Table | None:
    """None if one of the answers is no number, or there is none."""
    if appraised.is_appraised(world, handle):
        return appraised.table_of(world, handle, view.content_hash)
    inputs = _inputs(world, handle)
    exposures = exposures_of(world, executor, handle, _asked(inputs, view))
    if exposures is None:
        return None
    now, *moved = exposures
    then, bumped = moved[: len(view.scenarios)], moved[len(view.scenarios) :]
    prices = [(base, quote) for source, base, quote in inputs if source == "spot"]
    notionals = tuple(
        (base, quote, within((up - down) * ONE // (2 * BUMP)))
        for (base, quote), up, down in zip(prices, bumped[::2], bumped[1::2], strict=True)
    )
    return Table(tuple(within(each - now) for each in then), notionals)


def _inputs(world: World, handle: int) -> Inputs:
    instrument = world.instruments[handle]
    return inputs_of(world.definitions[instrument.definition].view, instrument.assets)


@lru_cache(1024)
def _asked(inputs: Inputs, view: PolicyView) -> tuple[Moves, ...]:
    """By which fraction each input moves: not at all, in each scenario, and for each price up and
    down."""
    places = range(len(inputs))
    bumps = (
        tuple(sign * BUMP * (each == place) for each in places)
        for place in places
        if inputs[place][0] == "spot"
        for sign in (1, -1)
    )
    scenarios = (_moves(inputs, each, view.asset) for each in view.scenarios)
    return ((0,) * len(inputs), *scenarios, *bumps)


def _moves(inputs: Inputs, scenario: Scenario, asset: str) -> Moves:
    by = {"spot": scenario.spot, "volatility": scenario.volatility}
    return tuple(by.get(source, 0) if quote == asset else 0 for source, _, quote in inputs)


# --- what they must hold together --------------------------------------------------------------


def is_tabled(world: World, handle: int, account: str, asset: str) -> bool:
    """Whether the risk of an instrument is known in every scenario of the policy that an account
    has elected for an asset."""
    return (handle, world.elections[account, asset]) in world.tables


def margin_of(
    world: World,
    account: str,
    asset: str,
    at_worst: bool = False,
    lots: dict[int, int] | None = None,
    together: dict[int, int] | None = None,
) -> Margin:
    """The margin of all that an account has margined together in an asset. `at_worst`: as openings
    and releases see it, with the worst case of what is unknown, and of pledges those whose price is
    good. `lots`: positions as they would be, by instrument; `together`: all as they are, if they
    are at hand."""
    held = (pooled(world, account, asset) if together is None else together) | (lots or {})
    units = ledger.balance(world, asset, pool(account))
    owed = _owed(world, account, asset)
    act = Act.OPEN if at_worst else Act.LAST
    pledged = pledges.counted(world, account, asset, act)
    return Margin(units, pledged, owed, *_risk(world, account, asset, held, at_worst))


def pools_in_breach(world: World) -> dict[tuple[str, str], bool]:
    """Whether each pool has to be liquidated, by account and asset."""
    return {
        (account, asset): margin_of(world, account, asset, together=held).in_breach
        for (account, asset), held in all_pooled(world).items()
    }


def _risk(
    world: World, account: str, asset: str, held: dict[int, int], at_worst: bool = False
) -> PartyRisk:
    """Exposure, maintenance and initial of the lots that an account holds, by instrument, under the
    policy that it has elected."""
    view = elected(world, account, asset)
    assert view is not None, "a portfolio without a policy"
    known, exposure, besides = list[Held](), 0, 0
    for handle, lots in held.items():
        table = world.tables.get((handle, view.content_hash))
        if table is None:
            besides += _worst_case(world, handle, lots) if at_worst else 0
        elif lots:
            known.append(_held(world, handle, lots, table, at_worst))
            exposure += _row(world, handle, lots).exposure * abs(lots)
    maintenance, initial = needed(view, world.assets[asset], tuple(known))
    return bounded(PartyRisk(exposure, maintenance, initial + besides))


def _held(world: World, handle: int, lots: int, table: Table, at_worst: bool) -> Held:
    """A position with its table: openings and releases may see that older."""
    seen = table.opening if at_worst and table.opening is not None else table
    instrument = world.instruments[handle]
    view = world.definitions[instrument.definition].view
    return Held(lots, seen, underlying_of(view, instrument.assets))


def _row(world: World, handle: int, lots: int) -> PartyRisk:
    row = mark_of(world, handle, side_of(lots))
    assert row is not None, "a table without a mark"
    return row


def _worst_case(world: World, handle: int, lots: int) -> int:
    return within(worst_case(world, handle, side_of(lots)) * abs(lots))


def _owed(world: World, account: str, asset: str) -> int:
    """Payments to come of what is margined together, and debts for it."""
    to_come = sum(
        units
        for each in world.obligations.values()
        if each.asset == asset
        for payer, units in each.payers
        if payer == account and pool_asset(world, each.instrument, account) == asset
    )
    return to_come + sum(
        units
        for debt, units in world.debts.items()
        if debt.account == account
        and debt.asset == asset
        and pool_asset(world, debt.instrument, account) == asset
    )


# --- what a liquidation sells ------------------------------------------------------------------


def lots_to_restore(world: World, handle: int, account: str, cost: int) -> int:
    """How many lots of a position to sell, if one costs so much, penalty and all, so that what is
    margined together has its initial margin.

    The fewest that are enough; if no number is, the one after which least is missing. If every lot
    less makes it worse, because the position hedges others, then such a part of it as would be
    enough of all positions at once.
    """
    lots = abs(lots_of(world, handle, account))
    missing_after = _missing_after(world, handle, account, cost)
    missing, fewer = dict[int, int](), 0
    for amount in _amounts(lots):
        missing[amount] = missing_after(amount)
        if missing[amount] <= 0:
            return _fewest(missing_after, fewer, amount)
        fewer = amount
    best = min(missing, key=lambda n: (missing[n], n))
    return best or _part(world, handle, account, lots, cost)


def sheds(world: World, handle: int, account: str) -> bool:
    """Whether a portfolio lacks less with fewer lots of this position, closed at their mark."""
    now = lots_of(world, handle, account)
    mark = _row(world, handle, now).exposure
    none, *some = _amounts(abs(now))
    missing_after = _missing_after(world, handle, account, mark)
    missing = missing_after(none)
    return any(missing_after(n) < missing for n in some)


def _amounts(lots: int) -> list[int]:
    """How many of some lots are sold to see what that does, from none to all."""
    return sorted({-(-lots * part // PARTS) for part in range(PARTS + 1)})


def _missing_after(world: World, handle: int, account: str, cost: int) -> Callable[[int], int]:
    """What is missing once some lots of a position are sold, each of which costs so much."""
    asset = pool_asset(world, handle, account)
    assert asset is not None, "a position that stands by itself"
    now = pooled(world, account, asset)
    whole = margin_of(world, account, asset, together=now)
    own = whole.collateral, whole.pledged, whole.owed
    sign = sign_of(side_of(now[handle]))

    def missing_after(sold: int) -> int:
        rest = now | {handle: now[handle] - sign * sold}
        left = Margin(*own, *_risk(world, account, asset, rest))
        return left.missing + sold * cost

    return missing_after


def _fewest(missing_after: Callable[[int], int], low: int, high: int) -> int:
    """The fewest lots above `low` that are enough, as `high` are, by bisection."""
    while high - low > 1:
        middle = (low + high) // 2
        if missing_after(middle) <= 0:
            high = middle
        else:
            low = middle
    return high


def _part(world: World, handle: int, account: str, lots: int, cost: int) -> int:
    """The part of a position as large as the part of the whole portfolio that would be enough. A
    requirement is proportional to what it is of: one division says how large."""
    asset = pool_asset(world, handle, account)
    assert asset is not None
    whole = margin_of(world, account, asset)
    premium = cost - _row(world, handle, lots_of(world, handle, account)).exposure
    gain = max(whole.initial, whole.maintenance) - lots * premium
    return lots if gain <= 0 else min(lots, -(-lots * whole.missing // gain))


# --- commands ----------------------------------------------------------------------------------


def define_policy(world: World, command: DefinePolicy, executor: Executor) -> None:
    """Takes a policy in. Defining it again changes nothing."""
    view = executor.policy(command.artefact)
    if view is None:
        raise Refused(Code.BAD_POLICY)
    taken = [view.asset, *(each.asset for each in view.haircuts)]
    require(all(asset in world.assets for asset in taken), Code.UNKNOWN_ASSET)
    require(len(command.feeds) == len(view.haircuts), Code.MALFORMED)
    require(all(feed in world.feeds for feed in command.feeds), Code.UNKNOWN_FEED)
    policy = Policy(command.artefact, view, command.feeds)
    world.policies.setdefault(view.content_hash, policy)
    for handle in world.instruments:
        tabulate(world, executor, handle)


def elect(world: World, command: Elect) -> None:
    """Margins an account's positions together from now on, or by themselves."""
    account, asset = command.account, command.asset
    require(asset in world.assets, Code.UNKNOWN_ASSET)
    liquidated = any(
        holder == account and asset in _assets(world, handle) for handle, holder in world.auctions
    )
    require(not liquidated, Code.IN_AUCTION)
    if not any(command.policy):
        require((account, asset) in world.elections, Code.UNKNOWN_POLICY)
        left = pooled(world, account, asset) or _owed(world, account, asset)
        require(not left, Code.MARGINED_TOGETHER)
        pledges.give_back(world, account, asset, None)
        del world.elections[account, asset]
        return
    policy = world.policies.get(command.policy.hex())
    if policy is None or policy.view.asset != asset:
        raise Refused(Code.UNKNOWN_POLICY)
    pledges.give_back(world, account, asset, policy.view)
    world.elections[account, asset] = command.policy.hex()
    for handle in pooled(world, account, asset):
        own = collateral(account, handle)
        units = ledger.balance(world, asset, own)
        ledger.post(world, asset, own, pool(account), units, Cause("collateral", handle))
    require_initial(world, account, asset)


def require_initial(world: World, account: str, asset: str) -> None:
    """Refuses unless equity covers the initial margin, at the worst of what is unknown."""
    found = margin_of(world, account, asset, at_worst=True)
    require(found.equity >= found.initial, Code.BELOW_INITIAL)


def top_up(world: World, handle: int, account: str, asset: str, lots: int) -> int:
    """What a portfolio needs more to take a position of so many lots; the most there is if that is
    not known."""
    if not is_tabled(world, handle, account, asset):
        return MOST
    return max(0, margin_of(world, account, asset, at_worst=True, lots={handle: lots}).missing)


def lowers(world: World, handle: int, account: str, asset: str, before: int) -> bool:
    """Whether a portfolio lacks no more with a position as it is now than with so many lots as
    before. What is unknown is so in both, and left out: beside its worst case, which may be the
    largest amount, nothing else would count. If either comes to the largest amount without it, no
    two can be compared, and the position must get no larger."""
    after = lots_of(world, handle, account)
    together = pooled(world, account, asset)
    unknown = {each: 0 for each in together if not is_tabled(world, each, account, asset)}
    now, then = (
        margin_of(world, account, asset, True, unknown | {handle: lots}, together)
        for lots in (after, before)
    )
    if now.is_beyond or then.is_beyond:
        return shrinks(before, after)
    return now.missing <= then.missing
