"""Worlds played seed by seed, one after the other or on several cores at once.

The compiler is loaded by what makes their contracts and by what writes one down: a process that
only plays begins sooner without.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from signal import SIG_DFL, SIG_IGN, SIGINT, SIGTERM, signal
from types import FrameType

from rfos_lang.base.records import dataclass
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.simulation.executor import Remembering
from rfos_runtime.simulation.shrink import shrunk
from rfos_runtime.simulation.tally import Tally
from rfos_runtime.simulation.worlds import Result, Supply, world


@dataclass(frozen=True, slots=True)
class Wish:
    """Which worlds: the first seed, how many, of how many commands; `folder`: where a world in
    which an invariant does not hold is written to; `jobs`: on how many cores; `is_compared`:
    whether the fast kernel must do the same."""

    seed: int
    worlds: int
    commands: int
    folder: Path
    jobs: int = 1
    is_compared: bool = True

    @property
    def seeds(self) -> range:
        """One for each world."""
        return range(self.seed, self.seed + self.worlds)


def tallies(wish: Wish) -> Iterator[Tally]:
    """What each world came to, in the order of seeds. Raises KeyboardInterrupt once somebody breaks
    it off. Processes begin anew: a copy of one that has made machine code could wait for ever. What
    worlds are made of is compiled while they do, and sent after."""
    with _breakable():
        if wish.jobs == 1:
            yield from map(_Player(wish, _supply()).played, wish.seeds)
            return
        context = get_context("spawn")
        supplies = context.SimpleQueue()
        with context.Pool(wish.jobs, _begin, (wish, supplies)) as pool:
            of = _supply()
            for _ in range(wish.jobs):
                supplies.put(of)
            yield from pool.imap(_played, wish.seeds)
            pool.close()
            pool.join()


def _supply() -> Supply:
    from rfos_lang.cli.files import opened
    from rfos_lang.driver.simulating import supply

    return supply(opened)


@contextmanager
def _breakable() -> Iterator[None]:
    """Both signals by which one is asked to end break off, also in the background of a shell, where
    an interrupt would be ignored."""

    def broken_off(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal(number, broken_off) for number in (SIGINT, SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal(number, handler)


class _Player:
    """Plays worlds, which are made of what is compiled once."""

    def __init__(self, wish: Wish, of: Supply) -> None:
        self.wish, self.supply = wish, of
        self.executor = Remembering(WasmExecutor())
        gc.collect()
        gc.freeze()  # what is here by now stays

    def played(self, seed: int) -> Tally:
        """What a world came to."""
        gc.disable()  # a world grows and makes no circles: looking for them costs a fifth
        try:
            wish = self.wish
            result = world(seed, wish.commands, self.supply, self.executor, wish.is_compared)
            tally = Tally()
            tally.add(seed, result, self._kept(seed, result))
        finally:
            self.executor.forget()
            gc.enable()
        return tally

    def _kept(self, seed: int, result: Result) -> str:
        """Writes a world in which an invariant does not hold, as small as it gets; the file."""
        if not result.machine.found:
            return ""
        from rfos_lang.cli.files import write_bytes, writing
        from rfos_lang.driver.world_file import written

        found = result.machine.found[0]
        path = self.wish.folder / f"world-{seed}.toml"
        small = shrunk(result.recipe, found, self.executor)
        listings = [each.listing for each in small.offers]
        read = {name for each in listings for name in (*each.feeds, *each.risk_feeds)}
        feeds = {feed.feed: feed for feed in self.supply.feeds if feed.feed in read}
        text = written(small, f"seed {seed}: {found}", feeds)
        with writing(self.wish.folder):
            self.wish.folder.mkdir(parents=True, exist_ok=True)
        write_bytes(path, text.encode())
        return str(path)


_players: list[_Player] = []
"""The one of this process, if it was begun to play worlds."""


def _begin(wish: Wish, supplies: "SimpleQueue[Supply]") -> None:
    signal(SIGINT, SIG_IGN)  # whoever has begun this process ends it
    signal(SIGTERM, SIG_DFL)
    _players.append(_Player(wish, supplies.get()))


def _played(seed: int) -> Tally:
    return _players[0].played(seed)
