"""What a command may do to a balance: numbers in, a result code out.

Sums of two amounts may lie beyond 63 bits, so amounts are taken from bounds instead.
"""

from rfos_runtime.kernel.machine import within
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import SUPPLY_MAX

ACCEPTED = Code.ACCEPTED.value


@within
def amount(units: int) -> int:
    """Whether an amount is a positive one that the ledger can hold."""
    return ACCEPTED if 0 < units <= SUPPLY_MAX else Code.MALFORMED.value


@within
def supply(outside: int, units: int, most: int) -> int:
    """Whether an asset may grow by so much."""
    return ACCEPTED if -outside <= most - units else Code.SUPPLY_TOO_LARGE.value


@within
def room(free: int, units: int, below_ceiling: int) -> int:
    """Whether a balance may grow by so much."""
    most = SUPPLY_MAX - below_ceiling
    return ACCEPTED if free <= most - units else Code.ABOVE_CEILING.value


@within
def outgoing(spent: int, units: int, below_daily: int) -> int:
    """Whether so much may go out on a day on which `spent` has gone out."""
    if below_daily == 0:
        return ACCEPTED
    most = SUPPLY_MAX - below_daily
    return ACCEPTED if spent <= most - units else Code.ABOVE_DAILY.value


@within
def spending(free: int, units: int, floor: int) -> int:
    """Whether an account may let so much go of what it has free."""
    if free < units:
        return Code.INSUFFICIENT_FREE.value
    return ACCEPTED if free - units >= floor else Code.BELOW_FLOOR.value


@within
def limits(floor: int, ceiling: int, daily: int) -> int:
    """Whether these can be limits."""
    inside = 0 <= floor <= ceiling <= SUPPLY_MAX and 0 <= daily <= SUPPLY_MAX
    return ACCEPTED if inside else Code.MALFORMED.value


# --- names -------------------------------------------------------------------------------------

_ESCROW = int.from_bytes(b"escrow o", "little")
_ESCROW_OF = int.from_bytes(b"f ", "little")
_ISSUANCE = int.from_bytes(b"issuance", "little")


@within
def is_name(w0: int, w1: int, w2: int, w3: int) -> bool:
    """Whether these are 1 to 32 printable ASCII characters, and zeros behind them."""
    ended = False
    for word in (w0, w1, w2, w3):
        for place in range(8):
            byte = (word >> (8 * place)) & 255
            if byte == 0:
                ended = True
            elif ended or byte < 32 or byte > 126:
                return False
    return (w0 & 255) != 0


@within
def is_own(w0: int, w1: int, w2: int, w3: int) -> bool:
    """Whether it is the name of an account of the kernel's own."""
    escrow = w0 == _ESCROW and (w1 & 0xFFFF) == _ESCROW_OF
    return escrow or (w0 == _ISSUANCE and (w1 | w2 | w3) == 0)
