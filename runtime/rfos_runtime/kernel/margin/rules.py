"""What a position must hold: numbers in, numbers out. No amount lies beyond the largest that the
kernel works with, so sums of several fit 64 bits; products are held back from it by division.
"""

from rfos_runtime.kernel.contracts.rows import Is, Phase
from rfos_runtime.kernel.machine import within
from rfos_runtime.reference.bounds import MOST

_FEW, _SMALL = 2**29, 2**31
"""So many of so little are below the most."""


@within
def times(amount: int, lots: int) -> int:
    """An amount for each of lots >= 0: the nearest that the kernel works with."""
    size = abs(amount)
    if lots > 0 and (lots >= _FEW or size >= _SMALL) and size > MOST // lots:
        return MOST if amount > 0 else -MOST
    return amount * lots


@within
def held_back(amount: int) -> int:
    """The nearest amount that the kernel works with."""
    return max(-MOST, min(amount, MOST))


@within
def is_marked(flags: int, side: int) -> bool:
    """Whether a side has a collateral rule, and its mark is known."""
    return (flags & Is.MARKED.value) != 0 and is_ruled(flags, side)


@within
def is_ruled(flags: int, side: int) -> bool:
    """Whether a side is marked by a collateral rule; otherwise it locks its worst case."""
    return (flags & (Is.RULED.value << side)) != 0


@within
def may_open(phase: int, flags: int, side: int) -> bool:
    """Whether positions of a side may grow: its risk is known, or it holds its worst, what it is
    marked by is good enough for that, and nothing is paused."""
    if phase != Phase.PENDING.value and phase != Phase.ACTIVE.value:
        return False
    if (flags & Is.PAUSED.value) != 0:
        return False
    known = is_marked(flags, side) or (flags & Is.APPRAISED.value) != 0
    return not is_ruled(flags, side) or (known and (flags & Is.DOUBTED.value) == 0)


@within
def is_closed(phase: int) -> bool:
    """Whether nothing can happen to an instrument any more."""
    return phase == Phase.FROZEN.value or phase == Phase.ENDED.value


@within
def shrinks(before: int, after: int) -> bool:
    """Whether a position gets no larger and stays on its side."""
    if before >= 0:
        return 0 <= after <= before
    return before <= after <= 0
