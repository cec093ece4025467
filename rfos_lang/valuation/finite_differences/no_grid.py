"""Why a contract cannot be valued on a grid."""

from rfos_lang.valuation.no_value import NoValue


class NoGrid(NoValue):
    """It cannot be valued on a grid."""
