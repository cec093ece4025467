"""One mutant on trial, in a process of its own.

`python -m tests.mutation.trial MODULE FILE TEST...` puts the text of FILE in the module's place and
runs the tests; exit code 1 if one of them failed.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType


class Replaced(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module, and gives it another text."""

    def __init__(self, module: str, text: str) -> None:
        self.module = module
        self.text = text

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The finder's hook."""
        if fullname != self.module:
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def exec_module(self, module: ModuleType) -> None:
        """The loader's hook."""
        exec(compile(self.text, f"<mutant of {self.module}>", "exec"), module.__dict__)


def main(module: str, file: str, tests: list[str]) -> int:
    """Runs the tests on the mutant."""
    sys.meta_path.insert(0, Replaced(module, Path(file).read_text(encoding="utf-8")))
    import pytest

    quiet = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return int(pytest.main([*quiet, *tests]) != 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
