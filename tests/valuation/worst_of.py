"""A note on the worst of two prices, begun a day before the market's date: jumps at many levels."""

from functools import cache

from rfos_lang.base.instant import DAY
from rfos_lang.core.arguments import read_arguments, shape_of
from rfos_lang.core.binding import bind
from rfos_lang.core.lowering import lower
from rfos_lang.core.program import Program, Terms
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.valuation.averages import TODAY, definitions

NAMES = ("BTC", "ETH")
TEXT = """
contract Note(basket: [Asset], cash: Asset, notional: cash, observations: Schedule)
between investor, issuer {
    let performance(a: Asset): Number = spot(a, cash) / (spot(a, cash) at start)
    let worst = min(performance(a) for a in basket)

    at each t in observations {
        if worst >= 1 { issuer pays investor notional * 1.1 as "redemption"; end }
    }
    at last(observations) {
        let paid = if worst <= 0.7 then min(worst, 1) else 1
        issuer pays investor notional * paid as "redemption"
    }
    unsecured
}
"""


@cache
def instance() -> tuple[Program, Terms]:
    """The note, observed each quarter of a year."""
    given = {
        "basket": f"[{', '.join(NAMES)}]",
        "cash": "USD",
        "notional": "1000",
        "observations": "[2026-04-01, 2026-07-01, 2026-10-01, 2027-01-01]",
    }
    return begun(TEXT, given)


def begun(text: str, given: dict[str, str]) -> tuple[Program, Terms]:
    """An instance of a note, begun a day ago."""
    definition = definitions(text)["Note"]
    read, problems = read_arguments(definition, given)
    assert read is not None, problems
    lowered, problems = lower(definition, shape_of(definition, read))
    assert lowered is not None, problems
    terms, problems = bind(lowered, read, TODAY - DAY)
    assert terms is not None, problems
    return lowered.program, terms


def market() -> Market:
    """The prices are those that the note began at."""
    pairs = [(name, "USD") for name in NAMES]
    return Market(
        as_of=TODAY,
        spots=dict.fromkeys(pairs, 100.0),
        volatilities={pairs[0]: flat_volatility(0.25), pairs[1]: flat_volatility(0.3)},
        rates={"USD": flat_rate(0.04)},
        yields={name: flat_rate(0.01) for name in NAMES},
        correlations={frozenset(pairs): 0.5},
        fixings={f"spot({name}, USD)": {TODAY - DAY: 100.0} for name in NAMES},
    )


def simulated(paths: int, seed: int = 1) -> Valuation:
    """Its value and Greeks."""
    program, terms = instance()
    return valued(program, terms, market(), "monte_carlo", paths, seed)
