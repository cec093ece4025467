"""What is noted of a run, block by block, on the reference kernel."""

from collections import deque
from pathlib import Path

from rfos_lang.cli.attestation import Edge
from rfos_lang.cli.run import context
from rfos_lang.driver.plan import plan
from rfos_lang.driver.rehearsal import Mark, rehearse
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.node.node import recover

SCENARIO = """\
title = "A price that goes stale"
from = 2026-03-20T00:00:00Z
to = 2026-03-22T00:00:00Z
step = "6h"

[feeds]
"spot(BTC, USD)" = { staleness = "12h", points = [[2026-03-20T00:00:00Z, 65_000]] }
"volatility(BTC, USD)" = { value = "55%" }
"rate(USD)" = { value = 0 }
"yield(BTC)" = { value = 0 }

[fund]
USD = 100

[accounts.ann]
USD = 5_000

[accounts.bob]
USD = 40_000

[instruments.put]
contract = "std.options.EuropeanPut"
with = { underlying = "BTC", cash = "USD", strike = 60_000, expiry = "2026-03-27" }

[[trades]]
at = 2026-03-20T06:00:00Z
instrument = "put"
first = "ann"
second = "bob"
lots = 1
second_collateral = 30_000
"""


def marks_of(folder: Path) -> list[Mark]:
    """What is noted of the writer."""
    path = folder / "stale.toml"
    path.write_text(SCENARIO)
    made = plan(context(path))
    edge = Edge(made.reporters, made.scenario.oracle.seed)
    with recover(folder / "journal", WasmExecutor(), None) as node:
        (run,) = deque(rehearse(made, node, edge.attest), maxlen=1)
    return next(marks for (_, account), marks in run.marks.items() if account == "bob")


def test_a_mark_is_not_known_while_its_price_is_stale(tmp_path: Path) -> None:
    """The kernel asks for no maintenance then; that is no figure to draw."""
    marks = marks_of(tmp_path)
    known = [mark.is_known for mark in marks]
    assert known[0] and not known[-1] and sorted(known, reverse=True) == known
    assert all(mark.maintenance > 0 for mark in marks if mark.is_known)
