"""A closed form's value and Greeks as formulas, by the names that rules and people use.

Units follow the language: delta in units of the asset, vega in cash for a volatility up by 1.00,
rho in cash for a rate up by 1.00, theta in cash a year. All are derivatives of the value to the
first party.
"""

from collections.abc import Mapping
from functools import lru_cache

from rfos_lang.core.formula import Formula, Input
from rfos_lang.valuation.closed_form.letters import Letters
from rfos_lang.valuation.closed_form.parts import Measures, summed
from rfos_lang.valuation.closed_form.recognise import ClosedForm
from rfos_lang.valuation.differentiation import derivative

BY_PRICE = ("delta", "gamma", "vega")
OVERALL = ("theta", "rho")

SECOND_ORDER = ("vanna", "volga")
"""What a volatility moves once more: delta, and vega."""


def measures(form: ClosedForm, feed: int | None = None) -> Measures:
    """The value and Greeks at one horizon; delta, gamma and vega by the price `feed`, by default
    the only one. A payment owed later than fixed has two horizons, and may not occur."""
    letters = Letters(form.program)
    if feed is None:
        feed = next((part.feed for part in form.parts if part.feed is not None), None)
    return summed(form.parts, letters, feed)


def prices(form: ClosedForm) -> tuple[int, ...]:
    """The feeds that the value depends on."""
    return tuple(sorted({part.feed for part in form.parts if part.feed is not None}))


def named(form: ClosedForm) -> Mapping[str, Formula]:
    """`value`, `delta(spot(BTC, USD))`, ... , `theta`, `rho` and their formulas."""
    overall = measures(form)
    found: dict[str, Formula] = {"value": overall.value}
    for feed in prices(form):
        by_price = measures(form, feed)
        name = form.program.feeds[feed].name
        found |= {f"{each}({name})": getattr(by_price, each) for each in BY_PRICE}
    return found | {each: getattr(overall, each) for each in OVERALL}


def shown(form: ClosedForm) -> Mapping[str, Formula]:
    """The same with all Greeks of second order, for people."""
    found = dict(named(form))
    overall = {each: found.pop(each) for each in OVERALL}
    for feed in prices(form):
        name = form.program.feeds[feed].name
        found |= {f"{each}({name})": formula for each, formula in second_order(form, feed).items()}
    return found | overall


def second_order(form: ClosedForm, feed: int) -> Mapping[str, Formula]:
    """Vanna, the derivative of delta by volatility, and volga, that of vega."""
    volatility = Letters(form.program).volatility(feed)
    return dict(zip(SECOND_ORDER, by_volatility(measures(form, feed), volatility), strict=True))


@lru_cache(maxsize=1024)
def by_volatility(of: Measures, volatility: Input) -> tuple[Formula, Formula]:
    """The derivatives of delta and vega by volatility."""
    return derivative(of.delta, volatility), derivative(of.vega, volatility)
