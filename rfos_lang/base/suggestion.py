"""The name that the user may have meant."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

NEAR = 2 / 3
"""How much of two names has to agree."""


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate closest to `name`, or None if none is near enough to be worth naming.

    Case is ignored before spelling is. Ties go to the candidate that comes first in the alphabet.
    A candidate that is a long or the first part of the name is near.
    """
    others = sorted(set(candidates) - {name})
    by_folded: dict[str, str] = {}
    for candidate in others:
        by_folded.setdefault(candidate.casefold(), candidate)
    sought = name.casefold()
    for near in get_close_matches(sought, by_folded, n=3, cutoff=0.6):
        alike = SequenceMatcher(None, sought, near).ratio() >= NEAR
        if alike or sought.startswith(near) or near.startswith(sought):
            return by_folded[near]
    return None
