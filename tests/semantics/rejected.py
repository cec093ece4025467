"""What is said about each program of `tests/reject`, and the command that writes it down.

`python -m tests.semantics.rejected` writes every message anew, and the page of errors that shows
them; read the difference.
"""

from pathlib import Path

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.rendering import render_all
from rfos_lang.core.arguments import shape_of
from rfos_lang.core.lowering import lower
from rfos_lang.semantics.analyse import analyse
from rfos_lang.stdlib_path import standard_library
from tests.docs.errors import PAGE, catalogue

REJECT = Path(__file__).parent.parent / "reject"


def library(module: str) -> str | None:
    """The text of a module of the standard library."""
    root, *parts = module.split(".")
    path = standard_library().joinpath(*parts).with_suffix(".rfos")
    return path.read_text() if root == "std" and path.is_file() else None


def said(text: str, name: str) -> list[Diagnostic]:
    """Everything that `rfos check` says about a text, in order of place."""
    analysis = analyse(text, name, library)
    found = list(analysis.diagnostics)
    for definition in analysis.definitions.values():
        if definition.span.source == name:
            found += lower(definition, shape_of(definition, {}))[1]
    return sorted(found, key=lambda it: (it.span.start, it.span.end))


def rendered(program: Path) -> str:
    """The same as users see it."""
    text = program.read_text()
    return render_all(said(text, program.name), {program.name: text}) + "\n"


def main() -> None:
    """Writes the message of every program beside it, and the page of errors."""
    for program in sorted(REJECT.glob("*.rfos")):
        program.with_suffix(".txt").write_text(rendered(program))
    PAGE.write_text(catalogue(), encoding="utf-8")


if __name__ == "__main__":
    main()
