"""Commands that concern positions: trades, collateral posted and released.

What a trade or a release leaves decides whether it may go, so it is done step by step, and taken
back if a step is refused: rows are saved meanwhile as in a chain of commands.
"""

from typing import Any

from rfos_runtime.kernel.contracts.rows import Is
from rfos_runtime.kernel.fees.apply import charge
from rfos_runtime.kernel.ledger import apply as ledger
from rfos_runtime.kernel.ledger.rules import ACCEPTED
from rfos_runtime.kernel.machine import within
from rfos_runtime.kernel.margin.measured import collateral_asset, margin_in
from rfos_runtime.kernel.margin.rules import is_closed, may_open, shrinks
from rfos_runtime.kernel.margin.sides import collateral_in, side_of
from rfos_runtime.kernel.places import place_of_balance, place_of_pair
from rfos_runtime.kernel.portfolio import pledges
from rfos_runtime.kernel.portfolio.electing import elect
from rfos_runtime.kernel.portfolio.measuring import is_beyond, known_alone, together
from rfos_runtime.kernel.portfolio.pools import is_tabled, policy_of, pool_asset, pool_of
from rfos_runtime.kernel.positions.lots import change, has_one_holder_a_side, lots_of
from rfos_runtime.kernel.positions.money import post
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import COUNT, Held, Told, Why
from rfos_runtime.kernel.world import OPEN, World, close_chain, open_chain, take_back
from rfos_runtime.records.codes import Code
from rfos_runtime.records.operations import Op

LOTS_MAX = 2**40
_OWN = Held.COLLATERAL.value


@within
def known_instrument(world: World, handle: int) -> bool:
    """Whether a handle is that of an instrument."""
    return 0 < handle <= world.counts[Of.INSTRUMENTS.value]["lying"]


@within
def tried(world: World, told: Told, c: Any) -> int:
    """A trade, a release or an election, of which nothing is left if it is refused."""
    alone, count = world.chain[OPEN] == 0, told.written[COUNT]
    if alone:
        open_chain(world)
    if c["op"] == Op.TRADE.value:
        code = _traded(world, told, c)
    elif c["op"] == Op.RELEASE.value:
        code = _released(world, told, c)
    else:
        code = elect(world, told, c)
    if alone and code != ACCEPTED:
        take_back(world)
        told.written[COUNT] = count
    if alone:
        close_chain(world)
    return code


@within
def _traded(world: World, told: Told, c: Any) -> int:
    """Moves lots, the premium, and the collateral that each side names."""
    if not known_instrument(world, c["instrument"]):
        return Code.UNKNOWN_INSTRUMENT.value
    if is_closed(world.instruments[c["instrument"]]["phase"]):
        return Code.INSTRUMENT_CLOSED.value
    if c["account"] == c["target"] or not 0 < c["quantity"] <= LOTS_MAX:
        return Code.MALFORMED.value
    lots = world.instruments[c["instrument"]]["lots"]
    code = _exchanged(world, told, c)
    if code != ACCEPTED:
        return code
    instrument = world.instruments[c["instrument"]]
    if (instrument["flags"] & Is.HELD.value) != 0 and instrument["lots"] != lots:
        return Code.LOTS_STAND_STILL.value
    separable = (instrument["flags"] & Is.SEPARABLE.value) != 0
    if not separable and not has_one_holder_a_side(world, c["instrument"]):
        return Code.ONE_HOLDER_A_SIDE.value
    return ACCEPTED


@within
def _exchanged(world: World, told: Told, c: Any) -> int:
    handle, first, second = c["instrument"], c["account"], c["target"]
    before, before2 = lots_of(world, handle, first), lots_of(world, handle, second)
    code = _premium_paid(world, told, c)
    if code != ACCEPTED:
        return code
    change(world, handle, first, c["quantity"])
    change(world, handle, second, -c["quantity"])
    code = _moved(world, told, handle, first, c["a0"])
    if code == ACCEPTED:
        code = _moved(world, told, handle, second, c["a1"])
    if code == ACCEPTED:
        code = _has_margin(world, told, c, first, before, c["quantity"])
    if code == ACCEPTED:
        code = _has_margin(world, told, c, second, before2, -c["quantity"])
    return code


