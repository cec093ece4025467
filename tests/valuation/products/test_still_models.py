"""Models without randomness: every contract pays along its forwards, as without volatility."""

from dataclasses import replace

import pytest

from rfos_lang.valuation.curve import flat_volatility
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.dynamics.smile import Smile
from rfos_lang.valuation.dynamics.svi import Svi
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.market import Market
from tests.valuation.products.library import is_chosen_in, product
from tests.valuation.products.markets import BTC, FLAT
from tests.valuation.products.test_laws import STILL, VALUED, value

OTHERS = {pair: each for pair, each in STILL.volatilities.items() if pair != BTC}
FLAT_SMILE = Svi(0.0, 0.0, 0.0, 0.0, 0.2)
MODELS: dict[str, Market] = {
    "Merton": replace(STILL, jumps={BTC: Jumps(0.0, -0.05, 0.12)}),
    "Heston": replace(
        STILL,
        volatilities=OTHERS,
        heston={BTC: Heston(v0=0.0, kappa=2.0, theta=0.0, xi=0.6, rho=-0.5)},
    ),
    "smile": replace(
        STILL,
        volatilities=OTHERS,
        smiles={BTC: Smile(((0.25, FLAT_SMILE), (1.1, FLAT_SMILE)))},
    ),
}

QUICK = (
    *("SquaredCall", "SquaredPut", "CorrelationCall", "Autocallable", "AsianCall", "UpAndOutCall"),
    *("EuropeanCall", "GeometricAsianPut", "DoubleTouch", "FixedLookbackCall", "Cliquet"),
)


def assert_still(name: str, model: str) -> None:
    expected, found = value(product(name), STILL), value(product(name), MODELS[model])
    assert found.value == pytest.approx(expected.value, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", QUICK)
def test_without_variance_a_model_is_none(name: str, model: str) -> None:
    assert_still(name, model)


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", [n for n in VALUED if not is_chosen_in(n) and n not in QUICK])
def test_without_variance_a_model_is_none_for_any_contract(name: str, model: str) -> None:
    assert_still(name, model)


@pytest.mark.parametrize("volatility", [0.01, 0.05, 0.4])
@pytest.mark.parametrize("strike", ["60", "90", "100", "140"])
def test_squares_on_a_flat_smile_are_those_without_one(volatility: float, strike: str) -> None:
    """Also where the strike is more deviations away than a price ever goes."""
    smile = Smile(tuple((years, Svi(volatility**2 * years, 0, 0, 0, 0.2)) for years in (0.25, 1.1)))
    flat = replace(FLAT, volatilities={**OTHERS, BTC: flat_volatility(volatility)})
    smiling = replace(flat, volatilities=OTHERS, smiles={BTC: smile})
    for name in ("SquaredCall", "SquaredPut"):
        made = product(name, strike=strike)
        expected, found = value(made, flat).value, value(made, smiling).value
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
