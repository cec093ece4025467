"""Portfolios under a margin policy: by hand where a forward makes everything linear."""

import pytest

from rfos_lang.driver.collateral import collateral_of
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Source, checked
from rfos_lang.driver.portfolio import Assessment, assessed
from rfos_lang.driver.positions import positions_of
from rfos_lang.driver.pricing import How, market_of
from rfos_lang.semantics.policy import Policy
from tests.core import policies
from tests.core.lives import library

MARKET = """
as_of = 2026-01-01
[spots]
"spot(BTC, USD)" = 50_000
"spot(ETH, USD)" = 2_000
[volatilities]
"spot(BTC, USD)" = "50%"
"spot(ETH, USD)" = "60%"
[rates]
USD = 0
"""

FORWARDS = """
[[positions]]
contract = "Forward"
quantity = 2
arguments = { underlying = "BTC", cash = "USD", price = "50_000", expiry = "2026-12-31" }
[[positions]]
contract = "Forward"
quantity = -10
arguments = { underlying = "ETH", cash = "USD", price = "2_000", expiry = "2026-12-31" }
"""


def policy(
    maintenance: str = "worst_loss", initial: str = "130% * maintenance", haircuts: str = ""
) -> Policy:
    return policies.policy(maintenance, initial, haircuts=haircuts)


def assess(positions: str, rule: Policy, how: How | None = None) -> Assessment:
    text = library("std.forwards") or ""
    options = library("std.options") or ""

    def opened(name: str):  # type: ignore[no-untyped-def]
        module = text if name == "Forward" else options
        return checked(Source("std", module), name, library)

    source, market = Source("portfolio.toml", positions), market_of(Source("market.toml", MARKET))
    posted = collateral_of(source, rule, market)
    return assessed(rule, positions_of(source), market, opened, how, posted)


def test_a_linear_portfolio_loses_its_net_delta_times_the_move() -> None:
    """Long 100,000 and short 20,000 of notional: 80,000 net, 10% of which is lost."""
    found = assess(FORWARDS, policy())
    assert found.values == pytest.approx((0.0, 0.0), abs=1e-6)
    assert found.measures["worst_loss"] == pytest.approx(8_000)
    assert found.worst.shifts[0] == -0.1
    assert found.measures["standalone_loss"] == pytest.approx(10_000 + 4_000)
    assert found.measures["gross_notional"] == pytest.approx(120_000)
    assert found.measures["net_notional"] == pytest.approx(120_000)
    assert found.measures["standard_error"] == 0
    assert found.measures["concentration"] == pytest.approx(100_000 / 120_000)
    assert (found.maintenance, found.initial) == pytest.approx((8_000, 10_400))


def test_requirements_are_formulas_of_the_measures() -> None:
    found = assess(
        FORWARDS, policy("max(worst_loss, 1%  * gross_notional) + 50 USD", "maintenance")
    )
    assert found.maintenance == pytest.approx(8_050)
    concentrated = assess(FORWARDS, policy("0.6% * gross_notional * concentration"))
    assert concentrated.maintenance == pytest.approx(0.006 * 100_000)


def test_positions_of_opposite_sides_cancel() -> None:
    both = FORWARDS.replace("quantity = -10", "quantity = -2").replace("ETH", "BTC")
    both = both.replace("2_000", "50_000")
    found = assess(both, policy())
    assert found.measures["worst_loss"] == pytest.approx(0.0, abs=1e-6)
    assert found.measures["net_notional"] == pytest.approx(0.0, abs=1e-6)
    assert found.measures["gross_notional"] == pytest.approx(200_000)


def test_a_sold_option_is_worst_where_price_and_volatility_rise() -> None:
    sold = """
[[positions]]
contract = "EuropeanCall"
quantity = -1
arguments = { underlying = "BTC", cash = "USD", strike = "50_000", expiry = "2026-12-31" }
"""
    found = assess(sold, policy())
    assert found.worst.shifts == (0.2, 1.0)
    assert found.measures["worst_loss"] == max(each.loss for each in found.scenarios)
    assert found.measures["standalone_loss"] == found.measures["worst_loss"]
    assert len(found.scenarios) == 6


def test_what_is_simulated_is_in_doubt_by_the_errors_of_its_positions() -> None:
    """Whichever side they are on: added as if all erred on one side."""
    short, long = FORWARDS.replace("= 2\n", "= -2\n"), FORWARDS
    twice, how = policy("2 * standard_error"), How("monte_carlo", paths=1_000)
    found = [assess(text, twice, how) for text in (short, long)]
    error = found[0].measures["standard_error"]
    assert error > 0
    assert [each.measures["standard_error"] for each in found] == pytest.approx([error, error])
    assert found[0].maintenance == pytest.approx(2 * error)


POSTED = """
[collateral]
USD = 500
BTC = 0.2
"""


def test_what_is_posted_counts_less_its_haircut() -> None:
    """A fifth of 50,000 less a fifth: 8,000, and 500 that count whole; 10,400 are asked for."""
    found = assess(FORWARDS + POSTED, policy(haircuts="50% of ETH, 20% of BTC"))
    assert found.posted is not None
    assert [each.counts for each in found.posted] == pytest.approx([500, 8_000])
    assert found.equity == pytest.approx(8_500)
    assert assess(FORWARDS, policy()).equity is None


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("ETH = 1", "`Desk` takes USD and BTC, no ETH"),
        ("BTC = -1", "0 or more"),
        ("BTC = nan", "0 or more"),
        ('BTC = "much"', "0 or more"),
        ("BTC = true", "0 or more"),
        ("[[positions]]", "a table"),
    ],
)
def test_what_cannot_be_posted_is_told_at_its_line(lines: str, words: str) -> None:
    text = FORWARDS + "[collateral]\n" + lines
    if "[[" in lines:
        text = "collateral = 5\n" + FORWARDS
    with pytest.raises(Failure) as refused:
        assess(text, policy(haircuts="20% of BTC"))
    (told,) = refused.value.diagnostics
    assert told.code == "E1020" and words in told.message
    assert text[told.span.start :].startswith(lines if "[[" not in lines else "collateral = 5")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a list of [[positions]]"),
        ("[[positions]]\nquantity = 1", "names its contract"),
        ('[[positions]]\ncontract = "X"\nquantity = "much"', "a quantity is a number"),
        ('[[positions]]\ncontract = "X"\narguments = 3', "arguments are a table"),
        ('[[positions]]\ncontract = "X"\nstart = "soon"', "is not a date"),
        ('[[positions]]\ncontract = "X"\nprice = 3', "a position has"),
        ("[[positions", "this is no portfolio"),
    ],
)
def test_a_file_that_is_no_portfolio_says_why(text: str, words: str) -> None:
    with pytest.raises(Failure) as refused:
        positions_of(Source("portfolio.toml", text))
    (told,) = refused.value.diagnostics
    assert told.code == "E1020" and words in told.message
