"""Each command of the ledger on the tables: all checks before the first write.

The order of the checks is that of the reference, so that a command that could be refused for two
reasons is refused for the same one.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.contracts.rows import NEVER
from rfos_runtime.kernel.ledger import rules
from rfos_runtime.kernel.ledger.rules import ACCEPTED
from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.places import (
    place_of_balance,
    place_of_reservation,
    place_of_words,
)
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import Held, Told, Why, tell
from rfos_runtime.kernel.world import World, begin, one_more, touch
from rfos_runtime.kernel.world import open_account as make_account
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import DAY, SUPPLY_MAX

# --- what is there ---------------------------------------------------------------------------


@within
def known_account(world: World, account: int) -> bool:
    """Whether a handle is that of an account."""
    return 0 < account <= world.counts[Of.ACCOUNTS.value]["lying"]


@within
def known_asset(world: World, asset: int) -> bool:
    """Whether a handle is that of an asset."""
    return 0 < asset <= world.counts[Of.ASSETS.value]["lying"]


@within
def amount(world: World, asset: int, units: int) -> int:
    """Whether an asset is known, and there can be so much of it."""
    if not known_asset(world, asset):
        return Code.UNKNOWN_ASSET.value
    return rules.amount(units)


@within
def _transfer_like(world: World, payer: int, payee: int, asset: int, units: int) -> int:
    """What no transfer may be, whatever the balances."""
    if not known_account(world, payee):
        return Code.UNKNOWN_ACCOUNT.value
    code = amount(world, asset, units)
    if code != ACCEPTED:
        return code
    return Code.IN_DEBT.value if world.accounts[payer]["owing"] else ACCEPTED


@within
def _room(world: World, account: int, asset: int, units: int) -> int:
    return _room_at(world, place_of_balance(world.balances, account, asset), units)


@within
def _room_at(world: World, at: int, units: int) -> int:
    row = world.balances[at]
    return rules.room(row["free"], units, row["below_ceiling"])


@within
def spending(world: World, account: int, asset: int, units: int) -> int:
    """Whether an account may let so much go of what it has free."""
    row = world.balances[place_of_balance(world.balances, account, asset)]
    return rules.spending(row["free"], units, row["floor"])


@within
def _sending(world: World, account: int, asset: int, units: int) -> int:
    """Whether an account may let units go that then count for its day."""
    return _sending_at(world, place_of_balance(world.balances, account, asset), units)


@within
def _sending_at(world: World, at: int, units: int) -> int:
    row = world.balances[at]
    today = world.totals[0]["time"] // DAY
    spent = row["spent"] if row["day"] == today else 0
    code = rules.outgoing(spent, units, row["below_daily"])
    if code != ACCEPTED:
        return code
    return rules.spending(row["free"], units, row["floor"])


# --- what changes ----------------------------------------------------------------------------


@within
def balance_place(world: World, account: int, asset: int) -> int:
    """The place of a balance that is about to change; made if there is none."""
    at = place_of_balance(world.balances, account, asset)
    begin(world, Of.BALANCES.value, world.balances, at, account, asset)
    return at


@within
def _credit(world: World, account: int, asset: int, units: int) -> None:
    world.balances[balance_place(world, account, asset)]["free"] += units


@within
def _sent(world: World, account: int, asset: int, units: int) -> None:
    """Takes units from a free balance, and counts them for the day where that has a limit."""
    _sent_at(world, place_of_balance(world.balances, account, asset), units)


@within
def _sent_at(world: World, at: int, units: int) -> None:
    touch(world, Of.BALANCES.value, at)
    row = world.balances[at]
    row["free"] -= units
    if row["below_daily"] != 0:
        today = world.totals[0]["time"] // DAY
        row["spent"] = units + (row["spent"] if row["day"] == today else 0)
        row["day"] = today


# --- commands --------------------------------------------------------------------------------


@within
def open_account(world: World, c: Any) -> int:
    """An account under a new name."""
    w0, w1, w2, w3 = c["reference"], c["a0"], c["a1"], c["a2"]
    if not rules.is_name(w0, w1, w2, w3):
        return Code.MALFORMED.value
    if world.names[place_of_words(world.names, w0, w1, w2, w3)]["handle"] != 0:
        return Code.ACCOUNT_EXISTS.value
    if rules.is_own(w0, w1, w2, w3):
        return Code.MALFORMED.value
    make_account(world, w0, w1, w2, w3)
    return ACCEPTED


@within
def deposit(world: World, told: Told, c: Any) -> int:
    """Value from outside to a free balance."""
    account, asset, units = c["account"], c["asset"], c["quantity"]
    if not known_account(world, account):
        return Code.UNKNOWN_ACCOUNT.value
    code = amount(world, asset, units)
    if code != ACCEPTED:
        return code
    row = world.assets[asset]
    if row["issuer"] != 0:
        return Code.ISSUED_ASSET.value
    if _is_booked(world.deposited, c):
        return Code.RECEIPT_USED.value
    code = rules.supply(row["outside"], units, row["supply"])
    if code != ACCEPTED:
        return code
    code = _room(world, account, asset, units)
    if code != ACCEPTED:
        return code
    _book(world, Of.DEPOSITED.value, world.deposited, c)
    touch(world, Of.ASSETS.value, asset)
    world.assets[asset]["outside"] -= units
    _credit(world, account, asset, units)
    tell(told, Why.DEPOSIT.value, asset, 0, Held.OUTSIDE.value, account, Held.FREE.value, units)
    return ACCEPTED


@within
def _is_booked(booked: NDArray[Any], c: Any) -> bool:
    """Whether the receipt of a command has counted; one of zeros never has."""
    row = booked[place_of_words(booked, c["reference"], c["a0"], c["a1"], c["a2"])]
    return (row["w0"] | row["w1"] | row["w2"] | row["w3"]) != 0


@within
def _book(world: World, table: int, booked: NDArray[Any], c: Any) -> None:
    w0, w1, w2, w3 = c["reference"], c["a0"], c["a1"], c["a2"]
    if (w0 | w1 | w2 | w3) == 0:
        return
    place = place_of_words(booked, w0, w1, w2, w3)
    touch(world, table, place)
    row = booked[place]
    row["w0"], row["w1"], row["w2"], row["w3"] = w0, w1, w2, w3
    row["block"] = world.totals[0]["number"] + 1
    one_more(world, table)


@within
def withdraw(world: World, told: Told, c: Any) -> int:
    """Value from a free balance to outside."""
    account, asset, units = c["account"], c["asset"], c["quantity"]
    code = amount(world, asset, units)
    if code != ACCEPTED:
        return code
    if world.assets[asset]["issuer"] != 0:
        return Code.ISSUED_ASSET.value
    if _is_booked(world.withdrawn, c):
        return Code.RECEIPT_USED.value
    if world.accounts[account]["owing"]:
        return Code.IN_DEBT.value
    code = _sending(world, account, asset, units)
    if code != ACCEPTED:
        return code
    _book(world, Of.WITHDRAWN.value, world.withdrawn, c)
    _sent(world, account, asset, units)
    touch(world, Of.ASSETS.value, asset)
    world.assets[asset]["outside"] += units
    free, outside = Held.FREE.value, Held.OUTSIDE.value
    tell(told, Why.WITHDRAWAL.value, asset, account, free, 0, outside, units)
    return ACCEPTED


@within
def transfer(world: World, told: Told, c: Any) -> int:
    """From one free balance to another. What is asked most often, so each row is looked up once."""
    payer, payee, asset, units = c["account"], c["target"], c["asset"], c["quantity"]
    code = _transfer_like(world, payer, payee, asset, units)
    if code != ACCEPTED:
        return code
    payee_at = place_of_balance(world.balances, payee, asset)
    code = _room_at(world, payee_at, units) if payer != payee else ACCEPTED
    if code != ACCEPTED:
        return code
    payer_at = place_of_balance(world.balances, payer, asset)
    code = _sending_at(world, payer_at, units)
    if code != ACCEPTED:
        return code
    _sent_at(world, payer_at, units)
    begin(world, Of.BALANCES.value, world.balances, payee_at, payee, asset)
    world.balances[payee_at]["free"] += units
    if payer != payee:
        free = Held.FREE.value
        tell(told, Why.TRANSFER.value, asset, payer, free, payee, free, units)
    return ACCEPTED


@within
def limit(world: World, c: Any) -> int:
    """New limits for an account and an asset."""
    account, asset = c["account"], c["asset"]
    floor, ceiling, daily = c["a0"], c["a1"], c["a2"]
    if not known_account(world, account):
        return Code.UNKNOWN_ACCOUNT.value
    if not known_asset(world, asset):
        return Code.UNKNOWN_ASSET.value
    code = rules.limits(floor, ceiling, daily)
    if code != ACCEPTED:
        return code
    row = world.balances[balance_place(world, account, asset)]
    row["floor"] = floor
    row["below_ceiling"] = SUPPLY_MAX - ceiling
    row["below_daily"] = SUPPLY_MAX - daily
    return ACCEPTED


# --- transfers in two halves -----------------------------------------------------------------


@within
def reserve(world: World, told: Told, c: Any) -> int:
    """Sets units aside, under the next number."""
    payer, payee, asset, units = c["account"], c["target"], c["asset"], c["quantity"]
    code = _transfer_like(world, payer, payee, asset, units)
    if code != ACCEPTED:
        return code
    if c["until_ns"] <= world.totals[0]["time"]:
        return Code.MALFORMED.value
    code = _sending(world, payer, asset, units)
    if code != ACCEPTED:
        return code
    _sent(world, payer, asset, units)
    world.balances[balance_place(world, payer, asset)]["reserved"] += units
    one_more(world, Of.RESERVATIONS.value)
    touch(world, Of.TOTALS.value, 0)
    totals = world.totals[0]
    totals["reserved"] += 1
    at = place_of_reservation(world.reservations, totals["reserved"])
    touch(world, Of.RESERVATIONS.value, at)
    row = world.reservations[at]
    row["number"] = totals["reserved"]
    row["payer"] = payer
    row["payee"] = payee
    row["asset"] = asset
    row["units"] = units
    row["until"] = c["until_ns"]
    row["open"] = 1
    free, held = Held.FREE.value, Held.RESERVED.value
    tell(told, Why.RESERVATION.value, asset, payer, free, payer, held, units)
    return ACCEPTED


@within
def complete(world: World, told: Told, c: Any) -> int:
    """The payee takes part of a reservation, or all of it, or nothing; the rest goes back."""
    payee, units = c["account"], c["quantity"]
    if c["reference"] <= 0:
        return Code.UNKNOWN_RESERVATION.value
    at = place_of_reservation(world.reservations, c["reference"])
    row = world.reservations[at]
    if row["open"] == 0:
        return Code.UNKNOWN_RESERVATION.value
    if row["payee"] != payee:
        return Code.NOT_THE_PAYEE.value
    if not 0 <= units <= row["units"]:
        return Code.MALFORMED.value
    asset = row["asset"]
    code = _room(world, payee, asset, units) if units else ACCEPTED
    if code != ACCEPTED:
        return code
    if units:
        world.balances[balance_place(world, row["payer"], asset)]["reserved"] -= units
        _credit(world, payee, asset, units)
        held, free = Held.RESERVED.value, Held.FREE.value
        tell(told, Why.TRANSFER.value, asset, row["payer"], held, payee, free, units)
    _give_back(world, told, at, row["units"] - units)
    return ACCEPTED


def next_due(world: World) -> int:
    """When the next reservation runs out; NEVER if none lies there."""
    if world.counts[Of.RESERVATIONS]["lying"] == 0:
        return NEVER
    rows = world.reservations
    return int(np.min(rows["until"][rows["open"] != 0], initial=NEVER))


def run_out(world: World, told: Told) -> None:
    """Gives back whatever was reserved until now: what ran out first, first."""
    rows = world.reservations
    if world.counts[Of.RESERVATIONS]["lying"] == 0:
        return
    over = np.flatnonzero((rows["open"] != 0) & (rows["until"] <= world.totals[0]["time"]))
    _give_all_back(world, told, over[np.lexsort((rows["number"][over], rows["until"][over]))])


@compiled
def _give_all_back(world: World, told: Told, places: NDArray[np.int64]) -> None:
    for at in places:
        _give_back(world, told, at, world.reservations[at]["units"])


@within
def _give_back(world: World, told: Told, at: int, units: int) -> None:
    touch(world, Of.RESERVATIONS.value, at)
    row = world.reservations[at]
    row["open"] = 0
    if units == 0:
        return
    payer, asset = row["payer"], row["asset"]
    balance = world.balances[balance_place(world, payer, asset)]
    balance["reserved"] -= units
    balance["free"] += units
    held, free = Held.RESERVED.value, Held.FREE.value
    tell(told, Why.RETURN.value, asset, payer, held, payer, free, units)
