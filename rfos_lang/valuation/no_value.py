"""Why a method has no value of a contract."""


class NoValue(Exception):
    """`reason` says why, in the words of the contract, to be read after "because"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