@within
def _premium_paid(world: World, told: Told, c: Any) -> int:
    payer, payee, units = c["account"], c["target"], c["price"]
    if units == 0:
        return ACCEPTED
    if units < 0:
        payer, payee, units = payee, payer, -max(units, -(2**63 - 1))
    code = ledger.amount(world, c["asset"], units)
    if code == ACCEPTED:
        code = ledger.spending(world, payer, c["asset"], units)
    if code == ACCEPTED:
        why, free = Why.PREMIUM.value, Held.FREE.value
        post(world, told, why, c["instrument"], c["asset"], payer, free, payee, free, units)
    return code


@within
def _moved(world: World, told: Told, handle: int, account: int, units: int) -> int:
    """Moves free balance to collateral, or refuses."""
    if units < 0:
        return Code.MALFORMED.value
    if units == 0:
        return ACCEPTED
    position = world.positions[place_of_pair(world.positions, handle, account)]
    asset, held = pool_of(world, handle, account), Held.POOL.value
    if asset == 0:
        asset, held = collateral_asset(world.marks[handle], position, position["lots"]), _OWN
    if asset == 0:
        return Code.NO_COLLATERAL_RULE.value
    code = ledger.spending(world, account, asset, units)
    if code == ACCEPTED:
        why, free = Why.COLLATERAL.value, Held.FREE.value
        post(world, told, why, handle, asset, account, free, account, held, units)
    return code


@within
def _has_margin(world: World, told: Told, c: Any, account: int, before: int, traded: int) -> int:
    """Charges a side its fee; whether it may stand where it stands after the trade."""
    handle = c["instrument"]
    after = lots_of(world, handle, account)
    reduces = shrinks(before, after)
    code = charge(world, told, c, account, traded, reduces)
    if code != ACCEPTED or _passes(world, handle, account, before, after):
        return code
    if abs(after) > LOTS_MAX:
        return Code.MALFORMED.value
    instrument = world.instruments[handle]
    if not may_open(instrument["phase"], instrument["flags"], side_of(after)):
        return Code.OPENING_STOPPED.value
    asset = pool_of(world, handle, account)
    if asset != 0 and not is_tabled(world, handle, account, asset):
        return Code.OPENING_STOPPED.value
    return _has_initial(world, handle, account)


@within
def _passes(world: World, handle: int, account: int, before: int, after: int) -> bool:
    """Whether a position needs no margin for what it is now, because it has come to less risk."""
    asset = pool_asset(world, handle, account, after if after != 0 else before)
    if asset == 0 or not is_tabled(world, handle, account, asset):
        return shrinks(before, after)
    then = known_alone(world, account, asset, handle, before)
    now = known_alone(world, account, asset, handle, after)
    if is_beyond(now) or is_beyond(then):
        return shrinks(before, after)
    return now.missing <= then.missing


@within
def _has_initial(world: World, handle: int, account: int) -> int:
    """Refuses unless the position's equity covers its initial margin, or that of all that it is
    margined together with, at the worst of what is unknown."""
    asset = pool_of(world, handle, account)
    if asset != 0:
        found = together(world, account, asset, True)
        return ACCEPTED if found.equity >= found.initial else Code.BELOW_INITIAL.value
    row = world.positions[place_of_pair(world.positions, handle, account)]
    margin = margin_in(world, handle, row)
    return ACCEPTED if margin.equity >= margin.initial else Code.BELOW_INITIAL.value


# --- collateral ----------------------------------------------------------------------------------


