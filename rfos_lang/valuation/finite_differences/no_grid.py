"""Why a contract cannot be valued on a grid."""


class NoGrid(Exception):
    """Carries the reason, in the words of the contract."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
