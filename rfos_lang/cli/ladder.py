"""`rfos ladder` and `rfos scenarios`: a contract or a portfolio in many markets."""

from collections.abc import Sequence
from pathlib import Path

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.cli.console import OK, bold, columns, print_json, progress
from rfos_lang.cli.figures import amount, shift
from rfos_lang.cli.files import opened, read_text
from rfos_lang.cli.rows import check_ending, write_rows
from rfos_lang.cli.tables import Table, table_lines
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.ladder import Outcome, Scenario, fraction, grid, outcomes, scenarios_of
from rfos_lang.driver.opening import Source, settings
from rfos_lang.driver.positions import Position, is_portfolio, positions_of
from rfos_lang.driver.pricing import How, market_of, valuation_of
from rfos_lang.driver.trade import Shelf, Trade
from rfos_lang.valuation.market import Market

PLACES = 2
POINTS_MOST = 1_001


@dataclass(frozen=True, slots=True)
class Request:
    """What is valued (a contract, or a portfolio file), in which market and how. `asset`: what it
    is told in, by default what the first trade is."""

    target: str
    settings: tuple[str, ...]
    market: Path
    how: How
    asset: str | None
    output: Path | None


def run_ladder(request: Request, spots: str, volatilities: str, as_json: bool) -> int:
    """A table of values over spots and volatilities; the exit code. Raises Failure."""
    rows, across = moves(spots), moves(volatilities)
    asset, before, found = _found(request, list(grid(rows, across)), as_json)
    if as_json:
        print_json(
            {"asset": asset, "before": before, "points": [ladder_point(each) for each in found]}
        )
    else:
        table = table_lines(ladder_table(rows, across, found), heads=True)
        print("\n".join([f"  {ladder_head(asset, before)}", "", *table]))
    return OK


def run_scenarios(request: Request, file: Path, as_json: bool) -> int:
    """A line for each scenario of a file; the exit code. Raises Failure."""
    scenarios = scenarios_of(Source(str(file), read_text(file)))
    asset, before, found = _found(request, scenarios, as_json)
    if as_json:
        print_json({"asset": asset, "before": before, "scenarios": [_named(e) for e in found]})
        return OK
    table = [[bold(cell) for cell in ("  scenario", "value", "gain")]]
    for each in found:
        table.append(
            [f"  {each.scenario.name}", amount(each.value, PLACES), amount(each.gain, PLACES)]
        )
    print(f"  in {asset}, now {amount(before, PLACES)}\n")
    print("\n".join(columns(table, right={1, 2})))
    return OK


def trades_in(target: str, given: Sequence[str], market: Market) -> list[Trade]:
    """The trades of a portfolio file, or one of the contract that a target names. Raises
    Failure."""
    if is_portfolio(target):
        path = Path(target)
        positions = positions_of(Source(target, read_text(path)))
        shelf = Shelf(lambda name: opened(name, path.parent))
    else:
        positions = (Position(target, 1.0, settings(given), None),)
        shelf = Shelf(opened)
    return [shelf.trade(position, market) for position in positions]


def asset_of(trades: Sequence[Trade], market: Market, how: How) -> str:
    """What the first trade's value is told in. Raises Failure."""
    first = trades[0]
    return valuation_of(first.checked, first.instance, market, how, greeks=False).asset


def moves(text: str) -> list[float]:
    """`-20%..20%:9`: so many fractions, evenly from the first to the last. Raises Failure."""
    ends, _, count = text.partition(":")
    first, dots, last = ends.partition("..")
    try:
        low, high = fraction(first), fraction(last if dots else first)
        points = int(count) if count else 1 + 4 * (low != high)
    except ValueError:
        points = 0
    if not 1 <= points <= POINTS_MOST:
        raise Failure([report("E1023", Span("the grid", 0, 0), text=text)], {})
    if points == 1:
        return [low]
    return [low + (high - low) * number / (points - 1) for number in range(points)]


def _found(
    request: Request, scenarios: Sequence[Scenario], quiet: bool
) -> tuple[str, float, list[Outcome]]:
    if request.output is not None:
        check_ending(request.output)
    market = market_of(Source(str(request.market), read_text(request.market)))
    trades = trades_in(request.target, request.settings, market)
    asset = request.asset or asset_of(trades, market, request.how)
    coming = outcomes(trades, market, scenarios, request.how, asset)
    found = list(progress(coming, "markets", len(scenarios), quiet))
    if request.output is not None:
        write_rows(request.output, [{**ladder_point(each), "asset": asset} for each in found])
    return asset, found[0].value - found[0].gain, found


def ladder_point(each: Outcome) -> dict[str, str | float | None]:
    """A market of a ladder and the value there, as JSON values."""
    shock = each.scenario.shock
    moved: dict[str, str | float | None] = {"name": each.scenario.name, "spots": shock.spots}
    moved |= {"volatilities": shock.volatilities, "rates": shock.rates}
    return {**moved, "value": each.value, "gain": each.gain}


def _named(each: Outcome) -> dict[str, object]:
    return {"name": each.scenario.name, "value": each.value, "gain": each.gain}


def ladder_table(rows: Sequence[float], across: Sequence[float], found: Sequence[Outcome]) -> Table:
    """Values by moves: spots downward, volatilities across."""
    table = []
    for number, move in enumerate(rows):
        points = found[number * len(across) : (number + 1) * len(across)]
        table.append((shift(move), *(amount(each.value, PLACES) for each in points)))
    heading = ("", *(shift(move) for move in across))
    return Table(heading, tuple(table), frozenset(range(1, len(across) + 1)))


def ladder_head(asset: str, before: float) -> str:
    """What a ladder is told in, and how it is read."""
    return f"in {asset}, now {amount(before, PLACES)}; spots downward, volatilities across"
