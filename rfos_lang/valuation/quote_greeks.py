"""Greeks to the quotes that a market's curves meet: all curves move with each."""

from collections.abc import Callable, Iterator

from rfos_lang.valuation.market import Market
from rfos_lang.valuation.moved_market import with_quote
from rfos_lang.valuation.result import Greek

MEASURE = "quote"
NEGLIGIBLE = 1e-6
"""What is no more than such a share of the greatest one is left out."""

Slope = Callable[[Callable[[float], Market]], float]
"""How a value moves with a market that is a function of a step."""


def quote_greeks(market: Market, slope: Slope, unit: str, estimator: str) -> Iterator[Greek]:
    """How a value moves with each quote, per 1, in the order of the file; without those that hardly
    matter."""
    found = [
        (move.quote, slope(lambda step, m=move: with_quote(market, m, step)))  # type: ignore[misc]
        for move in market.moves()
    ]
    least = NEGLIGIBLE * max((abs(by) for _, by in found), default=0.0)
    for quote, by in found:
        if abs(by) > least:
            yield Greek(MEASURE, quote, by, unit, estimator)
