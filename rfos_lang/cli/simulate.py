"""`rfos simulate`: worlds made from seeds, with everything going wrong in them that can, played on
the kernel and looked at after every block; on as many cores as are asked for. Broken off, it tells
what the worlds until then came to.
"""

import os
from collections import Counter
from time import perf_counter

from rfos_lang.cli.console import OK, WRONG, columns, print_json, progress
from rfos_lang.cli.files import unreadable
from rfos_lang.cli.machine_code import made_ready
from rfos_lang.cli.worlds import Wish, tallies
from rfos_runtime.records.codes import Code
from rfos_runtime.simulation.checks.invariants import COMPARED, INVARIANTS
from rfos_runtime.simulation.tally import Tally


def run(wish: Wish, as_json: bool) -> int:
    """Plays worlds and tells what they came to; the exit code. Raises Failure, at once where none
    could be kept."""
    if wish.folder.exists() and not wish.folder.is_dir():
        raise unreadable(wish.folder, "not a directory", "E1007")
    if wish.is_compared:
        made_ready(as_json)
    tally, begun = Tally(), perf_counter()
    try:
        for each in progress(tallies(wish), "worlds", wish.worlds, as_json):
            tally.join(each)
    except KeyboardInterrupt:
        pass  # what was counted is told
    seconds = perf_counter() - begun
    if as_json:
        print_json(_document(tally, wish, seconds))
    else:
        _print(tally, wish, seconds)
    return WRONG if tally.broken else OK


def _cpu_seconds() -> float:
    """Of this process and of those that it has waited for."""
    spent = os.times()
    return sum(spent[:4])


def _print(tally: Tally, wish: Wish, seconds: float) -> None:
    never = tally.never()
    rows = [
        ("worlds", f"{tally.worlds:,}"),
        *_counts(tally.kinds),
        ("blocks", f"{tally.blocks:,}"),
        ("commands", f"{tally.commands:,}"),
        ("of which accepted", f"{tally.accepted:,}"),
        *_counts(tally.done),
        ("of which refused", f"{tally.refused.total():,}"),
        *_counts(tally.refused),
        ("answers given, of all that there are", f"{len(Code) - len(never)} of {len(Code)}"),
        ("faults", f"{tally.faults.total():,}"),
        *_counts(tally.faults),
        ("events", f"{tally.events.total():,}"),
        *_counts(tally.events),
        ("postings by their cause, auctions by how they went", ""),
        *_counts(tally.met),
        ("invariants, looked at after every block", f"{_looked_at(wish)}"),
        ("violations", f"{len(tally.broken):,}"),
    ]
    print(*columns(rows, right={1}), sep="\n")
    for each in tally.broken:
        print(f"seed {each.seed}: invariant {each.violation}; kept in {each.file}")
    print(f"answers that nobody was given: {', '.join(never) or 'none'}")
    print(f"commands and events that nobody met: {', '.join(tally.missed()) or 'none'}")
    if tally.worlds < wish.worlds:
        print(f"broken off: {tally.worlds:,} of {wish.worlds:,} worlds, from seed {wish.seed} on")
    cores = "one core" if wish.jobs == 1 else f"{wish.jobs} cores"
    print(f"{_rate(tally, seconds):.2f} worlds a second on {cores}", end=", ")
    print(f"{_rate(tally, _cpu_seconds()):.2f} a second of processor time")


def _counts(counted: Counter[str]) -> list[tuple[str, str]]:
    """What there was, most of it first."""
    return [(f"  {name}", f"{count:,}") for name, count in counted.most_common()]


def _looked_at(wish: Wish) -> int:
    """How many of the invariants; that of both kernels only where they are compared."""
    return len(INVARIANTS.keys() - ({0} if wish.is_compared else {0, COMPARED}))


def _rate(tally: Tally, seconds: float) -> float:
    return tally.worlds / max(seconds, 1e-9)


def _document(tally: Tally, wish: Wish, seconds: float) -> dict[str, object]:
    return {
        "ok": not tally.broken,
        "wished": wish.worlds,
        "worlds": tally.worlds,
        "kinds": dict(tally.kinds.most_common()),
        "blocks": tally.blocks,
        "commands": tally.commands,
        "accepted": tally.accepted,
        "done": dict(tally.done.most_common()),
        "refused": dict(tally.refused.most_common()),
        "never": tally.never(),
        "faults": dict(tally.faults.most_common()),
        "events": dict(tally.events.most_common()),
        "met": dict(tally.met.most_common()),
        "missed": tally.missed(),
        "violations": [
            {
                "seed": each.seed,
                "invariant": each.violation.invariant,
                "words": each.violation.words,
                "file": each.file,
            }
            for each in tally.broken
        ],
        "seconds": round(seconds, 2),
        "jobs": wish.jobs,
        "cpu_seconds": round(_cpu_seconds(), 2),
    }
