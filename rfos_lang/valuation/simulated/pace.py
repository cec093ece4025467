"""How far a simulation is, for whoever waits for it, and whether it is to go on."""

from collections.abc import Callable

Pace = Callable[[int, int], None]
"""Is told after each block how many are done, and of how many; may raise Enough."""


class Enough(Exception):
    """No more blocks are wanted: what has been found is to be told."""
