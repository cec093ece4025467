"""`rfos verify`: what contracts come to at worst, and what holds of them on every path."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from os.path import relpath
from pathlib import Path
from typing import Any

from rfos_lang.analysis.finding import Finding, Verdict
from rfos_lang.analysis.obligation import Obligation
from rfos_lang.analysis.paths import shortened
from rfos_lang.base.diagnostic import has_errors
from rfos_lang.base.feed import Aspect
from rfos_lang.base.fixed import shown
from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span, position
from rfos_lang.base.wording import report
from rfos_lang.base.wording.verification import said
from rfos_lang.cli.console import OK, WRONG, bold, patience, print_json, refuse
from rfos_lang.cli.files import library, library_for, source_of, targets_in, write_bytes
from rfos_lang.cli.options import bound_option, instant_option
from rfos_lang.cli.path_table import documented, tabled
from rfos_lang.core.program import Choice, Sort, Watch
from rfos_lang.core.typical import BEGIN
from rfos_lang.driver.counterexample import scenario_text
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Checked, checked, settings
from rfos_lang.driver.target import Target
from rfos_lang.driver.verifying import Verified, Work, money, verify
from rfos_lang.semantics.analyse import analyse


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for, as it was typed."""

    targets: tuple[str, ...]
    settings: tuple[str, ...]
    bounds: tuple[str, ...]
    start: str | None
    scenario: Path | None


def run(request: Request, as_json: bool) -> int:
    """Verifies contracts; the exit code. Raises Failure."""
    start = BEGIN if request.start is None else instant_option("--start", request.start)
    stated = dict(map(bound_option, request.bounds))
    given = settings(request.settings)
    contracts = [
        each for text in request.targets for target in targets_in(text) for each in _named(target)
    ]
    found: list[Verified] = []
    problems: list[Failure] = []
    for contract in contracts:
        with patience(contract.definition.name, quiet=as_json):
            try:
                found.append(verify(contract, given, start, stated))
            except Failure as failure:
                problems.append(failure)
    if request.scenario is not None:
        _write(request.scenario, found)
    _tell(found, len(contracts) == 1, as_json, not problems)
    for problem in problems:
        refuse(problem.diagnostics, problem.sources, as_json=False)
    return OK if not problems and all(each.verification.passes for each in found) else WRONG


def _named(target: Target) -> list[Checked]:
    """The contract that a target names, or all of its source. Raises Failure."""
    source = source_of(target)
    if target.contract is not None:
        return [checked(source, target.contract, library_for(target))]
    analysis = analyse(source.text, source.name, library_for(target))
    if has_errors(analysis.diagnostics):
        raise Failure(analysis.diagnostics, source.sources)
    own = (d for d in analysis.definitions.values() if d.span.source == source.name)
    return [Checked(source, definition, analysis.diagnostics) for definition in own]


def _write(path: Path, found: Sequence[Verified]) -> None:
    """The first path that refutes a property, as a scenario. Raises Failure."""
    for each in found:
        for finding in each.verification.findings:
            if finding.life is not None and finding.verdict is Verdict.REFUTED:
                title = said(finding.sentence, **finding.names)
                text = scenario_text(each, finding.life, title, _seen_from(path.parent, each))
                write_bytes(path, text.encode("utf-8"))
                return
    raise Failure([report("E1013", Span(str(path), 0, 0))], {})


def _seen_from(folder: Path, verified: Verified) -> str:
    """The contract's target for one who stands in a folder."""
    name, source = verified.checked.definition.name, verified.checked.source.name
    return f"{source}.{name}" if library(source) else f"{relpath(source, folder)}:{name}"


# --- text ----------------------------------------------------------------------------------------


def _tell(found: Sequence[Verified], in_full: bool, as_json: bool, ok: bool) -> None:
    if as_json:
        passes = ok and all(each.verification.passes for each in found)
        contracts = [verified_document(each) for each in found]
        print_json({"ok": passes, "diagnostics": [], "contracts": contracts})
        return
    for each in found:
        print("\n".join(verified_lines(each, in_full)))
    if not in_full:
        failing = sum(not each.verification.passes for each in found)
        print(f"{len(found)} contracts, {failing or 'none'} refuted or not shown")


