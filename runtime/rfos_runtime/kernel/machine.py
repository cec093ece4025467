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
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from rfos_runtime.kernel.drafts import Draft, Whole

ENTRIES: list[Any] = []
"""Whatever Python calls of the kernel, once its file has been read."""


def compiled(function: Callable[..., Any], is_called_by_address: bool = False) -> Any:
    """For what is called from Python."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_place())
    try:
        made = njit(
            _nrt=False,
            nogil=True,
            no_cfunc_wrapper=not is_called_by_address,
            cache=True,
            pipeline_class=Whole,
        )(function)
    finally:
        numba.config.CACHE_DIR = before
    if function.__module__.startswith(f"{__package__}."):
        ENTRIES.append(made)
    return made


def by_address(function: Callable[..., Any]) -> Any:
    """For what is large and called from many functions: it is made once, and each of them finds it
    by its address (see `called`). It takes a bundle and whole numbers, and returns one."""
    return compiled(function, is_called_by_address=True)


def address_of(entry: Any, bundle: Any) -> int:
    """Where the machine code of such a function is; 0 if Python runs it."""
    if numba.config.DISABLE_JIT:
        return 0
    count = len(entry.py_func.__annotations__) - 2
    made = entry.get_compile_result(types.int64(bundle._numba_type_, *[types.int64] * count))
    address: int = made.library.get_pointer_to_function(made.fndesc.llvm_cfunc_wrapper_name)
    return address


if numba.config.DISABLE_JIT:

    def called(address: int, entry: Callable[..., int], bundle: Any, given: tuple[int, ...]) -> int:
        """Calls a function by its address, with whole numbers beside a bundle."""
        return entry(bundle, *given)

else:

    @intrinsic
    def called(context: Any, address: Any, entry: Any, bundle: Any, given: Any) -> Any:
        """Calls a function by its address, with whole numbers beside a bundle."""

        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            number, _, of, numbers = arguments
            numbers = cgutils.unpack_tuple(builder, numbers)
            kinds = [each.type for each in (of, *numbers)]
            pointer = ir.FunctionType(ir.IntType(64), kinds).as_pointer()
            return builder.call(builder.inttoptr(number, pointer), [of, *numbers])

        return types.int64(address, entry, bundle, given), code


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
    watched = "-watched" if numba.config.BOUNDSCHECK else ""
    return Path(home) / "rfos" / "kernel" / f"{digest.hexdigest()[:32]}{watched}"
