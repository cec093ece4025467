"""What is mutated, and the tests that should notice."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MUTATED = (*sorted((ROOT / "rfos_lang/semantics").glob("*.py")), ROOT / "rfos_lang/core/meaning.py")
TESTS = {
    "semantics": (
        "tests/semantics",
        "tests/core",
        "tests/docs/test_functions.py",
        "tests/driver/test_portfolio.py",
        "tests/driver/test_testing.py",
    ),
    "core": ("tests/core", "tests/artefact/test_fire.py", "tests/runtime/test_contracts.py"),
}
"""By the room of what is mutated."""

READ_BY_TESTS = ("rfos_lang", "runtime", "stdlib", "tests", "pyproject.toml")
QUIET = ("-x", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist")
"""How pytest is called: one failure is enough, and nothing is left behind."""


def module_name(file: Path) -> str:
    """The name by which a file is imported."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)
