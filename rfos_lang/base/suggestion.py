"""The name that the user may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate closest to `name`, or None if none is near enough to be worth naming.

    Case is ignored before spelling is. Ties go to the candidate that comes first in the alphabet.
    """
    others = sorted(set(candidates) - {name})
    by_folded: dict[str, str] = {}
    for candidate in others:
        by_folded.setdefault(candidate.casefold(), candidate)
    nearest = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[nearest[0]] if nearest else None
