"""`rfos compile`: a contract definition as an artefact."""

from pathlib import Path

from rfos_lang.cli.console import OK, bold, columns, diagnostics_json, print_json
from rfos_lang.cli.files import opened, write_bytes
from rfos_lang.driver.compilation import Compiled, compiled
from rfos_lang.driver.instance import definition_alone
from rfos_lang.driver.opening import settings


def run(text: str, output: Path, set_: tuple[str, ...], as_json: bool) -> int:
    """Writes the artefact of a definition; the exit code. Raises Failure."""
    checked = opened(text)
    made = compiled(definition_alone(checked, settings(set_)), checked.text)
    write_bytes(output, made.artefact)
    if as_json:
        problems = diagnostics_json(checked.warnings, checked.source.sources)
        print_json({**problems, **_document(checked.definition.name, output, made)})
    else:
        print(f"{bold(checked.definition.name)}  written to {output}")
        print("\n".join(columns([[f"  {label}", said] for label, said in _said(made)])))
    return OK


def _said(made: Compiled) -> list[tuple[str, str]]:
    mark = made.marking
    because = "" if mark.why_not is None else f": no closed form because {mark.why_not}"
    return [
        ("hash", made.content_hash),
        ("size", f"{len(made.artefact):,} bytes"),
        ("marking", mark.name + because),
    ]


def _document(name: str, output: Path, made: Compiled) -> dict[str, object]:
    return {
        "contract": name,
        "file": str(output),
        "content_hash": made.content_hash,
        "size": len(made.artefact),
        "marking": made.marking.name,
        "no_closed_form_because": made.marking.why_not,
    }
