"""Products that do not fit 64 bits, in signed numbers that do."""

from rfos_runtime.kernel.machine import within
from rfos_runtime.records.commands import SUPPLY_MAX

MOST = SUPPLY_MAX


@within
def shared(units: int, by: int, over: int) -> tuple[int, int]:
    """units * by / over, rounded down, and the rest; all >= 0, `over` and `by` below 2**62, `over`
    not 0. MOST and 0 if it is more than that: no amount is.

    Long multiplication, bit by bit, in which the rest never leaves its bits.
    """
    whole, rest = 0, 0
    wholes, rests = by // over, by % over
    for bit in range(62, -1, -1):
        whole += whole
        rest += rest
        if rest >= over:
            rest -= over
            whole += 1
        if (units >> bit) & 1:
            whole += wholes
            rest += rests
            if rest >= over:
                rest -= over
                whole += 1
        if whole > MOST:
            return MOST, 0
    return whole, rest


@within
def part(units: int, by: int, over: int) -> int:
    """units * by / over, rounded down."""
    whole, _ = shared(units, by, over)
    return whole


@within
def part_up(units: int, by: int, over: int) -> int:
    """units * by / over, rounded up."""
    whole, rest = shared(units, by, over)
    return whole + 1 if rest > 0 else whole
