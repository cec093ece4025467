"""Definitions that are typed or loaded, and instances that a `let` names."""

import re

from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Source
from rfos_lang.repl.answer import Answer, Words, said
from rfos_lang.repl.definitions import Item, defined
from rfos_lang.repl.references import library_contracts, reference, taken
from rfos_lang.repl.session import INPUT, Session, Surroundings

_NAMING = re.compile(r"\s*let\s+([A-Za-z_]\w*)\s*=\s*(?=([A-Za-z_]\w*(?:\.\w+)*)\s*(\(|$))")


def define(session: Session, text: str, around: Surroundings) -> tuple[Session, Answer]:
    """The session with the definitions of a text. Raises Failure."""
    naming = _NAMING.match(text)
    if naming is not None and _is_contract(naming[2], session, around):
        return _named(session, naming[1], text[naming.end() :].strip(), around)
    return with_file(session, Source(INPUT, text), around, "define")


def _is_contract(name: str, session: Session, around: Surroundings) -> bool:
    known = (session.definitions.known.definitions, session.named, library_contracts(around))
    return any(name in each for each in known) or name.startswith("std.")


def _named(session: Session, name: str, text: str, around: Surroundings) -> tuple[Session, Answer]:
    """The session with a name for an instance, whose arguments are right. Raises Failure."""
    first, rest = taken(text)
    found = reference(text if rest else first, session, around)
    made = found.made(session.market.as_of)
    if session.definitions.item(name) is not None:
        raise Failure([report("E1205", Span(INPUT, 0, 0), name=name)], {})
    named = {**session.named, name: first}
    parties = ", ".join(made.definition.parties)
    words = f"{name} is a {made.definition.name} between {parties}"
    answer = Answer("define", (said(words),), {"defined": [name]})
    return session.after(f"let {name}", named=named), answer


def with_file(
    session: Session, source: Source, around: Surroundings, command: str, folder: str | None = None
) -> tuple[Session, Answer]:
    """The session with the items of a text. Raises Failure."""
    place = session.folder if folder is None else folder
    library = around.beside(place)
    change = defined(session.definitions, source, library, library_contracts(around))
    named = {name: text for name, text in session.named.items() if name not in change.keys}
    lines = [f"uses {each.removeprefix('use ')}" for each in change.uses]
    lines += [_told(change.definitions.item(key)) for key in change.keys]
    answer = Answer(
        command,
        (Words(tuple(filter(None, lines))),),
        {"defined": list(change.keys), "uses": list(change.uses)},
        change.warnings,
        change.sources,
    )
    keys = ", ".join(change.keys)
    after = session.after(
        f"{command} {keys}", definitions=change.definitions, named=named, folder=place
    )
    return after, answer


def _told(item: Item | None) -> str:
    if item is None or item.word == "use":
        return ""
    return f"{item.word} {item.key.removeprefix('test ')}"
