"""`rfos price` and `rfos greeks`."""

from math import exp, log, sqrt
from pathlib import Path
from statistics import NormalDist

import pytest

from tests.cli.running import BITCOIN, CALL, MARKET, document, options, rfos

ASIAN = options(
    underlying="BTC", cash="USD", strike="60_000", fixings="[2026-03-31, 2026-06-30, 2026-09-30]"
)
WEEKLY = options(
    underlying="BTC",
    cash="USD",
    strike="60_000",
    fixings="schedule(first: 2026-02-01, last: 2026-06-28, step: 1w)",
)


def test_a_price_in_words() -> None:
    assert (
        rfos("price", CALL, "-m", MARKET, *BITCOIN).stdout
        == """\
EuropeanCall  value to holder

  value   17,128.1946 USD
  method  closed form
  model   lognormal
"""
    )


def test_the_price_is_that_of_black_and_scholes() -> None:
    years, spot, strike, rate, volatility = 358 / 365, 65_000, 60_000, 0.04, 0.55
    d1 = (log(spot / strike) + (rate + volatility**2 / 2) * years) / (volatility * sqrt(years))
    normal = NormalDist().cdf
    paid = exp(-rate * years) * strike * normal(d1 - volatility * sqrt(years))
    made = document("price", CALL, "-m", MARKET, *BITCOIN)
    assert made["value"] == pytest.approx(spot * normal(d1) - paid, rel=1e-12)
    assert "greeks" not in made


def test_greeks_in_words() -> None:
    assert (
        rfos("greeks", CALL, "-m", MARKET, *BITCOIN).stdout
        == """\
EuropeanCall  value to holder

  value   17,128.1946 USD
  method  closed form
  model   lognormal

  Greek  by                    value  unit       estimator
  delta  spot(BTC, USD)     0.688402  BTC        symbolic
  gamma  spot(BTC, USD)  9.98664e-06  BTC^2/USD  symbolic
  vega   spot(BTC, USD)     22,761.4  USD        symbolic
  rho    USD                27,088.3  USD        symbolic
  carry  BTC               -43,888.0  USD        symbolic
  theta                    -7,486.49  USD/y      symbolic
  vanna  spot(BTC, USD)    0.0343140  BTC        symbolic
  volga  spot(BTC, USD)    -1,085.30  USD        symbolic

  vega, rho and carry are for a change by 1.00, theta is for a year
"""
    )


def test_a_simulated_price_says_how_sure_it_is() -> None:
    arguments = ("price", "std.options.AsianCall", "-m", MARKET, *WEEKLY, "--paths", "4000")
    made = document(*arguments)
    assert made["method"] == "Monte Carlo"
    assert made["standard_error"] > 0
    assert made == document(*arguments)
    shown = rfos(*arguments).stdout
    assert "  standard error  " in shown
    assert "There is no closed form, because" in shown


def test_simulation_and_closed_form_agree() -> None:
    closed = document("price", CALL, "-m", MARKET, *BITCOIN)
    arguments = ("--method", "monte_carlo", "--paths", "20000", "--seed", "7")
    simulated = document("price", CALL, "-m", MARKET, *BITCOIN, *arguments)
    assert abs(simulated["value"] - closed["value"]) < 4 * simulated["standard_error"]


def test_a_contract_that_has_begun_needs_its_past(tmp_path: Path) -> None:
    result = rfos("price", "std.options.AsianCall", "-m", MARKET, *ASIAN, "--start", "2025-12-01")
    assert result.exit_code == 0
    dates = "[2025-12-15, 2026-06-30]"
    earlier = options(underlying="BTC", cash="USD", strike="60_000", fixings=dates)
    begun = ("--start", "2025-12-01", "--paths", "100")
    arguments = ("price", "std.options.AsianCall", *earlier, *begun)
    refused = rfos(*arguments, "-m", MARKET)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("error[E0621]: the market has no fixing of spot(BTC, USD)")
    market = tmp_path / "seasoned.toml"
    fixing = '\n[fixings."spot(BTC, USD)"]\n2025-12-15 = 64_000\n'
    market.write_text(Path(MARKET).read_text() + fixing)
    assert rfos(*arguments, "-m", market).exit_code == 0


def test_formulas() -> None:
    assert rfos("greeks", CALL, "--formula").stdout.startswith("""\
EuropeanCall  value to holder

V = S*size*N(d1)*exp(-q*tau) - size*strike*N(d2)*exp(-r*tau)
delta = size*N(d1)*exp(-q*tau)
""")
    assert rfos("greeks", CALL, "--latex").stdout.startswith("\\begin{aligned}\n")
    made = document("greeks", CALL, "--formula")
    assert made["formulas"]["delta"] == "size*N(d1)*exp(-q*tau)"
    assert made["inputs"]["sigma"] == "the volatility of spot(underlying, cash)"


def test_no_formula_says_why() -> None:
    result = rfos("greeks", "std.options.AmericanPut", "--formula")
    assert result.exit_code == 1
    assert result.stderr.startswith(
        "error[E1010]: AmericanPut has no closed form, because holder may exercise early\n"
    )


def test_greeks_without_a_market_are_a_usage_error() -> None:
    assert rfos("greeks", CALL).exit_code == 2


def test_what_the_market_lacks_is_named_with_its_line(tmp_path: Path) -> None:
    market = tmp_path / "market.toml"
    market.write_text('as_of = 2026-01-01\n[spots]\n"spot(BTC, USD)" = 65_000\n')
    result = rfos("price", CALL, "-m", market, *BITCOIN)
    assert result.exit_code == 1
    assert "error[E0605]: the market does not say the" in result.stderr
    assert "help: add `" in result.stderr


def test_all_that_is_wrong_with_arguments_is_said_at_once() -> None:
    wrong = options(underlying="BTC", cash="USD", strike="60_000 EUR/BTC", expiri="2026-12-25")
    made = document("price", CALL, "-m", MARKET, *wrong)
    assert not made["ok"]
    assert len(made["diagnostics"]) == 3


def test_choices_are_bounded_from_both_sides_on_demand() -> None:
    terms = options(underlying="BTC", cash="USD", strike="65_000", dates="[2026-05-01, 2026-07-01]")
    asked = ("price", "std.early_exercise.BermudanPut", "-m", MARKET, *terms, "--paths", "4000")
    exact, found = document(*asked), document(*asked, "--upper-bound")
    bound = found["dual_bound"]
    assert exact["dual_bound"] is None and bound["side"] == "upper"
    assert found["value"] - 4 * found["standard_error"] <= exact["value"]
    assert exact["value"] <= bound["value"] + 4 * bound["standard_error"]
    assert "at most" in rfos(*asked, "--upper-bound").stdout
    refused = rfos(*asked, "--upper-bound", "--method", "finite_differences")
    assert refused.exit_code == 2 and "--upper-bound" in refused.stderr
