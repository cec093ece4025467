"""The catalogue of errors as a page: every code with its explanation, and how it looks.

`python -m tests.docs.errors` writes `docs/reference/errors.md` from the wording and the messages of
`tests/reject`.
"""

from pathlib import Path

from rfos_lang.base.wording import SECTIONS, Entry

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/reference/errors.md"
MESSAGES = sorted((ROOT / "tests/reject").glob("*.txt"))

TITLES = {
    "E01": "Spelling",
    "E02": "Units and types",
    "E03": "Names and modules",
    "E04": "Causality, totality, and what is not known yet",
    "E05": "Parameters, instances, dates and schedules",
    "E06": "Market data",
    "E07": "Artefacts",
    "E08": "Scenarios and journals",
    "W09": "Warnings",
    "E10": "Files and targets",
    "E11": "Tests",
    "E12": "Sessions",
}

HEAD = """\
# Errors

Every error has a code that keeps its meaning for ever; `rfos explain E0203` prints what this page
says of it. An error stops a contract, a warning (`W`) does not. Where a program is shown, it lies
in `tests/reject`. This page is made by `python -m tests.docs.errors`.
"""


def examples() -> dict[str, str]:
    """The shortest message of each code, as users see it."""
    found: dict[str, str] = {}
    for path in MESSAGES:
        for message in path.read_text(encoding="utf-8").rstrip("\n").split("\n\n"):
            code = message.partition("[")[2].partition("]")[0]
            if code not in found or len(message) < len(found[code]):
                found[code] = message
    return found


def catalogue() -> str:
    """The whole page."""
    shown = examples()
    parts = [HEAD]
    for section in sorted(SECTIONS):
        parts.append(f"## {TITLES[section]}\n")
        parts += [_entry(code, entry, shown) for code, entry in sorted(SECTIONS[section].items())]
    return "\n".join(parts)


def _entry(code: str, entry: Entry, shown: dict[str, str]) -> str:
    said = shown.get(code) or _pattern(code, entry)
    return f"### {code}: {entry.title}\n\n```\n{said}\n```\n\n{entry.explanation.strip()}\n"


def _pattern(code: str, entry: Entry) -> str:
    """The sentence with its gaps, where no program of `tests/reject` gives it."""
    kind = "warning" if code.startswith("W") else "error"
    said = f"{kind}[{code}]: {entry.message}"
    lines = [] if entry.help is None else f"help: {entry.help}".split("\n")
    return "\n".join([said, *(f"  {line}" for line in lines)]).replace("{{", "{").replace("}}", "}")


if __name__ == "__main__":
    PAGE.write_text(catalogue(), encoding="utf-8")