def verified_lines(verified: Verified, in_full: bool) -> Iterator[str]:
    """What is verified of a contract; unless `in_full` only what is owed and what fails."""
    result, definition = verified.verification, verified.checked.definition
    yield f"{bold(definition.name)}  between {', '.join(result.program.parties)}"
    if in_full:
        yield from _entry("with", _arguments(verified))
        yield from _entry("feeds", list(_bounds(verified)))
        yield from _entry("ends", [_end(result.horizon)])
        yield from _entry("work", [_work(verified.work)])
    worth_telling = _worth_telling(result.obligations)
    owed = [line for each in worth_telling for line in _owed(verified, each, in_full)]
    yield from _entry("owes", owed or ["nobody owes anything"])
    if in_full:
        yield from _entry("behind", list(verified.covers))
    for finding in result.findings:
        if in_full or not finding.verdict.passes:
            yield from _entry(finding.subject, _found(verified, finding))


def _work(work: Work) -> str:
    return said("work", transfers=work.transfers, pending=_pending(work), standing=work.standing)


def _pending(work: Work) -> str:
    match work.pending:
        case None:
            return said("work_unbounded")
        case 0:
            return said("work_none")
        case most:
            return said("work_at_most", pending=most)


def _end(horizon: int | None) -> str:
    if horizon is None:
        return "never, it is perpetual"
    return f"{show_instant(horizon)} at the latest"


def _entry(label: str, lines: list[str]) -> list[str]:
    labels = [label, *[""] * (len(lines) - 1)][: len(lines)]
    return [f"  {name:<12} {line}".rstrip() for name, line in zip(labels, lines, strict=True)]


def _arguments(verified: Verified) -> list[str]:
    typical = ["typical"] if verified.assumed else []
    lines = [f"{name}={value}" for name, value in verified.arguments.items()]
    return [*lines, *(f"({each} arguments; choose them with -s)" for each in typical)]


def _bounds(verified: Verified) -> Iterator[str]:
    result = verified.verification
    told = {
        result.terms.feeds[slot]: (bound, result.program.feeds[slot].aspect)
        for slot, bound in result.bounds.items()
        if result.program.feeds[slot].sort is Sort.NUMBER
    }
    for name, (bound, aspect) in told.items():
        seldom = f", {said('seldom')}" if aspect is Aspect.EVENT else ""
        yield f"{name} from {shown(bound.lowest)} to {shown(bound.highest)}{seldom}"


def _worth_telling(obligations: Sequence[Obligation]) -> list[Obligation]:
    """That a party owes nothing is said once, and only if it holds of every asset."""
    owing = {each.party for each in obligations if each.most != 0}
    idle = {each.party: each for each in obligations if each.party not in owing}
    return [each for each in obligations if each.most != 0 or each is idle.get(each.party)]


def _owed(verified: Verified, owed: Obligation, in_full: bool) -> Iterator[str]:
    result = verified.verification
    party, least = result.program.parties[owed.party], money(result.terms, owed, owed.least)
    if owed.again:
        yield f"{party}: {said('without_end', each=', '.join(_again(verified, owed)), least=least)}"
        return
    if owed.most is None:
        reason = owed.unbounded or "none could be shown"
        yield f"{party}: {said('no_bound', reason=reason, least=least)}"
        return
    most = said("nothing") if owed.most == 0 else said("most", most=money(result.terms, owed))
    how = said(_how(owed), least=least, payments=owed.payments)
    grows = "".join(f"; {each}" for each in _growth(verified, owed))
    yield f"{party}: {most}" + (f", {how}{grows}" if owed.most else "")
    if in_full and owed.least:
        life = shortened(result.program, result.terms, owed.life)
        yield from (f"  {line}" for line in tabled(result.program, result.terms, life))


