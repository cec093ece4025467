"""The reason why no curve meets a quote."""

from typing import Any

from rfos_lang.base.refusal import Refused

Path = tuple[str, ...]


class Unfit(Refused):
    """A quote that cannot be met; `path` says where in the file it stands."""

    def __init__(self, code: str, path: Path, **names: Any) -> None:
        super().__init__(code, key=".".join(path), **names)
        self.path = path
