"""A phase that could not go on, with all it has to say."""

from collections.abc import Mapping, Sequence
from typing import Self

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.rendering import render_all


class Failure(Exception):
    """Diagnostics, at least one of them an error, and the texts their places lie in."""

    def __init__(self, diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]) -> None:
        super().__init__(f"{len(diagnostics)} diagnostics")
        self.diagnostics = tuple(diagnostics)
        self.sources = dict(sources)

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        """What it is made of, for another process."""
        return type(self), (self.diagnostics, self.sources)

    def __str__(self) -> str:
        """As the commands print them, with the places pointed at."""
        return render_all(self.diagnostics, self.sources)
