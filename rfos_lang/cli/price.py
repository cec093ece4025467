"""`rfos price` and `rfos greeks`: a contract's value to its first party, and its derivatives."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import fill

from rfos_lang.base.records import dataclass
from rfos_lang.cli.console import (
    OK,
    WRONG,
    bold,
    columns,
    diagnostics_json,
    interruptible,
    print_json,
)
from rfos_lang.cli.files import opened, read_text
from rfos_lang.cli.options import instant_option
from rfos_lang.cli.tables import table_lines
from rfos_lang.cli.value import GREEKS_NOTE, greek_table, value_document, value_said
from rfos_lang.driver.opening import Source, settings
from rfos_lang.driver.pricing import How, Priced, market_of, priced, with_history

WIDTH = 88


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be priced, in which market and how. `start` None: the contract begins at the
    market's date. `history`: a file of what was observed before that date."""

    target: str
    market: Path
    settings: tuple[str, ...]
    start: str | None
    how: How
    greeks: bool
    history: Path | None = None


def run(request: Request, as_json: bool) -> int:
    """Prices a contract; the exit code: 1 if it was interrupted, and what there was is told.
    Raises Failure."""
    checked = opened(request.target)
    market = market_of(Source(str(request.market), read_text(request.market)))
    if request.history is not None:
        history = Source(str(request.history), read_text(request.history))
        market = with_history(market, history)
    arguments, greeks = settings(request.settings), request.greeks
    start = None if request.start is None else instant_option("--start", request.start)
    with interruptible(
        f"valuing, {request.how.paths:,} paths if it is simulated", as_json
    ) as waiting:
        how = replace(request.how, pace=waiting.pace)
        found = priced(checked, arguments, market, start=start, how=how, greeks=greeks)
    if as_json:
        problems = diagnostics_json(checked.warnings, checked.source.sources)
        print_json({**problems, **value_document(found, market, greeks)})
    else:
        print("\n".join(priced_lines(found, greeks)))
    return WRONG if waiting.enough.is_set() else OK


def priced_lines(found: Priced, greeks: bool) -> Iterator[str]:
    """A value, with its Greeks or without, as text."""
    definition, valuation = found.instance.definition, found.valuation
    yield f"{bold(definition.name)}  value to {definition.parties[0]}"
    yield ""
    yield from columns([[f"  {label}", text] for label, text in value_said(found)])
    if greeks:
        yield ""
        yield from (*table_lines(greek_table(valuation.greeks)), "", f"  {GREEKS_NOTE}")
    for note in valuation.notes:
        yield ""
        yield fill(note, WIDTH, initial_indent="  ", subsequent_indent="  ")
