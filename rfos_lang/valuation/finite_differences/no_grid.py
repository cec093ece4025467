"""Why a contract cannot be valued on a grid."""

from rfos_lang.valuation.no_value import NoValue


class NoGrid(NoValue):
    """It cannot be valued on a grid."""


class Remembers(NoGrid):
    """It carries a slot that may take any value, and has no axis for it."""

    def __init__(self, slot: int, name: str) -> None:
        super().__init__(f"it remembers {name}, which may take any value")
        self.slot = slot
