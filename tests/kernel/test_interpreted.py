"""The kernel's functions run by Python itself, where a number beyond its bits raises."""

import os
import subprocess
import sys

_PROGRAM = """
import numpy as np
from hypothesis import given, settings
from tests.kernel.test_ledger import blocks, played, test_both_refuse_for_the_same_reasons

np.seterr(all="raise")
test_both_refuse_for_the_same_reasons()

@given(blocks)
@settings(max_examples=8, deadline=None, derandomize=True, database=None)
def both_say_and_do_the_same(script):
    played(script)

both_say_and_do_the_same()
"""


def test_no_number_leaves_its_bits() -> None:
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    command = (sys.executable, "-c", _PROGRAM)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
