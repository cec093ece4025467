"""`rfos repl`: at a terminal a prompt; else commands from a file or standard input, and answers."""

import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from rfos_lang.base.instant import start_of_day
from rfos_lang.base.records import dataclass
from rfos_lang.cli.files import library_beside, library_modules, read_text, standard_input
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.target import Library
from rfos_lang.repl.session import Session, Surroundings, fresh
from rfos_lang.repl.stepping import step


@dataclass(frozen=True, slots=True)
class Request:
    """What a session begins with, and where its commands come from."""

    file: Path | None
    market: Path | None
    script: Path | None


def run(request: Request, as_json: bool) -> int:
    """Holds a session; the exit code: 1 if a command of a script was wrong. Raises Failure."""
    around = surroundings()
    session = begun(request, around)
    if request.script is None and not as_json and sys.stdin.isatty():
        from rfos_lang.repl.terminal import converse

        return converse(session, around)
    from rfos_lang.repl.script import play

    text = standard_input() if request.script is None else read_text(request.script)
    return play(session, text, around, as_json)


def surroundings() -> Surroundings:
    """Files as they lie on this machine."""
    return Surroundings(_read, _beside, _modules)


def begun(request: Request, around: Surroundings) -> Session:
    """The session before the first command. Raises Failure."""
    session = fresh(start_of_day(datetime.now(UTC).date()))
    for word, path in (("load", request.file), ("market", request.market)):
        if path is not None:
            session, answer = step(session, f"{word} {path}", around)
            if not answer.ok:
                raise Failure(answer.diagnostics, answer.sources)
    return session


def _read(path: str) -> str:
    return read_text(Path(path))


@cache
def _beside(folder: str) -> Library:
    return library_beside(Path(folder))


@cache
def _modules() -> tuple[str, ...]:
    return tuple(library_modules())
