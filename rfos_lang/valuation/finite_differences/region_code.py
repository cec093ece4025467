"""The code of a region on all nodes at once, for both decisions of a chooser: what does not depend
on the decision is evaluated once."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from rfos_lang.path.program import COMPARED, Node, Operation, Region
from rfos_lang.valuation.path.numpy_printer import PRIMITIVES, Step, Value, Witness

Primitive = Callable[[Node, dict[Node, Value], Step], Value]
Code = tuple[tuple[Node, Primitive], ...]


def carried_on(
    region: Region,
    step: Step,
    setup: dict[Node, Value],
    decisions: Sequence[float],
    witness: Witness | None,
) -> list[list[Value]]:
    """The carried values after a region, for each decision in turn.

    As `numpy_printer.perform` for programs without crossings, of which a grid's is one; the witness
    sees each comparison once, and once for each decision if it depends on that.
    """
    free, bound = parted(region.nodes)
    unseen = frozenset(needed(region.nodes, region.feasible)) if witness else frozenset()
    values, found = dict(setup), []
    with np.errstate(all="ignore"):
        _evaluate(free, step, values, unseen, witness)
        for decision in decisions:
            step.decision = decision
            _evaluate(bound, step, values, unseen, witness)
            carried = list(step.carried)
            for slot, node in region.carries:
                carried[slot] = values[node]
            found.append(carried)
    return found


@lru_cache(maxsize=1024)
def parted(nodes: tuple[Node, ...]) -> tuple[Code, Code]:
    """Nodes in order of evaluation: those that do not depend on the decision, and those that do."""
    bound = set[Node]()
    for node in nodes:
        if node.operation is Operation.DECISION or not bound.isdisjoint(node.operands):
            bound.add(node)
    every = [(node, PRIMITIVES[node.operation]) for node in nodes]
    return (
        tuple(each for each in every if each[0] not in bound),
        tuple(each for each in every if each[0] in bound),
    )


def needed(nodes: tuple[Node, ...], feasible: Node | None) -> tuple[Node, ...]:
    """The nodes up to the one that says whether a choice is feasible: what is compared there is no
    payment's kink."""
    return nodes[: nodes.index(feasible) + 1] if feasible in nodes else ()


def _evaluate(
    code: Code,
    step: Step,
    values: dict[Node, Value],
    unseen: frozenset[Node],
    witness: Witness | None,
) -> None:
    for node, primitive in code:
        values[node] = primitive(node, values, step)
        if witness is not None and node.operation in COMPARED and node not in unseen:
            left, *right = (values[operand] for operand in node.operands)
            witness(step.number, node, left - right[0] if right else left)
