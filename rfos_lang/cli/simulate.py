"""`rfos simulate`: worlds made from seeds, with everything going wrong in them that can, played on
the kernel and looked at after every block.
"""

from collections.abc import Iterator
from pathlib import Path
from time import process_time

from rfos_lang.base.records import dataclass
from rfos_lang.cli.console import OK, WRONG, columns, print_json, progress
from rfos_lang.cli.files import opened, write_bytes
from rfos_lang.driver.simulating import supply
from rfos_lang.driver.world_file import written
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.simulation.checks.invariants import COMPARED, INVARIANTS
from rfos_runtime.simulation.executor import Remembering
from rfos_runtime.simulation.shrink import shrunk
from rfos_runtime.simulation.tally import Tally
from rfos_runtime.simulation.worlds import Result, Supply, world


@dataclass(frozen=True, slots=True)
class Wish:
    """Which worlds: the first seed, how many, of how many commands; `folder`: where a world in
    which an invariant does not hold is written to."""

    seed: int
    worlds: int
    commands: int
    folder: Path


def run(wish: Wish, as_json: bool) -> int:
    """Plays worlds and tells what they came to; the exit code. Raises Failure."""
    tally = Tally()
    begun = process_time()
    for counted in progress(_counted(wish, tally), "worlds", wish.worlds, as_json):
        tally = counted
    seconds = process_time() - begun
    if as_json:
        print_json(_document(tally, seconds))
    else:
        _print(tally, seconds)
    return WRONG if tally.broken else OK


def _counted(wish: Wish, tally: Tally) -> Iterator[Tally]:
    of, executor = supply(opened), Remembering(WasmExecutor())
    for seed in range(wish.seed, wish.seed + wish.worlds):
        result = world(seed, wish.commands, of, executor)
        tally.add(seed, result, _kept(wish, seed, result, of, executor))
        executor.forget()
        yield tally


def _kept(wish: Wish, seed: int, result: Result, of: Supply, executor: Remembering) -> str:
    """Writes a world in which an invariant does not hold, as small as it gets; the file."""
    if not result.machine.found:
        return ""
    found = result.machine.found[0]
    path = wish.folder / f"world-{seed}.toml"
    small = shrunk(result.recipe, found, executor)
    read = {
        name for each in small.offers for name in (*each.listing.feeds, *each.listing.risk_feeds)
    }
    feeds = {feed.feed: feed for feed in of.feeds if feed.feed in read}
    text = written(small, f"seed {seed}: {found}", feeds)
    write_bytes(path, text.encode())
    return str(path)


def _print(tally: Tally, seconds: float) -> None:
    rows = [
        ("worlds", f"{tally.worlds:,}"),
        ("blocks", f"{tally.blocks:,}"),
        ("commands", f"{tally.commands:,}"),
        ("of which accepted", f"{tally.accepted:,}"),
        *((f"  {words}", f"{count:,}") for words, count in tally.refused.most_common()),
        ("faults", f"{tally.faults.total():,}"),
        *((f"  {kind}", f"{count:,}") for kind, count in tally.faults.most_common()),
        ("events", f"{tally.events.total():,}"),
        *((f"  {kind}", f"{count:,}") for kind, count in tally.events.most_common()),
        ("invariants, looked at after every block", f"{len(INVARIANTS.keys() - {0, COMPARED})}"),
        ("violations", f"{len(tally.broken):,}"),
    ]
    print(*columns(rows, right={1}), sep="\n")
    for each in tally.broken:
        print(f"seed {each.seed}: invariant {each.violation}; kept in {each.file}")
    print(f"{tally.worlds / max(seconds, 1e-9):.2f} worlds a second of one core")


def _document(tally: Tally, seconds: float) -> dict[str, object]:
    return {
        "ok": not tally.broken,
        "worlds": tally.worlds,
        "blocks": tally.blocks,
        "commands": tally.commands,
        "accepted": tally.accepted,
        "refused": dict(tally.refused.most_common()),
        "faults": dict(tally.faults.most_common()),
        "events": dict(tally.events.most_common()),
        "violations": [
            {
                "seed": each.seed,
                "invariant": each.violation.invariant,
                "words": each.violation.words,
                "file": each.file,
            }
            for each in tally.broken
        ],
        "cpu_seconds": round(seconds, 2),
    }
