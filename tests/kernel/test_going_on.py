"""The fast kernel goes on with a journal from an image of any block: the world in the words of the
reference is the one that it was, and every later block does what it did.
"""

from dataclasses import replace

import pytest

from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.journal.journal import FILE, read
from rfos_runtime.kernel.block import Kernel
from rfos_runtime.kernel.image import image, restored
from rfos_runtime.node.fast import Fast
from rfos_runtime.node.node import replayed
from rfos_runtime.reference.world import genesis
from tests.simulation.made import played


@pytest.mark.parametrize("seed", [4, 5, 6])
def test_from_any_block_on_it_does_what_it_did(seed: int) -> None:
    reading = read(played(seed, 150).machine.disk.read(FILE))
    fast, again = (Fast(Kernel(WasmExecutor())) for _ in range(2))
    before = genesis()
    for sealed in replayed(reading, WasmExecutor()):
        assert fast.apply(before, sealed.block) == (sealed.world, sealed.applied)
        assert again.apply(before, sealed.block) == (sealed.world, sealed.applied)
        again = Fast(restored(image(fast.kernel), WasmExecutor()))
        told = again.world(before.root)
        assert replace(told, events=sealed.world.events) == sealed.world
        before = sealed.world
