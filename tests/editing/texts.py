"""Every text in the language that the project has: the library, the examples, accepted and wrong
programs."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _below(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.rfos"))


RIGHT = _below("stdlib", "examples", "tests/accept")
WRONG = _below("tests/reject")


def name(path: Path) -> str:
    """How a test of one text is called."""
    return path.relative_to(ROOT).as_posix()
