"""What a user points at: a contract in a file, or one of the library's."""

from collections.abc import Callable
from pathlib import PurePath

from rfos_lang.base.records import dataclass

Library = Callable[[str], str | None]
"""The text of a library module by its dotted name, None if there is none."""


@dataclass(frozen=True, slots=True)
class Target:
    """`file.rfos`, `file.rfos:Contract` or `std.options.EuropeanCall`, taken apart.

    `file` is set for a file, `module` for a library module; `contract` None means the only one.
    """

    file: PurePath | None
    module: str | None
    contract: str | None


def parse_target(text: str) -> Target:
    """Takes a target apart; whether it exists is for the caller to find out.

    What begins with `std.` is of the library, anything else a file.
    """
    before, colon, after = text.rpartition(":")
    path, contract = (before, after) if colon and after.isidentifier() else (text, None)
    if not path.startswith("std.") or path.endswith(".rfos"):
        return Target(PurePath(path), None, contract)
    module, _, last = path.rpartition(".")
    if contract is None and last[:1].isupper():
        return Target(None, module, last)
    return Target(None, path, contract)
