"""Where a gain came from: two markets, and what the Greeks of the first say of the way between.

Taylor's expansion about the market before: delta and gamma by the move of each spot, vega and volga
by the move of its volatility to the trade's last date, vanna by both, rho and carry by the moves of
the zero rates to it, theta by the days that passed. What was paid in between counts as a gain; what
the expansion does not reach (other cross terms, third order, jumps of the contract's own state) is
the rest.
"""

from collections.abc import Iterator
from math import fsum

from rfos_lang.base.records import dataclass
from rfos_lang.core.horizon import horizon
from rfos_lang.driver.book import told
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.pricing import How, valuation_of
from rfos_lang.driver.trade import Trade
from rfos_lang.valuation.curve import YEAR
from rfos_lang.valuation.market import Market, Pair
from rfos_lang.valuation.result import Greek, Valuation
from rfos_lang.valuation.seasoning import paid_between

YEARS_MOST = 30.0
"""For a contract without end: rates and volatilities are looked at so far out."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a gain: the measure it comes from (`delta`, ..., `paid`, `exchange`, `rest`), what
    it is taken to, and how much it is."""

    measure: str
    subject: str
    amount: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """The gain of one trade between two markets, all of its quantity, in one asset."""

    trade: Trade
    before: float
    after: float
    shares: tuple[Share, ...]

    @property
    def gain(self) -> float:
        """Value after less value before, and what was paid in between."""
        return fsum(share.amount for share in self.shares)


def attributed(trade: Trade, before: Market, after: Market, how: How, asset: str) -> Attribution:
    """The gain of a trade, taken apart, in `asset`. Raises Failure."""
    first = valuation_of(trade.checked, trade.instance, before, how, greeks=True)
    last = _later(trade, after, how)
    quantity, own = trade.position.quantity, first.asset
    old, new = told(before, own, asset), told(after, own, asset)
    expanded = [
        Share(share.measure, share.subject, quantity * new * share.amount)
        for share in _expansion(trade, first, before, after)
    ]
    paid = [
        Share("paid", ticker, quantity * amount * told(after, ticker, asset))
        for ticker, amount in paid_between(
            trade.instance.program, trade.instance.terms, before, after
        ).items()
        if amount
    ]
    exchange = quantity * first.value * (new - old)
    shares = [*paid, *expanded, *([Share("exchange", own, exchange)] if exchange else [])]
    start, end = quantity * first.value * old, quantity * last * new
    gain = fsum([end, -start, *(share.amount for share in paid)])
    rest = fsum([gain, *(-share.amount for share in shares)])
    return Attribution(trade, start, end, (*shares, Share("rest", "", rest)))


def _later(trade: Trade, after: Market, how: How) -> float:
    """What one contract is worth after; nothing once it has ended. Raises Failure."""
    try:
        return valuation_of(trade.checked, trade.instance, after, how, greeks=False).value
    except Failure as failure:
        if any(each.code == "E0620" for each in failure.diagnostics):
            return 0.0
        raise


def _expansion(trade: Trade, found: Valuation, before: Market, after: Market) -> Iterator[Share]:
    years = (after.as_of - before.as_of) / YEAR
    last = horizon(trade.instance.program, trade.instance.terms)
    ahead = YEARS_MOST if last is None else max(before.years(last), 0.0)
    later = max(ahead - years, 0.0)
    pairs = trade.spots
    for greek in found.greeks:
        amount = _move(greek, pairs, before, after, ahead, later, years)
        if amount is not None:
            yield Share(greek.measure, greek.subject, amount)


def _move(
    greek: Greek,
    pairs: dict[str, Pair],
    before: Market,
    after: Market,
    ahead: float,
    later: float,
    years: float,
) -> float | None:
    """A Greek times what moved; None for one that the expansion has no use for."""
    match greek.measure:
        case "delta" | "gamma" | "vega" | "vanna" | "volga" if greek.subject in pairs:
            pair = pairs[greek.subject]
            moved = after.spot(*pair) - before.spot(*pair)
            if not greek.value:
                return 0.0
            if greek.measure == "delta":
                return greek.value * moved
            if greek.measure == "gamma":
                return greek.value * moved**2 / 2
            wider = after.volatility(*pair, later) - before.volatility(*pair, ahead)
            share = {"vega": wider, "vanna": moved * wider, "volga": wider**2 / 2}
            return greek.value * share[greek.measure]
        case "rho":
            moved = after.rate(greek.subject, later) - before.rate(greek.subject, ahead)
            return greek.value * moved
        case "carry":
            moved = after.carry(greek.subject, later) - before.carry(greek.subject, ahead)
            return greek.value * moved
        case "theta":
            return greek.value * years
        case _:
            return None
