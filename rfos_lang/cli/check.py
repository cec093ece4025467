"""`rfos check`: what is wrong with a file, and what its contracts come to."""

import sys
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from rfos_lang.base.diagnostic import Diagnostic, has_errors
from rfos_lang.base.fixed import shown
from rfos_lang.base.fixing import edited, safe_fixes
from rfos_lang.base.records import dataclass
from rfos_lang.base.rendering import count_line
from rfos_lang.base.span import Span
from rfos_lang.base.suggestion import did_you_mean
from rfos_lang.base.wording import report
from rfos_lang.cli.console import OK, WRONG, bold, diagnostics_json, print_diagnostics, print_json
from rfos_lang.cli.files import (
    library_beside,
    library_for,
    read_text,
    source_of,
    targets_in,
    write_bytes,
)
from rfos_lang.core.arguments import shape_of
from rfos_lang.core.lowered import Lowered
from rfos_lang.core.lowering import lower
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Source
from rfos_lang.driver.summary import Move, Posting, Summary, summary
from rfos_lang.driver.target import Target
from rfos_lang.semantics.analyse import analyse
from rfos_lang.semantics.definition import Definition
from rfos_lang.semantics.haircuts import Haircut
from rfos_lang.semantics.policy import Policy

if TYPE_CHECKING:
    from rfos_lang.driver.marking import Marking


MENDS_MAX = 1_000
"""After so many fixes a file is left as it is by then; each fix removes its error, so it ends."""


@dataclass(frozen=True, slots=True)
class _Contract:
    """A contract that is right, in short; how it is marked only where that is told."""

    summary: Summary
    marking: "Marking | None"


@dataclass(frozen=True, slots=True)
class _File:
    """One source with what was found in it; one that cannot be read has problems alone."""

    source: Source
    contracts: list[_Contract]
    diagnostics: tuple[Diagnostic, ...]
    policies: tuple[Policy, ...] = ()


def run(texts: Sequence[str], fix: bool, as_json: bool) -> int:
    """Checks files, folders of them, library modules, or a contract of one; the exit code."""
    targets = dict.fromkeys(each for text in texts for each in targets_in(text))
    if fix:
        for path in dict.fromkeys(Path(each.file) for each in targets if each.file is not None):
            _mend(path, quiet=as_json)
    in_full = as_json or len(targets) == 1
    files = [_checked(target, in_full) for target in targets]
    diagnostics = [each for file in files for each in file.diagnostics]
    sources = {file.source.name: file.source.text for file in files if file.source.text}
    if as_json:
        print_json({**diagnostics_json(diagnostics, sources), **_document(files)})
    else:
        _tell(files, diagnostics, sources)
    return WRONG if has_errors(diagnostics) else OK


def _mend(path: Path, quiet: bool) -> None:
    """Makes the safe fixes in a file; one that is made may bring out the next. Raises Failure."""
    before = text = read_text(path)
    made = 0
    modules = library_beside(path.parent)
    while made < MENDS_MAX and (fixes := safe_fixes(analyse(text, str(path), modules).diagnostics)):
        text = edited(text, [edit for fix in fixes for edit in fix.edits])
        made += len(fixes)
    if text != before:
        write_bytes(path, text.encode("utf-8"))
    if made and not quiet:
        print(f"mended {path} in {made} place{'s' * (made > 1)}")


def _checked(target: Target, in_full: bool) -> _File:
    """What is said of one source; a failure to read it is one of the things said."""
    try:
        source = source_of(target)
    except Failure as failure:
        return _File(Source(str(target.file or target.module), ""), [], failure.diagnostics)
    analysis = analyse(source.text, source.name, library_for(target))
    own = [d for d in analysis.definitions.values() if d.span.source == source.name]
    if target.contract is not None and not has_errors(analysis.diagnostics):
        own = [_named(target.contract, own, source)]
    contracts, problems = _described(own, source, in_full)
    policies = tuple(analysis.policies.values()) if target.contract is None else ()
    return _File(source, contracts, (*analysis.diagnostics, *problems), policies)


def _named(name: str, definitions: list[Definition], source: Source) -> Definition:
    found = {definition.name: definition for definition in definitions}
    if name not in found:
        suggestion, place = did_you_mean(name, found), Span(source.name, 0, 0)
        unknown = report("E1003", place, source=source.name, name=name, suggestion=suggestion)
        raise Failure([unknown], {})
    return found[name]


def _described(
    definitions: list[Definition], source: Source, in_full: bool
) -> tuple[list[_Contract], list[Diagnostic]]:
    """Each contract in short; those that cannot be lowered say why."""
    contracts: list[_Contract] = []
    problems: list[Diagnostic] = []
    for definition in definitions:
        lowered, wrong = lower(definition, shape_of(definition, {}))
        problems += wrong
        if lowered is not None:
            mark = _marked(lowered) if in_full else None
            contracts.append(_Contract(summary(lowered, source), mark))
    return contracts, problems


def _marked(lowered: Lowered) -> "Marking":
    from rfos_lang.driver.marking import marking

    return marking(lowered)


# --- text ----------------------------------------------------------------------------------------


