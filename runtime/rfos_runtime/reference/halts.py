"""What the operator halts, and lets go on: an instrument, or everything that hangs on a feed.

It stands still as in a breaker's pause, but until the operator says when it goes on. So long at
least everybody sees that before it does: time to post collateral before auctions run on.
"""

from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.records.events import Halted, Resuming
from rfos_runtime.records.interventions import Halt, Resume, is_reason
from rfos_runtime.records.parameters import RESUMING
from rfos_runtime.reference import breakers
from rfos_runtime.reference.instruments import require_open
from rfos_runtime.reference.world import NEVER, Standstill, World


def halt(world: World, command: Halt) -> None:
    """Halts at once; a new reason takes the place of the one before."""
    _require_known(world, command)
    require(is_reason(command.reason), Code.MALFORMED)
    _stand(world, command, Standstill(NEVER, command.reason))
    world.tell(Halted(command.instrument, command.feed, command.reason))


def resume(world: World, command: Resume) -> None:
    """Says when it goes on."""
    _require_known(world, command)
    halted = world.halts.get((command.instrument, command.feed))
    if halted is None:
        raise Refused(Code.NOT_HALTED)
    require(world.time + RESUMING <= command.at < NEVER, Code.TOO_SOON)
    _stand(world, command, halted._replace(until=command.at))
    world.tell(Resuming(command.instrument, command.feed, command.at))


def run_out(world: World) -> None:
    """Forgets halts that are over."""
    for key in [key for key, halted in world.halts.items() if halted.until <= world.time]:
        del world.halts[key]


def _require_known(world: World, command: Halt | Resume) -> None:
    require((command.instrument == 0) != (command.feed == ""), Code.MALFORMED)
    if command.feed:
        require(command.feed in world.feeds, Code.UNKNOWN_FEED)
    else:
        require_open(world, command.instrument)


def _stand(world: World, command: Halt | Resume, halted: Standstill) -> None:
    before = breakers.resumptions(world)
    world.halts[command.instrument, command.feed] = halted
    breakers.move_clocks(world, before)
