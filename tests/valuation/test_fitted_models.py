"""Each model that is fitted to a chain: found again, written, read, and valued in two ways."""

from dataclasses import replace
from math import exp, log, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.base.instant import DAY, show_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.calibration.black import black, implied
from rfos_lang.valuation.calibration.calibrated import Calibrated, calibrated
from rfos_lang.valuation.calibration.chain import Chain, Expiry, Quote, read_chain
from rfos_lang.valuation.calibration.fit import levels, quoted
from rfos_lang.valuation.calibration.merton_fit import jumping_calls
from rfos_lang.valuation.calibration.sabr_fit import fitted_slice
from rfos_lang.valuation.calibration.sound import Priced, bent, early
from rfos_lang.valuation.curve import VolatilityCurve, flat_rate
from rfos_lang.valuation.dynamics.fourier import FourierLaw
from rfos_lang.valuation.dynamics.sabr import Sabr
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.market import Market, parse_market
from tests.generators import handmade
from tests.valuation.test_calibration import AS_OF, SMILE, chain_of
from tests.valuation.test_models import assert_agree, formula, simulated

CHAIN = Path(__file__).parents[2] / "examples/deribit_chain/chain.csv"
MODELS = ("svi", "sabr", "local_volatility", "heston", "merton", "lognormal")
DAYS = (30, 180)


def chain(volatility, k=None, days=DAYS) -> Chain:
    """Quotes of `volatility(k, years)`, marks alone."""
    k = np.linspace(-0.4, 0.4, 11) if k is None else k
    expiries = tuple(
        Expiry(
            AS_OF + each * DAY,
            each / 365,
            50_000.0,
            tuple(
                Quote(50_000.0 * exp(x), float(x), float(v), 0.0)
                for x, v in zip(k, volatility(k, each / 365), strict=True)
            ),
        )
        for each in days
    )
    return Chain("BTC", AS_OF, 50_000.0, expiries, (), ())


def market(found: Calibrated) -> Market:
    read, problems = parse_market(found.market(), "m.toml")
    assert read is not None, problems
    return read


# --- found again ---------------------------------------------------------------------------------


@settings(max_examples=15)
@given(
    st.floats(0.2, 1.0), st.sampled_from([0.0, 0.5, 1.0]), st.floats(-0.7, 0.7),
    st.floats(0.3, 1.5),
)  # fmt: skip
def test_sabr_is_found_again(level: float, beta: float, rho: float, nu: float) -> None:
    years = DAYS[1] / 365
    part = Sabr(years, level, beta, rho, nu)
    (expiry,) = chain(lambda k, t: np.sqrt(part.formula(k).w / t), days=DAYS[1:]).expiries
    found = fitted_slice(expiry, beta, None)
    assert (found.level, found.rho) == pytest.approx((level, rho), rel=1e-4, abs=1e-4)
    assert found.nu == pytest.approx(nu, rel=1e-4)


def by_merton(jumps: Jumps, volatility: float) -> Chain:
    def volatilities(k, years: float):
        return implied(jumping_calls(jumps, volatility**2 * years, years, k), k, years)

    return chain(volatilities)


@pytest.mark.parametrize("jumps", [Jumps(3.0, -0.1, 0.15), Jumps(5.0, 0.05, 0.12)])
def test_merton_is_found_again(jumps: Jumps) -> None:
    found = calibrated(by_merton(jumps, 0.45), "merton").model
    assert found.jumps.intensity == pytest.approx(jumps.intensity, rel=1e-4)
    assert found.jumps.mean == pytest.approx(jumps.mean, rel=1e-4)
    assert found.jumps.deviation == pytest.approx(jumps.deviation, rel=1e-4)
    assert list(found.by_instant.values()) == pytest.approx([0.45, 0.45], rel=1e-4)


@settings(max_examples=3)
@given(st.floats(0.5, 6.0), st.floats(-0.2, 0.05), st.floats(0.05, 0.2), st.floats(0.3, 0.6))
def test_prices_of_any_jumps_are_found_again(intensity, mean, deviation, volatility) -> None:
    found = calibrated(by_merton(Jumps(intensity, mean, deviation), volatility), "merton")
    assert max(fit.worst_price for fit in found.fits) < 5e-5 * 50_000


