"""The markets that every contract of the library is valued on: one for each model of a price."""

from dataclasses import replace

from rfos_lang.base.duration import parse_duration
from rfos_lang.base.instant import DAY
from rfos_lang.core.program import Choice
from rfos_lang.core.typical import BEGIN
from rfos_lang.driver.instance import Instance
from rfos_lang.valuation.curve import RateCurve, VolatilityCurve, flat_rate, flat_volatility
from rfos_lang.valuation.dividends import Told, with_dividends
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.dynamics.local_grid import LocalGrid, Row
from rfos_lang.valuation.dynamics.sabr import Sabr, continued
from rfos_lang.valuation.dynamics.smile import Smile
from rfos_lang.valuation.dynamics.svi import Svi
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.market import IndexCurve, Market

BTC, ETH, ABROAD, EURO = ("BTC", "USD"), ("ETH", "USD"), ("BTC", "EUR"), ("EUR", "USD")

FLAT = Market(
    as_of=BEGIN,
    spots={BTC: 100.0, ETH: 95.0, ABROAD: 91.0, EURO: 1.1},
    volatilities={
        BTC: flat_volatility(0.4),
        ETH: flat_volatility(0.5),
        ABROAD: flat_volatility(0.35),
        EURO: flat_volatility(0.1),
    },
    rates={"USD": flat_rate(0.04), "EUR": flat_rate(0.025)},
    yields={"BTC": flat_rate(0.01), "ETH": flat_rate(0.03)},
    correlations={
        frozenset((BTC, ETH)): 0.6,
        frozenset((ABROAD, EURO)): -0.3,
    },
    indices={
        "SOFR": IndexCurve(curve="USD", tenor=parse_duration("3M")),
        "ESTR": IndexCurve(curve="EUR", tenor=parse_duration("3M")),
        "CPI": IndexCurve(flat=102.0),
    },
    levels={
        "wind(typical)": 40.0,
        "official_rate(BTC, USD)": 0.0102,
        "WMR(BTC, USD)": 104.0,
        "outcome(typical)": 1.0,
        "observed(unused)": 0.05,
        "recovery(typical)": 0.35,
    },
    hazards={"credit_event(typical)": flat_rate(0.03)},
)

BENT = replace(
    FLAT,
    volatilities={
        BTC: VolatilityCurve(((0.25, 0.45), (0.5, 0.4), (1.0, 0.36))),
        ETH: VolatilityCurve(((0.25, 0.45), (1.0, 0.5))),
        ABROAD: VolatilityCurve(((0.25, 0.4), (1.0, 0.35))),
        EURO: VolatilityCurve(((0.5, 0.11), (1.0, 0.1))),
    },
    rates={
        "USD": RateCurve(((0.25, 0.03), (0.5, 0.04), (1.0, 0.045))),
        "EUR": RateCurve(((0.25, 0.03), (1.0, 0.02))),
    },
    hazards={"credit_event(typical)": RateCurve(((0.25, 0.02), (1.0, 0.05)))},
    yields={
        "BTC": RateCurve(((0.25, 0.02), (1.0, 0.005))),
        "ETH": RateCurve(((0.25, 0.01), (1.0, 0.03))),
    },
)

JUMPING = replace(FLAT, jumps={BTC: Jumps(2.0, -0.05, 0.12)})

HESTON = replace(
    FLAT,
    volatilities={pair: each for pair, each in FLAT.volatilities.items() if pair != BTC},
    heston={BTC: Heston(v0=0.16, kappa=2.0, theta=0.2, xi=0.6, rho=-0.5)},
)

SMILING = replace(
    FLAT,
    volatilities={pair: each for pair, each in FLAT.volatilities.items() if pair != BTC},
    smiles={
        BTC: Smile(
            (
                (0.25, Svi(0.02, 0.12, -0.3, 0.02, 0.2)),
                (1.1, Svi(0.09, 0.25, -0.35, 0.05, 0.4)),
            )
        )
    },
)

BY_SABR = replace(
    SMILING,
    smiles={
        BTC: Smile(
            tuple(
                (years, found.mended)
                for years, level, nu in ((0.25, 0.42, 0.9), (1.1, 0.4, 0.6))
                if (found := continued(Sabr(years, level, 0.6, -0.3, nu)))
            ),
            forwards=(FLAT.forward(*BTC, 0.25), FLAT.forward(*BTC, 1.1)),
        )
    },
)

LOCAL = replace(
    SMILING,
    smiles={},
    local_volatilities={
        BTC: LocalGrid(
            (
                Row(0.25, (-0.6, -0.2, 0.0, 0.2, 0.6), (0.6, 0.46, 0.4, 0.38, 0.42)),
                Row(1.1, (-1.0, -0.3, 0.0, 0.3, 1.0), (0.55, 0.44, 0.4, 0.37, 0.4)),
            )
        )
    },
)

MARKETS = {
    "lognormal": FLAT,
    "lognormal, bent curves": BENT,
    "Merton": JUMPING,
    "Heston": HESTON,
    "smile": SMILING,
    "SABR": BY_SABR,
    "local volatility": LOCAL,
}

LOGNORMAL = ("lognormal", "lognormal, bent curves")
"""The models that every contract fits."""

DIVIDENDS = (
    Told(BEGIN + 40 * DAY, BEGIN + 60 * DAY, amount=1.5),
    Told(BEGIN + 130 * DAY, BEGIN + 150 * DAY, share=0.02),
)


def telling(made: Instance, market: Market) -> Market:
    """A market that also tells what a contract asks of it alone: the dividends that it follows, and
    a plan for what is chosen again and again, which here is never."""
    plan = {
        f"{made.program.parties[clause.party]} {clause.name}": {}
        for clause in made.program.clauses
        if isinstance(clause, Choice) and clause.is_facility
    }
    if any(feed.kind == "dividends" for feed in made.program.feeds):
        market = with_dividends(market, {BTC: DIVIDENDS})
    return replace(market, plan=plan)
