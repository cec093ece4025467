"""Formulas compiled for this machine: many rows at once, on as many threads as are asked for."""

import ctypes
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from functools import cache
from itertools import pairwise
from typing import Any

import llvmlite.binding as llvm
import numpy as np
import numpy.typing as npt

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula, Input
from rfos_lang.valuation.rows.printer import printed
from rfos_lang.valuation.rows.room import empty
from rfos_lang.valuation.rows.vectors import WIDTH

Numbers = npt.NDArray[np.float64]
Part = tuple[int, int]
"""Whole vectors of rows, from the first to before the last."""

STRETCH = 50_000  # rows that a thread takes at a time; fewer are not worth one


@dataclass(frozen=True, slots=True)
class Compiled:
    """Machine code for some formulas of some inputs."""

    inputs: tuple[Input, ...]
    results: int
    call: Any
    engine: Any = field(repr=False)  # owns the code

    def __call__(self, *columns: Numbers | float, threads: int = 1) -> Numbers:
        """A row of numbers for each formula, from a column for each input, or one number where all
        rows have the same. What is allocated is the result. Each row has the same bits wherever
        it stands and with any number of threads."""
        count = max((len(each) for each in columns if isinstance(each, np.ndarray)), default=1)
        kept = [_column(each) for each in columns]
        found = empty(self.results, count)
        whole = count - count % WIDTH
        parts = _shares(whole, 1 if threads == 1 else max(whole // STRETCH, 1))
        _shared(lambda part: self._run(kept, found, *part), parts, threads)
        if whole < count:
            found[:, whole:] = self._vector(kept, whole, count)
        return found

    def _vector(self, columns: Sequence[Numbers], first: int, last: int) -> Numbers:
        """Rows that do not fill a vector, in one whose other rows repeat the last."""
        rows = np.minimum(np.arange(first, first + WIDTH), last - 1)
        found = np.empty((self.results, WIDTH))
        self._run([c if _is_one(c) else c[rows] for c in columns], found, 0, WIDTH)
        return found[:, : last - first]

    def _run(self, columns: Sequence[Numbers], found: Numbers, first: int, last: int) -> None:
        """Whole vectors of rows, from `first` to before `last`."""
        steps = [0 if _is_one(column) else WIDTH for column in columns]
        sources = [
            column.ctypes.data + (first * column.itemsize if step else 0)
            for column, step in zip(columns, steps, strict=True)
        ]
        targets = [row.ctypes.data + first * row.itemsize for row in found]
        self.call(last - first, _integers(sources), _integers(steps), _integers(targets))


def _shared(run: Callable[[Part], None], parts: Sequence[Part], threads: int) -> None:
    """Runs all parts; each thread, this one too, takes the next as soon as it is free."""
    left = iter(parts)

    def work() -> None:
        for part in left:  # takes one at a time, whoever asks
            run(part)

    helpers = min(threads, len(parts)) - 1
    others = [_pool(threads).submit(work) for _ in range(helpers)]
    work()
    for other in others:
        if not other.cancel():  # one that has not begun finds nothing left
            other.result()


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads that stay: to start one costs as much as thousands of rows."""
    return ThreadPoolExecutor(threads - 1)


os.register_at_fork(after_in_child=_pool.cache_clear)  # threads are not inherited


def _shares(rows: int, number: int) -> list[Part]:
    """Whole vectors in so many parts of about one length."""
    vectors = rows // WIDTH
    cuts = [vectors * k // number * WIDTH for k in range(number + 1)]
    return [(first, last) for first, last in pairwise(cuts) if first < last]


def _column(numbers: Numbers | float) -> Numbers:
    """Numbers one after the other; of one for all rows, a vector, which `_is_one` tells apart."""
    if isinstance(numbers, np.ndarray):
        return np.ascontiguousarray(numbers, np.float64)
    return np.full((1, WIDTH), numbers, np.float64)


def _is_one(column: Numbers) -> bool:
    return column.ndim == 2


def _integers(numbers: Sequence[int]) -> Any:
    return (ctypes.c_int64 * len(numbers))(*numbers)


_CALL = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.POINTER(ctypes.c_int64)] * 3)
"""Lets other threads run meanwhile."""


def _machine() -> Any:
    """This processor, with all that it can do; it belongs to the engine that is made for it."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=2,
        codemodel="jitdefault",
        jit=True,
    )


@cache
def compiled(formulas: tuple[Formula, ...], inputs: tuple[Input, ...]) -> Compiled:
    """The machine code of formulas, made once. Takes some hundredths of a second."""
    module = llvm.parse_assembly(printed(formulas, inputs))
    module.verify()
    engine = llvm.create_mcjit_compiler(module, _machine())
    engine.finalize_object()
    call = _CALL(engine.get_function_address("rows"))
    return Compiled(inputs, len(formulas), call, engine)
