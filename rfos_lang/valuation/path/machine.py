"""Functions compiled from LLVM's language for this processor, and kept on disk for next time.

What is kept lies in `XDG_CACHE_HOME` or in the user's cache folder, under a name that is the
content's, the compiler's and the processor's. That is the one thing here that lives outside of a
call; it makes no difference but to time. Where nothing can be written, as in a home that is
read-only, nothing is kept.
"""

import ctypes
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import field
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import Any

import numpy as np

from rfos_lang.base.records import dataclass


@dataclass(frozen=True, slots=True)
class Function:
    """Machine code of one function. Other threads run meanwhile."""

    call: Callable[[Any], None]
    engine: Any = field(repr=False)  # owns the code

    def __call__(self, *arguments: np.ndarray[Any, Any] | int) -> None:
        """Calls it with addresses of arrays, and whole numbers."""
        self.call((ctypes.c_int64 * len(arguments))(*addresses(arguments)))


def addresses(arguments: Iterable[np.ndarray[Any, Any] | int]) -> tuple[int, ...]:
    """Where arrays begin, and whole numbers themselves."""
    return tuple(
        [
            each if isinstance(each, int) else each.__array_interface__["data"][0]
            for each in arguments
        ]
    )


DIGEST = 32
_CALL = ctypes.CFUNCTYPE(None, ctypes.POINTER(ctypes.c_int64))


def function(text: str, name: str, is_plain: bool = False) -> Function:
    """The function `name` of a module's text. Takes some tenths of a second, and milliseconds once
    it is kept; threads that ask for the same wait for one of them. What `is_plain`, of single
    numbers and places on the stack, is first made into what a processor likes."""
    with _ONE_AT_A_TIME:
        return _made(text, name, is_plain)


_ONE_AT_A_TIME = Lock()


@lru_cache(maxsize=256)
def _made(text: str, name: str, is_plain: bool) -> Function:
    import llvmlite.binding as llvm

    module, place = llvm.parse_assembly(text), _place(text)
    module.verify()
    if is_plain and _kept(place) is None:
        _improve(module)
    engine = llvm.create_mcjit_compiler(module, _machine())
    engine.set_object_cache(lambda _, code: _keep(place, code), lambda _: _kept(place))
    engine.finalize_object()
    return Function(_CALL(engine.get_function_address(name)), engine)


def _improve(module: Any) -> None:
    """By LLVM's own passes."""
    import llvmlite.binding as llvm

    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = True
    with llvm.create_pass_builder(_machine(), options) as passes:
        passes.getModulePassManager().run(module, passes)


def _machine() -> Any:
    """This processor, with all that it can do; it belongs to the engine that is made for it."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=_features(), opt=2, codemodel="jitdefault", jit=True
    )


@cache
def _features() -> str:
    import llvmlite.binding as llvm

    return str(llvm.get_host_cpu_features().flatten())


def _place(text: str) -> Path:
    import llvmlite
    import llvmlite.binding as llvm

    made_by = f"{llvmlite.__version__} {llvm.get_host_cpu_name()} {_features()}"
    digest = sha256(f"{made_by}\n{text}".encode()).hexdigest()[:32]
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "rfos" / "kernels" / f"{digest}.o"


def _kept(place: Path) -> bytes | None:
    """What was kept, if it is whole: code that is broken would end the process."""
    try:
        found = place.read_bytes()
    except OSError:
        return None
    digest, code = found[:DIGEST], found[DIGEST:]
    return code if sha256(code).digest() == digest else None


def _keep(place: Path, code: bytes) -> None:
    with suppress(OSError):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile("wb", dir=place.parent, delete=False) as file:
            file.write(sha256(code).digest() + code)
        os.replace(file.name, place)
