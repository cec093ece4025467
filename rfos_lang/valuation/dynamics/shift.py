"""By how much a market is moved, as the model of one spot sees it."""

from typing import NamedTuple


class Shift(NamedTuple):
    """Volatility moves in parallel, the logarithm of the spot by `spot`, and that of its forward by
    `growth` for each year of time to it, too."""

    volatility: float
    spot: float
    growth: float