@within
def _is_pledge(world: World, c: Any) -> bool:
    """Whether a command is about another asset than what the side of its position posts."""
    handle, account = c["instrument"], c["account"]
    if c["asset"] == 0:
        return False
    own = pool_of(world, handle, account)
    if own == 0:
        position = world.positions[place_of_pair(world.positions, handle, account)]
        own = collateral_asset(world.marks[handle], position, position["lots"])
    return c["asset"] != own


@within
def _pool_that_takes(world: World, c: Any) -> int:
    """The asset of the pool that a position belongs to, or would, if its policy takes what a
    command is about; 0 if it does not."""
    asset = pool_of(world, c["instrument"], c["account"])
    policy = policy_of(world, c["account"], asset) if asset != 0 else 0
    return asset if pledges.takes(world, policy, c["asset"]) else 0


@within
def _pledged(world: World, told: Told, c: Any) -> int:
    """Free balance to what is pledged to a pool."""
    account, pledged, units = c["account"], c["asset"], c["quantity"]
    if not ledger.known_asset(world, pledged):
        return Code.UNKNOWN_ASSET.value
    asset = _pool_that_takes(world, c)
    if asset == 0:
        return Code.ASSET_NOT_TAKEN.value
    code = ledger.spending(world, account, pledged, units)
    if code == ACCEPTED:
        pledges.take_in(world, told, c["instrument"], asset, account, pledged, units)
    return code


@within
def _taken_back(world: World, told: Told, c: Any) -> int:
    """Pledged units back to the free balance."""
    handle, account, pledged, units = c["instrument"], c["account"], c["asset"], c["quantity"]
    if not ledger.known_asset(world, pledged):
        return Code.UNKNOWN_ASSET.value
    asset = _pool_that_takes(world, c)
    if asset == 0:
        return Code.ASSET_NOT_TAKEN.value
    if pledges.units_of(world, account, asset, pledged) < units:
        return Code.INSUFFICIENT_COLLATERAL.value
    why = Why.RELEASE.value
    pledges.give_to(world, told, why, handle, asset, account, pledged, units, account)
    found = together(world, account, asset, True)
    return ACCEPTED if found.equity >= found.initial else Code.BELOW_INITIAL.value


@within
def post_collateral(world: World, told: Told, c: Any) -> int:
    """Free balance to the collateral of a position."""
    if not known_instrument(world, c["instrument"]):
        return Code.UNKNOWN_INSTRUMENT.value
    if c["quantity"] <= 0:
        return Code.MALFORMED.value
    if _is_pledge(world, c):
        return _pledged(world, told, c)
    if lots_of(world, c["instrument"], c["account"]) == 0:
        return Code.NO_POSITION.value
    return _moved(world, told, c["instrument"], c["account"], c["quantity"])


@within
def _released(world: World, told: Told, c: Any) -> int:
    """Collateral back to the free balance, as far as initial margin leaves it."""
    handle, account, units = c["instrument"], c["account"], c["quantity"]
    if not known_instrument(world, handle):
        return Code.UNKNOWN_INSTRUMENT.value
    if units <= 0:
        return Code.MALFORMED.value
    if _is_pledge(world, c):
        return _taken_back(world, told, c)
    asset, held = pool_of(world, handle, account), Held.POOL.value
    if asset != 0:
        posted = world.elections[place_of_balance(world.elections, account, asset)]["pool"]
    else:
        row, held = world.positions[place_of_pair(world.positions, handle, account)], _OWN
        asset = collateral_asset(world.marks[handle], row, row["lots"])
        posted = collateral_in(world.marks[handle], row, asset)
    if asset == 0:
        return Code.NO_COLLATERAL_RULE.value
    if posted < units:
        return Code.INSUFFICIENT_COLLATERAL.value
    why, free = Why.RELEASE.value, Held.FREE.value
    post(world, told, why, handle, asset, account, held, account, free, units)
    return _has_initial(world, handle, account)
