"""`rfos margin`: what a portfolio must hold under a margin policy."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rfos_lang.base.records import dataclass
from rfos_lang.cli.console import OK, bold, columns, patience, print_json
from rfos_lang.cli.figures import amount, shift
from rfos_lang.cli.files import opened, opened_policy, read_text
from rfos_lang.driver.collateral import Posted, collateral_of
from rfos_lang.driver.opening import Source
from rfos_lang.driver.portfolio import Assessment, Scenario, assessed
from rfos_lang.driver.positions import positions_of
from rfos_lang.driver.pricing import How, market_of

PLACES = 2


@dataclass(frozen=True, slots=True)
class Request:
    """A policy (`FILE:Policy`), a portfolio file, a market file, and how to value."""

    policy: str
    portfolio: Path
    market: Path
    how: How


def run(request: Request, as_json: bool) -> int:
    """Assesses a portfolio; the exit code. Raises Failure."""
    policy, _ = opened_policy(request.policy)
    source = Source(str(request.portfolio), read_text(request.portfolio))
    positions = positions_of(source)
    market = market_of(Source(str(request.market), read_text(request.market)))
    posted, folder = collateral_of(source, policy, market), request.portfolio.parent
    with patience("valuing the portfolio over the grid", as_json):
        found = assessed(
            policy, positions, market, lambda name: opened(name, folder), request.how, posted
        )
    if as_json:
        print_json(_document(found))
    else:
        print("\n".join(_lines(found)))
    return OK


def _lines(found: Assessment) -> Iterator[str]:
    policy, asset = found.policy, found.policy.asset
    yield f"{bold(policy.name)}  in {asset}"
    yield ""
    rows = [["  position", "quantity", "value"]]
    for position, value in zip(found.positions, found.values, strict=True):
        rows.append([f"  {position.contract}", f"{position.quantity:g}", amount(value, PLACES)])
    rows.append(["  together", "", amount(sum(found.values), PLACES)])
    yield from columns(rows, right={1, 2})
    yield ""
    said = [[f"  {name}", amount(value, PLACES)] for name, value in found.measures.items()]
    said.append(["  maintenance", bold(amount(found.maintenance, PLACES))])
    said.append(["  initial", bold(amount(found.initial, PLACES))])
    yield from columns(said, right={1})
    yield ""
    if found.posted is not None:
        yield from _collateral(found, found.posted)
        yield ""
    yield f"  The worst of {len(found.scenarios)} scenarios: {_shifts(found, found.worst)}."


def _collateral(found: Assessment, posted: tuple[Posted, ...]) -> Iterator[str]:
    """What is posted, what it counts for, and whether that is enough."""
    rows = [["  posted", "units", "counts"]]
    for each in posted:
        rows.append([f"  {each.asset}", f"{each.units:,g}", amount(each.counts, PLACES)])
    rows.append(["  equity", "", bold(amount(found.equity or 0.0, PLACES))])
    for name, needed in (("maintenance", found.maintenance), ("initial", found.initial)):
        missing = needed - (found.equity or 0.0)
        if missing > 0:
            rows.append([f"  missing to {name}", "", amount(missing, PLACES)])
    yield from columns(rows, right={1, 2})


def _shifts(found: Assessment, scenario: Scenario) -> str:
    axes = (axis.name for axis in found.policy.axes)
    pairs = zip(axes, scenario.shifts, strict=True)
    return ", ".join(f"{name} {shift(by)}" for name, by in pairs)


def _document(found: Assessment) -> dict[str, object]:
    axes = [axis.name for axis in found.policy.axes]

    def scenario(each: Scenario) -> dict[str, object]:
        return {"shifts": dict(zip(axes, each.shifts, strict=True)), "loss": each.loss}

    return {
        "policy": found.policy.name,
        "asset": found.policy.asset,
        "positions": [
            {"contract": position.contract, "quantity": position.quantity, "value": value}
            for position, value in zip(found.positions, found.values, strict=True)
        ],
        "measures": dict(found.measures),
        "maintenance": found.maintenance,
        "initial": found.initial,
        "posted": found.posted and [asdict(each) for each in found.posted],
        "equity": found.equity,
        "worst": scenario(found.worst),
        "scenarios": [scenario(each) for each in found.scenarios],
    }