def test_a_mixture_over_jumps_is_the_law_by_fourier() -> None:
    jumps, k = Jumps(3.0, -0.1, 0.15), np.array([-0.4, 0.0, 0.3])
    law = FourierLaw(None, 0.05, jumps, 0.5)
    expected = [law.above(1, each) - exp(each) * law.above(0, each) for each in k]
    assert jumping_calls(jumps, 0.05, 0.5, k) == pytest.approx(expected, abs=1e-12)


def test_the_volatility_at_the_money_is_raised_where_variance_would_fall() -> None:
    flat = calibrated(chain(lambda k, t: np.full(len(k), 0.4)), "lognormal")
    assert flat.model.notes == () and max(fit.worst for fit in flat.fits) < 1e-12
    falling = chain(lambda k, t: np.full(len(k), 0.8 if t < 0.1 else 0.2))
    found = calibrated(falling, "lognormal")
    (note,) = found.model.notes
    assert show_instant(AS_OF + 180 * DAY)[:10] in note
    curve = market(found).volatilities["BTC", "USD"]
    assert curve.volatility(180 / 365) == pytest.approx(0.8 * sqrt(30 / 180))


def test_local_volatilities_reprice_the_quotes() -> None:
    found = calibrated(read_chain(chain_of(SMILE)), "local_volatility")
    assert max(fit.worst for fit in found.fits) < 2e-3
    assert max(fit.worst_price for fit in found.fits) < 5e-4 * 50_000
    (note,) = found.model.notes
    assert "points and" in note and "USD" in note


def test_sabr_slices_that_would_cross_do_not() -> None:
    falling = chain(lambda k, t: 0.3 + (0.5 if t < 0.1 else 0.0) * np.sqrt(0.01 + k * k))
    market(calibrated(falling, "sabr"))


# --- written and read ----------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
def test_the_market_of_a_fit_has_its_volatilities(model: str) -> None:
    """What `rfos price` makes of the file is what the fit says of each quote of a real chain."""
    found = calibrated(read_chain(CHAIN.read_text()), model)
    read = market(found)
    for fit in found.fits:
        expiry = fit.expiry
        at = int(np.argmin(np.abs(levels(expiry))))
        k = float(levels(expiry)[at])
        forward = read.forward("BTC", "USD", expiry.years)
        assert forward == pytest.approx(expiry.forward, rel=1e-9)
        from rfos_lang.valuation.dynamics.chosen import law_of

        law = law_of(read, ("BTC", "USD"), expiry.years)
        call = law.above(1, k) - exp(k) * law.above(0, k)
        deviation = fit.volatilities[at] * sqrt(expiry.years)
        expected = float(black(np.array([k]), np.array([deviation]))[0])
        assert call == pytest.approx(expected, rel=2e-6, abs=1e-8)


@pytest.mark.parametrize("model", MODELS)
def test_paths_and_laws_of_a_fit_agree(model: str) -> None:
    """A European option by the law of its date, and on paths of the very same market."""
    read = market(calibrated(read_chain(chain_of(SMILE)), model))
    call = handmade.european_call(strike="52_000", days=90)
    start = replace(read, as_of=call.terms.start)
    exact = formula(call, start)
    assert_agree(simulated(call, start, 10_000), exact.value)
    years, strike = 30 / 365, 50_000
    one = formula(handmade.european_call(strike=str(strike), days=30), start).value
    forward = start.forward("BTC", "USD", years) - strike
    move = formula(handmade.absolute_move(), start).value  # of a call and a put at the spot
    assert move == pytest.approx(2 * one - forward, rel=1e-7)


def test_prices_are_as_far_off_as_volatilities_say() -> None:
    found = calibrated(read_chain(CHAIN.read_text()), "sabr")
    for fit in found.fits:
        root, k = sqrt(fit.expiry.years), levels(fit.expiry)
        deviation = quoted(fit.expiry) * root
        vega = np.exp(-((-k / deviation + deviation / 2) ** 2) / 2) / sqrt(2 * np.pi) * root
        expected = fit.expiry.forward * vega * fit.differences
        assert fit.price_differences == pytest.approx(expected, rel=0.2, abs=0.5)
        assert 0 < fit.price_error <= fit.worst_price


# --- quotes that cannot be right -----------------------------------------------------------------


def priced(prices: dict[float, float], width: float = 0.0) -> list[Priced]:
    return [Priced(log(x), c - width, c + width) for x, c in prices.items()]


