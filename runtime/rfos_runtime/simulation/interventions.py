"""What the operator does when something is wrong: halts and lets go on, in some worlds more often
than in others; says what is stuck will pay, or which value stands for a fixing; often a little
beyond what it may, now and then without a reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rfos_runtime.records.commands import DAY, ONE, Command
from rfos_runtime.records.interventions import (
    REASON_SIZE,
    Halt,
    Payment,
    Resolve,
    Resume,
    Substitute,
)
from rfos_runtime.records.parameters import RESOLVING, RESUMING
from rfos_runtime.reference.executor import ESCROW, ISSUANCE
from rfos_runtime.reference.resolving import STUCK
from rfos_runtime.reference.sides import asset_of_side, worst_case
from rfos_runtime.reference.world import Phase, World
from rfos_runtime.simulation.recipe import Order
from rfos_runtime.simulation.streams import Stream

REASONS = ("a venue prints what nobody else has",) * 12 + ("", " ", "\n", "." * (REASON_SIZE + 1))
MUCH = 10**6
"""Of what has no bound, so many minor units are paid at most."""


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator of a world. `fixed`: the feeds of which contracts read a value for a day;
    `halts`, `resolves`: one block in how many."""

    seed: int
    fixed: tuple[str, ...]
    stranger: str
    halts: int
    resolves: int

    def orders(self, world: World, number: int) -> Iterator[Order]:
        """What the operator asks in a block."""
        draw = Stream(self.seed, "operator", number)
        for command in self._commands(world, draw):
            yield Order(command, (self.stranger,) if draw.one_in(40) else None)

    def _commands(self, world: World, draw: Stream) -> Iterator[Command]:
        stuck = [handle for handle, each in world.instruments.items() if each.phase in STUCK]
        waiting = [h for h in stuck if world.instruments[h].phase is Phase.WAITING]
        silent = waiting if not world.substitutes else []
        untold = [handle for handle in stuck if handle not in world.resolutions]
        if draw.one_in(4 if world.auctions and self.halts else self.halts):
            yield _halt(world, draw)
        if self.halts and draw.one_in(3 if world.halts else 100):
            yield _resume(world, draw)
        if draw.one_in(self.resolves if untold else 20 * self.resolves):
            yield _resolve(world, draw, untold or stuck)
        if self.fixed and draw.one_in(self.resolves if silent else 20 * self.resolves):
            yield self._substitute(world, draw, waiting)

    def _substitute(self, world: World, draw: Stream, waiting: list[int]) -> Command:
        """A value for a fixing that something may wait for."""
        feed, date = draw.pick(self.fixed), world.time - DAY * draw.pick((0, 1, 2, -1))
        if world.substitutes and draw.one_in(4):
            feed, day = draw.pick(sorted(world.substitutes))
            return Substitute(feed, day * DAY)
        if waiting and not draw.one_in(4):
            row = world.instruments[draw.pick(waiting)]
            feed = draw.pick([each for each in row.feeds if each in self.fixed] or self.fixed)
            date = row.next_due or date
        value = draw.between(40, 200) * ONE
        bounds = world.feeds[feed].lowest, world.feeds[feed].highest
        if draw.one_in(8):
            value = draw.pick((bounds[0] - 1, bounds[1] + 1))
        feed = feed if not draw.one_in(30) else "no such feed"
        return Substitute(feed, date, value, draw.pick(REASONS), _at(world, RESOLVING, draw))


def _at(world: World, ahead: int, draw: Stream) -> int:
    """When something that must be announced so long ahead is to be; seldom too soon."""
    return world.time + ahead + draw.pick((0, 0, 0, 1, ahead, -1, -1))


def _halt(world: World, draw: Stream) -> Command:
    """Of what is under auction if there is any; now and then of what there is not."""
    reason = draw.pick(REASONS)
    if draw.one_in(20):
        return draw.pick((Halt(), Halt(1, "a feed too", reason), Halt(0, "no such feed", reason)))
    feeds = sorted(world.feeds)
    handles = sorted({handle for handle, _ in world.auctions}) or sorted(world.instruments)
    if feeds and draw.one_in(3):
        return Halt(0, draw.pick(feeds), reason)
    return Halt(draw.pick(handles) if handles else 1, "", reason)


def _resume(world: World, draw: Stream) -> Command:
    at = _at(world, RESUMING, draw)
    if not world.halts or draw.one_in(20):
        return Resume(at, draw.between(0, 2))
    handle, feed = draw.pick(sorted(world.halts))
    return Resume(at, handle, feed)


def _resolve(world: World, draw: Stream, stuck: list[int]) -> Command:
    """What each lot of something stuck pays, or that back; now and then of what is not stuck."""
    if world.resolutions and draw.one_in(4):
        return Resolve(draw.pick(sorted(world.resolutions)))
    if draw.one_in(30):
        return Resolve(draw.pick((0, 1, 2)))
    handle = draw.pick(stuck or sorted(world.instruments) or [1])
    payments = tuple(_payments(world, handle, draw)) if handle in world.instruments else ()
    return Resolve(handle, payments, draw.pick(REASONS), _at(world, RESOLVING, draw))


def _payments(world: World, handle: int, draw: Stream) -> Iterator[Payment]:
    """Of each side a part of what is left of its lock, or a little more; all that escrow holds."""
    row = world.instruments[handle]
    parties = world.definitions[row.definition].view.parties
    if row.phase is Phase.ENDED and not row.held:
        return
    for side in (0, 1):
        asset = asset_of_side(world, handle, side) or draw.pick(row.assets)
        left = min(worst_case(world, handle, side) - row.paid[side].units, MUCH)
        units = draw.pick((0, left // 3, left // 3, left, left, left + 1))
        payees = [name for place, name in enumerate(parties) if place != side]
        if units > 0:
            yield Payment(parties[side], _payee(payees, draw), asset, units)
    for slot, held in enumerate(row.held):
        if held > 0:
            payees = [name for name in parties if name != ESCROW]
            units = held + draw.one_in(10)
            yield Payment(ESCROW, _payee(payees, draw), row.assets[slot], units)


def _payee(names: list[str], draw: Stream) -> str:
    """Seldom one that cannot be paid."""
    paid = [name for name in names if name not in (ESCROW, ISSUANCE)]
    return draw.pick(names if draw.one_in(20) or not paid else paid)
