"""How many small mistakes the tests notice.

    python -m tests.mutation [--sample 300] [--seed 1] [--only causality.py:31] [--jobs 2]

Draws mutants of `rfos_lang/semantics` and `rfos_lang/core/meaning.py`, runs on each the quickest
tests that reach its line, and prints the survivors and the share that was killed. A test that needs
far more of the processor than it should kills too: it hangs. Text that nothing is changed in has to
survive first.
"""

import argparse
import random
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.forks import tried
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.record import record
from tests.mutation.suite import MUTATED, ROOT

KILLED_MIN = 0.85


@dataclass(frozen=True, slots=True)
class Trial:
    """A mutant of a file, to be tried."""

    file: Path
    mutant: Mutant

    @property
    def place(self) -> str:
        """Where, as an editor takes it."""
        return f"{self.file.relative_to(ROOT)}:{self.mutant.line}"


def drawn(sample: int, seed: int, only: str) -> list[Trial]:
    """Trials drawn among all mutants, the same for the same seed."""
    every = [
        trial
        for file in MUTATED
        for mutant in mutants(file.read_text(encoding="utf-8"))
        if only in (trial := Trial(file, mutant)).place
    ]
    chosen = random.Random(seed).sample(every, min(sample, len(every)))
    print(f"{len(chosen)} of {len(every)} mutants", flush=True)
    return chosen


def main() -> int:
    """Runs the trials; exit code 1 if fewer than 85 % are killed."""
    reader = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    reader.add_argument("--sample", type=int, default=300)
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--only", default="", help="part of a path with its line")
    reader.add_argument("--jobs", type=int, default=2)
    asked = reader.parse_args()
    trials = drawn(asked.sample, asked.seed, asked.only)
    known = record()
    survivors: list[str] = []

    def told(number: int, dead: bool) -> None:
        if not dead:
            survivors.append(f"{trials[number].place}: {trials[number].mutant.what}")
            print(f"survives: {survivors[-1]}", flush=True)

    jobs = [(each.file, each.mutant, known.tests(each.file, each.mutant.lines)) for each in trials]
    tried(jobs, asked.jobs, told)
    killed = len(trials) - len(survivors)
    score = killed / len(trials)
    print(f"{killed} of {len(trials)} killed: {score:.1%}")
    return int(score < KILLED_MIN)


if __name__ == "__main__":
    sys.exit(main())
