"""How much liquidations may sell in a block: so that no cascade sells everything before the next
price. What is left is sold in the blocks after."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from rfos_runtime.reference.bounds import MOST

K = TypeVar("K")
"""What stands for an asset."""


@dataclass(slots=True)
class Pace(Generic[K]):
    """The maintenance margin of what has been sold or closed in a block, for each asset."""

    sold: dict[K, int] = field(default_factory=dict)

    def lots(self, limit: int, asset: K, maintenance: int, wanted: int) -> int:
        """How many of the lots that are wanted may be sold, each of so much maintenance margin, if
        `limit` may be in a block; of the first ones one always."""
        if maintenance <= 0:
            return wanted
        left = limit - self.sold.get(asset, 0)
        return min(wanted, max(left // maintenance, 0 if asset in self.sold else 1))

    def note(self, asset: K, maintenance: int, lots: int) -> None:
        """So many were."""
        if lots and maintenance > 0:
            self.sold[asset] = min(MOST, self.sold.get(asset, 0) + lots * maintenance)
