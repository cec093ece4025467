"""The dividends of a market file: what they are told as, and all that is wrong with them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Protocol

from pydantic import BeforeValidator

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.valuation.dividends import Told, with_dividends
from rfos_lang.valuation.dynamics.tables import Part
from rfos_lang.valuation.market import Market, Pair, spot_name
from rfos_lang.valuation.market_values import Instant, NotNegative, Share

Place = Callable[[Sequence[str | int]], Span]


class DividendTable(Part):
    """A dividend: an amount for one unit of the asset, or a share of the price before it; paid on
    its date, if no other is given."""

    amount: NotNegative | None = None
    share: Share | None = None
    pay: Instant | None = None


def _table(value: Any) -> Any:
    """A number is an amount, one with % a share of the price."""
    if isinstance(value, dict):
        return value
    return {"share" if str(value).strip().endswith("%") else "amount": value}


Dividends = dict[Instant, Annotated[DividendTable, BeforeValidator(_table)]]


class File(Protocol):
    """What of a market file is read here."""

    @property
    def dividends(self) -> Mapping[Pair, Dividends]: ...


def wrong_dividends(file: File, place: Place) -> Iterator[Diagnostic]:
    """What is wrong with how dividends are told."""
    for pair, dividends in file.dividends.items():
        name = spot_name(*pair)
        for at, table in dividends.items():
            if (table.amount is None) == (table.share is None):
                problem = "a dividend is either an amount or a share of the price"
                yield report("E0604", place(("dividends", name)), key=name, problem=problem)
            elif table.pay is not None and table.pay < at:
                problem = "a dividend is paid before anybody is due it"
                yield report("E0604", place(("dividends", name)), key=name, problem=problem)


def paying(
    file: File, market: Market, place: Place
) -> tuple[Market | None, tuple[Diagnostic, ...]]:
    """The market with what its assets pay, or what is wrong with that."""
    for pair, dividends in file.dividends.items():
        told = [
            Told(at, at if each.pay is None else each.pay, each.amount, each.share)
            for at, each in dividends.items()
        ]
        try:
            market = with_dividends(market, {pair: told})
        except Refused as refused:
            named = {"key": spot_name(*pair), **refused.names}
            at_fault = place(("dividends", spot_name(*pair)))
            return None, (report(refused.code, at_fault, **named),)
    return market, ()
