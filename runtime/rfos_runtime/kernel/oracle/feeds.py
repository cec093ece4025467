"""Which reports count, when they make an observation, and what is seen of it: as `reference/feeds`
says, over rows.

Reports are few against what hangs on them, and their values have 128 bits, so this is Python.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rfos_runtime.kernel.places import place_of_fixing
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import World, one_more, touch
from rfos_runtime.records.codes import Code, require
from rfos_runtime.records.commands import DAY, ONE, RegisterFeed
from rfos_runtime.records.reports import VALUE_BELOW, halves, whole
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
    )


# --- what is seen --------------------------------------------------------------------------------


def fresh(world: World, handle: int) -> int | None:
    """The newest observation of a feed, if it is still good at the world's time."""
    row = world.feeds[handle]
    if not row["known"] or world.totals[0]["time"] - row["instant"] > row["staleness"]:
        return None
    return newest(world, handle)


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
            return newest(world, handle)
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
    before = fresh(world, handle)
    if of.maximum_step is None or before is None:
        return value, Code.ACCEPTED
    too_far = abs(value - before) * ONE > of.maximum_step * abs(before)
    return value, Code.STEP_TOO_LARGE if too_far else Code.ACCEPTED


def accept(world: World, handle: int, value: int, day: int | None) -> None:
    """Takes an observation in, at the world's time; as the fixing of a day if one is named. It is
    the newest one unless a later day is fixed."""
    low, high = halves(value)
    touch(world, Of.FEEDS, handle)
    row = world.feeds[handle]
    if day is None or not row["fixes"] or row["latest"] <= day:
        row["known"], row["instant"] = 1, world.totals[0]["time"]
        row["low"], row["high"] = low, high
    if day is None:
        return
    row["latest"] = max(int(row["latest"]), day) if row["fixes"] else day
    row["fixes"] = 1
    at = place_of_fixing(world.fixings, handle, day)
    touch(world, Of.FIXINGS, at)
    world.fixings[at] = (handle, day, low, high)
    one_more(world, Of.FIXINGS)
