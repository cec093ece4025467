"""`rfos fmt`: files in the canonical layout."""

import sys
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from pathlib import Path

from rfos_lang.base.diagnostic import Diagnostic, has_errors
from rfos_lang.base.records import dataclass
from rfos_lang.cli.console import OK, WRONG, diagnostics_json, print_diagnostics, print_json
from rfos_lang.cli.files import expanded, read_text, standard_input, write_bytes
from rfos_lang.driver.failure import Failure
from rfos_lang.syntax.formatter import format_tree
from rfos_lang.syntax.parser import parse

STANDARD_INPUT = Path("-")


@dataclass(frozen=True, slots=True)
class _Formatted:
    """A file before and after; unchanged if it cannot be read, `problems` then say why."""

    path: Path
    before: str
    after: str
    problems: tuple[Diagnostic, ...] = ()

    @property
    def name(self) -> str:
        return "<stdin>" if self.path == STANDARD_INPUT else str(self.path)

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked beyond writing; with either of them nothing is written."""

    check: bool = False
    diff: bool = False

    @property
    def writes(self) -> bool:
        return not (self.check or self.diff)


def run(files: Sequence[Path], wish: Wish, as_json: bool) -> int:
    """Formats each file that parses; the exit code. `-` is standard input, to standard output."""
    made = [_formatted(path) for path in expanded(files)]
    if wish.writes:
        for each in made:
            _write(each, as_json)
    if as_json:
        print_json(_document(made))
    else:
        _tell(made, wish)
    stays = wish.check and any(each.differs for each in made)
    return WRONG if stays or any(each.problems for each in made) else OK


def _formatted(path: Path) -> _Formatted:
    name = "<stdin>" if path == STANDARD_INPUT else str(path)
    try:
        text = standard_input() if path == STANDARD_INPUT else read_text(path)
    except Failure as failure:
        return _Formatted(path, "", "", failure.diagnostics)
    module, diagnostics = parse(text, name)
    if has_errors(diagnostics):
        return _Formatted(path, text, text, diagnostics)
    return _Formatted(path, text, format_tree(module, text))


def _write(formatted: _Formatted, as_json: bool) -> None:
    if formatted.path == STANDARD_INPUT:
        if not as_json and not formatted.problems:
            sys.stdout.write(formatted.after)
    elif formatted.differs:
        write_bytes(formatted.path, formatted.after.encode("utf-8"))


def _tell(made: Sequence[_Formatted], wish: Wish) -> None:
    print_diagnostics(_problems(made), _sources(made))
    for each in (each for each in made if each.differs):
        if wish.diff:
            print("\n".join(_difference(each)))
        elif wish.check:
            print(f"would change {each.name}")
        elif each.path != STANDARD_INPUT:
            print(f"formatted {each.name}")


def _difference(formatted: _Formatted) -> Iterator[str]:
    """The change as a unified diff."""
    before, after = formatted.before.splitlines(), formatted.after.splitlines()
    return unified_diff(before, after, formatted.name, f"{formatted.name} (formatted)", lineterm="")


def _document(made: Sequence[_Formatted]) -> dict[str, object]:
    files = [
        {
            "file": str(each.path),
            "changed": each.differs,
            **({"text": each.after} if each.path == STANDARD_INPUT else {}),
        }
        for each in made
    ]
    return {**diagnostics_json(_problems(made), _sources(made)), "files": files}


def _problems(made: Sequence[_Formatted]) -> list[Diagnostic]:
    return [problem for each in made for problem in each.problems]


def _sources(made: Sequence[_Formatted]) -> dict[str, str]:
    return {each.name: each.before for each in made if each.before}
