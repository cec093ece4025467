"""What worlds are made of, compiled once for all tests."""

from functools import cache

from rfos_lang.cli.files import opened
from rfos_lang.driver.simulating import supply
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.simulation.executor import Remembering
from rfos_runtime.simulation.worlds import Result, Supply, world


@cache
def parts() -> Supply:
    """The contracts, feeds and assets of worlds."""
    return supply(opened)


@cache
def executor() -> Remembering:
    """One executor, so that modules are compiled once."""
    return Remembering(WasmExecutor())


def played(seed: int, commands: int, is_compared: bool = False) -> Result:
    """The world of a seed; the fast kernel must do the same if both are compared."""
    made = world(seed, commands, parts(), executor(), is_compared)
    executor().forget()
    return made
