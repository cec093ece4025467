"""Pages of documentation as programs: their files, their commands, and what these print.

On a page, a block ```` ```rfos ```` belongs to the page's own file (`03_names.md`: `names.rfos`),
one with a name, ```` ```rfos wrong.rfos ```` or ```` ```toml market.toml ````, is that file, and a
block ```` ```console ```` holds commands behind `$` with what they print. `examples` lies beside
the files. The blocks ```` ```session ```` of a page are one session of `rfos repl`: what is typed
stands behind `> `, and its further lines behind `. `.

`python -m tests.docs.pages` runs every command and writes what it prints into the pages; read the
difference.
"""

import contextlib
import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rfos_lang.base.instant import parse_instant
from rfos_lang.repl.command import surroundings
from rfos_lang.repl.plain import answer_lines
from rfos_lang.repl.session import fresh
from rfos_lang.repl.stepping import step
from tests.cli.running import rfos

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path
    for folder in ("", "tour", "guide", "operating", "internals")
    for path in (ROOT / "docs" / folder).glob("*.md")
    if path.name != "README.md"
)
TOOLS = ("cp", "dd", "ls", "truncate")
"""Commands of the system that a page may show besides `rfos`."""
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TYPED = re.compile(r"^> .*\n(?:^\. .*\n)*", re.MULTILINE)
_COMMAND = re.compile(r"^\$ (.*(?:\\\n.*)*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Command:
    """A line that a reader types, and what the page says that it prints."""

    line: str
    printed: str


def own_file(page: Path) -> str:
    """The name of the file that the page's unnamed blocks make up."""
    return page.stem.lstrip("0123456789_") + ".rfos"


def files(page: Path) -> dict[str, str]:
    """The files that a page shows, by name."""
    found: dict[str, str] = {}
    for language, name, text in _BLOCK.findall(page.read_text(encoding="utf-8")):
        if language in ("rfos", "toml", "csv"):
            written = name or own_file(page)
            found[written] = f"{found[written]}\n{text}" if written in found else text
    return found


def commands(page: Path) -> list[Command]:
    """The commands of a page in order."""
    blocks = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [each for language, _, text in blocks if language == "console" for each in _split(text)]


def _split(block: str) -> Iterator[Command]:
    starts = list(_COMMAND.finditer(block))
    assert starts and starts[0].start() == 0, f"a console block begins with a command: {block!r}"
    ends = [*(each.start() for each in starts[1:]), len(block)]
    for start, end in zip(starts, ends, strict=True):
        yield Command(start[1], block[start.end() + 1 : end])


@contextlib.contextmanager
def workplace(page: Path) -> Iterator[Path]:
    """A folder with the page's files, as its reader would have it; the current one meanwhile."""
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        os.environ["COLUMNS"] = "100"
        folder = Path(name)
        (folder / "examples").symlink_to(ROOT / "examples")
        for written, text in files(page).items():
            (folder / written).write_text(text, encoding="utf-8")
        yield folder


def run(line: str) -> str:
    """What a command prints, results and diagnostics together."""
    name, *arguments = shlex.split(line.replace("\\\n", " "))
    assert name in ("rfos", *TOOLS), f"only `rfos` and {', '.join(TOOLS)} are run: {line}"
    printed = _by_tool(name, arguments) if name in TOOLS else rfos(*arguments).output
    return "".join(f"{each.rstrip()}\n" for each in printed.splitlines())


def _by_tool(name: str, arguments: list[str]) -> str:
    done = subprocess.run([name, *arguments], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def conversed(text: str) -> str:
    """The text of a page with what its session answers now."""
    session = fresh(parse_instant("2026-01-01"))

    def block(match: re.Match[str]) -> str:
        nonlocal session
        if match[1] != "session":
            return match[0]
        lines = []
        for typed in _TYPED.findall(match[3]):
            command = "\n".join(line[2:] for line in typed.splitlines())
            session, answer = step(session, command, surroundings())
            lines += [*typed.splitlines(), *(each.rstrip() for each in answer_lines(answer))]
        return "```session\n" + "".join(f"{line}\n" for line in lines) + "```"

    return _BLOCK.sub(block, text)


def written_anew(page: Path) -> str:
    """The text of a page with what its commands print now."""

    def block(match: re.Match[str]) -> str:
        if match[1] != "console":
            return match[0]
        body = "".join(f"$ {each.line}\n{run(each.line)}" for each in _split(match[3]))
        return f"```console\n{body}```"

    with workplace(page):
        return conversed(_BLOCK.sub(block, page.read_text(encoding="utf-8")))


def main() -> None:
    """Writes into every page what its commands print."""
    for page in PAGES:
        page.write_text(written_anew(page), encoding="utf-8")


if __name__ == "__main__":
    main()
