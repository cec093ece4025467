"""Modules on trial in a process of its own: other texts in their places, and tests run on them.

`python -m tests.mutation.trial` reads texts and tests, each with the seconds that it takes, and
ends with pytest's code, or by a signal in a test that takes far more of the processor than that.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import resource
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from types import ModuleType

import pytest
from hypothesis import Phase, settings

from tests.mutation.suite import QUIET, ROOT

SECONDS_SPARE = 20.0
TIMES_SLOWER = 5.0
BYTES_MAX = 4 << 30
SURVIVED = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def fails(texts: dict[str, str], tests: dict[str, float]) -> bool:
    """Whether a test fails, or hangs, when the modules have these texts."""
    words = [sys.executable, "-m", "tests.mutation.trial"]
    asked = json.dumps([texts, tests]).encode()
    code = subprocess.run(words, cwd=ROOT, input=asked, capture_output=True, check=False).returncode
    assert code != pytest.ExitCode.USAGE_ERROR, "pytest does not know the tests"
    return code not in SURVIVED


class _Replaced(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules, and gives them their other texts."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The finder's hook. It names the file, whose numbers hypothesis draws on."""
        if fullname not in self.texts:
            return None
        file = ROOT.joinpath(*fullname.split(".")).with_suffix(".py")
        return importlib.util.spec_from_file_location(fullname, file, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """The loader's hook."""
        text = self.texts[module.__name__]
        exec(compile(text, f"<mutant of {module.__name__}>", "exec"), module.__dict__)


class Chosen:
    """The tests that are asked for, in their order, all if none is; each within its time."""

    def __init__(self, tests: dict[str, float]) -> None:
        self.tests = tests

    def pytest_sessionstart(self) -> None:
        """The first failure is enough: nobody reads the smallest example."""
        phases = (Phase.explicit, Phase.generate)
        settings.register_profile("trial", settings(), phases=phases)
        settings.load_profile("trial")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.tests:
            order = {test: number for number, test in enumerate(self.tests)}
            chosen = [item for item in items if item.nodeid in order]
            items[:] = sorted(chosen, key=lambda item: order[item.nodeid])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        stop_after(self.tests[item.nodeid])
        return (yield)


def bound_memory() -> None:
    """What a mutant gathers without end is its end, not the machine's."""
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES_MAX, BYTES_MAX))


def stop_after(seconds: float) -> None:
    """By the clock of the processor, so that a machine with other work kills no mutant."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS_SPARE + TIMES_SLOWER * seconds)


def _main(texts: dict[str, str], tests: dict[str, float]) -> int:
    bound_memory()
    stop_after(0)
    sys.meta_path.insert(0, _Replaced(texts))
    files = dict.fromkeys(test.partition("::")[0] for test in tests)
    return int(pytest.main([*QUIET, *files], [Chosen(tests)])) if tests else 0


if __name__ == "__main__":
    sys.exit(_main(*json.load(sys.stdin)))
