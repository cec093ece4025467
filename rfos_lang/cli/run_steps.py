"""`rfos run` of a scenario with steps: block by block what was sent and how it went, what was
expected and is otherwise, and the invariants that do not hold.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.cli.console import OK, WRONG, print_json
from rfos_lang.driver.blocks import Plan
from rfos_lang.driver.expectations import unmet
from rfos_lang.driver.plan import Context
from rfos_lang.driver.world_file import Script, script
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.node.node import blocks_in
from rfos_runtime.records.block import Block, Report
from rfos_runtime.records.codes import Code
from rfos_runtime.simulation.checks.invariants import Violation
from rfos_runtime.simulation.machine import Machine, guarded, remembering
from rfos_runtime.simulation.recipe import Step


@dataclass(frozen=True, slots=True)
class Played:
    """A step as it went: a line for each report that was refused and each order, and what was
    expected and is otherwise."""

    step: Step
    refused: tuple[str, ...]
    lines: tuple[str, ...]
    unmet: tuple[str, ...]


Record = Callable[[Plan, Sequence[Block]], bytes]
"""Carries blocks out by the kernel that was asked for, into the journal; the state root then."""


def run(context: Context, record: Record, as_json: bool, is_compared: bool) -> int:
    """Plays the steps, on a disk on which what they name goes wrong, and tells how they went; what
    counted is recorded. `is_compared`: the fast kernel must do the same. The exit code. Raises
    Failure."""
    made, executor = script(context), remembering(WasmExecutor())
    machine = Machine(executor, liars=made.recipe.liars, is_compared=is_compared)
    steps = list(played(made, machine))
    problems = [problem for step in steps for problem in step.unmet]
    if not machine.found:
        root = record(made.plan, tuple(blocks_in(machine.node.journal.reading)))
        assert root == machine.node.world.root, "the kernels differ"
    if as_json:
        print_json(_document(context, machine, steps, problems))
    else:
        _print(context, machine, steps)
    return WRONG if problems or machine.found else OK


def played(made: Script, machine: Machine) -> Iterator[Played]:
    """Plays a script step by step, until an invariant does not hold."""
    first = int(made.opens)
    for number, step in enumerate(made.recipe.steps):
        of = made.steps[number - first] if number >= first else None
        refused: list[str] = []
        lines: list[str] = []
        wrong: list[str] = []
        with guarded(machine):
            codes = machine.begin(step.time, step.reports)
            refused += _refused(step.reports, codes)
            for place, order in enumerate(step.orders):
                codes = machine.send(order)
                words = ", ".join(code.words for code in codes) or "linked to the next"
                lines.append(f"{type(order.command).__name__}: {words}")
                wanted = "accepted" if of is None else of.orders[place].code
                if wanted is not None and codes and codes[0].words != wanted:
                    wrong.append(f"{lines[-1]}, and {wanted} was expected")
            machine.seal(step.faults)
            if of is not None:
                wrong += unmet(made.plan, machine.node, of.expect)
        yield Played(step, tuple(refused), tuple(lines), tuple(wrong))
        if machine.found:
            return
    with guarded(machine):
        machine.end()


def _refused(reports: Sequence[Report], codes: Sequence[Code]) -> Iterator[str]:
    """A line for each report that was refused."""
    for said, code in zip(reports, codes, strict=True):
        if code is not Code.ACCEPTED:
            yield f"{said.feed} by {said.reporter or 'nobody'}: {code.words}"


def _print(context: Context, machine: Machine, steps: list[Played]) -> None:
    print(context.scenario.title)
    print()
    for each in steps:
        faults = "".join(f", {fault.kind}" for fault in each.step.faults)
        when, reports = show_instant(each.step.time), len(each.step.reports)
        print(f"{when}  {reports} reports, {len(each.step.orders)} orders{faults}")
        for line in (*each.refused, *each.lines):
            print(f"    {line}")
        for problem in each.unmet:
            print(f"    EXPECTED OTHERWISE: {problem}")
    print()
    for violation in machine.found:
        print(f"invariant {violation}")
    print("every invariant holds" if not machine.found else "an invariant does not hold")
    print(f"blocks {len(machine.roots):,}, state root {_root(machine)}")


def _root(machine: Machine) -> str:
    return machine.node.world.root.hex()


def _document(
    context: Context, machine: Machine, steps: list[Played], problems: list[str]
) -> dict[str, Any]:
    return {
        "ok": not problems and not machine.found,
        "title": context.scenario.title,
        "blocks": len(machine.roots),
        "state_root": _root(machine),
        "steps": [
            {
                "at": show_instant(each.step.time),
                "refused": each.refused,
                "orders": each.lines,
                "unmet": each.unmet,
            }
            for each in steps
        ],
        "violations": [_violation(each) for each in machine.found],
    }


def _violation(found: Violation) -> dict[str, Any]:
    return {"invariant": found.invariant, "words": found.words}
