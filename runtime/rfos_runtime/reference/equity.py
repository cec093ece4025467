"""Equity, and what it has to cover."""

from typing import NamedTuple

from rfos_runtime.reference.bounds import MOST

HIGHEST = 1_000
"""The leverage of whoever has no more than its maintenance margin."""


class Margin(NamedTuple):
    """The margin of one position, or of all that is margined together, in minor units of the
    collateral's asset."""

    collateral: int
    pledged: int  # what units of other assets count for
    owed: int  # payments to come and debt
    exposure: int
    maintenance: int
    initial: int

    @property
    def equity(self) -> int:
        """What is left of the collateral after closing out."""
        return self.collateral + self.pledged - self.owed - self.exposure

    @property
    def in_breach(self) -> bool:
        """Whether it has to be liquidated."""
        return self.equity < self.maintenance

    @property
    def is_beyond(self) -> bool:
        """Whether one of its amounts is the largest that there is, and so perhaps more."""
        return max(abs(self.exposure), self.maintenance, self.initial) >= MOST

    @property
    def leverage(self) -> int:
        """How much of the equity maintenance takes up: in thousandths, rounded down, from 1 to
        HIGHEST. Who needs nothing has the lowest."""
        if self.in_breach:
            return HIGHEST
        return max(1, HIGHEST * self.maintenance // max(self.equity, 1))

    @property
    def missing(self) -> int:
        """What it lacks to open, or to end a liquidation; negative: what it has to spare."""
        return max(self.initial, self.maintenance) - self.equity
