"""What falls due at the market's very date, where a payoff bends or jumps at the very spot.

A formula has limits from both sides there and tells something between them; the settlement pays one
of them, by whether the contract says `<` or `<=`. So it is asked.
"""

from collections.abc import Callable

from rfos_lang.core import meaning
from rfos_lang.core.meaning import Event, Standing, Status
from rfos_lang.core.program import Choice, Watch
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.moved_market import with_spot
from rfos_lang.valuation.owed import worth_now
from rfos_lang.valuation.seasoning import values_now

NEAR = 1e-3
"""A part of a spot that is far beyond what the time that formulas never go below lets it move."""
STEEP = 20
"""What is so many times steeper than the price jumps; where it does not, to ask does no harm."""


def settles_in_doubt(figures: Figures, feed: int, worth: Callable[[Market], float]) -> bool:
    """Whether what is paid now by a price is not a straight line about the spot. `worth` is what
    the formula gives in a market."""
    market, pair = figures.market, figures.pair(feed)
    by = NEAR * market.spot(*pair)
    here, up, down = (worth(with_spot(market, pair, each)) for each in (0.0, by, -by))
    scale = max(abs(here), abs(up), abs(down))
    return abs(up - 2 * here + down) > NEAR * scale or abs(up - down) > STEEP * NEAR * scale


def paid_now(figures: Figures, cash: str) -> float | None:
    """What the settlement pays at the market's date, in `cash`, to the first party; None where it
    cannot be told: somebody chooses, something is watched, or an observation is missing."""
    program, terms, market = figures.ahead.program, figures.ahead.terms, figures.market
    if any(isinstance(clause, Choice | Watch) for clause in program.clauses):
        return None
    before = figures.standing
    begun = Standing(False, (0,) * len(program.clauses), before.states, before.tables)
    event = Event(market.as_of, values_now(program, terms, market))
    outcome = meaning.fire(program, terms, begun, event)
    if outcome.status is not Status.OK:
        return None
    return worth_now(terms, market, outcome.postings, cash)
