"""What may follow what was typed: the words of the session, and what an editor would offer if the
text stood in a file behind the session's definitions."""

import re
from collections.abc import Iterator
from dataclasses import replace

from rfos_lang.driver.opening import Source
from rfos_lang.editing.completion import Completion
from rfos_lang.editing.completion import completions as in_file
from rfos_lang.editing.context import context
from rfos_lang.editing.workspace import empty, with_text
from rfos_lang.repl.commands import COMMANDS, SYNONYMS, Command
from rfos_lang.repl.definitions import SESSION, missing_uses
from rfos_lang.repl.references import library_contracts
from rfos_lang.repl.session import Session, Surroundings
from rfos_lang.repl.stepping import ITEMS

_WORD = re.compile(r"\w*$")
_FIRST = re.compile(r"\s*(\w+)\s")
_LIBRARY = re.compile(r"\bstd\.(?:\w+\.)*$")
_NAMED = re.compile(r"CONTRACT|NAME$")
_OPTION = re.compile(r"\[(\w+=)")
_CALCULATED = "let it = "


def completions(before: str, session: Session, around: Surroundings) -> list[Completion]:
    """What may stand in place of the word before the cursor, the likeliest first."""
    word = _WORD.findall(before)[0]
    head = before[: len(before) - len(word)]
    begun, found = word.lower(), dict[str, Completion]()
    for each in _offered(head, word, session, around):
        if each.label.lower().startswith(begun) and each.text != word:
            found.setdefault(each.label, each)
    return list(found.values())


def _offered(head: str, word: str, session: Session, around: Surroundings) -> Iterator[Completion]:
    """All that may stand behind a head, whatever the word."""
    first = _FIRST.match(head)
    leading = SYNONYMS.get(first[1], first[1]) if first else ""
    command = COMMANDS.get(leading)
    if library := _LIBRARY.search(head):
        yield from _in_library(library[0], word, session, around)
    elif leading in ITEMS:
        if word and not _is_in_brackets(head):
            yield from _contracts(session, around)
        yield from _in_session(head + word, session, around)
    elif leading == "help":
        yield from _commands()
    elif command is not None and first is not None:
        if _NAMED.search(command.usage) and not _is_in_brackets(head):
            yield from _contracts(session, around)
            yield from _options(command)
        yield from _in_session(_CALCULATED + head[first.end() :] + word, session, around)
    else:
        if not head.strip():
            yield from _commands()
            yield from _in_session(word, session, around)
        yield from _in_session(_CALCULATED + head + word, session, around)


def _is_in_brackets(head: str) -> bool:
    return bool(context(head, len(head)).opened)


def _commands() -> Iterator[Completion]:
    for each in COMMANDS.values():
        yield Completion(each.word, "command", each.about)


def _options(command: Command) -> Iterator[Completion]:
    """`method=` and others that may stand behind a contract."""
    for name in _OPTION.findall(command.usage):
        yield Completion(name, "option", command.about)


def _contracts(session: Session, around: Surroundings) -> Iterator[Completion]:
    """The instances that have a name, the session's contracts, those of the library."""
    for name, text in session.named.items():
        yield Completion(name, "instance", text)
    for name in session.definitions.known.definitions:
        yield Completion(name, "contract", SESSION)
    for name, module in sorted(library_contracts(around).items()):
        yield Completion(name, "contract", module)


def _in_library(
    path: str, word: str, session: Session, around: Surroundings
) -> Iterator[Completion]:
    """Behind `std.` its modules, behind a module's name what it declares."""
    for each in _in_session(f"use {path}{word}", session, around):
        yield replace(each, insert=f"{each.label}.")
    yield from _in_session(f"use {path[:-1]}.{{{word}", session, around)


def _in_session(text: str, session: Session, around: Surroundings) -> list[Completion]:
    """What an editor offers at the end of a text that stands behind the session's definitions, with
    the contracts of the library that it calls."""
    definitions, library = session.definitions, around.beside(session.folder)

    def found(name: str, module: str) -> Source | None:
        source = library(module)
        return None if source is None else Source(module, source)

    uses = missing_uses(text, definitions.items, library_contracts(around))
    whole = "".join([*(f"{each.text}\n" for each in uses), definitions.text, text])
    workspace = with_text(empty(found, tuple(around.modules())), SESSION, whole)
    return in_file(workspace, SESSION, len(whole))
