"""Feeds: which reports count, when they make an observation, how long it is good, what is seen.

Reports on one feed and one instant arrive in one block. At least `quorum` registered reporters must
speak; the observation is the lower median of what they say, the element at index (n - 1) // 2 in
order. With a quorum of 2f + 1 it lies between two honest values whatever f liars report. It is
refused, never clamped, if it lies outside [lowest, highest], or jumps further than `maximum_step`
from an observation that is still good. So a price that truly jumps is believed again once the old
one is stale.

A report with a date makes the fixing of that day, which then stands. It is the newest observation
too, unless the fixing of a later day is known.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from rfos_runtime.records.block import Report
from rfos_runtime.records.codes import Code, require
from rfos_runtime.records.commands import DAY, ONE, RegisterFeed
from rfos_runtime.records.events import ObservationRefused, Observed
from rfos_runtime.records.reports import has_record
from rfos_runtime.records.validity import WORST, Act, Validity, validity_of
from rfos_runtime.reference.executor import Aspect, FeedView
from rfos_runtime.reference.world import Feed, Observation, World

VALUE_MAX = 2**127 - 1


def register_feed(world: World, command: RegisterFeed) -> None:
    """A new feed."""
    require(command.feed not in world.feeds, Code.FEED_EXISTS)
    reporters = command.reporters
    sound = (
        command.feed != ""
        and len(set(reporters)) == len(reporters)
        and 1 <= command.quorum <= len(reporters)
        and 0 <= command.staleness < 2**63
        and -VALUE_MAX <= command.lowest <= command.highest <= VALUE_MAX
        and (command.maximum_step is None or command.maximum_step >= 0)
        and (command.widest is None or command.widest >= 0)
        and (command.breaker is None or command.breaker.is_sound)
    )
    require(sound, Code.MALFORMED)
    world.feeds[command.feed] = Feed(
        reporters=reporters,
        quorum=command.quorum,
        staleness=command.staleness,
        lowest=command.lowest,
        highest=command.highest,
        maximum_step=command.maximum_step,
        widest=command.widest,
        breaker=command.breaker,
    )


def validity(world: World, feed: str) -> Validity:
    """How good the newest observation is at the world's time."""
    newest, staleness = world.feeds[feed].newest, world.feeds[feed].staleness
    if newest is None:
        return Validity.NOTHING
    return validity_of(True, world.time - newest.instant, staleness, newest.wide)


def known_for(world: World, feed: str, act: Act) -> int | None:
    """The newest observation if it is good enough for what is done."""
    newest = world.feeds[feed].newest
    return newest.value if newest is not None and validity(world, feed) >= WORST[act] else None


def fresh(world: World, feed: str) -> int | None:
    """The newest observation if it is still good to be marked by."""
    return known_for(world, feed, Act.MARK)


def seen(world: World, slot: FeedView, feed: str, instant: int) -> int | None:
    """What a slot of an instrument shows at the world's time to an event of an instant until
    then."""
    fixing = world.fixings.get((feed, instant // DAY))
    match slot.aspect:
        case Aspect.NEWEST:
            return fresh(world, feed)
        case Aspect.FIXING:
            return fixing
        case Aspect.LAPSED if fixing is not None:
            return 0
        case Aspect.LAPSED:
            return 1 if world.time >= instant + (slot.patience or 0) else None
        case Aspect.NOW:
            return instant
    newest = world.feeds[feed].newest
    match slot.aspect:
        case Aspect.RESOLVED:
            return int(newest is not None)
        case Aspect.LAST:
            return known_for(world, feed, Act.LAST)
        case Aspect.EVENT:
            return newest.value if newest is not None and newest.instant == instant else None
        case _:
            assert_never(slot.aspect)


def admitted(
    world: World, until: int, reports: Sequence[Report]
) -> tuple[list[Code], dict[int, dict[str, list[int]]]]:
    """Which reports of a block count (by position; indices into `reports`), by instant and feed.

    An instant must lie after the last one that the kernel has seen, and not after the block's time.
    """
    codes: list[Code] = []
    said: set[tuple[str, int, str]] = set()
    by_instant: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, report in enumerate(reports):
        word = (report.feed, report.instant, report.reporter)
        codes.append(_admission(world, until, report, word in said))
        if codes[-1] is Code.ACCEPTED:
            said.add(word)
            by_instant[report.instant][report.feed].append(index)
    return codes, by_instant


def _admission(world: World, until: int, report: Report, said: bool) -> Code:
    if not has_record(report):
        return Code.MALFORMED
    feed = world.feeds.get(report.feed)
    if feed is None:
        return Code.UNKNOWN_FEED
    if report.reporter not in feed.reporters:
        return Code.UNKNOWN_REPORTER
    if report.instant <= world.time:
        return Code.REPORT_LATE
    if report.instant > until:
        return Code.REPORT_EARLY
    if report.date is not None:
        if report.date // DAY > report.instant // DAY:
            return Code.DATE_AHEAD
        if (report.feed, report.date // DAY) in world.fixings:
            return Code.FIXED_BEFORE
    return Code.DUPLICATE_REPORT if said else Code.ACCEPTED


def observe(world: World, name: str, values: Sequence[int], day: int | None = None) -> Code:
    """Makes an observation of one feed, at the world's time, of its reporters' values; the fixing
    of a day if one is named."""
    feed = world.feeds[name]
    if day is not None and (name, day) in world.fixings:
        return Code.FIXED_BEFORE
    if len(values) < feed.quorum:
        return Code.NO_QUORUM
    value = sorted(values)[(len(values) - 1) // 2]
    code = _belief(feed, value, known_for(world, name, Act.STEP))
    if code is not Code.ACCEPTED:
        world.tell(ObservationRefused(name, world.time, value, code))
        return code
    wide = _is_wide(feed, sorted(values), value)
    if day is None or not any(known == name and at > day for known, at in world.fixings):
        world.feeds[name] = replace(feed, newest=Observation(world.time, value, wide))
    if day is not None:
        world.fixings[name, day] = value
    world.tell(Observed(name, world.time, value, wide))
    return code


def _is_wide(feed: Feed, said: Sequence[int], value: int) -> bool:
    """Whether words lie too far apart, those at either end left out that liars may have said: f of
    the feed's 3f + 1 reporters, as far as they leave any."""
    if feed.widest is None:
        return False
    out = min((len(feed.reporters) - 1) // 3, (len(said) - 1) // 2)
    return (said[-1 - out] - said[out]) * ONE > feed.widest * abs(value)


def _belief(feed: Feed, value: int, before: int | None) -> Code:
    if not feed.lowest <= value <= feed.highest:
        return Code.OUT_OF_BOUNDS
    if feed.maximum_step is None or before is None:
        return Code.ACCEPTED
    step = abs(value - before) * ONE
    return Code.ACCEPTED if step <= feed.maximum_step * abs(before) else Code.STEP_TOO_LARGE
