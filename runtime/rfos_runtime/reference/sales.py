"""What is sold in an auction, and at what price."""

from dataclasses import dataclass

from rfos_runtime.records.commands import ONE
from rfos_runtime.reference.arithmetic import half_even
from rfos_runtime.reference.equity import Margin
from rfos_runtime.reference.executor import PartyRisk, Rule


def clock(rule: Rule, elapsed: int) -> int:
    """The price, 18 decimals, after so many nanoseconds; rounded towards the beginning."""
    length = rule.auction_nanoseconds
    if elapsed >= length:
        return rule.auction_to
    run = abs(rule.auction_to - rule.auction_from) * elapsed // length
    return rule.auction_from + (run if rule.auction_to >= rule.auction_from else -run)


@dataclass(frozen=True, slots=True)
class Sale:
    """What one lot costs the position that sells it (negative: brings it), and its penalty."""

    cost: int
    penalty: int


def sale_at(row: PartyRisk, rule: Rule, price: int) -> Sale:
    """The sale of a lot at a clock price. What is worth something is never sold for nothing."""
    if row.exposure >= 0:
        cost = half_even(row.exposure * ONE, price)
    else:
        cost = -max(1, half_even(-row.exposure * price, ONE))
    return Sale(cost, abs(cost) * rule.penalty // ONE)


def lots_to_restore(found: Margin, lots: int, row: PartyRisk, sale: Sale) -> int:
    """The smallest number of lots to sell after which the rest has its initial margin.

    Selling n changes equity by n · (exposure - cost - penalty) and the requirement by -n · initial:
    a straight line, so the number is one division. All lots if none of them is enough.
    """
    target = max(row.initial, row.maintenance)
    need = target * lots - found.equity
    gain = row.exposure + target - sale.cost - sale.penalty
    if need <= 0:
        return 0
    return lots if gain <= 0 else min(lots, -(-need // gain))
