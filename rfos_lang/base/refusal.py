"""How a pure function below the checker says no to the user's input."""

from typing import Any


class Refused(ValueError):
    """The input cannot be taken. Whoever knows its place makes a diagnostic of it with
    `report(refused.code, span, **refused.names)`; the sentence stands in the catalogue."""

    def __init__(self, code: str, **names: Any) -> None:
        super().__init__(code, names)
        self.code = code
        self.names: dict[str, Any] = names
