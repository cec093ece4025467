"""Instruments sorted by what can be asked about in one call: one definition, terms of one size.

What a definition's instruments are bound to never changes, so it is laid out once, as columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.contracts.bound import Bound
from rfos_runtime.reference.executor import DefinitionView

Numbers = NDArray[np.int64]
NumbersByRow = Annotated[NDArray[np.int64], 2]


@runtime_checkable
class Batches(Protocol):
    """An executor that also tells the risk of many instances of one definition in one call."""

    def risk_many(
        self,
        view: DefinitionView,
        terms: NDArray[np.uint8],
        standings: NDArray[np.uint8],
        now: int,
        values: NDArray[np.float64],
    ) -> Any:
        """Arrays by row of values: whether it is sound, and by side exposure, maintenance, initial.
        An instance has one row of values, or as many as every other, one after the other."""


class Laid(NamedTuple):
    """Instruments as columns: handles, a row of feeds for each, a row of terms, and in what each of
    the feeds is quoted."""

    handles: Numbers
    feeds: Numbers
    terms: NDArray[np.uint8]
    quotes: NDArray[np.str_]

    def among(self, chosen: NDArray[Any]) -> "Laid":
        """Some of them, told by their places or by a truth for each."""
        return Laid(*(each[chosen] for each in self))


@dataclass(slots=True)
class Kind:
    """The instruments of one definition whose terms have one size: their handles, ascending, what
    they are marked by, and their terms."""

    view: DefinitionView
    is_appraised: bool
    handles: list[int] = field(default_factory=list)
    feeds: list[tuple[int, ...]] = field(default_factory=list)
    terms: list[bytes] = field(default_factory=list)
    quotes: list[list[str]] = field(default_factory=list)
    _laid: Laid | None = None

    def take_in(self, bound: Bound) -> None:
        """One more instrument."""
        self.handles.append(bound.handle)
        self.feeds.append(bound.risk_feeds)
        self.terms.append(bound.terms)
        self.quotes.append([quote for _, quote in bound.pairs] if bound.view.has_risk else [])
        self._laid = None

    def laid(self) -> Laid:
        """All of them as columns."""
        if self._laid is None:
            count = len(self.handles)
            terms = np.frombuffer(b"".join(self.terms), np.uint8).reshape(count, -1)
            feeds = np.array(self.feeds, np.int64).reshape(count, -1)
            quotes = np.array(self.quotes, np.str_).reshape(count, -1)
            self._laid = Laid(np.array(self.handles, np.int64), feeds, terms, quotes)
        return self._laid


@dataclass(slots=True)
class Marking:
    """Everything that can be marked, by kind; how many instruments have been sorted in."""

    kinds: dict[tuple[int, int], Kind] = field(default_factory=dict)
    known: int = 0

    def learn(self, instruments: Sequence[Bound]) -> None:
        """Sorts new instruments in."""
        for bound in instruments[self.known :]:
            key = bound.definition, len(bound.terms)
            kind = self.kinds.setdefault(key, Kind(bound.view, bound.is_appraised))
            kind.take_in(bound)
        self.known = len(instruments)
