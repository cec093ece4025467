"""The simulator finds bugs: each kernel with one line changed breaks an invariant within a few
worlds, and it is the invariant that the line stands for."""

import pytest

from rfos_runtime.simulation.checks.invariants import COMPARED
from tests.simulation.made import played
from tests.simulation.mutants import MUTANTS, Mutant, applied

WORLDS, COMMANDS = 40, 400


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_changed_line_is_found(mutant: Mutant) -> None:
    with applied(mutant):
        for seed in range(WORLDS):
            found = played(seed, COMMANDS, COMPARED in mutant.breaks).machine.found
            if found:
                assert found[0].invariant in mutant.breaks, found[0]
                return
    pytest.fail(f"{WORLDS} worlds, and nobody noticed")
