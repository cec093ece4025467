"""`rfos price` and `rfos greeks`: a contract's value to its first party, and its derivatives."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import fill

from rfos_lang.base.instant import show_instant
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
from rfos_lang.cli.figures import amount, significant, with_error
from rfos_lang.cli.files import opened, read_text
from rfos_lang.cli.options import instant_option
from rfos_lang.driver.opening import Source, settings
from rfos_lang.driver.pricing import How, Priced, market_of, priced, with_history
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.result import Bound, Greek, Valuation

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
        print_json({**problems, **_document(found, market, greeks)})
    else:
        print("\n".join(_lines(found, greeks)))
    return WRONG if waiting.enough.is_set() else OK


# --- text ----------------------------------------------------------------------------------------


def _lines(found: Priced, greeks: bool) -> Iterator[str]:
    definition, valuation = found.instance.definition, found.valuation
    yield f"{bold(definition.name)}  value to {definition.parties[0]}"
    yield ""
    yield from columns([[f"  {label}", text] for label, text in _said(found)])
    if greeks:
        yield ""
        yield from _table(valuation.greeks)
    for note in valuation.notes:
        yield ""
        yield fill(note, WIDTH, initial_indent="  ", subsequent_indent="  ")


def _said(found: Priced) -> Iterator[tuple[str, str]]:
    value = found.valuation
    places = found.instance.definition.assets[value.asset].places
    if value.standard_error:
        number, error = with_error(value.value, value.standard_error)
        yield "value", bold(f"{number} {value.asset}")
        yield "standard error", f"{error} {value.asset}"
    else:
        yield "value", bold(f"{amount(value.value, places)} {value.asset}")
    if value.dual is not None:
        number, error = with_error(value.dual.value, value.dual.standard_error)
        side = "most" if value.dual.is_upper else "least"
        yield f"at {side}", f"{number} {value.asset}, standard error {error} {value.asset}"
    if value.bias_bound is not None:
        yield "bias, at most", f"{significant(value.bias_bound, 2)} {value.asset}"
    yield "method", value.method
    yield "model", value.model
    if value.monitoring is not None:
        yield "monitoring", value.monitoring


def _table(greeks: Sequence[Greek]) -> list[str]:
    """A row for each Greek; the columns of errors only if there are any."""
    told = any(greek.standard_error is not None for greek in greeks)
    biased = any(greek.bias_bound is not None for greek in greeks)
    kinds = [*(["std. error"] if told else []), *(["bias below"] if biased else [])]
    heading = ["  Greek", "by", "value", *kinds, "unit", "estimator"]
    rows = [[bold(cell) for cell in heading]]
    for greek in greeks:
        number, error = significant(greek.value), ""
        if greek.standard_error is not None:
            number, error = with_error(greek.value, greek.standard_error)
        bias = "" if greek.bias_bound is None else significant(greek.bias_bound, 2)
        errors = [*([error] if told else []), *([bias] if biased else [])]
        row = [f"  {greek.measure}", greek.subject, number, *errors, greek.unit, greek.estimator]
        rows.append(row)
    footnote = "  vega, rho and carry are for a change by 1.00, theta is for a year"
    return [*columns(rows, right=set(range(2, 3 + len(kinds)))), "", footnote]


# --- JSON ----------------------------------------------------------------------------------------


def _document(found: Priced, market: Market, greeks: bool) -> dict[str, object]:
    made, valuation = found.instance, found.valuation
    document: dict[str, object] = {
        "contract": made.definition.name,
        "party": made.definition.parties[0],
        "as_of": show_instant(market.as_of),
        "start": show_instant(made.terms.start),
        **_value_document(valuation),
    }
    if greeks:
        document["greeks"] = [
            {
                "measure": each.measure,
                "subject": each.subject,
                "value": each.value,
                "unit": each.unit,
                "estimator": each.estimator,
                "standard_error": each.standard_error,
                "bias_bound": each.bias_bound,
            }
            for each in valuation.greeks
        ]
    return document


def _value_document(valuation: Valuation) -> dict[str, object]:
    return {
        "value": valuation.value,
        "asset": valuation.asset,
        "method": valuation.method,
        "model": valuation.model,
        "standard_error": valuation.standard_error,
        "bias_bound": valuation.bias_bound,
        "dual_bound": _bound_document(valuation.dual),
        "monitoring": valuation.monitoring,
        "notes": valuation.notes,
    }


def _bound_document(bound: Bound | None) -> dict[str, object] | None:
    if bound is None:
        return None
    side = "upper" if bound.is_upper else "lower"
    return {"side": side, "value": bound.value, "standard_error": bound.standard_error}
