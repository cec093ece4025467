"""`NoReading`: the reason why a contract is not valued from its rates alone."""

from rfos_lang.valuation.no_value import NoValue


class NoReading(NoValue):
    """It is not valued from rates, or from an event, alone."""
