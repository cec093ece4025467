"""`rfos check`: what is wrong with a file, and what its contracts come to."""

import sys
from dataclasses import dataclass

from rfos_lang.base.diagnostic import Diagnostic, has_errors
from rfos_lang.base.rendering import count_line
from rfos_lang.base.span import Span
from rfos_lang.base.suggestion import did_you_mean
from rfos_lang.base.wording import report
from rfos_lang.cli.console import OK, WRONG, bold, diagnostics_json, print_diagnostics, print_json
from rfos_lang.cli.files import library, source_of
from rfos_lang.core.arguments import shape_of
from rfos_lang.core.lowering import lower
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.marking import Marking, marking
from rfos_lang.driver.opening import Source
from rfos_lang.driver.summary import Move, Posting, Summary, summary
from rfos_lang.driver.target import parse_target
from rfos_lang.semantics.analyse import analyse
from rfos_lang.semantics.definition import Definition


@dataclass(frozen=True, slots=True)
class _Contract:
    """A contract that is right, in short."""

    summary: Summary
    marking: Marking


def run(text: str, as_json: bool) -> int:
    """Checks a file, a contract of it or a library module; the exit code. Raises Failure."""
    target = parse_target(text)
    source = source_of(target)
    analysis = analyse(source.text, source.name, library)
    own = [d for d in analysis.definitions.values() if d.span.source == source.name]
    if target.contract is not None and not has_errors(analysis.diagnostics):
        own = [_named(target.contract, own, source)]
    contracts, problems = _described(own, source)
    diagnostics = (*analysis.diagnostics, *problems)
    if as_json:
        print_json({**diagnostics_json(diagnostics, source.sources), **_document(contracts)})
    else:
        _tell(source, contracts, diagnostics)
    return WRONG if has_errors(diagnostics) else OK


def _named(name: str, definitions: list[Definition], source: Source) -> Definition:
    found = {definition.name: definition for definition in definitions}
    if name not in found:
        suggestion, place = did_you_mean(name, found), Span(source.name, 0, 0)
        unknown = report("E1003", place, source=source.name, name=name, suggestion=suggestion)
        raise Failure([unknown], {})
    return found[name]


def _described(
    definitions: list[Definition], source: Source
) -> tuple[list[_Contract], list[Diagnostic]]:
    """Each contract in short; those that cannot be lowered say why."""
    contracts: list[_Contract] = []
    problems: list[Diagnostic] = []
    for definition in definitions:
        lowered, wrong = lower(definition, shape_of(definition, {}))
        problems += wrong
        if lowered is not None:
            contracts.append(_Contract(summary(lowered, source), marking(lowered)))
    return contracts, problems


# --- text ----------------------------------------------------------------------------------------


def _tell(source: Source, contracts: list[_Contract], diagnostics: tuple[Diagnostic, ...]) -> None:
    print_diagnostics(diagnostics, source.sources)
    if diagnostics:
        print(file=sys.stderr)
    counted = "1 contract" if len(contracts) == 1 else f"{len(contracts)} contracts"
    print(f"{source.name}: {counted}, {count_line(diagnostics)}")
    for contract in contracts:
        print()
        for line in _lines(contract):
            print(line)


def _lines(contract: _Contract) -> list[str]:
    said = contract.summary
    return [
        f"{bold(said.name)}  between {', '.join(said.parties)}",
        *_entry("moves", [_sentence(move) for move in said.moves] or ["nothing"]),
        *_entry("ends", [_end(said)]),
        *_entry("value", [_value(contract.marking)]),
        *_entry("margin", _margin(said, contract.marking) or ["nobody owes anything"]),
    ]


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


def _value(mark: Marking) -> str:
    return "closed form" if mark.why_not is None else f"no closed form because {mark.why_not}"


_UNCOVERED = {False: "locks the most that it may owe", True: "posts nothing: it is unsecured"}


def _margin(said: Summary, mark: Marking) -> list[str]:
    """Who has to hold what, and how much of it."""
    covered = {posting.party for posting in said.postings}
    uncovered = [party for party in said.obligors if party not in covered]
    return [
        *(_posted(posting, mark) for posting in said.postings),
        *(f"{each} {_UNCOVERED[said.unsecured]}" for each in uncovered),
    ]


def _posted(posting: Posting, mark: Marking) -> str:
    if mark.why_not is not None:
        sized = "at payoff stress, the most that it may come to owe"
    else:
        measures = ", ".join(posting.measures)
        sized = "by its closed form" + (f": {measures}" if measures else "")
    return f"{posting.party} posts {posting.asset}, {sized}"


# --- JSON ----------------------------------------------------------------------------------------


def _document(contracts: list[_Contract]) -> dict[str, object]:
    return {"contracts": [_contract_document(contract) for contract in contracts]}


def _contract_document(contract: _Contract) -> dict[str, object]:
    said, mark = contract.summary, contract.marking
    return {
        "name": said.name,
        "parties": said.parties,
        "pays": [
            {"payer": move.payer, "payee": move.payee, "asset": move.asset, "net": move.net}
            for move in said.moves
        ],
        "ends": {"at_the_latest": said.dates, "before": said.sooner},
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
