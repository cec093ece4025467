"""Nothing is read before it was observed: the checks that take the dates of an instance."""

from bisect import bisect_right
from itertools import groupby

from rfos_lang.base import fixed
from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.core.lowered import Causality, Reading, occurrence_name
from rfos_lang.core.program import Instants
from rfos_lang.core.values import Environment


@dataclass(frozen=True, slots=True)
class Listed:
    """A schedule: each instant, with what the clause's variables mean at it."""

    pairs: list[tuple[int, Environment]]

    def instants(self) -> Instants:
        """The instants alone."""
        return tuple(instant for instant, _ in self.pairs)

    def each(self) -> list[tuple[int, Environment]]:
        """The instants with their meaning."""
        return self.pairs


@dataclass(frozen=True, slots=True)
class Regular:
    """A schedule that a rule makes and along which nothing is worked out, so that it need not be
    listed."""

    rule: range
    environment: Environment

    def instants(self) -> Instants:
        """The instants, by their rule."""
        return self.rule

    def each(self) -> list[tuple[int, Environment]]:
        """Nothing is worked out along them."""
        raise AssertionError("a schedule that is walked is listed")


Occurrences = Listed | Regular


def misread(causality: Causality, begin: int, occurrences: list[Occurrences]) -> Refused | None:
    """Why an instance that begins at `begin` may not read what it reads; None if it may."""
    observed = occurrences[causality.observed].instants()
    read: Instants = (begin,)
    if causality.reader is not None:
        read = occurrences[causality.reader].instants()
    match causality.reading:
        case Reading.ONCE:
            return _after(causality, observed[:1], read[:1])
        case Reading.ALONG:
            return _after(causality, observed, read)
        case Reading.ALL | Reading.ALL_OF_SOME:
            pass
    if causality.parent is None:
        return _gathered(causality, observed, read[0]) if read else None
    return _restarted(causality, occurrences[causality.observed].each(), read)


def _after(causality: Causality, observed: Instants, read: Instants) -> Refused | None:
    """Each observation against the reading beside it."""
    for first, second in zip(observed, read, strict=False):
        if first > second:
            names = {"observed": show_instant(first), "read": show_instant(second)}
            return Refused("E0530", what=causality.what, **names)
    return None


def _gathered(causality: Causality, observed: Instants, read: int) -> Refused | None:
    """All of them against the first reading."""
    if not observed and causality.reading is Reading.ALL_OF_SOME:
        return Refused("E0538", function=causality.what.partition("(")[0])
    return _after(causality, observed[-1:], (read,))


def _restarted(
    causality: Causality, observed: list[tuple[int, Environment]], read: Instants
) -> Refused | None:
    """Those of each occurrence of the parent against its reading. What follows may begin before
    that, but no more than one occurrence ahead: so much is kept."""
    assert causality.parent is not None
    name = occurrence_name(causality.parent)
    grouped = groupby(observed, key=lambda each: each[1].variables[name])
    of = {int(k) // fixed.ONE: tuple(t for t, _ in group) for k, group in grouped}
    numbers = list(of)
    for number, now in enumerate(read):
        problem = _gathered(causality, of.get(number, ()), now)
        if problem is not None:
            return problem
        ahead = bisect_right(numbers, number + 1)
        if ahead < len(numbers) and of[numbers[ahead]][0] <= now:
            return Refused("E0540", what=causality.what, read=show_instant(now))
    return None
