"""`rfos compile`: a contract definition, or a margin policy, as an artefact."""

from pathlib import Path

from rfos_lang.artefact.format import content_hash
from rfos_lang.cli.console import OK, bold, columns, diagnostics_json, print_json
from rfos_lang.cli.files import library_for, opened, opened_policy, source_of, write_bytes
from rfos_lang.driver.compilation import Compiled, compiled, compiled_policy
from rfos_lang.driver.instance import definition_alone
from rfos_lang.driver.opening import analysed, settings
from rfos_lang.driver.target import parse_target
from rfos_lang.semantics.policy import Policy


def run(text: str, output: Path, set_: tuple[str, ...], as_json: bool) -> int:
    """Writes the artefact of a definition or a policy; the exit code. Raises Failure."""
    if _is_policy(text):
        policy, source = opened_policy(text)
        _write_policy(policy, source.text, output, as_json)
    else:
        _write_definition(text, output, set_, as_json)
    return OK


def _is_policy(text: str) -> bool:
    """Whether a target names a policy, or is a file that has one and no contract. The library has
    none."""
    target = parse_target(text)
    if target.file is None:
        return False
    said = analysed(source_of(target), library_for(target))
    if target.contract is None:
        return len(said.policies) == 1 and not said.definitions
    return target.contract in said.policies


def _write_policy(policy: Policy, text: str, output: Path, as_json: bool) -> None:
    artefact = compiled_policy(policy, text)
    write_bytes(output, artefact)
    said = {"file": str(output), "content_hash": content_hash(artefact), "size": len(artefact)}
    if as_json:
        print_json({"ok": True, "diagnostics": [], "policy": policy.name, **said})
    else:
        rows = [["  hash", content_hash(artefact)], ["  size", f"{len(artefact):,} bytes"]]
        print(f"{bold(policy.name)}  written to {output}")
        print("\n".join(columns(rows)))


def _write_definition(text: str, output: Path, set_: tuple[str, ...], as_json: bool) -> None:
    checked = opened(text)
    made = compiled(definition_alone(checked, settings(set_)), checked.text)
    write_bytes(output, made.artefact)
    if as_json:
        problems = diagnostics_json(checked.warnings, checked.source.sources)
        print_json({**problems, **_document(checked.definition.name, output, made)})
    else:
        print(f"{bold(checked.definition.name)}  written to {output}")
        print("\n".join(columns([[f"  {label}", said] for label, said in _said(made)])))


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
