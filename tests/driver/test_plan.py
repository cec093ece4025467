"""What a side locks when its position opens."""

from pathlib import Path

from rfos_lang.cli.files import opened, opened_policy, read_text
from rfos_lang.driver.opening import Source
from rfos_lang.driver.plan import Context, plan
from rfos_lang.driver.scenario import parse_scenario
from rfos_runtime.records.commands import Lock

LOAN = """\
contract Loan(cash: Asset, principal, owed: cash, due: Date) between lender, borrower {{
    {unsecured}
    lender may lend at due default false {{ lender pays borrower principal }} otherwise {{ end }}
    at due {{ borrower pays lender owed }}
}}
"""
SCENARIO = """\
title = "a loan"
from = 2026-01-01T00:00:00Z
to = 2026-01-02T00:00:00Z
[feeds."rate(USD)"]
value = 0
[accounts.a]
USD = 1
[instruments.loan]
contract = "loan.rfos"
with = { cash = "USD", principal = 90, owed = "100 USD", due = "2026-01-02" }
"""


def _locks(folder: Path, unsecured: str) -> tuple[Lock | None, Lock | None]:
    (folder / "loan.rfos").write_text(LOAN.format(unsecured=unsecured), encoding="utf-8")
    scenario, wrong = parse_scenario(SCENARIO, "s.toml")
    assert scenario is not None, wrong
    context = Context(
        scenario,
        Source("s.toml", SCENARIO),
        lambda target: opened(target, folder),
        lambda name: read_text(folder / name),
        lambda target: opened_policy(target, folder),
    )
    return plan(context).listings[0].command.locks


def test_an_obligor_without_collateral_locks_its_worst_case(tmp_path: Path) -> None:
    assert _locks(tmp_path, "") == (None, Lock("USD", 10_000))


def test_an_unsecured_one_locks_nothing(tmp_path: Path) -> None:
    assert _locks(tmp_path, "unsecured") == (None, None)
