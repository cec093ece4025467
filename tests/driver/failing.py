"""What `rfos test` says of the tests in `tests/failing`, none of which holds.

`python -m tests.driver.failing` writes it anew beside them; read the difference.
"""

from pathlib import Path

from tests.cli.running import rfos

FOLDER = Path(__file__).parent.parent / "failing"
PROGRAMS = sorted(FOLDER.glob("*.rfos"))


def said(program: Path) -> str:
    """The text of the command, with the program's bare name in place of its path."""
    return rfos("test", program).stdout.replace(str(program), program.name)


if __name__ == "__main__":
    for program in PROGRAMS:
        program.with_suffix(".txt").write_text(said(program))
