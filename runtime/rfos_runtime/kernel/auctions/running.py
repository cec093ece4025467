"""Liquidation: a Dutch auction over a position's lots, as `reference/auction` says. A bid is filled
at the clock's price once that is at or below its limit; when the clock has run out, what nobody
took is closed at the mark."""

from typing import NamedTuple

import numpy as np

from rfos_runtime.kernel.auctions import bids, closing, sealed, selling, together
from rfos_runtime.kernel.auctions.bids import Bidder
from rfos_runtime.kernel.auctions.prices import Row, clock
from rfos_runtime.kernel.auctions.selling import Position
from rfos_runtime.kernel.auctions.stops import resumes, stands_still
from rfos_runtime.kernel.contracts.rows import NEVER, Is
from rfos_runtime.kernel.margin.breaches import alone_in_breach
from rfos_runtime.kernel.margin.held import is_known
from rfos_runtime.kernel.margin.kinds import NumbersByRow
from rfos_runtime.kernel.margin.measured import margin_of
from rfos_runtime.kernel.margin.sides import side_of
from rfos_runtime.kernel.places import place_of_pair
from rfos_runtime.kernel.portfolio.breaches import held_by_accounts
from rfos_runtime.kernel.portfolio.pools import asset_together, pool_of
from rfos_runtime.kernel.settings.apply import value_of
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import COUNT, Over, What
from rfos_runtime.kernel.world import one_more
from rfos_runtime.records.parameters import Parameter
from rfos_runtime.reference.executor import Rule
from rfos_runtime.reference.pace import Pace


class Key(NamedTuple):
    """Whose position, in which instrument; in this order auctions begin and run."""

    instrument: int
    account: int


def next_end(state: State) -> int:
    """When the next running auction runs out; NEVER if none does."""
    if state.world.counts[Of.AUCTIONS]["lying"] == 0:
        return NEVER
    rows = state.world.auctions
    ends = rows["ends"][(rows["open"] != 0) & (rows["ends"] > state.time)]
    return int(np.min(ends, initial=NEVER))


def step(state: State, pace: Pace[int]) -> None:
    """Begins auctions that are due, lets each run at the world's time, ends those that are over."""
    begin(state)
    while running := _running(state):
        before = state.told.written[COUNT]
        for key in running:
            if _is_there(state, key):
                _run(state, key, pace)
        begun = begin(state) if state.told.written[COUNT] != before else []
        if not any(_end(state, key) <= state.time for key in begun):
            return


def _end(state: State, key: Key) -> int:
    return int(state.world.auctions[place_of_pair(state.world.auctions, *key)]["ends"])


def begin(state: State) -> list[Key]:
    """An auction for every position in breach that has none, and none for one that is gone. Returns
    those that have begun; their clocks run once nothing is paused."""
    for key in _running(state):
        if not _is_there(state, key):
            _over(state, key, Over.POSITION_CLOSED)
    breaches = _breaches(state)
    state.make_room({Of.AUCTIONS: len(breaches)} if breaches else {}, len(breaches))
    for key in breaches:
        _begin(state, key)
    sealed.clear(state)
    return breaches


def _running(state: State) -> list[Key]:
    """The auctions that run, by instrument and account."""
    if state.world.counts[Of.AUCTIONS]["lying"] == 0:
        return []
    rows = state.world.auctions
    return _keys(rows[rows["open"] != 0])


def _breaches(state: State) -> list[Key]:
    """The positions in breach that are not under auction, and go there."""
    held = held_by_accounts(state)
    pools, alone = together.breaches(state, held), _alone(state, held)
    return sorted([*alone, *(Key(*pair) for pair in pools)]) if pools else alone


def _alone(state: State, held: NumbersByRow) -> list[Key]:
    """Those that stand by themselves."""
    if state.world.counts[Of.POSITIONS]["lying"] == 0:
        return []
    return _keys(state.world.positions[alone_in_breach(state, held)])


def _keys(rows: np.ndarray) -> list[Key]:
    order = np.lexsort((rows["account"], rows["instrument"]))
    pairs = zip(rows["instrument"][order].tolist(), rows["account"][order].tolist(), strict=True)
    return [Key(*pair) for pair in pairs]


def _begin(state: State, key: Key) -> None:
    found = margin_of(state.world, *key)
    position = state.touched(Of.POSITIONS, int(place_of_pair(state.world.positions, *key)))
    lots = int(position["lots"])
    position["auction"] = 1
    row = state.touched(Of.AUCTIONS, int(place_of_pair(state.world.auctions, *key)))
    if row["account"] == 0:
        one_more(state.world, Of.AUCTIONS)
    side = 0 if lots > 0 else 1
    rule = _rule(state, key.instrument, side)
    row["instrument"], row["account"], row["side"], row["open"] = *key, side, 1
    flags = int(state.world.instruments[key.instrument]["flags"])
    asset = int(asset_together(state.world.marks[key.instrument], flags, side))
    length = int(value_of(state.world, asset, Parameter.SEALED.value))
    began = resumes(state, key.instrument)
    row["began"], row["sealed"] = began, length
    row["length"] = min(2 * length or rule.auction_nanoseconds, NEVER)
    row["ends"] = min(began + int(row["length"]), NEVER)
    state.tell(
        What.AUCTION_BEGAN,
        instrument=key.instrument,
        debit=key.account,
        units=lots,
        credit=int(found.equity),
        command=int(found.maintenance),
    )


