"""The tests of this folder again, with the kernel's functions watched: run by Python itself, where
a number beyond its bits raises; and as machine code that looks at the bounds of every table."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__)
INTERPRETED, BOUNDED = {"NUMBA_DISABLE_JIT": "1"}, {"NUMBA_BOUNDSCHECK": "1"}

_TOO_LARGE = """
import tests.kernel.conftest
import numpy as np
np.int64(2**63 - 1) + np.int64(1)
"""
_NO_ROW = """
from rfos_runtime.kernel.room import BY_KEY
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import genesis
rows = genesis().table(Of.BALANCES).copy()
rows["account"], rows["asset"] = 1, 1
BY_KEY[Of.BALANCES](rows, rows[:0])
"""


def _watched(how: dict[str, str], *given: str) -> "subprocess.CompletedProcess[str]":
    outside = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    command = (sys.executable, *given)
    return subprocess.run(
        command, env=outside | how, capture_output=True, text=True, check=False, cwd=HERE.parents[2]
    )


@pytest.mark.parametrize("how", [INTERPRETED, BOUNDED], ids=["interpreted", "bounds"])
def test_nothing_leaves_its_bits_or_its_table(how: dict[str, str]) -> None:
    unraised = "error::pytest.PytestUnraisableExceptionWarning"
    tests = ("-m", "pytest", "-q", "-W", unraised, f"--ignore={HERE}", str(HERE.parent))
    done = _watched(how, *tests)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("how", "program", "raised"),
    [(INTERPRETED, _TOO_LARGE, "FloatingPointError"), (BOUNDED, _NO_ROW, "IndexError")],
    ids=["interpreted", "bounds"],
)
def test_whoever_watches_would_see_it(how: dict[str, str], program: str, raised: str) -> None:
    done = _watched(how, "-c", program)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(raised)
