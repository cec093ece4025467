"""How long a kernel takes to start: where its machine code has to be made, and where it is kept.

python -m benchmarks.kernel.start
"""

import os
import subprocess
import sys
import tempfile
import time
from statistics import median

from benchmarks.measured import Measured, Side, Target, show

ROUNDS = 5
PROGRAM = """
import sys
from rfos_runtime.kernel.block import Kernel
from rfos_runtime.kernel.preparing import prepared
for made, wanted in prepared():
    print(f"\\rmachine code: {made} of {wanted} functions", end="", file=sys.stderr, flush=True)
print(file=sys.stderr)
Kernel().apply(1, b"")
print("ready", flush=True)
"""


def started(cache: str, is_told: bool) -> float:
    """Seconds until a process has all machine code at hand; it may tell how far it is."""
    environment = {**os.environ, "XDG_CACHE_HOME": cache}
    stderr = None if is_told else subprocess.DEVNULL
    command = (sys.executable, "-c", PROGRAM)
    begun = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=stderr) as made:
        assert made.stdout is not None
        assert made.stdout.readline() == b"ready\n"
        return time.perf_counter() - begun


def measured() -> Measured:
    """Seconds to start, cold and from the cache."""
    with tempfile.TemporaryDirectory() as cache:
        cold = started(cache, is_told=True)
        kept = median(started(cache, is_told=False) for _ in range(ROUNDS))
    return Measured(
        "Start of the kernel",
        "A process of its own until the first block is done.",
        (Side("rfos, nothing kept", cold), Side("rfos, machine code kept", kept)),
        (
            Target("seconds to make all machine code", cold, 15),
            Target("seconds to start where it is kept", kept, 1),
        ),
        "Python's own start and all imports are in it; of machine code that is kept each function"
        " is fetched when it is first called.",
    )


if __name__ == "__main__":
    show(measured())
