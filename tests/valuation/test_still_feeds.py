"""What is declared stands at its level: a watch sees it at once, not only at the contract's dates;
and an index, whose forwards move, on its way."""

from dataclasses import replace

import pytest

from rfos_lang.base.instant import DAY
from rfos_lang.driver.instance import Instance
from rfos_lang.valuation.curve import RateCurve
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from tests.core.lives import instance, only
from tests.valuation.products.library import product
from tests.valuation.products.markets import FLAT


def at_level(feed: str, level: float) -> Market:
    return replace(FLAT, levels={**FLAT.levels, feed: level})


def worth(made: Instance, market: Market) -> float:
    return valued(made.program, made.terms, market, greeks=False).value


def term(made: Instance, name: str) -> float:
    names = [slot.name for slot in made.program.terms]
    return made.terms.terms[names.index(name)] / 10**18


@pytest.mark.parametrize(("wind", "covers"), [(29.9, 0.0), (30.0, 1.0)])
def test_an_insurance_pays_at_once_if_its_trigger_is_reached(wind: float, covers: float) -> None:
    made = product("WindInsurance")
    paid = covers * term(made, "cover") - term(made, "premium")
    assert worth(made, at_level("wind(typical)", wind)) == pytest.approx(paid, rel=1e-6, abs=1e-4)


@pytest.mark.parametrize(("outcome", "won"), [(1.0, 1.0), (0.0, -1.0)])
def test_an_outcome_that_is_known_is_settled_at_once(outcome: float, won: float) -> None:
    made = product("PredictionMarket")
    found = worth(made, at_level("outcome(typical)", outcome))
    assert found == pytest.approx(won * term(made, "stake"), rel=1e-6)


GUARDED = """
contract Guarded(cash: Asset, index: Index, level: Number, amount: cash, expiry: Date)
    between holder, writer
{
    when index >= level { writer pays holder amount; end }
    at expiry { end }
    unsecured
}
"""


def test_an_index_is_looked_at_on_its_way() -> None:
    """Its forwards rise through the level between the contract's first and last day."""
    curve = RateCurve(((0.5, 0.03), (0.75, 0.035), (2.0, 0.06)))
    rising = replace(FLAT, rates={**FLAT.rates, "USD": curve})
    given = {"index": "SOFR", "level": "5%", "amount": "1_000", "expiry": "2026-12-31"}
    made = instance(only(GUARDED), "2026-01-01", cash="USD", **given)
    days = (FLAT.as_of + DAY * day for day in range(365))
    reached = next(day for day in days if rising.index_forward("SOFR", day) >= 0.05)
    expected = 1_000 * rising.discount("USD", rising.years(reached))
    found = valued(made.lowered.program, made.terms, rising, greeks=False)
    assert 0.2 < rising.years(reached) < 0.8
    assert found.value == pytest.approx(expected, rel=2e-4)
