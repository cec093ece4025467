"""Modules of contract definitions: made ready once, their memory laid out by whoever calls them.

A module keeps nothing between calls: every call lays its blocks out anew. Fuel bounds each call.
"""

from ctypes import POINTER, addressof, byref, memmove, string_at
from dataclasses import dataclass
from typing import Any

import numpy as np
import wasmtime
from numpy.typing import NDArray
from wasmtime import _ffi

from rfos_lang.artefact.format import Artefact, ArtefactError, Shape

FUEL = 200_000_000
"""What one call may use. A row needs some thousands."""
MEMORY_MAX = 2**31
"""So many bytes a module has at most, whoever makes it grow: addresses are 32 bits, signed."""
_PAGE = 65536
_Given, _Trap = _ffi.wasmtime_val_raw_t * 2, POINTER(_ffi.wasm_trap_t)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A definition, and the module that is ready to be called."""

    artefact: Artefact
    shape: Shape
    store: wasmtime.Store
    memory: wasmtime.Memory
    exports: dict[str, wasmtime.Func]

    def room(self, size: int) -> NDArray[np.uint8]:
        """The first bytes of the module's memory, as they lie there until it grows again."""
        self._grow(size)
        there: Any = self.memory.get_buffer_ptr(self.store, size)
        return np.frombuffer(there, np.uint8)

    def lay(self, image: bytes) -> None:
        """Lays bytes out from address 0."""
        self._grow(len(image))
        memmove(self.memory.data_ptr(self.store), image, len(image))

    def read(self, begin: int, end: int) -> bytes:
        """What lies from one address up to another, in memory that was laid out so far."""
        there = addressof(self.memory.data_ptr(self.store).contents)
        return string_at(there + begin, end - begin)

    def _grow(self, size: int) -> None:
        missing = size - self.memory.data_len(self.store)
        if missing > 0:
            self.memory.grow(self.store, -(-missing // _PAGE))

    def call(self, export: str, rows: int) -> bool:
        """Calls an export on rows that begin at address 0; whether it came back. That it takes two
        integers and returns nothing was looked at when it was loaded: to look again at each call
        takes ten times as long as most calls do."""
        self.store.set_fuel(FUEL)
        given, trap = _Given(), _Trap()
        given[1].i32 = rows
        function = byref(self.exports[export]._func)
        error = _ffi.wasmtime_func_call_unchecked(
            self.store._context(), function, given, len(given), byref(trap)
        )
        if error:
            _ffi.wasmtime_error_delete(error)
        if trap:
            _ffi.wasm_trap_delete(trap)
        return not error and not trap


def engine() -> wasmtime.Engine:
    """An engine that counts fuel."""
    config = wasmtime.Config()
    config.consume_fuel = True
    return wasmtime.Engine(config)


def instantiated(engine: wasmtime.Engine, artefact: Artefact) -> Loaded:
    """A module made ready. Raises WasmtimeError or Trap for one that wasmtime refuses,
    ArtefactError for one that cannot be called as an artefact is."""
    store = wasmtime.Store(engine)
    store.set_fuel(FUEL)
    store.set_limits(memory_size=MEMORY_MAX)
    module = wasmtime.Module(engine, artefact.module)
    exports: Any = wasmtime.Instance(store, module, []).exports(store)
    names = ("start", "fire", "risk") if artefact.metadata.risk else ("start", "fire")
    memory, functions = exports["memory"], {name: exports[name] for name in names}
    if not _may_grow(memory, store) or not all(_takes_rows(f, store) for f in functions.values()):
        raise ArtefactError("its exports are of other kinds")
    return Loaded(artefact, artefact.shape, store, memory, functions)


def _may_grow(export: object, store: wasmtime.Store) -> bool:
    """Whether an export is a memory that its caller can make larger."""
    if not isinstance(export, wasmtime.Memory):
        return False
    kind = export.type(store)
    return kind.limits.max is None and not kind.is_64


def _takes_rows(export: object, store: wasmtime.Store) -> bool:
    """Whether an export is a function of an address and a count that returns nothing."""
    if not isinstance(export, wasmtime.Func):
        return False
    kind = export.type(store)
    return list(map(str, kind.params)) == ["i32", "i32"] and not kind.results
