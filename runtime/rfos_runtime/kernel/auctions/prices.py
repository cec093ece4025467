"""What is sold in an auction, and at what price: as `reference/auction` says, in Python's integers,
since prices have 18 decimals."""

from typing import NamedTuple

from rfos_runtime.records.commands import ONE
from rfos_runtime.reference.executor import Rule


class Row(NamedTuple):
    """What one lot of a side needs."""

    exposure: int
    maintenance: int
    initial: int

    @property
    def target(self) -> int:
        """What one lot must hold until an auction that has begun ends."""
        return max(self.initial, self.maintenance)


class Sale(NamedTuple):
    """What one lot costs the position that sells it (negative: brings it), and its penalty."""

    cost: int
    penalty: int


def clock(rule: Rule, elapsed: int) -> int:
    """The price, 18 decimals, after so many nanoseconds; rounded towards the beginning."""
    begin, end, length = rule.auction_from, rule.auction_to, rule.auction_nanoseconds
    if elapsed >= length:
        return end
    sign = 1 if end >= begin else -1
    return begin + sign * (abs(end - begin) * elapsed // length)


def sale_at(row: Row, rule: Rule, price: int) -> Sale:
    """The sale of a lot at a clock price: it owes E / p, or is worth |E| * p, and something."""
    if row.exposure >= 0:
        cost = half_even(row.exposure * ONE, price)
    else:
        cost = -max(1, half_even(-row.exposure * price, ONE))
    return Sale(cost, abs(cost) * rule.penalty // ONE)


def half_even(numerator: int, denominator: int) -> int:
    """numerator / denominator > 0 to the nearest integer, ties to the even one."""
    quotient, remainder = divmod(numerator, denominator)
    if 2 * remainder == denominator:
        return quotient + (quotient & 1)
    return quotient + (2 * remainder > denominator)


def lots_to_restore(equity: int, lots: int, row: Row, sale: Sale) -> int:
    """The smallest number of lots to sell after which the rest has its initial margin; all of them
    if none is enough.

    Selling n changes equity by n * (exposure - cost - penalty) and the requirement by -n * target.
    """
    need = row.target * lots - equity
    gain = row.exposure + row.target - sale.cost - sale.penalty
    if need <= 0:
        return 0
    return lots if gain <= 0 else min(lots, -(-need // gain))
