"""`rfos run`: a scenario on the kernel, told as a timeline, tables and a picture."""

import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from rfos_lang.base.fixed import to_minor_units
from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.cli.arguments import KernelName
from rfos_lang.cli.attestation import Edge
from rfos_lang.cli.console import OK, WRONG, print_json, progress
from rfos_lang.cli.files import opened, opened_policy, read_text, write_bytes
from rfos_lang.cli.journals import journal_failure, torn_record
from rfos_lang.cli.machine_code import made_ready
from rfos_lang.cli.timeline import Line, Timeline, amount
from rfos_lang.driver.blocks import Plan
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Source
from rfos_lang.driver.plan import Context, plan
from rfos_lang.driver.rehearsal import Rehearsal, recorded, rehearse
from rfos_lang.driver.scenario import parse_scenario
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.journal.disk import Folder
from rfos_runtime.journal.frames import JournalError, NotAJournal
from rfos_runtime.journal.journal import torn_file
from rfos_runtime.journal.log import FILE as LOG
from rfos_runtime.node.node import Node, recover, resume
from rfos_runtime.node.snapshot import take_now_and_then
from rfos_runtime.records.block import Block

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wish:
    """How a scenario is to be run. `journal`: the folder that keeps it, if one does; `every`: so
    many blocks lie between snapshots; 0: none is taken, and none used."""

    journal: Path | None
    plot: Path | None
    kernel: KernelName
    every: int
    as_json: bool


def run(path: Path, wish: Wish) -> int:
    """Runs a scenario and tells what happened; the exit code. Raises Failure."""
    plot, as_json = wish.plot, wish.as_json
    if plot is not None and plot.suffix not in (".png", ".svg"):
        raise Failure([report("E1009", Span(str(plot), 0, 0), file=plot)], {})
    found = context(path)
    if found.scenario.steps:
        from rfos_lang.cli import run_steps

        def record(made: Plan, blocks: Sequence[Block]) -> bytes:
            done = _recorded(made, blocks, wish)
            _draw(done, plot)
            return done.world.root

        is_compared = wish.kernel is KernelName.FAST
        if is_compared:
            made_ready(as_json)
        return run_steps.run(found, record, as_json, is_compared)
    done, torn = _rehearsed(found, wish)
    _draw(done, plot)
    if as_json:
        print_json(_document(done))
    else:
        _print(done, torn)
    return WRONG if done.below_maintenance() else OK


def context(path: Path) -> Context:
    """A scenario file with the ways to its contracts and prices. Raises Failure."""
    text = read_text(path)
    scenario, wrong = parse_scenario(text, str(path))
    source = Source(str(path), text)
    if scenario is None:
        raise Failure(wrong, source.sources)
    folder = path.parent
    return Context(
        scenario,
        source,
        lambda target: opened(target, folder),
        _reader(folder),
        lambda target: opened_policy(target, folder),
    )


def _reader(folder: Path) -> Callable[[str], str]:
    return lambda name: read_text(folder / name, "E0810")


def _rehearsed(found: Context, wish: Wish) -> tuple[Rehearsal, str | None]:
    made = plan(found)
    edge = Edge(made.reporters, made.scenario.oracle.seed)
    with _node(wish) as (node, folder):
        steps = (made.scenario.end - made.scenario.begin) // made.scenario.step + 2
        states = progress(rehearse(made, node, edge.attest), "blocks", steps, wish.as_json)
        (done,) = deque(states, maxlen=1)
    return done, _torn(folder, node)


def _recorded(made: Plan, blocks: Sequence[Block], wish: Wish) -> Rehearsal:
    """Blocks carried out by the kernel that was asked for, and kept in the journal if there is to
    be one."""
    with _node(wish) as (node, _):
        return recorded(made, node, blocks)


def _draw(done: Rehearsal, plot: Path | None) -> None:
    if plot is not None:
        from rfos_lang.cli.run_plot import drawn

        write_bytes(plot, drawn(done, plot.suffix.removeprefix(".")))


@contextmanager
def _node(wish: Wish) -> Iterator[tuple[Node, Path]]:
    """A node on the journal, or on one that nobody keeps, and where it lies. Raises Failure."""
    executor, journal = WasmExecutor(), wish.journal
    with ExitStack() as stack:
        try:
            folder = journal or Path(stack.enter_context(TemporaryDirectory(prefix="rfos-")))
            if (folder / LOG).is_file():
                raise NotAJournal(f"it has a log of records, {LOG}")
            node = _recovered(Folder(folder), executor, wish)
            yield stack.enter_context(node), folder
        except JournalError as problem:
            raise journal_failure(journal, problem) from None


