"""How results reach people and programs: text, coloured on a terminal only, or one JSON value."""

import json
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from signal import SIGINT, signal
from threading import Event, Thread
from types import FrameType
from typing import Any, TypeVar

from rfos_lang.base.diagnostic import Diagnostic, has_errors
from rfos_lang.base.records import dataclass
from rfos_lang.base.rendering import render_all, to_json
from rfos_lang.valuation.simulated.pace import Enough, Pace

T = TypeVar("T")

OK = 0
WRONG = 1

_ERASE = "\r\033[2K"
_ESCAPE = re.compile(r"\033\[[0-9;]*m")


def print_json(document: Any) -> None:
    """One JSON document on standard output. A number that is not finite is null."""
    print(as_text(document), end="")


def as_text(document: Any) -> str:
    """A JSON document as text, for people too. A number that is not finite is null."""
    return json.dumps(_finite(document), indent=2, ensure_ascii=False) + "\n"


def as_line(document: Any) -> str:
    """A JSON document in one line. A number that is not finite is null."""
    return json.dumps(_finite(document), ensure_ascii=False)


def _finite(value: Any) -> Any:
    match value:
        case float() if value != value or value in (float("inf"), float("-inf")):
            return None
        case Mapping():
            return {str(key): _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case _:
            return value


def print_diagnostics(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]) -> None:
    """Diagnostics on standard error, in the order of the text."""
    ordered = sorted(diagnostics, key=lambda d: (d.span.source, d.span.start))
    if ordered:
        print(render_all(ordered, sources, colours=sys.stderr.isatty()), file=sys.stderr)


def diagnostics_json(
    diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]
) -> dict[str, Any]:
    """The part that every command's JSON document has."""
    ordered = sorted(diagnostics, key=lambda d: (d.span.source, d.span.start))
    return {
        "ok": not has_errors(list(diagnostics)),
        "diagnostics": [to_json(diagnostic, sources) for diagnostic in ordered],
    }


def refuse(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str], as_json: bool) -> int:
    """Says what is wrong; the exit code."""
    if as_json:
        print_json(diagnostics_json(diagnostics, sources))
    else:
        print_diagnostics(diagnostics, sources)
    return WRONG


@contextmanager
def patience(text: str, quiet: bool, ready: Event | None = None) -> Iterator[None]:
    """Says on a terminal what is being waited for, and for how many seconds, from the first on;
    until it is `ready` to say so itself."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    done = Event()
    waiting = Thread(target=_count_seconds, args=(text, done, ready or Event()), daemon=True)
    waiting.start()
    try:
        yield
    finally:
        done.set()
        waiting.join()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A simulation that is waited for: its pace, and whether somebody has had enough."""

    pace: Pace
    enough: Event


@contextmanager
def interruptible(text: str, quiet: bool) -> Iterator[Waiting]:
    """Shows on a terminal how far a simulation is. An interrupt leaves what has been simulated by
    then; a second one, or one before the first block is done, ends the program."""
    begun, enough = Event(), Event()
    shown = not quiet and sys.stderr.isatty()

    def pace(done: int, blocks: int) -> None:
        begun.set()
        if shown:
            print(f"\r{text} ... {done / blocks:.0%} ", end="", file=sys.stderr, flush=True)
        if enough.is_set() and done < blocks:
            raise Enough

    def interrupted(number: int, frame: FrameType | None) -> None:
        if enough.is_set() or not begun.is_set():
            raise KeyboardInterrupt
        enough.set()

    before = signal(SIGINT, interrupted)
    try:
        with patience(text, quiet, begun):
            yield Waiting(pace, enough)
    finally:
        signal(SIGINT, before)
        if shown:
            print(_ERASE, end="", file=sys.stderr, flush=True)


def progress(steps: Iterable[T], what: str, total: int, quiet: bool) -> Iterable[T]:
    """Shows a progress bar on a terminal, and nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        return steps
    from rich.console import Console
    from rich.progress import track

    return track(steps, what, total=total, console=Console(stderr=True), transient=True)


def _count_seconds(text: str, done: Event, ready: Event) -> None:
    seconds = 0
    while not done.wait(1.0) and not ready.is_set():
        seconds += 1
        print(f"\r{text} ... {seconds} s", end="", file=sys.stderr, flush=True)
    if seconds:
        print(_ERASE, end="", file=sys.stderr, flush=True)


def bold(text: str) -> str:
    """The text in bold, on a terminal only."""
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


def columns(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """Rows of cells as aligned lines, two spaces between columns; those in `right` end aligned."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = []
        for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
            blank = " " * (width - _width(cell))
            cells.append(blank + cell if number in right else cell + blank)
        lines.append("  ".join(cells).rstrip())
    return lines


def _width(cell: str) -> int:
    return len(_ESCAPE.sub("", cell))
