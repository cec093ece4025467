"""The Merkle tree of sums: every leaf leads to the root, and no other leaf does."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_runtime.solvency.tree import (
    SUM_BELOW,
    Node,
    NotInRange,
    Step,
    above,
    leaf,
    levels,
    path,
    root,
)

units = st.integers(0, 2**40)
leaves = st.lists(
    st.builds(leaf, st.text(max_size=5), units, st.binary(min_size=32, max_size=32)),
    min_size=1,
    max_size=20,
    unique_by=lambda node: node.hash,
)


@given(leaves)
def test_every_leaf_leads_to_the_root_whose_sum_is_that_of_all(nodes: list[Node]) -> None:
    found = levels(nodes)
    top = found[-1][0]
    assert top.units == sum(node.units for node in nodes)
    assert all(root(node, path(found, node)) == top for node in nodes)


@given(leaves, st.data())
def test_whatever_is_altered_leads_elsewhere(nodes: list[Node], data: st.DataObject) -> None:
    found = levels(nodes)
    node = data.draw(st.sampled_from(nodes))
    steps = path(found, node)
    other = replace(node, units=node.units + data.draw(st.sampled_from((1, -1, 7))))
    if other.units >= 0 and steps:
        assert root(other, steps) != found[-1][0]
    for index, step in enumerate(steps):
        by = data.draw(st.sampled_from((1, -1)))
        changed = [
            replace(step, is_left=not step.is_left),
            Step(Node(step.node.hash[::-1] + b"", step.node.units + 1), step.is_left),
            Step(Node(bytes(31) + b"\x01", step.node.units), step.is_left),
            Step(Node(step.node.hash, max(0, step.node.units + by)), step.is_left),
        ]
        for each in changed:
            if each != step:
                assert root(node, (*steps[:index], each, *steps[index + 1 :])) != found[-1][0]


@pytest.mark.parametrize("wrong", [-1, SUM_BELOW, 2**64])
def test_what_is_owed_is_never_negative_nor_too_much(wrong: int) -> None:
    with pytest.raises(NotInRange):
        leaf("ann", wrong, bytes(32))
    with pytest.raises(NotInRange):
        above(Node(bytes(32), wrong), Node(bytes(32), 0))
    with pytest.raises(NotInRange):
        above(Node(bytes(32), SUM_BELOW - 1), Node(bytes(32), 1))
