"""How many small mistakes the tests notice.

    python -m tests.mutation [--sample 150] [--seed 1] [--only semantics/causality] [--jobs 2]

Draws mutants of `rfos_lang/semantics` and `rfos_lang/core/meaning.py`, runs the tests of those
rooms on each, and prints the survivors and the share that was killed. A mutant that takes a minute
counts as killed: it hangs. Text that nothing is changed in has to survive first.
"""

import argparse
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.mutants import Mutant, mutants

ROOT = Path(__file__).resolve().parents[2]
SEMANTICS = sorted((ROOT / "rfos_lang/semantics").glob("*.py"))
MEANING = ROOT / "rfos_lang/core/meaning.py"
TESTS = {
    "semantics": ["tests/semantics", "tests/core/test_lowering.py", "tests/core/test_binding.py"],
    "core": ["tests/core", "tests/artefact/test_fire.py", "tests/runtime/test_contracts.py"],
}
SECONDS_MAX = 60


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
    files = [path for path in (*SEMANTICS, MEANING) if only in path.as_posix()]
    every = [
        Trial(path, mutant)
        for path in files
        for mutant in mutants(path.read_text(encoding="utf-8"))
    ]
    chosen = random.Random(seed).sample(every, min(sample, len(every)))
    print(f"{len(chosen)} of {len(every)} mutants of {len(files)} files")
    return chosen


def is_killed(trial: Trial) -> bool:
    """Whether a test notices the mutant."""
    module = ".".join(trial.file.relative_to(ROOT).with_suffix("").parts)
    with tempfile.NamedTemporaryFile("w", suffix=".py", encoding="utf-8") as file:
        file.write(trial.mutant.text)
        file.flush()
        words = [sys.executable, "-m", "tests.mutation.trial", module, file.name]
        tests = TESTS[trial.file.parent.name]
        try:
            done = subprocess.run(
                [*words, *tests], cwd=ROOT, capture_output=True, timeout=SECONDS_MAX, check=False
            )
        except subprocess.TimeoutExpired:
            return True
    return done.returncode != 0


def main() -> int:
    """Runs the trials; exit code 1 if fewer than 85 % are killed."""
    reader = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    reader.add_argument("--sample", type=int, default=150)
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--only", default="")
    reader.add_argument("--jobs", type=int, default=2)
    asked = reader.parse_args()
    trials = drawn(asked.sample, asked.seed, asked.only)
    for file in (SEMANTICS[0], MEANING):
        sound = Mutant(0, "nothing", file.read_text(encoding="utf-8"))
        assert not is_killed(Trial(file, sound)), "the tests fail by themselves"
    with ThreadPoolExecutor(asked.jobs) as pool:
        killed = 0
        for number, (trial, dead) in enumerate(
            zip(trials, pool.map(is_killed, trials), strict=True), 1
        ):
            killed += dead
            if not dead:
                print(f"[{number:4}] survives: {trial.place}: {trial.mutant.what}", flush=True)
    score = killed / len(trials)
    print(f"{killed} of {len(trials)} killed: {score:.1%}")
    return int(score < 0.85)


if __name__ == "__main__":
    sys.exit(main())
