"""What a policy requires of positions that are margined together: a function of them alone.

It is asked of the same positions again and again, at every look for breaches and for every trade;
so what was said of them lately is kept.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from rfos_runtime.reference.bounds import within
from rfos_runtime.reference.executor import PolicyView
from rfos_runtime.reference.inputs import Underlying
from rfos_runtime.reference.policies import Measured, required
from rfos_runtime.reference.positions import side_of
from rfos_runtime.reference.world import Table


class Held(NamedTuple):
    """A position whose risk is known: signed lots, what one of them does, and of what."""

    lots: int
    table: Table
    underlying: Underlying


@lru_cache(8192)
def needed(view: PolicyView, places: int, held: tuple[Held, ...]) -> tuple[int, int]:
    """Maintenance and initial margin of all positions at once, in minor units of the policy's
    asset, which has so many places."""
    if not held:
        return 0, 0  # nothing is asked of a portfolio without positions
    besides = sum(abs(each.lots) * each.table.besides[side_of(each.lots)] for each in held)
    maintenance, initial = required(view, _measured(view, held), places)
    return maintenance + besides, initial + besides


def _measured(view: PolicyView, held: Sequence[Held]) -> Measured:
    gross, error, net = 0, 0, defaultdict[tuple[str, str], int](int)
    for lots, table, _ in held:
        error += abs(lots) * table.standard_error
        for base, quote, units in table.notionals:
            gross += abs(lots * units)
            net[base, quote] += lots * units
    sizes = [abs(units) for units in net.values()]
    alone = _standalone_loss(held) if view.separates else 0
    amounts = (_worst_loss(held), gross, sum(sizes), max(sizes, default=0), alone, error)
    return Measured(*map(within, amounts))


def _worst_loss(held: Iterable[Held]) -> int:
    moved = ([each.lots * loss for loss in each.table.losses] for each in held)
    return max(0, *map(sum, zip(*moved, strict=True)))


def _standalone_loss(held: Iterable[Held]) -> int:
    """The worst loss of the positions on each underlying alone, added."""
    together = defaultdict[Underlying, list[Held]](list)
    for each in held:
        together[each.underlying].append(each)
    return sum(map(_worst_loss, together.values()))
