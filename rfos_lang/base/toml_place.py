"""Where a key stands in a TOML text, so that an error in a data file can point at its line."""

import re
from collections.abc import Sequence

from rfos_lang.base.span import Span

_HEADER = re.compile(r"\s*\[\[?\s*(.*?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_AT_LINE = re.compile(r"\(at line (\d+),")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([\w-]+)""")


def place_of(text: str, source: str, path: Sequence[str | int]) -> Span:
    """The line of the deepest part of `path` that can be found; numbers count `[[tables]]`.

    A line-wise reading: values over several lines are not looked into. Without a match, the place
    is the start of the file.
    """
    wanted = list(path)
    best, depth = Span(source, 0, 0), 0
    prefix: list[str | int] = []
    counts: dict[tuple[str, ...], int] = {}
    offset = 0
    for line in text.splitlines(keepends=True):
        found: list[str | int] | None = None
        if header := _HEADER.match(line):
            names = _parts(header[1])
            prefix = [*names]
            if line.lstrip().startswith("[["):
                prefix.append(_counted(counts, names))
            found = prefix
        elif key := _KEY.match(line):
            found = [*prefix, *_parts(key[1])]
        if found is not None and (shared := _shared(found, wanted)) > depth:
            start = offset + len(line) - len(line.lstrip())
            best, depth = Span(source, start, offset + len(line.rstrip())), shared
        offset += len(line)
    return best


def place_of_error(text: str, source: str, problem: str) -> Span:
    """The line that the TOML reader's message names; the start of the file if it names none."""
    named = _AT_LINE.search(problem)
    lines = text.splitlines(keepends=True)
    if named is None or not 1 <= int(named[1]) <= len(lines):
        return Span(source, 0, 0)
    start = sum(len(line) for line in lines[: int(named[1]) - 1])
    return Span(source, start, start + len(lines[int(named[1]) - 1].rstrip("\r\n")))


def _parts(text: str) -> list[str]:
    return [a or b or c for a, b, c in _PART.findall(text)]


def _counted(counts: dict[tuple[str, ...], int], names: list[str]) -> int:
    key = tuple(names)
    counts[key] = counts.get(key, -1) + 1
    return counts[key]


def _shared(found: Sequence[str | int], wanted: Sequence[str | int]) -> int:
    """How much of `wanted` a line names; 0 where the line names something else."""
    if len(found) > len(wanted) or list(wanted[: len(found)]) != list(found):
        return 0
    return len(found)
