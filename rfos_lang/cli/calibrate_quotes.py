"""`rfos calibrate QUOTES.toml`: curves, hazard rates and Hull-White factors that meet quotes."""

from collections.abc import Iterator
from textwrap import fill
from typing import TYPE_CHECKING

from rfos_lang.base.instant import show_instant
from rfos_lang.cli.console import OK, bold, columns, diagnostics_json, patience, print_json
from rfos_lang.cli.figures import significant
from rfos_lang.cli.files import read_text, write_bytes
from rfos_lang.driver.failure import Failure

if TYPE_CHECKING:
    from rfos_lang.cli.calibrate import Request
    from rfos_lang.valuation.calibration.from_quotes import (
        Fitted,
        FittedCurve,
        FittedFactor,
        FittedHazards,
        Quoted,
    )

WIDTH = 88
EXACT = 1e-12
"""A difference below this is none."""
BASIS_POINT = 1e-4


def run(request: "Request", as_json: bool) -> int:
    """Fits, tells each quote with what is made of it, and writes what was asked for. Raises
    Failure."""
    text, source = read_text(request.chain), str(request.chain)
    from rfos_lang.valuation.calibration.from_quotes import fitted, market_text

    with patience("fitting curves", as_json):
        found, problems = fitted(text, source)
    if found is None:
        raise Failure(problems, {source: text})
    if request.output is not None:
        write_bytes(request.output, market_text(found).encode())
    if request.plot is not None:
        from rfos_lang.cli.calibrate_quotes_plot import drawn

        write_bytes(request.plot, drawn(found, request.plot.suffix.removeprefix(".")))
    if as_json:
        print_json({**diagnostics_json([], {}), **_document(found)})
    else:
        print("\n".join(_lines(found, request)))
    return OK


# --- for people -----------------------------------------------------------------------------------


def _lines(found: "Fitted", request: "Request") -> Iterator[str]:
    counted = len(found.quotes)
    yield f"{bold(request.chain.name)}  {counted} quotes as of {show_instant(found.as_of)}"
    for curve in found.curves:
        yield from _curve(curve)
    for hazards in found.hazards:
        yield from _hazards(hazards)
    for factor in found.factors:
        yield from _factor(factor)
    yield ""
    note = (
        "Zero rates and hazard rates are compounded continuously to each date. A difference is "
        "that of the quote made again from what was found, in basis points."
    )
    for each in (note, *found.notes):
        yield fill(each, WIDTH, initial_indent="  ", subsequent_indent="  ")
    for file in (request.output, request.plot):
        if file is not None:
            yield f"  wrote {file}"


def _curve(each: "FittedCurve") -> Iterator[str]:
    does = f"discounts {each.name}" if each.kind == "rates" else f"projects {each.table.index}"
    if each.kind == "rates" and each.table.index:
        does += f", projects {each.table.index}"
    yield from ("", f"  {bold(each.name)}  {does}", "")
    rates = (rate for _, rate in each.curve.knots)
    yield from _table("zero rate", each.quotes, rates)


def _hazards(each: "FittedHazards") -> Iterator[str]:
    yield from ("", f"  {bold(each.name)}  recovery {each.recovery:.0%}", "")
    yield from _table("mean hazard", each.quotes, (rate for _, rate in each.curve.knots))


def _factor(each: "FittedFactor") -> Iterator[str]:
    kind = "normal" if each.quotation.normal else "lognormal"
    yield from ("", f"  {bold(f'Hull-White({each.asset})')}  fitted to {kind} volatilities", "")
    yield from _table("model", each.quotes, (quote.found for quote in each.quotes))
    how = "given" if each.reversion_given else "found"
    how += ", the least that is sought" if how == "found" and each.model.reversion < EXACT else ""
    told = ", ".join(f"{level:.4%}" for _, level in each.model.volatility)
    yield ""
    yield f"  reversion {each.model.reversion:.4%} ({how}), volatility {told}"


def _table(heading: str, quotes: "tuple[Quoted, ...]", numbers: Iterator[float]) -> Iterator[str]:
    rows = [[bold(cell) for cell in ("  quote", "until", "quoted", heading, "difference")]]
    for each, number in zip(quotes, numbers, strict=True):
        name = f"  {each.path[-2].removesuffix('s')} {each.path[-1]}"
        off = "0" if abs(each.residual) < EXACT else significant(each.residual / BASIS_POINT, 3)
        rows.append([name, show_instant(each.last), f"{each.quote:.4%}", f"{number:.4%}", off])
    yield from columns(rows, right={2, 3, 4})


# --- for programs ---------------------------------------------------------------------------------


def _document(found: "Fitted") -> dict[str, object]:
    return {
        "as_of": show_instant(found.as_of),
        "notes": found.notes,
        "curves": [
            {
                "name": each.name,
                "discounts": each.kind == "rates",
                "index": each.table.index,
                "quotes": _quotes(each.quotes, "zero_rate", [r for _, r in each.curve.knots]),
            }
            for each in found.curves
        ],
        "hazards": [
            {
                "event": each.name,
                "recovery": each.recovery,
                "quotes": _quotes(each.quotes, "mean_hazard", [r for _, r in each.curve.knots]),
            }
            for each in found.hazards
        ],
        "hull_white": [
            {
                "asset": each.asset,
                "reversion": each.model.reversion,
                "volatility": [
                    {"years": years, "volatility": level} for years, level in each.model.volatility
                ],
                "quotes": _quotes(each.quotes, "model", [quote.found for quote in each.quotes]),
            }
            for each in found.factors
        ],
    }


def _quotes(
    quotes: "tuple[Quoted, ...]", name: str, numbers: list[float]
) -> list[dict[str, object]]:
    return [
        {
            "instrument": each.path[-2].removesuffix("s"),
            "key": each.path[-1],
            "until": show_instant(each.last),
            "quoted": each.quote,
            name: number,
            "difference": each.residual,
        }
        for each, number in zip(quotes, numbers, strict=True)
    ]
