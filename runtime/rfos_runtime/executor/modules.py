"""Modules of contract definitions: made ready once, their memory laid out by whoever calls them.

A module keeps nothing between calls: every call lays its blocks out anew. Fuel bounds each call.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import wasmtime
from numpy.typing import NDArray

from rfos_lang.artefact.format import Artefact, ArtefactError, Shape

FUEL = 200_000_000
"""What one call may use. A row needs some thousands."""
MEMORY_MAX = 2**31
"""So many bytes a module has at most, whoever makes it grow: addresses are 32 bits, signed."""
_PAGE = 65536


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
        missing = size - self.memory.data_len(self.store)
        if missing > 0:
            self.memory.grow(self.store, -(-missing // _PAGE))
        there: Any = self.memory.get_buffer_ptr(self.store, size)
        return np.frombuffer(there, np.uint8)

    def call(self, export: str, rows: int) -> bool:
        """Calls an export on rows that begin at address 0; whether it came back."""
        self.store.set_fuel(FUEL)
        try:
            self.exports[export](self.store, 0, rows)
        except (wasmtime.Trap, wasmtime.WasmtimeError):
            return False
        return True


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
