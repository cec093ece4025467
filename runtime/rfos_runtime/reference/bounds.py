"""The largest amounts that the kernel works with, so that sums of several fit 64 bits.

More than the whole supply of an asset can neither be paid nor held. A requirement beyond it is the
same as one that is exactly that: no collateral meets it. An event that would make somebody owe more
is refused, as one whose numbers overflow.
"""

from rfos_runtime.records.commands import SUPPLY_MAX

MOST = SUPPLY_MAX


def within(units: int) -> int:
    """The nearest amount that the kernel works with."""
    if -MOST <= units <= MOST:
        return units
    return MOST if units > 0 else -MOST
