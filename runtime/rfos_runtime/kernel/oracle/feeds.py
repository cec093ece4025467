"""Which reports count, when they make an observation, and what is seen of it: as `reference/feeds`
says, over rows.

Reports are few against what hangs on them, and their values have 128 bits, so this is Python.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rfos_runtime.kernel.contracts.rows import Is
from rfos_runtime.kernel.places import place_of_fixing
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import World, one_more, touch
from rfos_runtime.records.codes import Code, require
from rfos_runtime.records.commands import DAY, ONE, RegisterFeed
from rfos_runtime.records.reports import VALUE_BELOW, halves, whole
from rfos_runtime.records.validity import WORST, Act, Validity, validity_of
from rfos_runtime.reference.executor import Aspect, FeedView


@dataclass(slots=True)
class Feeds:
    """What was registered, in the order of handles, and the handles by name."""

    handles: dict[str, int] = field(default_factory=dict)
    registered: list[RegisterFeed] = field(default_factory=list)

    def register(self, world: World, command: RegisterFeed) -> None:
        """A new feed, under the next handle. Raises Refused."""
        require(command.feed not in self.handles, Code.FEED_EXISTS)
        require(is_sound(command), Code.MALFORMED)
        handle = int(one_more(world, Of.FEEDS))
        touch(world, Of.FEEDS, handle)
        world.feeds[handle]["staleness"] = command.staleness
        for _ in range(2):
            one_more(world, Of.SWINGS)
        self.handles[command.feed] = handle
        self.registered.append(command)

    def of(self, handle: int) -> RegisterFeed | None:
        """The feed of a handle; None if there is none."""
        return self.registered[handle - 1] if 0 < handle <= len(self.registered) else None


def is_sound(command: RegisterFeed) -> bool:
    """Whether a feed can be as it is described."""
    return (
        command.feed != ""
        and len(set(command.reporters)) == len(command.reporters)
        and 1 <= command.quorum <= len(command.reporters)
        and 0 <= command.staleness < 1 << 63
        and -VALUE_BELOW < command.lowest <= command.highest < VALUE_BELOW
        and (command.maximum_step is None or command.maximum_step >= 0)
        and (command.widest is None or command.widest >= 0)
        and (command.breaker is None or command.breaker.is_sound)
    )


# --- what is seen --------------------------------------------------------------------------------


def validity(world: World, handle: int) -> Validity:
    """How good the newest observation of a feed is at the world's time."""
    row = world.feeds[handle]
    age = int(world.totals[0]["time"] - row["instant"])
    return validity_of(bool(row["known"]), age, int(row["staleness"]), bool(row["wide"]))


def known_for(world: World, handle: int, act: Act) -> int | None:
    """The newest observation of a feed, if it is good enough for what is done."""
    return newest(world, handle) if validity(world, handle) >= WORST[act] else None


def fresh(world: World, handle: int) -> int | None:
    """The newest observation of a feed, if it is still good to be marked by."""
    return known_for(world, handle, Act.MARK)


def stops(world: World, handles: Iterable[int]) -> int:
    """What keeps positions from growing that are marked by feeds, as `Is` says it."""
    found = 0
    for handle in handles:
        if validity(world, handle) < WORST[Act.OPEN]:
            found |= Is.DOUBTED
        if world.feeds[handle]["paused"] > world.totals[0]["time"]:
            found |= Is.PAUSED
    return int(found)


def newest(world: World, handle: int) -> int | None:
    """The newest observation of a feed, however old."""
    row = world.feeds[handle]
    return whole(int(row["low"]), int(row["high"])) if row["known"] else None


def fixing(world: World, handle: int, day: int) -> int | None:
    """The value of a day; None if it is not fixed."""
    row = world.fixings[place_of_fixing(world.fixings, handle, day)]
    return whole(int(row["low"]), int(row["high"])) if row["feed"] else None


def seen(world: World, slot: FeedView, handle: int, instant: int) -> int | None:
    """What a slot of an instrument shows at the world's time to an event of an instant until
    then."""
    match slot.aspect:
        case Aspect.NEWEST:
            return fresh(world, handle)
        case Aspect.FIXING:
            return fixing(world, handle, instant // DAY)
        case Aspect.LAPSED:
            if fixing(world, handle, instant // DAY) is not None:
                return 0
            return 1 if world.totals[0]["time"] >= instant + (slot.patience or 0) else None
        case Aspect.NOW:
            return instant
        case Aspect.RESOLVED:
            return int(world.feeds[handle]["known"])
        case Aspect.LAST:
            return known_for(world, handle, Act.LAST)
        case Aspect.EVENT:
            return newest(world, handle) if world.feeds[handle]["instant"] == instant else None


# --- observations --------------------------------------------------------------------------------


def observed(
    world: World, feeds: Feeds, handle: int, said: Sequence[int], day: int | None
) -> tuple[int, Code]:
    """What a quorum says, the lower median, and whether it is believed."""
    of = feeds.registered[handle - 1]
    if day is not None and fixing(world, handle, day) is not None:
        return 0, Code.FIXED_BEFORE
    if len(said) < of.quorum:
        return 0, Code.NO_QUORUM
    value = sorted(said)[(len(said) - 1) // 2]
    if not of.lowest <= value <= of.highest:
        return value, Code.OUT_OF_BOUNDS
    before = known_for(world, handle, Act.STEP)
    if of.maximum_step is None or before is None:
        return value, Code.ACCEPTED
    too_far = abs(value - before) * ONE > of.maximum_step * abs(before)
    return value, Code.STEP_TOO_LARGE if too_far else Code.ACCEPTED


def is_wide(of: RegisterFeed, said: Sequence[int], value: int) -> bool:
    """Whether words in ascending order lie too far apart, those at either end left out that liars
    may have said."""
    if of.widest is None:
        return False
    out = min((len(of.reporters) - 1) // 3, (len(said) - 1) // 2)
    return (said[-1 - out] - said[out]) * ONE > of.widest * abs(value)


def accept(world: World, handle: int, value: int, wide: bool, day: int | None) -> None:
    """Takes an observation in, at the world's time; as the fixing of a day if one is named. It is
    the newest one unless a later day is fixed."""
    low, high = halves(value)
    touch(world, Of.FEEDS, handle)
    row = world.feeds[handle]
    if day is None or not row["fixes"] or row["latest"] <= day:
        row["known"], row["instant"] = 1, world.totals[0]["time"]
        row["low"], row["high"], row["wide"] = low, high, wide
    if day is not None:
        fix(world, handle, day, value)


def fix(world: World, handle: int, day: int, value: int) -> None:
    """Notes the fixing of a day, which has none."""
    low, high = halves(value)
    touch(world, Of.FEEDS, handle)
    row = world.feeds[handle]
    row["latest"] = max(int(row["latest"]), day) if row["fixes"] else day
    row["fixes"] = 1
    at = place_of_fixing(world.fixings, handle, day)
    touch(world, Of.FIXINGS, at)
    world.fixings[at] = (handle, day, low, high)
    one_more(world, Of.FIXINGS)
