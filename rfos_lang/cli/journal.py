"""`rfos journal verify` and `rfos journal show`: whether a journal is whole, and what is in it. The
journal is only read."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rfos_lang.base.instant import show_instant
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.cli.console import OK, WRONG, columns, print_json, progress
from rfos_lang.cli.images import (
    FITS,
    IMAGE,
    REFUTED,
    SNAPSHOT,
    UNREADABLE,
    Image,
    images_in,
)
from rfos_lang.cli.journals import opened
from rfos_lang.driver.failure import Failure
from rfos_runtime.node.looking import Asked, Looked, Reported
from rfos_runtime.records.codes import Code
from rfos_runtime.reference.invariants import violations
from rfos_runtime.reference.world import genesis


def verify(folder: Path, as_json: bool) -> int:
    """Checks the chain of hashes, replays every block to the root that was written with it, and
    checks what must hold after each, and that snapshots and images go with their blocks; the exit
    code. Raises Failure."""
    problems: list[tuple[int, str]] = []
    root = genesis().root
    beside = images_in(folder, as_json)  # before the journal: a node may be writing both
    states = {each: each.state_alone for each in beside}
    with opened(folder, as_json) as journal:
        count, torn = journal.count, journal.torn
        there = [each for each in beside if each.number <= count]
        for block in progress(journal.blocks, "blocks", count, as_json):
            if block.world is not None:
                broken = (f"invariant {problem}" for problem in violations(block.world))
                problems += [(block.number, problem) for problem in broken]
            for each in there:
                states[each] = each.state_at(block.number, root, block.root) or states[each]
            root = block.root
    problems += _told(states, REFUTED)
    if as_json:
        listed = [{"block": number, "problem": problem} for number, problem in problems]
        told = {"blocks": count, "state_root": root.hex(), "torn": torn, **_by_kind(states)}
        print_json({"ok": not problems, **told, "problems": listed})
    else:
        for number, problem in problems:
            print(f"block {number:,}: {problem}")
        passed_over = (f"block {at:,}: {words}" for at, words in _told(states, (UNREADABLE,)))
        for line in (*([torn] if torn else ()), *passed_over):
            print(line)
        word = "but there are problems" if problems else "every invariant holds"
        fit = Counter(each.kind for each, state in states.items() if state == FITS)
        more = "".join(f", {kind}s that fit: {number}" for kind, number in fit.items())
        print(f"blocks {count:,}, every hash and root fits, {word}{more}")
        print(f"state root {root.hex()}")
    return WRONG if problems else OK


def _told(states: Mapping[Image, str], among: Collection[str]) -> list[tuple[int, str]]:
    """What is said of images that are in some states, by block."""
    return [(e.number, f"{e.words} {state}") for e, state in states.items() if state in among]


def _by_kind(states: Mapping[Image, str]) -> dict[str, dict[int, str]]:
    """The states of snapshots and of images, by block."""
    return {
        f"{kind}s": {each.number: state for each, state in states.items() if each.kind == kind}
        for kind in (SNAPSHOT, IMAGE)
    }


def show(folder: Path, number: int | None, as_json: bool) -> int:
    """Lists the blocks of a journal, or tells one in full; the exit code. Raises Failure."""
    with opened(folder, as_json) as journal:
        if number is None:
            blocks = progress(journal.blocks, "blocks", journal.count, as_json)
            documents = [_line(each) for each in blocks]
            if as_json:
                print_json({"ok": True, "blocks": documents})
            else:
                _print_lines(documents)
            return OK
        if not 1 <= number <= journal.count:
            place, last = Span(str(folder), 0, 0), journal.count
            raise Failure([report("E0829", place, folder=folder, block=number, last=last)], {})
        block = next(each for each in journal.blocks if each.number == number)
    if as_json:
        print_json({"ok": True, **_line(block), **_full(block)})
    else:
        _print_block(block)
    return OK


# --- telling -----------------------------------------------------------------------------------


def _line(block: Looked) -> dict[str, Any]:
    return {
        "block": block.number,
        "time": show_instant(block.time),
        "reports": len(block.reports),
        "commands": _counted(each.name for each in block.asked),
        "refused": _refused(*block.reports, *block.asked),
        "events": len(block.events),
        "state_root": block.root.hex(),
    }


def _refused(*told: Reported | Asked) -> dict[str, int]:
    return _counted(each.code.words for each in told if each.code is not Code.ACCEPTED)


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names))


def _print_lines(documents: list[dict[str, Any]]) -> None:
    rows = [("block", "time", "reports", "events", "commands", "refused", "state root")]
    for each in documents:
        counts = (_listed(each["commands"]), _listed(each["refused"]))
        numbers = (f"{each['block']:,}", each["time"], str(each["reports"]), str(each["events"]))
        rows.append((*numbers, *counts, each["state_root"][:16]))
    print(*columns(rows, right={0, 2, 3}), sep="\n")


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "-"


def _full(block: Looked) -> dict[str, Any]:
    return {
        "reports_told": [
            {**(asdict(each.report) if each.report else {}), "result": each.code.words}
            for each in block.reports
        ],
        "commands_told": [
            {
                "command": each.name,
                **({} if each.command is None else _plain(asdict(each.command))),
                "signers": [asdict(signer) for signer in each.signers],
                "result": each.code.words,
            }
            for each in block.asked
        ],
        "events_told": [
            {"event": type(each).__name__, **_plain(asdict(each))} for each in block.events
        ],
    }


def _plain(value: Any) -> Any:
    """A record's fields as JSON has them: long bytes by their number, the rest by what they say."""
    match value:
        case bytes():
            return value.hex() if len(value) <= 32 else f"{len(value):,} bytes"
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(each) for each in value]
        case _:
            return value


def _print_block(block: Looked) -> None:
    full = _full(block)
    print(f"block {block.number:,} at {show_instant(block.time)}")
    for each in full["reports_told"]:
        result = each.pop("result")
        print(f"  report   {_words(each)}: {result}")
    for each in full["commands_told"]:
        name, result = each.pop("command"), each.pop("result")
        each["signers"] = [
            f"{signer['account']} {signer['sequence']}" for signer in each["signers"]
        ]
        print(f"  {name:<8} {_words(each)}: {result}")
    for each in full["events_told"]:
        print(f"  event    {each.pop('event')} {_words(each)}")
    print(f"state root {block.root.hex()}")


def _words(fields: dict[str, Any]) -> str:
    told = ((name, _said(value)) for name, value in fields.items())
    return ", ".join(f"{name} {said}" for name, said in told if said)


def _said(value: Any) -> str:
    match value:
        case None | "" | []:
            return ""
        case list():
            return "[" + "; ".join(filter(None, map(_said, value))) + "]"
        case dict():
            return "(" + _words(value) + ")"
        case _:
            return str(value)
