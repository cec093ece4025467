"""`rfos attribute`: where the gain between two markets came from."""

from collections.abc import Iterator, Sequence
from math import fsum
from pathlib import Path

from rfos_lang.base.records import dataclass
from rfos_lang.cli.console import OK, bold, columns, print_json, progress
from rfos_lang.cli.figures import amount
from rfos_lang.cli.files import read_text
from rfos_lang.cli.ladder import asset_of, trades_in
from rfos_lang.driver.attribution import Attribution, attributed
from rfos_lang.driver.opening import Source
from rfos_lang.driver.pricing import How, market_of

PLACES = 2


@dataclass(frozen=True, slots=True)
class Request:
    """A contract or a portfolio file, the market before and the one after, and how to value."""

    target: str
    settings: tuple[str, ...]
    before: Path
    after: Path
    how: How
    asset: str | None


def run(request: Request, as_json: bool) -> int:
    """Takes the gain apart; the exit code. Raises Failure."""
    before, after = (
        market_of(Source(str(path), read_text(path))) for path in (request.before, request.after)
    )
    trades = trades_in(request.target, request.settings, before)
    asset = request.asset or asset_of(trades, before, request.how)
    coming = (attributed(trade, before, after, request.how, asset) for trade in trades)
    found = list(progress(coming, "positions", len(trades), as_json))
    if as_json:
        print_json(_document(found, asset))
    else:
        print("\n".join(_lines(found, asset)))
    return OK


def together(found: Sequence[Attribution]) -> dict[tuple[str, str], float]:
    """The shares of all trades by measure and subject, the rest last."""
    amounts: dict[tuple[str, str], list[float]] = {}
    for share in (share for each in found for share in each.shares):
        amounts.setdefault((share.measure, share.subject), []).append(share.amount)
    ordered = sorted(amounts, key=lambda key: key[0] == "rest")
    return {key: fsum(amounts[key]) for key in ordered}


def _lines(found: Sequence[Attribution], asset: str) -> Iterator[str]:
    table = [["  value before", "", amount(fsum(each.before for each in found), PLACES)]]
    for (measure, subject), share in together(found).items():
        table.append([f"  {measure}", subject, amount(share, PLACES)])
    table.append(["  value after", "", amount(fsum(each.after for each in found), PLACES)])
    gain = fsum(each.gain for each in found)
    table.append([f"  {bold('gain')}", "", bold(amount(gain, PLACES))])
    yield f"  {len(found)} position{'s' * (len(found) > 1)}, in {asset}"
    yield ""
    yield from columns(table, right={2})


def _document(found: Sequence[Attribution], asset: str) -> dict[str, object]:
    return {
        "asset": asset,
        "gain": fsum(each.gain for each in found),
        "shares": [
            {"measure": measure, "subject": subject, "amount": share}
            for (measure, subject), share in together(found).items()
        ],
        "positions": [
            {
                "contract": each.trade.position.contract,
                "quantity": each.trade.position.quantity,
                "before": each.before,
                "after": each.after,
                "gain": each.gain,
                "shares": [
                    {"measure": s.measure, "subject": s.subject, "amount": s.amount}
                    for s in each.shares
                ],
            }
            for each in found
        ],
    }
