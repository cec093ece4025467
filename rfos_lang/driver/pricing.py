"""From a checked contract, its arguments and a market to a value."""

from collections.abc import Mapping
from dataclasses import replace

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.instance import Instance, instance
from rfos_lang.driver.opening import Checked, Source
from rfos_lang.valuation import price
from rfos_lang.valuation.market import Market, parse_market
from rfos_lang.valuation.request import PSEUDO
from rfos_lang.valuation.result import Valuation
from rfos_lang.valuation.simulated.pace import Pace

STRICT_PATHS = "strict_paths"
"""The method of `strict_paths`, beside those of `valuation.price`."""


@dataclass(frozen=True, slots=True)
class How:
    """How a value is found; see `valuation.price`. All but the method are for simulations, whose
    `pace` is told of each block."""

    method: str = "auto"
    paths: int = price.PATHS
    seed: int = 1
    pace: Pace | None = None
    sampling: str = PSEUDO


@dataclass(frozen=True, slots=True)
class Priced:
    """An instance with its value."""

    instance: Instance
    valuation: Valuation


def market_of(source: Source) -> Market:
    """The market that a text describes. Raises Failure."""
    market, problems = parse_market(source.text, source.name)
    if market is None:
        raise Failure(problems, source.sources)
    return market


def with_history(market: Market, history: Source) -> Market:
    """The market with past observations from a file of their own, which count before its fixings.
    Raises Failure."""
    from rfos_lang.valuation.history_file import parse_history

    fixings, problems = parse_history(history.text, history.name)
    if problems:
        raise Failure(problems, history.sources)
    known = {
        feed: {**market.fixings.get(feed, {}), **fixings.get(feed, {})}
        for feed in {**market.fixings, **fixings}
    }
    return replace(market, fixings=known)


def priced(
    checked: Checked,
    arguments: Mapping[str, str],
    market: Market,
    *,
    start: int | None = None,
    how: How | None = None,
    greeks: bool = True,
) -> Priced:
    """The value of one contract that begins at `start`, by default the market's date.

    Arguments are spelled as in the language: `{"strike": "65_000", "expiry": "2026-12-25"}`.
    Raises Failure.
    """
    made = instance(checked, arguments, market.as_of if start is None else start)
    return Priced(made, valuation_of(checked, made, market, how or How(), greeks))


def valuation_of(
    checked: Checked, made: Instance, market: Market, how: How, greeks: bool
) -> Valuation:
    """The value of an instance of a contract. Raises Failure."""
    try:
        if how.method == STRICT_PATHS:
            from rfos_lang.driver import strict_paths

            return strict_paths.value(made.program, made.terms, market, how.paths, how.seed)
        return price.valued(
            made.program,
            made.terms,
            market,
            how.method,
            how.paths,
            how.seed,
            greeks,
            how.pace,
            how.sampling,
        )
    except Refused as refused:
        of_contract = "contract" in refused.names
        place = checked.definition.span if of_contract else Span(market.source, 0, 0)
        problem = report(refused.code, place, **refused.names)
        raise Failure([problem], checked.source.sources) from None
