"""How many worlds the simulator plays in a second: a thousand commands in each, every invariant
after every block, but for the fast kernel, with which the reference is not compared.

python -m benchmarks.kernel.worlds
"""

import os
from pathlib import Path
from time import perf_counter

from benchmarks.measured import Measured, Side, Target, show
from rfos_lang.cli.worlds import Wish, tallies
from rfos_runtime.simulation.tally import Tally

WORLDS, COMMANDS = 100, 1_000


def measured() -> Measured:
    """Seconds for a world, on one core and on all."""
    wish, tally = Wish(1, WORLDS, COMMANDS, Path(), os.cpu_count() or 1, False), Tally()
    before, begun = os.times(), perf_counter()
    for each in tallies(wish):
        tally.join(each)
    together = (perf_counter() - begun) / WORLDS
    alone = (sum(os.times()[:4]) - sum(before[:4])) / WORLDS
    assert tally.worlds == WORLDS and not tally.broken
    return Measured(
        "Worlds of the simulator",
        f"A world from a seed; {WORLDS} of them: {tally.commands:,} commands in"
        f" {tally.blocks:,} blocks.",
        (
            Side("rfos, on one core", alone, "processor time"),
            Side(f"rfos, on {wish.jobs} cores", together),
        ),
        (Target("seconds for a world", together, 1 / 5),),
        "Nothing: the start of each process and the machine code of what is traded are in it, and"
        " every block is carried out twice at least, live and when its world is replayed.",
    )


if __name__ == "__main__":
    show(measured())
