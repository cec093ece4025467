"""How functions become machine code, and how they are given the world."""

import os
import subprocess
import sys
from dataclasses import FrozenInstanceError, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import types
from numpy.typing import NDArray

from rfos_runtime.kernel import preparing
from rfos_runtime.kernel.bundle import Bundle
from rfos_runtime.kernel.drafts import Draft
from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.places import place_of_balance
from rfos_runtime.kernel.preparing import prepared
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import World, genesis, laid_out


@dataclass(frozen=True, slots=True)
class Two(Bundle):
    """Rows of three, and rows of one."""

    wide: NDArray[np.int64]
    narrow: NDArray[np.bool_]


@within
def _told(two: Two, at: int, place: int) -> int:
    return two.wide[at, place] + len(two.narrow)


@compiled
def _seen(two: Two, at: int, place: int) -> int:
    two.narrow[at] = True
    two.wide[at, 0] += 1
    return _told(two, at, place)


def two(rows: int) -> Two:
    """Rows whose numbers count up."""
    return Two(np.arange(3 * rows).reshape(rows, 3), np.zeros(rows, np.bool_))


def test_machine_code_sees_and_changes_the_arrays_of_a_bundle() -> None:
    for rows in (2, 5):
        arrays = two(rows)
        assert _seen(arrays, 1, 0) == 4 + rows
        assert _seen(arrays, 1, 2) == 5 + rows
        assert (arrays.wide[1, 0], arrays.narrow.tolist()[:2]) == (5, [False, True])


def test_a_bundle_with_another_array_is_another_bundle() -> None:
    arrays = two(3)
    other = replace(arrays, wide=arrays.wide + 100)
    assert (_seen(other, 0, 1), _seen(arrays, 0, 1)) == (104, 4)
    with pytest.raises(FrozenInstanceError):
        arrays.wide = other.wide  # type: ignore[misc]


@pytest.mark.parametrize(
    "wide",
    [
        np.zeros((2, 4), np.int64),
        np.zeros((2, 3), np.int32),
        np.zeros((3, 2), np.int64).T,
        np.frombuffer(bytes(49), np.int64, 6, 1).reshape(2, 3),
    ],
)
def test_arrays_of_another_shape_are_refused(wide: NDArray[Any]) -> None:
    two(2)
    with pytest.raises(AssertionError):
        Two(wide, np.zeros(2, np.bool_))


def test_a_world_has_its_tables_in_their_order() -> None:
    world = genesis()
    for table in Of:
        rows = world.table(table)
        assert np.shares_memory(rows, world.memory)
        begin = (rows.ctypes.data - world.memory.ctypes.data) // world.memory.strides[0]
        assert begin == world.begins[table]
    assert isinstance(laid_out([64] * len(Of), 0), World)


def _sum(one: int, other: int) -> int:
    return one + other


def test_a_draft_takes_numbers_of_one_width_alone() -> None:
    draft = Draft(_sum)
    for kind in (types.int16, types.int64, types.int32):
        draft.get_call_template((kind, kind), {})
    assert draft.signatures == [(types.int64, types.int64)]


def test_whatever_is_made_beforehand_is_given_numbers_and_rows_alone() -> None:
    """An array of anything is none that machine code can be made for, and shows only where none is
    kept."""
    wanting = [
        name
        for name, (_, kinds) in preparing._signatures().items()
        if any(isinstance(getattr(kind, "dtype", kind), types.PyObject) for kind in kinds)
    ]
    assert wanting == []


def test_all_machine_code_is_made_once() -> None:
    counts = list(prepared())
    assert counts == [(made, len(counts)) for made in range(1, len(counts) + 1)]
    assert list(prepared()) == [], "all of it is kept now"


UNGUARDED = """
from rfos_runtime.kernel import preparing

preparing._PROCESSES = 2
preparing.os.cpu_count = lambda: 2
preparing._missing = lambda: ["one", "two"]
preparing._make = str.upper
print(list(preparing.prepared()), flush=True)
"""


def test_a_program_without_a_guard_begins_no_processes_without_end(tmp_path: Path) -> None:
    """Each process that is begun anew reads the program, and so asks for machine code again; also
    where these tests are interpreted."""
    program = tmp_path / "unguarded.py"
    program.write_text(UNGUARDED)
    done = subprocess.run(
        [sys.executable, str(program)],
        env=os.environ | {"NUMBA_DISABLE_JIT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert set(done.stdout.splitlines()) == {"[(1, 2), (2, 2)]"}


def test_python_runs_what_is_within_itself() -> None:
    assert place_of_balance(genesis().balances, 0, 0) == 0
