"""Models fitted to chains of options: what made the prices is found again."""

from dataclasses import replace
from math import exp

import numpy as np
import pytest

from rfos_lang.base.instant import DAY, parse_instant, show_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.calibration.black import implied
from rfos_lang.valuation.calibration.calibrated import calibrated
from rfos_lang.valuation.calibration.chain import CASH, read_chain
from rfos_lang.valuation.dynamics.fourier import call_values
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.dynamics.smile import Smile
from rfos_lang.valuation.dynamics.svi import Svi
from rfos_lang.valuation.market import parse_market

AS_OF = parse_instant("2026-01-01")
HEADING = "ts_utc,instrument_name,expiry_utc,strike_usd,option_type,underlying_price,mark_iv_pct"
HEADING += ",bid_price_btc,ask_price_btc,index_price"
HESTON = Heston(v0=0.4, kappa=3.0, theta=0.3, xi=1.2, rho=-0.4)
SMILE = Smile(
    (
        (30 / 365, Svi(0.01, 0.08, -0.3, 0.02, 0.12)),
        (180 / 365, Svi(0.05, 0.18, -0.35, 0.05, 0.3)),
    )
)


def volatilities(model, k, years):
    if isinstance(model, Heston):
        return implied(call_values(model, years, k), k, years)
    return np.sqrt(model.shape(k, years).w / years)


def chain_of(model) -> str:
    """Calls and puts at 13 strikes of two expiries, with a market of constant width."""
    lines = [HEADING]
    for days in (30, 180):
        expiry = show_instant(AS_OF + days * DAY)
        forward = 50_000.0 * exp(0.02 * days / 365)
        k = np.linspace(-0.6, 0.6, 13)
        for level, volatility in zip(k, volatilities(model, k, days / 365), strict=True):
            for kind in ("call", "put"):
                strike, points = float(forward * exp(level)), float(100 * volatility)
                lines.append(
                    f"2026-01-01T00:00Z,BTC-{days}-{kind},{expiry},{strike!r},{kind},{forward!r},"
                    f"{points!r},0.01,0.011,50000"
                )
    return "\n".join(lines)


def test_heston_is_found_again() -> None:
    found = calibrated(read_chain(chain_of(HESTON)), "heston")
    for name in ("v0", "kappa", "theta", "xi", "rho"):
        assert getattr(found.model.heston, name) == pytest.approx(getattr(HESTON, name), rel=1e-3)
    assert max(fit.error for fit in found.fits) < 1e-6


def test_a_smile_is_found_again_and_its_market_can_be_read() -> None:
    found = calibrated(read_chain(chain_of(SMILE)), "svi")
    assert max(fit.worst for fit in found.fits) < 1e-4
    market, problems = parse_market(found.market(), "m.toml")
    assert market is not None and not problems
    (pair,) = market.smiles
    assert pair == ("BTC", CASH) and market.spot(*pair) == 50_000
    for (years, _), (same, _) in zip(SMILE.slices, market.smiles[pair].slices, strict=True):
        assert same == pytest.approx(years)
        assert market.forward(*pair, years) == pytest.approx(50_000 * exp(0.02 * years))
        assert market.smiles[pair].volatility(-0.2, years) == pytest.approx(
            SMILE.volatility(-0.2, years), abs=1e-4
        )


def test_a_smile_that_would_give_money_away_is_fitted_without() -> None:
    crossed = replace(SMILE, slices=tuple((t, SMILE.slices[0][1]) for t, _ in SMILE.slices))
    lower = replace(crossed, slices=(crossed.slices[0], (180 / 365, Svi(0.0, 0.05, 0.0, 0, 0.1))))
    found = calibrated(read_chain(chain_of(lower)), "svi")
    market, problems = parse_market(found.market(), "m.toml")
    assert market is not None, problems


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("mark_iv_pct", "iv", "mark_iv_pct"),
        (",call,", ",swap,", "swap"),
        ("2026-01-01T00:00Z,", "today,", "today"),
        (",50000\n", ",50000\n\x00", "line"),
        ("BTC-180-put", "ETH-180-put", "ETH"),
        ("2026-01-31", "31.01.2026", "instant"),
    ],
)
def test_what_is_wrong_with_a_chain_is_said(good: str, bad: str, said: str) -> None:
    text = chain_of(SMILE)
    assert good in text
    with pytest.raises(Refused) as refused:
        read_chain(text.replace(good, bad))
    assert refused.value.code == "E0633" and said in refused.value.names["problem"]


def test_what_is_too_near_or_too_thin_is_left_out() -> None:
    lines = chain_of(SMILE).splitlines()
    thin = "\n".join(lines[:1] + lines[1:6] + lines[27:])
    chain = read_chain(thin)
    assert len(chain.expiries) == 1 and "fewer" in chain.left_out[0][1]
    with pytest.raises(Refused):
        read_chain("\n".join(lines[:6]))
