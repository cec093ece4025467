"""The page of the kernel's records: commands, result codes, parameters, made from the code itself.

`python -m tests.docs.kernel` writes `docs/reference/kernel.md` anew.
"""

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from rfos_runtime.records import codes
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import DAY, ONE, SECOND
from rfos_runtime.records.layout import COMMAND, EVENT, RESULT, Layout
from rfos_runtime.records.operations import OPERATIONS, Op, Operation
from rfos_runtime.records.parameters import RULES, Parameter, Rule

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/kernel.md"

HEAD = """\
# The kernel's records

Written by `python -m tests.docs.kernel`; do not edit. What a node is asked and what it answers, as
records of fixed size: little-endian, signed integers. Accounts, assets and instruments are handles
there, counted from 1 in the order in which they were registered.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD, *_layouts(), *_commands(), *_codes(), *_parameters()]
    return "".join(parts)


# --- records -----------------------------------------------------------------------------------


def _layouts() -> Iterator[str]:
    for layout in (COMMAND, RESULT, EVENT):
        yield f"\n## A {layout.name}: {layout.struct.size} bytes\n\n"
        yield from _columns(layout)


def _columns(layout: Layout) -> Iterator[str]:
    yield "| column | at | bytes | meaning |\n|---|---|---|---|\n"
    at = 0
    for column in layout.columns:
        yield f"| `{column.name}` | {at} | {column.size} | {column.meaning} |\n"
        at += column.size


# --- commands ----------------------------------------------------------------------------------


def _commands() -> Iterator[str]:
    yield "\n## What can be asked\n\n"
    yield "Where a command has more fields than a record has columns, its canonical bytes follow "
    yield f"in records of their own (op {Op.CONTINUES.value}). Further signers stand right before "
    yield f"it, one record each (op {Op.CONSENT.value}).\n\n"
    yield "| op | command | meaning | its fields, and their columns |\n|---|---|---|---|\n"
    for op, operation in sorted(OPERATIONS.items()):
        meaning = _sentence(operation.kind)
        yield f"| {op.value} | `{operation.kind.__name__}` | {meaning} | {_fields(operation)} |\n"


def _sentence(kind: type) -> str:
    """The first paragraph of a docstring, as one line."""
    text = inspect.getdoc(kind) or ""
    return " ".join(text.split("\n\n")[0].split())


def _fields(operation: Operation) -> str:
    if operation.places is None:
        return "in bytes: " + ", ".join(f"`{each.name}`" for each in fields(operation.kind))
    return ", ".join(
        f"`{name}` in {'+'.join(f'`{column}`' for column in place.columns)}"
        for name, place in operation.places.items()
    )


# --- codes -------------------------------------------------------------------------------------

_LINE = re.compile(r"^    ([A-Z_]+) = (\d+)(?:  # (.*))?$")


def _codes() -> Iterator[str]:
    yield "\n## How a command or a report went\n\nOnly 0 changes anything. Codes are stable, by "
    yield "hundreds: 1 the envelope, 2 the ledger, 3 the market, 4 contracts, 5 margin, 6 "
    yield "auctions, 7 the oracle, 8 what may be set.\n\n"
    yield "| code | | more |\n|---|---|---|\n"
    for line in inspect.getsource(codes).splitlines():
        if found := _LINE.match(line):
            code = Code[found[1]]
            yield f"| {code.value} | {code.words} | {found[3] or ''} |\n"


# --- parameters --------------------------------------------------------------------------------


def _parameters() -> Iterator[str]:
    yield "\n## What may be set, for each asset\n\n"
    yield "By a proposal that waits for its delay where everybody can see it. *First* is what "
    yield "holds until it is set.\n\n"
    yield "| | parameter | meaning | first | from | to | a step | delay |\n"
    yield "|---|---|---|---|---|---|---|---|\n"
    for each, rule in RULES.items():
        numbers = (rule.first, rule.lowest, rule.highest, rule.step)
        shown = " | ".join(_shown(each, number) for number in numbers)
        yield f"| {each.value} | `{each.name}` | {rule.meaning} | {shown} | {_days(rule)} |\n"


def _shown(parameter: Parameter, number: int) -> str:
    if parameter in (Parameter.TURNOVER_2, Parameter.TURNOVER_3, Parameter.PACE):
        return f"{number:,}"
    if parameter is Parameter.NOTICE:
        return f"{number // DAY} days"
    if parameter is Parameter.SEALED:
        return f"{number // SECOND} s"
    return f"{number / ONE:g}"


def _days(rule: Rule) -> str:
    return f"{rule.delay // DAY} days"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
