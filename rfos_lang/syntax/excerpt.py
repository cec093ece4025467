"""What a contract needs of the text that it stands in; the rest is blank, so that places stay.

For texts in the canonical layout that are known to be right, as the standard library is: an item
begins at the left edge, and so does the bracket that ends it. No grammar is needed for that, and no
time.
"""

import re
from collections.abc import Mapping
from itertools import pairwise

_ITEM = re.compile(r"(?:^//.*\n)*^[a-z].*\n?(?:^(?:[ )}].*)?\n?(?<=\n))*", re.MULTILINE)
_HEAD = re.compile(r"^(?:perpetual )?([a-z]+) (\w+)", re.MULTILINE)
_WORD = re.compile(r"[^\W\d]\w*")
_LINE = re.compile(r".+")


def excerpt(text: str, contract: str | None = None) -> str:
    """The items that a contract names, and those that they name, in their places; of None, or one
    that is not there, all items but tests."""
    items = {match.span(): match.group() for match in _ITEM.finditer(text)}
    named = {place: _names(item) for place, item in items.items()}
    if any(contract in names for names in named.values()):
        kept = _needed(items, named, {contract or ""})
    else:
        kept = {place for place, names in named.items() if names}
    dropped = items.keys() - kept
    return "".join(
        blank(text[first:last]) if (first, last) in dropped else text[first:last]
        for first, last in _in_order(text, list(items))
    )


def contract_names(text: str) -> list[str]:
    """The contracts of a text."""
    return [head[2] for head in _HEAD.finditer(text) if head[1] == "contract"]


def blank(text: str) -> str:
    """The lines of a text with nothing on them but blanks."""
    return _LINE.sub(lambda line: " " * len(line[0]), text)


def _names(item: str) -> set[str]:
    """What an item may be needed for: its name, or the names that it brings in; a test for
    nothing."""
    head = _HEAD.search(item)
    if head is None or head[1] == "test":
        return set()
    return set(_WORD.findall(item)) if head[1] == "use" else {head[2]}


Place = tuple[int, int]


def _needed(
    items: Mapping[Place, str], named: Mapping[Place, set[str]], wanted: set[str]
) -> set[Place]:
    """The items that stand for wanted names, or for names in such items."""
    kept: set[Place] = set()
    while more := {at for at, names in named.items() if at not in kept and names & wanted}:
        kept |= more
        wanted = {word for at in more for word in _WORD.findall(items[at])}
    return kept


def _in_order(text: str, places: list[Place]) -> list[Place]:
    """The whole text cut at both ends of each place."""
    cuts = sorted({0, len(text), *(end for place in places for end in place)})
    return list(pairwise(cuts))
