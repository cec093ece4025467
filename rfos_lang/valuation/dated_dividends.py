"""A contract that follows an asset's dividends, as one with dates: the market says which ones come.

`when each d in dividends(share) { ... }` becomes a dated clause on the dividends that are still to
come while the contract lives. There `d.amount` is so many times the price, and `d.pay` a date. So
every method knows it that knows dates.
"""

from collections.abc import Mapping
from dataclasses import replace

from rfos_lang.base.feed import Aspect
from rfos_lang.base.fixed import from_decimal
from rfos_lang.core.meaning import Standing, actions_of
from rfos_lang.core.program import (
    TRUE,
    Backward,
    Binary,
    Choice,
    Clause,
    Column,
    ColumnSlot,
    Combine,
    Expression,
    Feed,
    FeedSlot,
    Program,
    Sort,
    Terms,
    Timed,
    Watch,
)
from rfos_lang.core.walk import conditions_of, expressions_of, feeds_in, within
from rfos_lang.valuation.market import Dividend, Market, spot_name
from rfos_lang.valuation.unrolling import Change, changed, rebuilt

KIND = "dividends"


def with_dates(
    program: Program, terms: Terms, standing: Standing, market: Market
) -> tuple[Program, Terms, Standing]:
    """The instance with a date for each dividend that is to come; itself if it follows none. Raises
    Refused E0605 if the market does not say which ones come."""
    if not any(feed.kind == KIND for feed in program.feeds) or _has_annuity(program):
        return program, terms, standing
    for index, clause in enumerate(program.clauses):
        if isinstance(clause, Watch) and _follows(program, clause):
            program, terms = _dated(program, terms, index, clause, market)
            progress = (*standing.progress[:index], 0, *standing.progress[index + 1 :])
            standing = replace(standing, progress=progress)
    return *_without_streams(program, terms), standing


def _has_annuity(program: Program) -> bool:
    """Whether something is worked out backward along a schedule, which is left as it is."""
    inside = (
        part
        for clause in program.clauses
        for action in actions_of(clause)
        for part in expressions_of(action)
    )
    return any(isinstance(node, Backward) for node in within(*inside))


def _follows(program: Program, clause: Watch) -> bool:
    """Whether a clause acts on each dividend, and on nothing else."""
    kinds = {program.feeds[slot].kind for slot in clause.feeds}
    return clause.repeats and clause.condition is TRUE and kinds == {KIND}


def _dated(
    program: Program, terms: Terms, index: int, clause: Watch, market: Market
) -> tuple[Program, Terms]:
    slot = program.feeds[clause.feeds[0]]
    asset, cash = (terms.assets[each] for each in slot.assets)
    last = _last(program, terms, clause.lives)
    coming = [
        each
        for each in market.paid_by(asset, cash)
        if each.at >= terms.start and (last is None or each.at <= last)
    ]
    program, terms, price = _priced(program, terms, slot)
    schedule, column = len(program.schedules), len(program.columns)
    amount = Combine(Binary.MULTIPLY, Column(column), Feed(price))
    fields: dict[Expression, Expression] = {
        Feed(each): amount if program.feeds[each].sort is Sort.NUMBER else Column(column + 1)
        for each in clause.feeds
    }
    actions = tuple(
        changed(action, lambda node: rebuilt(node, lambda leaf: fields.get(leaf, leaf)))
        for action in clause.actions
    )
    made = Timed(schedule, actions, clause.group, clause.source, clause.lives, clause.stage)
    named = f"dividends of {program.assets[slot.assets[0]]}"
    columns = (
        ColumnSlot(f"{named}, times the price", schedule, Sort.NUMBER),
        ColumnSlot(f"{named}, pay dates", schedule, Sort.INSTANT),
    )
    return (
        replace(
            program,
            clauses=(*program.clauses[:index], made, *program.clauses[index + 1 :]),
            schedules=(*program.schedules, named),
            columns=(*program.columns, *columns),
        ),
        replace(
            terms,
            schedules=(*terms.schedules, tuple(each.at for each in coming)),
            columns=(*terms.columns, *_columns(coming)),
        ),
    )


def _columns(coming: list[Dividend]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    times = tuple(from_decimal(repr(each.times)) for each in coming)
    return times, tuple(max(each.pay, each.at) for each in coming)


def _last(program: Program, terms: Terms, lives: int | None) -> int | None:
    """The last instant at which something of a contract is dated, for it ends there; None if it
    has no end."""
    if program.perpetual:
        return None
    dated = (
        terms.schedules[clause.schedule][-1:]
        for clause in program.clauses
        if isinstance(clause, Timed | Choice)
        and clause.schedule is not None
        and clause.lives == lives
    )
    return max((instant for last in dated for instant in last), default=terms.start)


def _priced(program: Program, terms: Terms, slot: FeedSlot) -> tuple[Program, Terms, int]:
    """The instance with a feed of the price that a dividend is a part of, and that feed."""
    for at, feed in enumerate(program.feeds):
        if (feed.kind, feed.assets, feed.aspect) == ("spot", slot.assets, Aspect.NEWEST):
            return program, terms, at
    names = tuple(program.assets[each] for each in slot.assets)
    tickers = tuple(terms.assets[each] for each in slot.assets)
    added = FeedSlot("spot", slot.assets, spot_name(*names))
    program = replace(program, feeds=(*program.feeds, added))
    return program, replace(terms, feeds=(*terms.feeds, spot_name(*tickers))), len(terms.feeds)


def _without_streams(program: Program, terms: Terms) -> tuple[Program, Terms]:
    """The instance without the feeds of dividends; itself if a clause still reads one."""
    kept = [at for at, feed in enumerate(program.feeds) if feed.kind != KIND]
    if not {feed for clause in program.clauses for feed in _read(clause)} <= set(kept):
        return program, terms
    places = {at: place for place, at in enumerate(kept)}

    def moved(leaf: Expression) -> Expression:
        return Feed(places[leaf.slot]) if isinstance(leaf, Feed) else leaf

    clauses = tuple(_moved(clause, moved, places) for clause in program.clauses)
    feeds = tuple(program.feeds[at] for at in kept)
    names = tuple(terms.feeds[at] for at in kept)
    told = replace(program, feeds=feeds, clauses=clauses, collateral=(), liquidation=())
    return told, replace(terms, feeds=names)


def _read(clause: Clause) -> tuple[int, ...]:
    inside = (part for action in actions_of(clause) for part in expressions_of(action))
    watched = clause.feeds if isinstance(clause, Watch) else ()
    return (*watched, *feeds_in(*conditions_of(clause), *inside))


def _moved(clause: Clause, leaf: Change, places: Mapping[int, int]) -> Clause:
    """A clause whose feeds have other slots."""

    def change(expression: Expression) -> Expression:
        return rebuilt(expression, leaf)

    actions = tuple(changed(action, change) for action in clause.actions)
    match clause:
        case Timed():
            return replace(clause, actions=actions)
        case Watch():
            feeds = tuple(places[feed] for feed in clause.feeds)
            condition = change(clause.condition)
            return replace(clause, actions=actions, feeds=feeds, condition=condition)
        case Choice():
            otherwise = tuple(changed(action, change) for action in clause.otherwise)
            default = change(clause.default)
            return replace(clause, actions=actions, otherwise=otherwise, default=default)
