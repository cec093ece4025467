"""Time: what falls due and what is reported acts instant by instant, up to the block's time.

At each instant in ascending order: the reports of that instant are accepted; reservations that have
run out go back, proposals take effect, stakers are paid out, what was announced comes to pass; the
instruments that are due or watch a feed that moved fire, by (due, handle), each paying what falls
due in it; dated payments that fall due are paid; margin is marked anew where a feed moved or a
contract acted, and everywhere at the block's own time; idle collateral is freed and debts are paid,
by what their debtors have set aside for bids too; auctions begin, run and end.
"""

from typing import Any

from numpy.typing import NDArray

from rfos_runtime.kernel.auctions import bids, stops
from rfos_runtime.kernel.auctions import running as auctions
from rfos_runtime.kernel.contracts import dated, resolving, scheduler
from rfos_runtime.kernel.contracts.asking import Foreseen
from rfos_runtime.kernel.contracts.bound import reached
from rfos_runtime.kernel.contracts.firing import fire, note_moves
from rfos_runtime.kernel.contracts.rows import NEVER
from rfos_runtime.kernel.contracts.settlement import settle
from rfos_runtime.kernel.ledger import apply as ledger
from rfos_runtime.kernel.margin.marking import mark_all, mark_many
from rfos_runtime.kernel.oracle.reports import Reports, admitted, observe
from rfos_runtime.kernel.portfolio.pricing import price
from rfos_runtime.kernel.positions.tidying import tidy
from rfos_runtime.kernel.settings import apply as settings
from rfos_runtime.kernel.stakes import apply as stakes
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import COUNT, What
from rfos_runtime.records.codes import Code
from rfos_runtime.records.reports import halves
from rfos_runtime.reference.pace import Pace

_WAITING = [Of.RESERVATIONS, Of.SETTINGS, Of.LEAVING, Of.INSTRUMENTS, Of.HAIRCUTS]
"""Where nothing lies in these tables, time alone changes nothing else."""


def tick(state: State, until: int, records: NDArray[Any]) -> list[Code]:
    """Brings the world to `until`. Returns a code for each report."""
    waits = bool(state.world.counts["lying"][_WAITING].any() or state.substitutes or state.halts)
    if not len(records) and not waits:
        state.touched(Of.TOTALS, 0)["time"] = until
        return []
    reports = admitted(state.world, state.feeds, until, records)
    pace = Pace[int]()
    state.make_room({Of.FIXINGS: len(records)})
    due = _next_due(state)
    for instant in sorted({*reports.by_instant, until}):
        while due < instant:
            due = _at(state, due, frozenset(), pace, is_last=False)
        state.touched(Of.TOTALS, 0)["time"] = instant
        due = _at(state, instant, _observe(state, reports), pace, is_last=instant == until)
    return reports.codes


def _next_due(state: State) -> int:
    """The earliest instant at which something happens by itself."""
    ends = (room.next_due(state.world) for room in (ledger, settings, stakes))
    contracts = scheduler.next_due(state), dated.next_due(state, NEVER)
    return min(*ends, *contracts, resolving.next_due(state), auctions.next_end(state))


def _observe(state: State, reports: Reports) -> frozenset[int]:
    """Makes the observations of this instant. Returns the feeds that moved."""
    moved = set()
    for feed, value, code, wide in observe(state.world, state.feeds, reports):
        low, high = halves(value)
        told = {"instrument": feed, "debit": state.time, "units": low, "credit": high}
        if code is Code.ACCEPTED:
            state.tell(What.OBSERVED, **told, clause=int(wide))
            moved.add(feed)
            stops.watch(state, feed)
        else:
            state.tell(What.OBSERVATION_REFUSED, **told, cause=code)
    return frozenset(moved)


def _at(state: State, instant: int, moved: frozenset[int], pace: Pace[int], is_last: bool) -> int:
    """Everything that happens at one instant after its observations; the next instant at which
    something happens by itself."""
    state.touched(Of.TOTALS, 0)["time"] = instant
    counts = state.world.counts["lying"]
    leaving = int(counts[Of.LEAVING])
    told = counts[Of.RESERVATIONS] + counts[Of.SETTINGS] + 2 * leaving
    state.make_room({Of.BALANCES: leaving, Of.SHARES: leaving}, int(told))
    price(state)
    ledger.run_out(state.world, state.told)
    stops.run_out(state)
    settings.enact(state.world, state.told)
    stakes.pay_out(state.world, state.told)
    moved |= resolving.come_to_pass(state)
    waiting = scheduler.waiting_among(state, reached(state.contracts.readers, moved))
    note_moves(state, moved, waiting)
    fired = scheduler.due_instruments(state, moved)
    foreseen = Foreseen()
    foreseen.ask(state, fired, moved)
    for handle in fired:
        fire(state, handle, moved, foreseen)
        settle(state, state.contracts.of(handle))
    for handle in dated.paying(state):
        settle(state, state.contracts.of(handle))
    if is_last:
        mark_all(state)
    else:
        mark_many(state, sorted({*fired, *reached(state.contracts.marked_by, moved)}))
    bids.recall(state)
    before = state.told.written[COUNT]
    tidy(state)
    auctions.step(state, pace)
    if state.told.written[COUNT] != before:  # a debt that is paid may leave something idle, too
        tidy(state)
    due = _next_due(state)
    assert due > instant, "something due was left behind"
    return due
