"""`rfos payoff`: what a contract pays, drawn in the terminal or into a file."""

from pathlib import Path

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.cli.console import OK, diagnostics_json, print_json
from rfos_lang.cli.files import opened, read_text, write_bytes
from rfos_lang.cli.options import instant_option
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.instance import instance
from rfos_lang.driver.opening import Source, settings
from rfos_lang.driver.payoff import Curve, Payoff, payoff
from rfos_lang.driver.pricing import market_of
from rfos_lang.semantics.definition import Definition

LONG_AGO = 0
"""Where a contract begins if neither a market nor a date says: 1970."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be drawn, and where."""

    target: str
    settings: tuple[str, ...]
    market: Path | None
    start: str | None
    asset: str | None
    output: Path | None
    low: float | None
    high: float | None


def run(request: Request, as_json: bool) -> int:
    """Draws a payoff; the exit code. Raises Failure."""
    output = request.output
    if output is not None and output.suffix not in (".png", ".svg"):
        raise Failure([report("E1009", Span(str(output), 0, 0), file=output)], {})
    checked = opened(request.target)
    market = None
    if request.market is not None:
        market = market_of(Source(str(request.market), read_text(request.market)))
    start = LONG_AGO if market is None else market.as_of
    if request.start is not None:
        start = instant_option("--start", request.start)
    made = instance(checked, settings(request.settings), start)
    picture = payoff(made, market, request.asset, request.low, request.high)
    if output is not None:
        from rfos_lang.cli.payoff_plot import drawn

        names = (made.definition.name, made.definition.parties[0])
        write_bytes(output, drawn(*names, picture, output.suffix.removeprefix(".")))
    if as_json:
        problems = diagnostics_json(checked.warnings, checked.source.sources)
        print_json({**problems, **payoff_document(made.definition, picture)})
    elif output is None:
        from rfos_lang.cli.payoff_terminal import payoff_lines

        names = (made.definition.name, made.definition.parties[0])
        print("\n".join(payoff_lines(*names, picture)))
    else:
        print(f"{output} written")
    return OK


def payoff_document(definition: Definition, picture: Payoff) -> dict[str, object]:
    """The picture of a payoff as JSON values."""
    return {
        "contract": definition.name,
        "party": definition.parties[0],
        "asset": picture.asset,
        "cash": picture.cash,
        "spot": picture.spot,
        "levels": {level.name: level.price for level in picture.levels},
        "paid": _curve(picture.paid),
        "today": None if picture.today is None else _curve(picture.today),
    }


def _curve(curve: Curve) -> dict[str, object]:
    return {"prices": curve.prices, "amounts": curve.amounts}