def _is_there(state: State, key: Key) -> bool:
    """Whether the position under auction still stands, on the same side."""
    lots = int(state.world.positions[place_of_pair(state.world.positions, *key)]["lots"])
    side = int(state.world.auctions[place_of_pair(state.world.auctions, *key)]["side"])
    return lots != 0 and side == (0 if lots > 0 else 1)


def _run(state: State, key: Key, pace: Pace[int]) -> None:
    row = state.world.auctions[place_of_pair(state.world.auctions, *key)]
    side, ends = int(row["side"]), int(row["ends"])
    if not is_known(state, *key):
        return _over(state, key, Over.MARK_UNKNOWN)
    if _is_restored(state, key):
        return _over(state, key, Over.RECOVERED)
    if stands_still(state, key.instrument):
        return
    for bidder, price in _offers(state, key):
        selling.fill(state, position_of(state, key, side), bidder, price, pace)
        if _is_restored(state, key):
            return _over(state, key, Over.RESTORED)
    if state.time >= ends and _close_at_mark(state, key, side, pace):
        _over(state, key, Over.UNSOLD)


def _offers(state: State, key: Key) -> list[tuple[Bidder, int]]:
    """The bids that stand, best first, each with the price at which it is filled."""
    row = state.world.auctions[place_of_pair(state.world.auctions, *key)]
    rule = _rule(state, key.instrument, int(row["side"]))
    if not row["sealed"]:
        price = clock(rule, state.time - int(row["began"]))
        return [(bidder, price) for bidder in bids.standing_at(state, *key, price)]
    if state.time < row["ends"]:
        return []
    lowest, highest = sorted((rule.auction_from, rule.auction_to))
    limits = sealed.opened(state, *key)
    return [(bidder, min(limit, highest)) for bidder, limit in limits if limit >= lowest]


def _close_at_mark(state: State, key: Key, side: int, pace: Pace[int]) -> bool:
    asset, others = int(pool_of(state.world, *key)), []
    for handle in together.pooled(state, key.account, asset) if asset else []:
        other = Key(handle, key.account)
        is_other = handle != key.instrument and is_known(state, *other)
        if is_other and not stands_still(state, handle):
            held = together.held_in(state, *other)
            others.append(position_of(state, other, side_of(held.lots)))
    return closing.close_at_mark(state, position_of(state, key, side), others, pace)


def _is_restored(state: State, key: Key) -> bool:
    """Whether nothing more has to be sold: an auction that has begun runs until the position has
    its initial margin again, not only its maintenance."""
    found = margin_of(state.world, *key)
    lots = state.world.positions[place_of_pair(state.world.positions, *key)]["lots"]
    return bool(lots == 0 or found.equity >= max(found.initial, found.maintenance))


def _over(state: State, key: Key, reason: Over) -> None:
    row = state.touched(Of.AUCTIONS, int(place_of_pair(state.world.auctions, *key)))
    row["open"] = 0
    if row["sealed"] and reason in (Over.RESTORED, Over.UNSOLD):
        rule = _rule(state, key.instrument, int(row["side"]))
        sealed.forfeit(state, *key, rule.penalty)
    state.touched(Of.POSITIONS, int(place_of_pair(state.world.positions, *key)))["auction"] = 0
    state.tell(What.AUCTION_ENDED, instrument=key.instrument, debit=key.account, cause=reason.value)


def _rule(state: State, handle: int, side: int) -> Rule:
    """The rule of a side; of one that posts nothing by itself, that of the other side."""
    bound = state.contracts.of(handle)
    rule = bound.rule_of(side) or bound.rule_of(1 - side)
    assert rule is not None, "an auction without a rule"
    return rule


def position_of(state: State, key: Key, side: int) -> Position:
    """A position under auction, or one that is closed beside it."""
    world = state.world
    mark, flags = world.marks[key.instrument], int(world.instruments[key.instrument]["flags"])
    names = ("maintenance", "initial") if side == 0 else ("maintenance2", "initial2")
    exposure = int(mark["exposure"]) if side == 0 else -int(mark["exposure"])
    row = Row(exposure, *(int(mark[name]) for name in names))
    lots = abs(int(world.positions[place_of_pair(world.positions, *key)]["lots"]))
    asset = int(asset_together(mark, flags, side))
    is_covered = bool(flags & (Is.COVERED if side == 0 else Is.COVERED2))
    in_pool = bool(pool_of(world, *key) == asset)
    rule = _rule(state, key.instrument, side)
    return Position(*key, side, lots, asset, row, rule, is_covered, in_pool)
