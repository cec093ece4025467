"""A Merkle tree of sums: its root fixes every leaf and the sum of all, and a path shows one leaf.

    leaf  =  sha256(0, salt, name, units)          sum: units
    node  =  sha256(1, left hash, left sum, right hash, right sum)      sum: of both

Units are 8 bytes, big-endian, and every sum lies in [0, 2^62): a negative leaf, which would hide
what is owed to others, fits nowhere. A salt of 32 bytes, which only the account's owner is told,
keeps others from guessing a leaf. Leaves stand in the order of their hashes, which says nothing of
whose they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

SUM_BELOW = 2**62
SALT_SIZE = 32


@dataclass(frozen=True, slots=True)
class Node:
    """A hash, and the sum of the leaves below it."""

    hash: bytes
    units: int


EMPTY = Node(bytes(32), 0)
"""What stands at the side of a node that has no other."""


@dataclass(frozen=True, slots=True)
class Step:
    """The other node at one level of a path, and whether it stands at the left."""

    node: Node
    is_left: bool


class NotInRange(ValueError):
    """A sum is negative, or too large."""


def leaf(name: str, units: int, salt: bytes) -> Node:
    """What an account is owed. Raises NotInRange."""
    data = bytes([0]) + salt + _counted(name) + _bytes(units)
    return Node(sha256(data).digest(), units)


def above(left: Node, right: Node) -> Node:
    """The node above two. Raises NotInRange."""
    data = left.hash + _bytes(left.units) + right.hash + _bytes(right.units)
    units = left.units + right.units
    _bytes(units)
    return Node(sha256(bytes([1]) + data).digest(), units)


def levels(leaves: Sequence[Node]) -> list[list[Node]]:
    """All nodes, level by level: the leaves in the order of their hashes first, the root last.
    Raises NotInRange."""
    found = [sorted(leaves, key=lambda node: node.hash) or [EMPTY]]
    while len(found[-1]) > 1:
        below = [*found[-1], EMPTY] if len(found[-1]) % 2 else found[-1]
        pairs = zip(below[::2], below[1::2], strict=True)
        found.append([above(left, right) for left, right in pairs])
    return found


def path(found: Sequence[Sequence[Node]], node: Node) -> tuple[Step, ...]:
    """What stands beside a leaf and the nodes above it, up to the root."""
    index, steps = found[0].index(node), []
    for level in found[:-1]:
        beside = index ^ 1
        other = level[beside] if beside < len(level) else EMPTY
        steps.append(Step(other, beside < index))
        index //= 2
    return tuple(steps)


def root(node: Node, steps: Sequence[Step]) -> Node:
    """The root that a leaf and its path lead to. Raises NotInRange."""
    for step in steps:
        node = above(step.node, node) if step.is_left else above(node, step.node)
    return node


def _bytes(units: int) -> bytes:
    if not 0 <= units < SUM_BELOW:
        raise NotInRange(f"{units} is no sum of what is owed")
    return units.to_bytes(8, "big")


def _counted(name: str) -> bytes:
    data = name.encode()
    return len(data).to_bytes(4, "big") + data
