"""`NoReading`: the reason why a contract is not valued from its rates alone."""


class NoReading(Exception):
    """Raised with the reason, in words that follow 'because'."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
