"""Which tests reach which lines, and how long each takes: recorded once for each state of the tree.

Lines are those of the files as they are, so a record serves no other text. `python -m
tests.mutation.record FOLDER` runs the tests under coverage and leaves in FOLDER what it saw.
"""

import ast
import hashlib
import importlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path

import pytest
from coverage import Coverage, CoverageData

from tests.mutation.suite import MUTATED, QUIET, READ_BY_TESTS, ROOT, TESTS, module_name
from tests.mutation.trial import fails

SECONDS_MAX = 12.0
"""What the tests of one mutant may take of the processor."""

IMPORTED = ""
"""Coverage's name for what ran outside of any test."""


@dataclass(frozen=True, slots=True)
class Record:
    """`seconds` are those of the processor for each test; `reached` names the tests of a line."""

    seconds: dict[str, float]
    reached: dict[Path, dict[int, list[str]]]

    def tests(self, file: Path, lines: range) -> dict[str, float]:
        """The tests of the file's room that reach one of the lines, quickest first, each with its
        seconds; not more of them than `SECONDS_MAX` allows, though one at least.

        What runs when its module is imported is reached by all.
        """
        found = {test for line in lines for test in self.reached[file].get(line, ())}
        return self.quickest(file, self.seconds if found == {IMPORTED} else found - {IMPORTED})

    def quickest(self, file: Path, tests: Iterable[str]) -> dict[str, float]:
        """The quickest of some tests."""
        ours = [test for test in tests if test.startswith(TESTS[file.parent.name])]
        quickest = sorted((self.seconds[test], test) for test in ours)
        spent = accumulate(seconds for seconds, _ in quickest)
        return {
            test: seconds
            for (seconds, test), total in zip(quickest, spent, strict=True)
            if total <= max(SECONDS_MAX, quickest[0][0])
        }


def record() -> Record:
    """That of the tree as it is, made if there is none yet: then the tests have to pass."""
    folder = Path(tempfile.gettempdir()) / f"rfos-mutation-{_state()}"
    if not folder.exists():
        with tempfile.TemporaryDirectory() as made:
            words = [sys.executable, "-m", "tests.mutation.record", made]
            subprocess.run(words, cwd=ROOT, check=True)
            _assert_unchanged_survives(_read(Path(made)))
            shutil.copytree(made, folder)
    return _read(folder)


def _read(folder: Path) -> Record:
    data = CoverageData(str(folder / "coverage"))
    data.read()
    seconds = json.loads((folder / "seconds.json").read_text(encoding="utf-8"))
    return Record(seconds, {file: data.contexts_by_lineno(str(file)) for file in MUTATED})


def _assert_unchanged_survives(known: Record) -> None:
    """Each module written as its mutants are, but without a mistake."""
    texts = {module_name(file): ast.unparse(ast.parse(file.read_bytes())) for file in MUTATED}
    for file in (MUTATED[0], MUTATED[-1]):
        tests = known.quickest(file, known.seconds)
        assert not fails(texts, tests), "the tests fail by themselves"


def _state() -> str:
    """A name for the bytes of everything that the tests read."""
    hashed = hashlib.sha256()
    for top in READ_BY_TESTS:
        for path in sorted([ROOT / top, *(ROOT / top).rglob("*")]):
            if path.is_file() and "__pycache__" not in path.parts:
                hashed.update(f"{path} {path.stat().st_size}\n".encode() + path.read_bytes())
    return hashed.hexdigest()[:16]


class _Recorder:
    """Tells coverage which test runs, and takes its time."""

    def __init__(self, measured: Coverage) -> None:
        self.measured = measured
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        begun = time.process_time()
        self.measured.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self.measured.switch_context(IMPORTED)
            self.seconds[item.nodeid] = round(time.process_time() - begun, 4)


def _main(folder: Path) -> int:
    files = [str(file) for file in MUTATED]
    measured = Coverage(str(folder / "coverage"), config_file=False, include=files)
    recorder = _Recorder(measured)
    measured.start()
    for file in MUTATED:
        importlib.import_module(module_name(file))
    failed = int(pytest.main([*QUIET, *dict.fromkeys(chain(*TESTS.values()))], [recorder]))
    measured.stop()
    measured.save()
    (folder / "seconds.json").write_text(json.dumps(recorder.seconds), encoding="utf-8")
    return failed


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1])))