def _tell(
    files: Sequence[_File], diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]
) -> None:
    print_diagnostics(diagnostics, sources)
    if diagnostics:
        print(file=sys.stderr)
    for file in files:
        print(f"{file.source.name}: {_counted(file.contracts)}, {count_line(file.diagnostics)}")
        for contract in file.contracts:
            if contract.marking is not None:
                print("\n" + "\n".join(contract_lines(contract.summary, contract.marking)))
        for policy in file.policies if len(files) == 1 else ():
            print("\n" + "\n".join(_policy_lines(policy)))
    if len(files) > 1:
        contracts = [each for file in files for each in file.contracts]
        print(f"{len(files)} files: {_counted(contracts)}, {count_line(diagnostics)}")


def _policy_lines(policy: Policy) -> list[str]:
    count = prod(len(axis.shifts) for axis in policy.axes)
    axes = " and ".join(axis.name for axis in policy.axes)
    return [
        f"{bold(policy.name)}  margin in {policy.asset}",
        *_entry("grid", [f"{count} scenarios of {axes}"]),
        *_entry("takes", [", ".join([policy.asset, *map(_cut, policy.haircuts)])]),
        *_entry("used", ["by `rfos margin`, and by accounts of the kernel that elect it"]),
    ]


def _cut(haircut: Haircut) -> str:
    return f"{haircut.asset} less {shown(100 * haircut.fraction)}%"


def _counted(contracts: Sequence[_Contract]) -> str:
    return "1 contract" if len(contracts) == 1 else f"{len(contracts)} contracts"


def contract_lines(said: Summary, mark: "Marking") -> list[str]:
    """A contract in short: what moves, when it ends, how it is valued and margined."""
    return [
        f"{bold(said.name)}  between {', '.join(said.parties)}",
        *_entry("moves", [_sentence(move) for move in said.moves] or ["nothing"]),
        *_entry("ends", [_end(said)]),
        *_entry("value", [_value(mark)]),
        *_entry("margin", _margin(said, mark) or ["nobody owes anything"]),
        *(_entry("lots", _lots(said)) if said.one_holder else []),
    ]


def _lots(said: Summary) -> list[str]:
    return [f"one account a side, because {said.one_holder}"]


def _entry(label: str, lines: list[str]) -> list[str]:
    labels = [label, *[""] * (len(lines) - 1)]
    return [f"  {name:<7} {line}" for name, line in zip(labels, lines, strict=True)]


def _sentence(move: Move) -> str:
    if move.net:
        return f"{move.asset} between {move.payer} and {move.payee}, either way"
    return f"{move.asset} from {move.payer} to {move.payee}"


def _end(said: Summary) -> str:
    dates = ", ".join(said.dates)
    sooner = " or ".join(said.sooner)
    if not said.dates:
        return f"never, it is perpetual; or {sooner}" if sooner else "never, it is perpetual"
    latest = f"at {dates}" if len(said.dates) == 1 else f"at the latest of {dates}"
    return f"{latest}, or before: {sooner}" if sooner else latest


def _value(mark: "Marking") -> str:
    return mark.name if mark.why_not is None else f"no closed form because {mark.why_not}"


_UNCOVERED = {False: "locks the most that it may owe", True: "posts nothing: it is unsecured"}


def _margin(said: Summary, mark: "Marking") -> list[str]:
    """Who has to hold what, and how much of it."""
    covered = {posting.party for posting in said.postings}
    uncovered = [party for party in said.obligors if party not in covered]
    return [
        *(_posted(posting, mark) for posting in said.postings),
        *(f"{each} {_UNCOVERED[said.unsecured]}" for each in uncovered),
    ]


def _posted(posting: Posting, mark: "Marking") -> str:
    if mark.why_not is not None:
        sized = "at payoff stress, the most that it may come to owe"
    else:
        measures = ", ".join(posting.measures)
        sized = f"by its {mark.name}" + (f": {measures}" if measures else "")
    return f"{posting.party} posts {posting.asset}, {sized}"


# --- JSON ----------------------------------------------------------------------------------------


def _document(files: Sequence[_File]) -> dict[str, object]:
    policies = [policy for file in files for policy in file.policies]
    return {
        "contracts": [
            contract_document(each.summary, each.marking)
            for file in files
            for each in file.contracts
            if each.marking is not None
        ],
        "policies": [{"name": each.name, "asset": each.asset} for each in policies],
    }


def contract_document(said: Summary, mark: "Marking") -> dict[str, object]:
    """A contract in short as JSON values."""
    return {
        "name": said.name,
        "parties": said.parties,
        "one_holder": said.one_holder,
        "pays": [
            {"payer": move.payer, "payee": move.payee, "asset": move.asset, "net": move.net}
            for move in said.moves
        ],
        "ends": {"at_the_latest": said.dates, "before": said.sooner},
        "payments_at_once": said.payments_at_once,
        "margin": {
            "marking": mark.name,
            "no_closed_form_because": mark.why_not,
            "collateral": [
                {"party": each.party, "asset": each.asset, "measures": each.measures}
                for each in said.postings
            ],
            "obligors": said.obligors,
        },
    }
