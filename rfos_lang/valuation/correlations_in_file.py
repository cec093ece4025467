"""The correlations of a market file: what is wrong with them, and the nearest that hold."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, combinations
from typing import Protocol

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.valuation.correlations import ROUNDING, lowest_eigenvalue, nearest
from rfos_lang.valuation.market import Pair, spot_name

Place = Callable[[Sequence[str | int]], Span]


class Table(Protocol):
    """A correlation of two spots."""

    @property
    def between(self) -> tuple[Pair, Pair]: ...

    @property
    def value(self) -> float: ...


class File(Protocol):
    """What of a market file is read here."""

    @property
    def correlations(self) -> Sequence[Table]: ...

    @property
    def repair_correlations(self) -> bool: ...


def wrong_correlations(file: File, place: Place) -> Iterator[Diagnostic]:
    """What is wrong with the correlations of a file, taken together."""
    pairs, rows = _matrix(file)
    if file.repair_correlations or not rows:
        return  # what is missing is refused where a contract needs it
    if (lowest := lowest_eigenvalue(rows)) < -ROUNDING:
        names = ", ".join(spot_name(*pair) for pair in pairs)
        at = place(("correlations", 0))
        yield report("E0607", at, names=names, eigenvalue=f"{lowest:.3g}")


def _matrix(file: File) -> tuple[list[Pair], list[list[float]]]:
    """All spots that are correlated and their matrix; no rows if some of it is missing."""
    known = _known(file)
    pairs = sorted(set(chain.from_iterable(known)))
    if any(frozenset(two) not in known for two in combinations(pairs, 2)):
        return pairs, []
    return pairs, [[1.0 if a == b else known[frozenset((a, b))] for b in pairs] for a in pairs]


def _known(file: File) -> dict[frozenset[Pair], float]:
    return {frozenset(each.between): each.value for each in file.correlations}


def repaired(file: File) -> tuple[dict[frozenset[Pair], float], float]:
    """The correlations, moved to the nearest that prices can have if the file says so, and by how
    much at most."""
    known, (pairs, rows) = _known(file), _matrix(file)
    if not file.repair_correlations or not rows or lowest_eigenvalue(rows) >= -ROUNDING:
        return known, 0.0
    held = nearest(rows)
    places = {pair: at for at, pair in enumerate(pairs)}
    found = {frozenset((a, b)): held[places[a]][places[b]] for a, b in combinations(pairs, 2)}
    return found, max(abs(found[each] - known[each]) for each in found)