def _again(verified: Verified, owed: Obligation) -> Iterator[str]:
    """What may be paid again and again, clause by clause."""
    result = verified.verification
    for clause, units in owed.again.items():
        most, place = money(result.terms, owed, units), _place(verified, clause)
        match result.program.clauses[clause]:
            case Watch():
                each = said("each_observation", most=most)
            case Choice(any_time=True, name=name):
                each = said("each_choice", most=most, name=name)
            case _:
                each = said("each_date", most=most)
        yield f"{each} ({place})"


def _how(owed: Obligation) -> str:
    if owed.most == owed.least:
        return "attained"
    return "attained_but_for_rounding" if owed.attained else "not_attained"


def _growth(verified: Verified, owed: Obligation) -> Iterator[str]:
    terms, growth = verified.verification.terms, owed.growth
    if growth is not None and growth.slopes:
        slopes = (f"{shown(s)} × {terms.feeds[slot]}" for slot, s in growth.slopes.items())
        yield said("proportional", terms=" + ".join(slopes))
    if growth is not None and growth.faster:
        yield said("steeply", feeds=" and ".join(terms.feeds[slot] for slot in growth.faster))


def _found(verified: Verified, finding: Finding) -> list[str]:
    result = verified.verification
    sentence = said(finding.sentence, **finding.names)
    place = _place(verified, finding.clause)
    lines = [f"{finding.verdict.value}: {sentence}" + (f" ({place})" if place else "")]
    if finding.life is not None:
        life = shortened(result.program, result.terms, finding.life)
        lines += [f"  {line}" for line in tabled(result.program, result.terms, life)]
    return lines


def _place(verified: Verified, clause: int | None) -> str | None:
    """File and line of a clause."""
    if clause is None:
        return None
    where = verified.verification.program.clauses[clause].source
    span = verified.checked.definition.span
    start = span.start if where is None else where[0]
    return f"{span.source}:{position(verified.checked.text, start).line}"


# --- JSON ----------------------------------------------------------------------------------------


def verified_document(verified: Verified) -> Mapping[str, Any]:
    """What is verified of a contract as JSON values."""
    result = verified.verification
    return {
        "name": verified.checked.definition.name,
        "passes": result.passes,
        "arguments": dict(verified.arguments),
        "assumed": verified.assumed,
        "feeds": {
            result.terms.feeds[slot]: {"lowest": shown(each.lowest), "highest": shown(each.highest)}
            for slot, each in result.bounds.items()
        },
        "horizon": None if result.horizon is None else show_instant(result.horizon),
        "work": asdict(verified.work),
        "owes": [_obligation_document(verified, each) for each in result.obligations],
        "covers": verified.covers,
        "findings": [_finding_document(verified, each) for each in result.findings],
    }


def _obligation_document(verified: Verified, owed: Obligation) -> Mapping[str, Any]:
    result = verified.verification
    growth = owed.growth
    feeds = result.terms.feeds
    return {
        "party": result.program.parties[owed.party],
        "asset": result.terms.assets[owed.asset],
        "at_most": None if owed.most is None else money(result.terms, owed),
        "at_least": money(result.terms, owed, owed.least),
        "locked": None if owed.locked is None else money(result.terms, owed, owed.locked),
        "attained": owed.attained,
        "no_bound_because": owed.unbounded if owed.most is None else None,
        "again": [
            {"place": _place(verified, clause), "at_most": money(result.terms, owed, units)}
            for clause, units in owed.again.items()
        ],
        "slopes": {} if growth is None else {feeds[s]: shown(v) for s, v in growth.slopes.items()},
        "faster": [] if growth is None else [feeds[slot] for slot in growth.faster],
        "path": documented(result.program, result.terms, owed.life),
    }


def _finding_document(verified: Verified, finding: Finding) -> Mapping[str, Any]:
    result, life = verified.verification, finding.life
    return {
        "subject": finding.subject,
        "verdict": finding.verdict.value,
        "sentence": said(finding.sentence, **finding.names),
        "place": _place(verified, finding.clause),
        "path": None if life is None else documented(result.program, result.terms, life),
    }
