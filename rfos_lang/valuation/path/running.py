"""What of a path program runs on a timeline: less than all of it, in fewer regions.

Regions that never run are left out, what nobody writes is read as a number of the timeline, and
regions that run at the same steps become one, so that what one leaves another finds at hand.
The program means the same. Whoever decides is told by region, so that a program with choices stays
as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.path.program import Node, Operation, PathProgram, Region, in_order
from rfos_lang.valuation.path.timeline import Timeline

_OF_A_CLAUSE = frozenset({Operation.STORED, Operation.FALLS_DUE, Operation.DECISION})
"""What is read at the occurrence of a region's own clause."""


def running(program: PathProgram, line: Timeline) -> tuple[PathProgram, Timeline]:
    """What runs of a program without choices on a timeline, and the timeline of that."""
    if any(region.feasible is not None for region in program.step):
        return program, line
    times = {index: line.gates[:, index].tobytes() for index in range(len(program.step))}
    runs = tuple(index for index in times if line.gates[:, index].any())
    kinds = {each: kind for kind, each in enumerate(dict.fromkeys(times.values()))}
    width = line.columns.shape[1]
    found = _run(program, runs, tuple(kinds[times[index]] for index in runs), width)
    columns = np.broadcast_to(line.initial[list(found.still)], (len(line), len(found.still)))
    return found.program, replace(
        line,
        gates=line.gates[:, found.regions],
        occurrences=line.occurrences[:, found.regions],
        falls_due=line.falls_due[:, found.regions],
        columns=np.concatenate([line.columns, columns], axis=1),
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """A program, the places that its `regions` had, and the carried values that stand `still`,
    which it reads as further columns."""

    program: PathProgram
    regions: list[int]
    still: tuple[int, ...]


@lru_cache(maxsize=64)
def _run(program: PathProgram, runs: tuple[int, ...], kinds: tuple[int, ...], width: int) -> _Run:
    """Of regions that run, those of one kind at the same steps; a timeline has `width` columns."""
    regions = [program.step[index] for index in runs]
    written = {slot for region in regions for slot, _ in region.carries}
    still = tuple(slot for slot in range(len(program.carried)) if slot not in written)
    columns: dict[Node, Node] = {
        Node(Operation.CARRY, slot=slot): Node(Operation.COLUMN, slot=width + number)
        for number, slot in enumerate(still)
    }
    kinks = tuple(_with(columns, (kink,))[0] for kink in program.kinks)
    merged: list[_Group] = []
    for index, region, kind in zip(runs, regions, kinds, strict=True):
        own = _Group(index, kind, _read(region, columns))
        place = _joined(merged, own, frozenset(kinks))
        if place is None:
            merged.append(own)
        else:
            merged[place] = merged[place].then(own.region)
    setup = frozenset(program.setup)
    step = tuple(_without(setup, each.region) for each in merged)
    return _Run(replace(program, step=step, kinks=kinks), [each.index for each in merged], still)


@dataclass(frozen=True, slots=True)
class _Group:
    """Regions as one: at the place that the first of them had."""

    index: int
    kind: int
    region: Region

    @property
    def writes(self) -> frozenset[int]:
        return frozenset(slot for slot, _ in self.region.carries)

    @property
    def reads(self) -> frozenset[int]:
        nodes = self.region.nodes
        return frozenset(node.slot for node in nodes if node.operation is Operation.CARRY)

    @property
    def is_alone(self) -> bool:
        """Whether it has tables or occurrences of its own."""
        own = any(node.operation in _OF_A_CLAUSE for node in self.region.nodes)
        return own or bool(self.region.stores)

    def commutes(self, other: "_Group") -> bool:
        """Whether it makes no difference which of two runs first."""
        touched = self.reads | self.writes
        return touched.isdisjoint(other.writes) and self.writes.isdisjoint(other.reads)

    def then(self, region: Region) -> "_Group":
        """The same, and then what another region does."""
        left = {Node(Operation.CARRY, slot=slot): node for slot, node in self.region.carries}
        carries = dict(self.region.carries) | dict(_read(region, left).carries)
        return replace(self, region=_region(self.region, tuple(carries.items())))


def _joined(groups: Sequence[_Group], own: _Group, kinks: frozenset[Node]) -> int | None:
    """The last group that a region may become a part of, having run right after it; None if there
    is none. Kinks stay what they are, so that they read nothing that the group writes."""
    for place in reversed(range(len(groups))):
        group = groups[place]
        if group.kind == own.kind and not (group.is_alone or own.is_alone):
            bent = in_order(node for node in own.region.nodes if node in kinks)
            read = {node.slot for node in bent if node.operation is Operation.CARRY}
            return place if group.writes.isdisjoint(read) else None
        if not own.commutes(group):
            return None
    return None


def _read(region: Region, leaves: Mapping[Node, Node]) -> Region:
    """A region that reads other nodes for some leaves; without its payments."""
    nodes = _with(leaves, [node for _, node in (*region.carries, *region.stores)])
    count = len(region.carries)
    carries = tuple((slot, node) for (slot, _), node in zip(region.carries, nodes, strict=False))
    stores = zip(region.stores, nodes[count:], strict=True)
    return _region(region, carries, tuple((table, node) for (table, _), node in stores))


def _region(
    region: Region, carries: tuple[tuple[int, Node], ...], stores: tuple[tuple[int, Node], ...] = ()
) -> Region:
    """A region that does no more than carry and store."""
    nodes = in_order(node for _, node in (*carries, *stores))
    return replace(region, nodes=nodes, carries=carries, stores=stores, payments=())


def _without(setup: frozenset[Node], region: Region) -> Region:
    """A region without the nodes that only the terms decide."""
    return replace(region, nodes=tuple(node for node in region.nodes if node not in setup))


def _with(leaves: Mapping[Node, Node], nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Nodes with some leaves taken for others."""
    known = dict(leaves)
    for node in in_order(nodes):
        if node not in known and node.operands:
            operands = tuple(known.get(each, each) for each in node.operands)
            known[node] = replace(node, operands=operands)
    return tuple(known.get(node, node) for node in nodes)
