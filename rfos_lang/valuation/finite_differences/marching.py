"""Many steps backward in time at once, by the machine code of `march_kernel`."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rfos_lang.valuation.finite_differences.axis import Mixed
from rfos_lang.valuation.finite_differences.grid import Grid
from rfos_lang.valuation.finite_differences.march_kernel import march_text
from rfos_lang.valuation.finite_differences.outcomes import Moves, Outcome
from rfos_lang.valuation.finite_differences.stepping import Marks
from rfos_lang.valuation.path.machine import function
from rfos_lang.valuation.path.timeline import Floats


class Acts(NamedTuple):
    """What regions do at each step, as arrays: one entry for each region and layer, in the order in
    which they act on values going backward.

    `name` is the region's as of `induction.performed`; `paid[entry, decision, column, step, node]`
    and `after[entry, decision, step, node]`, decision 0 being to wait and 1 to take; `goes[entry,
    decision]` the layer after it if that is one for all, else -1.
    """

    name: NDArray[np.int64]
    layer: NDArray[np.int64]
    column: NDArray[np.int64]
    sign: Floats
    takes: NDArray[np.bool_]
    still: NDArray[np.bool_]
    paid: Floats
    after: NDArray[np.int64]
    goes: NDArray[np.int64]


def acts(moves: Sequence[Moves], numbers: range, columns: int, nodes: int) -> Acts:
    """What regions, in their order, do at some steps of their span."""
    entries = [
        (name, each, move)
        for name, each in reversed(list(enumerate(moves, 1)))
        for move in each.by_layer
    ]
    count, chosen = len(entries), slice(numbers.start, numbers.stop)
    paid = np.zeros((count, 2, columns, len(numbers), nodes))
    after = np.zeros((count, 2, len(numbers), nodes), dtype=np.int64)
    still = np.zeros((count, len(numbers), nodes), dtype=bool)
    goes = np.zeros((count, 2), dtype=np.int64)
    for entry, (_, _, move) in enumerate(entries):
        still[entry] = move.still[chosen]
        for decision, outcome in enumerate((move.waiting, move.taking)):
            if outcome is not None:
                _put(outcome, chosen, paid[entry, decision], after[entry, decision])
                goes[entry, decision] = outcome.after if isinstance(outcome.after, int) else -1
    return Acts(
        np.array([name for name, _, _ in entries], dtype=np.int64),
        np.array([move.layer for _, _, move in entries], dtype=np.int64),
        np.array([each.column for _, each, _ in entries], dtype=np.int64),
        np.array([each.sign for _, each, _ in entries], dtype=np.float64),
        np.array([move.taking is not None for _, _, move in entries], dtype=bool),
        still,
        paid,
        after,
        goes,
    )


def _put(outcome: Outcome, chosen: slice, paid: Floats, after: NDArray[np.int64]) -> None:
    for column, amounts in enumerate(outcome.paid):
        paid[column] = amounts[chosen]
    assert not isinstance(outcome.after, Mixed), "what is mixed is not compiled"
    after[...] = outcome.after if isinstance(outcome.after, int) else outcome.after[chosen]


def marched(
    grid: Grid, values: Floats, drift: Floats, variance: Floats, implicit: int, what: Acts
) -> tuple[Floats, Marks]:
    """The values `[layer, column, node]` at the first of some steps, and where the regions have
    moved them there, from those at the step after the last one. The first `implicit` steps that
    are taken, which are the last in time, are by implicit Euler. `drift` and `variance` are
    `[step, node]`, or `[step, 1]` if they are the same at all nodes."""
    layers, columns, nodes = values.shape
    steps, wide = len(drift), (layers, columns, nodes + 2)
    worths = [np.zeros(wide) for _ in range(4)]
    worths[0][:, :, 1:-1] = values
    marks, spare = (np.zeros((layers, nodes), dtype=np.int64) for _ in range(2))
    groups = np.flatnonzero(np.diff(what.name, prepend=-1))
    march = function(march_text(drift.shape[1] > 1), "march", is_plain=True)
    march(
        *(each[:, :, 1:] for each in worths),
        grid.first,
        grid.second,
        *(np.empty((3, nodes)) for _ in range(2)),
        *(np.empty(nodes) for _ in range(2)),
        np.ascontiguousarray(drift),
        np.ascontiguousarray(variance),
        marks,
        spare,
        np.append(groups, len(what.name)),
        *what,
        steps,
        layers,
        columns,
        nodes,
        implicit,
        len(groups),
    )
    return worths[0][:, :, 1:-1].copy(), marks