def _recovered(disk: Folder, executor: WasmExecutor, wish: Wish) -> Node:
    """A node that begins with the newest image of its world, and takes more of them, if it keeps a
    journal and any are wanted. Raises JournalError."""
    every = wish.every if wish.journal else 0
    if wish.kernel is KernelName.FAST:
        from rfos_runtime.node import fast  # which loads machine code

        made_ready(wish.as_json)
        return fast.recover(disk, executor, every)
    node = resume(disk, executor) if every else recover(disk.path, executor)
    node.keep = partial(take_now_and_then, disk, every) if every else None
    return node


def _torn(folder: Path, node: Node) -> str | None:
    """What recovery found at the end of the journal, if it was torn."""
    reading = node.journal.reading
    return torn_record(reading, f"; kept in {folder / torn_file(reading)}")


# --- telling -----------------------------------------------------------------------------------


def timeline(done: Rehearsal) -> list[Line]:
    """The lines of a run in order."""
    teller = Timeline(done.plan, {})
    return [
        line
        for block, applied in done.blocks
        for line in teller.lines(block, applied.results, applied.events)
    ]


def _print(done: Rehearsal, torn: str | None) -> None:
    from rich.console import Console

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    scenario = done.plan.scenario
    console.print(f"[bold]{scenario.title}[/]")
    if torn:
        console.print(f"[yellow]{torn}[/]")
    if done.settled:
        console.print(f"[yellow]{_not_told(done)}[/]")
    console.print()
    styles = {"plain": "", "notice": "yellow", "alarm": "bold red"}
    for line in timeline(done):
        when = show_instant(line.instant).replace("T", " ").removesuffix("Z")
        text = f"{when:<16}  {line.subject:<18} {line.text}"
        console.print(text, style=styles[line.weight], markup=False, soft_wrap=True)
    console.print()
    console.print(_accounts(done))
    console.print(_totals(done))
    left = done.below_maintenance()
    named = ", ".join(f"{a} in {done.plan.listings[h - 1].name}" for h, a in left)
    console.print(f"below maintenance: {named or 'nobody'}")
    console.print(f"blocks {done.world.number:,}, state root {done.world.root.hex()}")


def _not_told(done: Rehearsal) -> str:
    """Says which blocks are only compared with the journal."""
    return (
        f"blocks up to {done.settled:,} lie before a snapshot: they are as the journal has them, "
        "and are not told (--snapshot-every 0 tells them)"
    )


def _accounts(done: Rehearsal) -> object:
    from rich.table import Table

    table = Table(title="Accounts, free and posted", title_justify="left")
    table.add_column("account")
    for heading in ("asset", "before", "after", "change"):
        table.add_column(heading, justify="left" if heading == "asset" else "right")
    for account, asset, before, after in _balances(done):
        places = done.plan.places
        row = (amount(units, places[asset]) for units in (before, after))
        sign = "+" if after > before else ""
        table.add_row(account, asset, *row, sign + amount(after - before, places[asset]))
    return table


def _balances(done: Rehearsal) -> list[tuple[str, str, int, int]]:
    """(account, asset, before, after), the insurance fund last."""
    places, after = done.plan.places, done.holdings()
    rows = []
    for account, deposits in done.plan.scenario.accounts.items():
        held = after.get(account, {})
        for asset in sorted({*deposits, *held}):
            before = to_minor_units(deposits.get(asset, 0), places[asset])
            rows.append((account, asset, before, held.get(asset, 0)))
    fund = done.fund()
    for asset in sorted({*done.plan.scenario.fund, *fund}):
        before = to_minor_units(done.plan.scenario.fund.get(asset, 0), places[asset])
        rows.append(("insurance fund", asset, before, fund.get(asset, 0)))
    return rows


def _totals(done: Rehearsal) -> object:
    from rich.table import Table

    table = Table(title="Conservation", title_justify="left")
    for heading in ("asset", "came in", "held by all", "difference"):
        table.add_column(heading, justify="left" if heading == "asset" else "right")
    for asset, (came, held) in done.conserved().items():
        places = done.plan.places[asset]
        table.add_row(asset, *(amount(units, places) for units in (came, held, held - came)))
    return table


def _document(done: Rehearsal) -> dict[str, object]:
    return {
        "ok": not done.below_maintenance(),
        "title": done.plan.scenario.title,
        "blocks": done.world.number,
        "told_from": done.settled + 1,
        "state_root": done.world.root.hex(),
        "timeline": [
            {"at": show_instant(line.instant), "subject": line.subject, "text": line.text}
            for line in timeline(done)
        ],
        "accounts": [
            {"account": account, "asset": asset, "before": str(before), "after": str(after)}
            for account, asset, before, after in _balances(done)
        ],
        "conserved": {
            asset: {"came_in": str(came), "held": str(held)}
            for asset, (came, held) in done.conserved().items()
        },
        "below_maintenance": [
            {"instrument": done.plan.listings[handle - 1].name, "account": account}
            for handle, account in done.below_maintenance()
        ],
    }