def test_a_butterfly_that_pays_to_be_held_is_found() -> None:
    assert bent(priced({0.9: 0.15, 1.0: 0.1, 1.1: 0.06})) is None
    assert bent(priced({0.9: 0.15, 1.0: 0.12, 1.1: 0.06})) == (1, pytest.approx(0.015))
    assert bent(priced({0.9: 0.15, 1.0: 0.12, 1.1: 0.06}, width=0.01)) is None
    assert bent(priced({0.9: 0.05, 1.0: 0.06})) is not None  # a higher strike costs more
    assert bent(priced({0.9: 0.15, 1.0: 1.1})) == (1, pytest.approx(1.1 - 0.15, abs=1e-5))


def test_a_calendar_spread_that_pays_to_be_held_is_found() -> None:
    sooner, later = priced({0.9: 0.15, 1.0: 0.1}), priced({0.8: 0.21, 1.0: 0.09, 1.2: 0.04})
    assert early([sooner, later]) == [(0, 1, pytest.approx(0.01))]
    assert early([sooner, priced({0.8: 0.25, 1.0: 0.11, 1.2: 0.05})]) == []


@settings(max_examples=30)
@given(st.floats(0.05, 1.0), st.floats(0.1, 1.5))
def test_prices_of_a_model_have_nothing_wrong_with_them(volatility: float, years: float) -> None:
    k = np.linspace(-0.8, 0.8, 17)
    first, second = (black(k, np.full(17, volatility * sqrt(t))) for t in (years, 2 * years))
    chains = [[Priced(*each, each[1]) for each in zip(k, c, strict=True)] for c in (first, second)]
    assert bent(chains[0]) is None and early(chains) == []


def rows_of(text: str) -> list[str]:
    return text.splitlines()


def altered(change, only: str) -> str:
    """The chain of a smile with its market made consistent, and some of its rows changed."""
    out = []
    for line in rows_of(chain_of(SMILE)):
        cells = line.split(",")
        if cells[0] != "ts_utc":
            cells[7:9] = ["", ""]
            if only in cells[1]:
                cells = change(cells)
        out.append(",".join(cells))
    return "\n".join(out)


def strikes(text: str) -> list[float]:
    return sorted({float(line.split(",")[3]) for line in rows_of(text)[1:]})


def test_a_crossed_quote_is_dropped_and_told() -> None:
    strike = sorted({line.split(",")[3] for line in rows_of(chain_of(SMILE))[1:14]})[0]

    def crossed(cells: list[str]) -> list[str]:
        return [*cells[:7], "0.2", "0.1", *cells[9:]] if cells[3] == strike else cells

    found = read_chain(altered(crossed, "-30-"))
    assert {each.why for each in found.dropped} == {"its bid is above its ask"}
    assert {each.strike for each in found.dropped} == {float(strike)}
    assert len(found.expiries[0].quotes) == 12


def test_a_quote_dearer_than_its_neighbours_is_dropped_and_told() -> None:
    lines = rows_of(chain_of(SMILE))
    strike = lines[1 + 2 * 8].split(",")[3]

    def dear(cells: list[str]) -> list[str]:
        return [*cells[:6], str(float(cells[6]) + 40), *cells[7:]] if cells[3] == strike else cells

    found = read_chain(altered(dear, "-30-"))
    assert [(each.strike, "both sides" in each.why) for each in found.dropped] == [
        (float(strike), True)
    ]
    assert found.dropped[0].instant == AS_OF + 30 * DAY


def test_quotes_dearer_than_later_ones_are_dropped_and_the_expiry_left_out() -> None:
    def cheap(cells: list[str]) -> list[str]:
        return [*cells[:6], str(float(cells[6]) / 4), *cells[7:]]

    found = read_chain(altered(cheap, "-180-"))
    assert all("2026-06-30" in each.why for each in found.dropped) and len(found.dropped) > 6
    assert found.left_out[0][0] == AS_OF + 30 * DAY and len(found.expiries) == 1


def test_a_chain_of_nothing_but_wrong_quotes_is_refused() -> None:
    def crossed(cells: list[str]) -> list[str]:
        return [*cells[:7], "0.2", "0.1", *cells[9:]]

    with pytest.raises(Refused) as refused:
        read_chain(altered(crossed, "-"))
    assert refused.value.code == "E0633" and "cannot be right" in refused.value.names["problem"]


def test_a_term_structure_of_a_market_is_the_one_that_was_fitted() -> None:
    read = market(calibrated(read_chain(CHAIN.read_text()), "merton"))
    assert isinstance(read.volatilities["BTC", "USD"], VolatilityCurve)
    assert read.jumps["BTC", "USD"].intensity > 0
    assert read.rates["USD"] == flat_rate(0.0)
