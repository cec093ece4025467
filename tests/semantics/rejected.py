"""What is said about each program of `tests/reject`, and the command that writes it down.

`python -m tests.semantics.rejected` writes every message anew; read the difference.
"""

from pathlib import Path

from rfos_lang.base.rendering import render_all
from rfos_lang.semantics.analyse import analyse
from rfos_lang.stdlib_path import standard_library

REJECT = Path(__file__).parent.parent / "reject"


def library(module: str) -> str | None:
    """The text of a module of the standard library."""
    root, *parts = module.split(".")
    path = standard_library().joinpath(*parts).with_suffix(".rfos")
    return path.read_text() if root == "std" and path.is_file() else None


def rendered(program: Path) -> str:
    """Everything that is said about a program, as users see it."""
    text = program.read_text()
    analysis = analyse(text, program.name, library)
    return render_all(analysis.diagnostics, {program.name: text}) + "\n"


def main() -> None:
    """Writes the message of every program beside it."""
    for program in sorted(REJECT.glob("*.rfos")):
        program.with_suffix(".txt").write_text(rendered(program))


if __name__ == "__main__":
    main()
