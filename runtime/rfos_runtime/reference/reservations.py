"""Transfers in two halves: the payer sets units aside, the payee takes them or lets them go."""

from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.records.commands import Complete, Reserve
from rfos_runtime.records.events import Cause
from rfos_runtime.records.holdings import free, reserved
from rfos_runtime.reference.ledger import post, require_room, require_transfer, send
from rfos_runtime.reference.world import Reservation, World


def reserve(world: World, command: Reserve) -> None:
    """Sets units aside, under the next number."""
    require_transfer(world, command.payer, command.payee, command.asset, command.units)
    require(command.until > world.time, Code.MALFORMED)
    payer = command.payer
    send(world, command.asset, payer, reserved(payer), command.units, Cause("reservation"))
    world.reserved += 1
    row = Reservation(payer, command.payee, command.asset, command.units, command.until)
    world.reservations[world.reserved] = row


def complete(world: World, command: Complete) -> None:
    """The payee takes part of a reservation, or all of it, or nothing; the rest goes back."""
    row = world.reservations.get(command.reservation)
    if row is None:
        raise Refused(Code.UNKNOWN_RESERVATION)
    require(row.payee == command.payee, Code.NOT_THE_PAYEE)
    require(0 <= command.units <= row.units, Code.MALFORMED)
    if command.units:
        require_room(world, row.payee, row.asset, command.units)
    source = reserved(row.payer)
    post(world, row.asset, source, free(row.payee), command.units, Cause("transfer"))
    _give_back(world, command.reservation, row.units - command.units)


def run_out(world: World) -> None:
    """Gives back whatever was reserved until now."""
    over = [number for number, row in world.reservations.items() if row.until <= world.time]
    for number in over:
        _give_back(world, number, world.reservations[number].units)


def next_end(world: World) -> int | None:
    """When the next reservation runs out."""
    return min((row.until for row in world.reservations.values()), default=None)


def _give_back(world: World, number: int, units: int) -> None:
    row = world.reservations.pop(number)
    post(world, row.asset, reserved(row.payer), free(row.payer), units, Cause("return"))
