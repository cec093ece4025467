"""How functions become machine code, and where it is kept.

Nothing in the kernel's own functions makes an array, so no count of references is kept: that would
cost several times what a command does.

Machine code has constants and functions of other files in it, so what is kept holds for one state
of all of them: it lies in a folder of the user's cache that is named for their hash.
"""

import os
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numba
from numba import njit

from rfos_runtime.kernel.drafts import Draft, Whole

ENTRIES: list[Any] = []
"""Whatever Python calls of the kernel, once its file has been read."""


def compiled(function: Callable[..., Any]) -> Any:
    """For what is called from Python."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_place())
    try:
        made = njit(
            _nrt=False, nogil=True, no_cfunc_wrapper=True, cache=True, pipeline_class=Whole
        )(function)
    finally:
        numba.config.CACHE_DIR = before
    if function.__module__.startswith(f"{__package__}."):
        ENTRIES.append(made)
    return made


def within(function: Callable[..., Any]) -> Any:
    """For what is called from compiled functions. Python that calls it runs it itself: for a row or
    two that is less work than to hand them over."""
    return function if numba.config.DISABLE_JIT else Draft(function)


@cache
def _place() -> Path:
    """Where the machine code of these very sources is kept."""
    runtime = Path(__file__).parents[1]
    sources = sorted(
        file for room in ("kernel", "records") for file in runtime.glob(f"{room}/**/*.py")
    )
    digest = sha256()
    for source in sources:
        digest.update(str(source.relative_to(runtime)).encode() + source.read_bytes())
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "rfos" / "kernel" / digest.hexdigest()[:32]
