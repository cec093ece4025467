"""`rfos calibrate`: a model of prices fitted to a chain of listed options, or curves to quotes."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.cli.console import OK, bold, columns, diagnostics_json, patience, print_json
from rfos_lang.cli.figures import significant
from rfos_lang.cli.files import read_text, unreadable, write_bytes
from rfos_lang.driver.failure import Failure

if TYPE_CHECKING:
    from rfos_lang.valuation.calibration.calibrated import Calibrated
    from rfos_lang.valuation.calibration.fit import Fit

WIDTH = 88
KINDS = (".png", ".svg")


@dataclass(frozen=True, slots=True)
class Request:
    """A chain or quotes, the model to fit to a chain, the market file to write and the picture to
    draw."""

    chain: Path
    model: str
    beta: float
    output: Path | None
    plot: Path | None


def run(request: Request, as_json: bool) -> int:
    """Fits, tells how well, and writes what was asked for. Raises Failure."""
    if request.plot is not None and request.plot.suffix not in KINDS:
        raise unreadable(request.plot, "a picture is a .png or a .svg")
    if request.chain.suffix == ".toml":
        from rfos_lang.cli import calibrate_quotes

        return calibrate_quotes.run(request, as_json)
    text = read_text(request.chain)
    from rfos_lang.valuation.calibration.calibrated import calibrated
    from rfos_lang.valuation.calibration.chain import read_chain

    try:
        chain = read_chain(text)
    except Refused as refused:
        at = Span(str(request.chain), 0, 0)
        raise Failure([report(refused.code, at, **refused.names)], {}) from None
    with patience(f"fitting {request.model}", as_json):
        found = calibrated(chain, request.model, request.beta)
    if request.output is not None:
        write_bytes(request.output, found.market().encode())
    if request.plot is not None:
        from rfos_lang.cli.calibrate_plot import drawn

        write_bytes(request.plot, drawn(found, request.plot.suffix.removeprefix(".")))
    if as_json:
        print_json({**diagnostics_json([], {}), **_document(found, request.model)})
    else:
        print("\n".join(_lines(found, request)))
    return OK


def _lines(found: "Calibrated", request: Request) -> Iterator[str]:
    from rfos_lang.valuation.calibration.chain import CASH

    chain = found.chain
    counted = sum(len(each.quotes) for each in chain.expiries)
    yield f"{bold(chain.asset)}  {request.model} fitted to {counted} options"
    yield ""
    yield f"  as of {show_instant(chain.as_of)}, spot {significant(chain.spot)}"
    yield ""
    heading = ["  expiry", "strikes", "forward", "points", "at worst", CASH, "at worst"]
    rows = [[bold(cell) for cell in heading]]
    for fit in found.fits:
        day = show_instant(fit.expiry.instant).partition("T")[0]
        told = [f"{100 * each:.2f}" for each in (fit.error, fit.worst)]
        told += [f"{each:.2f}" for each in (fit.price_error, fit.worst_price)]
        forward = significant(fit.expiry.forward)
        rows.append([f"  {day}", str(len(fit.expiry.quotes)), forward, *told])
    yield from columns(rows, right={1, 2, 3, 4, 5, 6})
    yield ""
    note = (
        "Errors are in points of volatility and in price: the root of the mean square, weighted by "
        "vega over spread; at worst among strikes where somebody bids."
    )
    yield from _filled(note)
    for note in found.model.notes:
        yield from ("", *_filled(note))
    for each in chain.dropped:
        day = show_instant(each.instant).partition("T")[0]
        strike = significant(each.strike)
        yield from _filled(f"The quote at {strike} of {day} is dropped: {each.why}.")
    for instant, why in chain.left_out:
        yield f"  {show_instant(instant).partition('T')[0]} is left out: {why}."
    numbers = {k: v for k, v in found.model.parameters(chain).items() if isinstance(v, float)}
    if request.model in ("heston", "merton"):
        told = [f"{name} {significant(value)}" for name, value in numbers.items()]
        yield from ("", f"  {', '.join(told)}")
    for file in (request.output, request.plot):
        if file is not None:
            yield f"  wrote {file}"


def _filled(text: str) -> list[str]:
    return fill(text, WIDTH, initial_indent="  ", subsequent_indent="  ").splitlines()


def _document(found: "Calibrated", model: str) -> dict[str, object]:
    chain = found.chain
    document: dict[str, object] = {
        "asset": chain.asset,
        "as_of": show_instant(chain.as_of),
        "spot": chain.spot,
        "model": model,
        "expiries": [
            {
                "expiry": show_instant(fit.expiry.instant),
                "strikes": len(fit.expiry.quotes),
                "forward": fit.expiry.forward,
                "error": fit.error,
                "worst": fit.worst,
                "price_error": fit.price_error,
                "worst_price": fit.worst_price,
                "quotes": _quotes(fit),
            }
            for fit in found.fits
        ],
        "left_out": [
            {"expiry": show_instant(instant), "reason": why} for instant, why in chain.left_out
        ],
        "dropped": [
            {"expiry": show_instant(each.instant), "strike": each.strike, "reason": each.why}
            for each in chain.dropped
        ],
        "parameters": found.model.parameters(chain),
        "notes": list(found.model.notes),
    }
    return document


def _quotes(fit: "Fit") -> list[dict[str, float]]:
    """Each option of an expiry: quoted and fitted, in volatility, and how far prices are apart."""
    return [
        {
            "strike": quote.strike,
            "volatility": quote.volatility,
            "fitted": float(fitted),
            "price_difference": float(off),
        }
        for quote, fitted, off in zip(
            fit.expiry.quotes, fit.volatilities, fit.price_differences, strict=True
        )
    ]
