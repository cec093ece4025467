"""`rfos price` and `rfos greeks` of a portfolio file: each position, and all of them together."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.cli.console import (
    OK,
    WRONG,
    bold,
    columns,
    diagnostics_json,
    print_diagnostics,
    print_json,
    progress,
)
from rfos_lang.cli.figures import amount, significant
from rfos_lang.cli.files import opened, read_text
from rfos_lang.cli.rows import Row, check_ending, write_rows
from rfos_lang.driver.book import Line, Total, lines, reporting, total, trades_of
from rfos_lang.driver.opening import Source
from rfos_lang.driver.positions import Position, positions_of
from rfos_lang.driver.pricing import How, market_of
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.result import Greek

PLACES = 2
LISTED = 40
"""A longer book is told contract by contract; its file has every line."""


@dataclass(frozen=True, slots=True)
class Request:
    """A portfolio file, a market, how to value, and where the rows go. `asset`: what the whole is
    told in, by default what most positions are."""

    portfolio: Path
    market: Path
    how: How
    greeks: bool
    asset: str | None
    output: Path | None


def run(request: Request, as_json: bool) -> int:
    """Values a book; the exit code: 1 if a position could not be valued. Raises Failure.

    An interrupt ends it early: what has been valued by then is told."""
    if request.output is not None:
        check_ending(request.output)
    positions = positions_of(Source(str(request.portfolio), read_text(request.portfolio)))
    market = market_of(Source(str(request.market), read_text(request.market)))
    folder = request.portfolio.parent
    trades = trades_of(positions, market, lambda name: opened(name, folder))
    valued = lines(trades, market, request.how, request.greeks)
    book, stopped = _gathered(progress(valued, "positions", len(positions), as_json))
    whole = total(book, market, request.asset or reporting(book)) if _known(book) else None
    if request.output is not None:
        write_rows(request.output, [_row(each) for each in book])
    problems, sources = _problems(book)
    left = len(positions) - len(book)
    if as_json:
        document = _document(book, whole, market, left)
        print_json({**diagnostics_json(problems, sources), **document})
    else:
        print("\n".join(_lines(book, whole, left)))
        print_diagnostics(problems, sources)
    return WRONG if problems or stopped else OK


def _gathered(valued: Iterable[Line]) -> tuple[list[Line], bool]:
    """All that could be valued before an interrupt, and whether there was one."""
    book: list[Line] = []
    try:
        for each in valued:
            book.append(each)
    except KeyboardInterrupt:
        return book, True
    return book, False


def _known(book: Sequence[Line]) -> bool:
    return any(each.valuation is not None for each in book)


def _problems(book: Sequence[Line]) -> tuple[list[Diagnostic], dict[str, str]]:
    """What was wrong, each once: a thousand trades may have one mistake in common."""
    found: dict[Diagnostic, None] = {}
    sources: dict[str, str] = {}
    for each in book:
        if each.failure is not None:
            found |= dict.fromkeys(each.failure.diagnostics)
            sources |= each.failure.sources
    return list(found), sources


# --- text ----------------------------------------------------------------------------------------


def _lines(book: Sequence[Line], whole: Total | None, left: int) -> Iterator[str]:
    rows = [["  position", "quantity", "value", "", "method"]]
    if len(book) <= LISTED:
        rows += [_listed(each) for each in book]
    else:
        rows += _grouped(book)
    yield from columns(rows, right={1, 2})
    if left:
        yield f"  ... and {left} that were not valued, since it was interrupted"
    if whole is None:
        return
    yield ""
    missing = f", without {whole.missing} that could not be valued" if whole.missing else ""
    yield f"  {bold(f'together {amount(whole.value, PLACES)} {whole.asset}')}{missing}"
    if whole.error is not None:
        yield f"  standard error at most {significant(whole.error, 2)} {whole.asset}"
    if whole.greeks:
        yield ""
        yield from _greeks(whole.greeks)


def _listed(each: Line) -> list[str]:
    position, found = each.position, each.valuation
    name = position.label or position.contract
    if found is None:
        return [f"  {name}", f"{position.quantity:g}", "-", "", "could not be valued"]
    value = amount(position.quantity * found.value, PLACES)
    return [f"  {name}", f"{position.quantity:g}", value, found.asset, found.method]


def _grouped(book: Sequence[Line]) -> Iterator[list[str]]:
    """A row for each contract, asset and method."""
    groups: dict[tuple[str, str, str], list[Line]] = {}
    for each in book:
        found = each.valuation
        key = ("", "could not be valued") if found is None else (found.asset, found.method)
        groups.setdefault((each.position.contract, *key), []).append(each)
    for (contract, asset, method), group in groups.items():
        values = [e.position.quantity * e.valuation.value for e in group if e.valuation]
        quantity = sum(each.position.quantity for each in group)
        told = amount(sum(values), PLACES) if values else "-"
        yield [f"  {contract} × {len(group):,}", f"{quantity:g}", told, asset, method]


def _greeks(greeks: Sequence[Greek]) -> list[str]:
    rows = [[bold(cell) for cell in ("  Greek", "by", "value", "unit")]]
    rows += [[f"  {g.measure}", g.subject, significant(g.value), g.unit] for g in greeks]
    footnote = "  vega, rho and carry are for a change by 1.00, theta is for a year"
    return [*columns(rows, right={2}), "", footnote]


# --- rows and JSON -------------------------------------------------------------------------------


def _row(each: Line) -> Row:
    """A position as one flat row: what it is, what it is worth, a column for each Greek."""
    found = each.valuation
    row: dict[str, str | float | None] = {**_held(each.position)}
    row |= {f"argument {name}": text for name, text in each.position.arguments.items()}
    if found is None:
        assert each.failure is not None
        return {**row, "problem": "; ".join(d.message for d in each.failure.diagnostics)}
    row |= {
        "value": found.value,
        "asset": found.asset,
        "method": found.method,
        "model": found.model,
        "standard_error": found.standard_error,
        "bias_bound": found.bias_bound,
    }
    return {**row, **{greek.name: greek.value for greek in found.greeks}}


def _held(position: Position) -> dict[str, str | float | None]:
    return {
        "label": position.label or None,
        "contract": position.contract,
        "quantity": position.quantity,
        "start": None if position.start is None else show_instant(position.start),
    }


def _document(
    book: Sequence[Line], whole: Total | None, market: Market, left: int
) -> dict[str, object]:
    together = None
    if whole is not None:
        together = {
            "value": whole.value,
            "asset": whole.asset,
            "standard_error": whole.error,
            "missing": whole.missing,
            "greeks": [
                {"measure": g.measure, "subject": g.subject, "value": g.value, "unit": g.unit}
                for g in whole.greeks
            ],
        }
    return {
        "as_of": show_instant(market.as_of),
        "positions": [_row(each) for each in book],
        "not_valued": left,
        "total": together,
    }
