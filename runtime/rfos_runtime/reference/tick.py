"""The first part of a block: time and observations act, instant by instant, up to the block's time.

At each instant in ascending order: the reports of that instant are accepted; reservations that have
run out go back, proposals take effect, stakers are paid out, what was announced comes to pass; the
instruments that are due or watch a feed that moved fire, by (due, handle), each paying what falls
due in it; margin is marked anew where a feed moved or a contract acted, and everywhere at the
block's own time; idle collateral is freed and debts are paid, by what their debtors have set aside
for bids too; auctions begin, run and end. So two blocks with the same reports and no commands
between them do what one block does, as long as liquidations do not reach what they may sell in a
block.
"""

from collections.abc import Iterable, Mapping, Sequence

from rfos_runtime.records.block import Report
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import DAY
from rfos_runtime.reference import (
    appraised,
    auction,
    bids,
    breakers,
    feeds,
    halts,
    margin,
    parameters,
    reservations,
    resolving,
    settlement,
    stakes,
)
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.firing import due_instruments, fire, note_moves
from rfos_runtime.reference.margin import CLOSED
from rfos_runtime.reference.pace import Pace
from rfos_runtime.reference.world import Phase, World

_HELD_UP = (*CLOSED, Phase.WAITING)
"""The phases in which nothing falls due by the clock."""


def tick(
    world: World, executor: Executor, until: int, reports: Sequence[Report]
) -> tuple[Code, ...]:
    """Brings the world to `until`. Returns a code for each report."""
    codes, by_instant = feeds.admitted(world, until, reports)
    pace = Pace[str]()
    due = _next_due(world)
    for instant in sorted({*by_instant, until}):
        while due is not None and due < instant:
            due = _at(world, executor, due, frozenset(), pace, is_last=False)
        world.time = instant
        moved = _observe(world, by_instant.get(instant, {}), reports, codes)
        due = _at(world, executor, instant, moved, pace, is_last=instant == until)
    return tuple(codes)


def _next_due(world: World) -> int | None:
    """The earliest instant at which something happens by itself."""
    dues = [
        instrument.next_due
        for instrument in world.instruments.values()
        if instrument.next_due is not None and instrument.phase not in _HELD_UP
    ]
    dues += [i.wakes for i in world.instruments.values() if i.wakes is not None]
    dues += [each.due for each in world.obligations.values()]
    ends = (
        auction.next_end(world),
        reservations.next_end(world),
        parameters.next_due(world),
        stakes.next_due(world),
        resolving.next_due(world),
    )
    return min([*dues, *(end for end in ends if end is not None)], default=None)


def _observe(
    world: World,
    heard: Mapping[str, Sequence[int]],
    reports: Sequence[Report],
    codes: list[Code],
) -> frozenset[str]:
    """Makes the observations of this instant. Returns the feeds that moved."""
    moved = set()
    for feed in filter(heard.__contains__, world.feeds):
        for day, said in _by_day(reports, heard[feed]):
            code = feeds.observe(world, feed, [reports[index].value for index in said], day)
            for index in said:
                codes[index] = code
            if code is Code.ACCEPTED:
                moved.add(feed)
                breakers.watch(world, feed)
    return frozenset(moved)


def _by_day(
    reports: Sequence[Report], heard: Sequence[int]
) -> list[tuple[int | None, Sequence[int]]]:
    """The reports of one feed by the day that they fix: ticks first, then day by day."""
    days: dict[int | None, list[int]] = {}
    for index in heard:
        date = reports[index].date
        days.setdefault(None if date is None else date // DAY, []).append(index)
    return sorted(days.items(), key=lambda item: (item[0] is not None, item[0] or 0))


def _at(
    world: World,
    executor: Executor,
    instant: int,
    moved: frozenset[str],
    pace: Pace[str],
    is_last: bool,
) -> int | None:
    """Everything that happens at one instant after its observations; the next instant at which
    something happens by itself."""
    world.time = instant
    reservations.run_out(world)
    halts.run_out(world)
    parameters.enact(world)
    stakes.pay_out(world)
    moved |= resolving.come_to_pass(world)
    note_moves(world, moved)
    fired = due_instruments(world, moved)
    for handle in fired:
        fire(world, executor, handle, moved)
        settlement.settle(world, handle)
    paying = sorted({each.instrument for each in world.obligations.values() if each.due <= instant})
    for handle in paying:
        settlement.settle(world, handle)
    for handle in world.instruments if is_last else _touched(world, fired, moved):
        margin.mark(world, executor, handle)
    bids.recall(world)
    told = len(world.events)
    margin.tidy(world)
    auction.step(world, pace)
    if len(world.events) != told:  # a debt that is paid may leave something idle, too
        margin.tidy(world)
    due = _next_due(world)
    assert due is None or due > instant, "something due was left behind"
    return due


def _touched(world: World, fired: Iterable[int], moved: frozenset[str]) -> list[int]:
    """Instruments whose risk may have changed."""
    seen = {
        handle
        for handle in world.instruments
        if not moved.isdisjoint(appraised.valued_by(world, handle))
    }
    return sorted(seen | set(fired))
