"""What may follow what was typed: commands, contracts, names, words of the language."""

import re
from collections.abc import Iterator
from itertools import chain

from rfos_lang.editing.vocabulary import FUNCTIONS, KNOWN_NAMES, RESERVED_WORDS
from rfos_lang.repl.commands import COMMANDS
from rfos_lang.repl.references import library_contracts
from rfos_lang.repl.session import Session, Surroundings

_LAST = re.compile(r"\w*$")
_WORDS = (*chain(*RESERVED_WORDS.values(), *KNOWN_NAMES.values()), *FUNCTIONS)
"""The words of the language."""


def completions(before: str, session: Session, around: Surroundings) -> list[str]:
    """The words that begin as the last one before the cursor does, in order."""
    match = _LAST.search(before)
    begun = match[0] if match else ""
    is_first = not before[: len(before) - len(begun)].strip()
    if not begun and not is_first:
        return []
    known = _commands() if is_first else iter(())
    every = dict.fromkeys([*known, *_names(session, around), *_WORDS])
    return [each for each in every if each.startswith(begun) and each != begun]


def _commands() -> Iterator[str]:
    yield from COMMANDS


def _names(session: Session, around: Surroundings) -> Iterator[str]:
    """What the session defines, then what the library has."""
    yield from (each.key for each in session.definitions.items if each.key.isidentifier())
    yield from session.named
    yield from sorted(library_contracts(around))
    yield from sorted(session.definitions.known.assets)
