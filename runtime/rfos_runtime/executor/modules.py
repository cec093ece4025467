"""Modules of contract definitions: made ready once, their memory laid out by whoever calls them.

A module keeps nothing between calls: every call lays its blocks out anew. Fuel bounds each call.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import wasmtime
from numpy.typing import NDArray

from rfos_lang.artefact.format import Artefact

FUEL = 200_000_000
"""What one call may use. A row needs some thousands."""
_PAGE = 65536


@dataclass(frozen=True, slots=True)
class Loaded:
    """A definition, and the module that is ready to be called."""

    artefact: Artefact
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
    """A module made ready. Raises WasmtimeError or Trap for one that wasmtime refuses."""
    store = wasmtime.Store(engine)
    store.set_fuel(FUEL)
    module = wasmtime.Module(engine, artefact.module)
    exports: Any = wasmtime.Instance(store, module, []).exports(store)
    names = ("start", "fire", "risk") if artefact.metadata.risk else ("start", "fire")
    return Loaded(artefact, store, exports["memory"], {name: exports[name] for name in names})
