"""Trades valued together have the numbers that each has alone."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import pytest

from rfos_lang.cli.files import library, opened
from rfos_lang.driver.book import FEWEST, line, lines, trades_of, worth, worth_of
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.in_rows import gathered, valuations
from rfos_lang.driver.ladder import grid, outcomes
from rfos_lang.driver.opening import Source, checked
from rfos_lang.driver.positions import Position
from rfos_lang.driver.pricing import How
from rfos_lang.driver.shocks import shocked
from rfos_lang.driver.trade import Opened, Trade
from rfos_lang.valuation.market import Market
from tests.valuation.products.markets import BENT, FLAT, JUMPING

CALL, PUT, STRADDLE = (
    f"std.options.{name}" for name in ("EuropeanCall", "EuropeanPut", "Straddle")
)
OUT = "std.barriers.DownAndOutCall"
EXPIRIES = ("2026-03-15", "2026-07-15", "2027-01-15")
PRECISION = 1e-12
ROUNDING = 1e-11
"""Of a value that is next to nothing beside a price of 100."""


def positions(contract: str, count: int, **more: str) -> Iterator[Position]:
    """Positions that differ in strike, expiry and quantity."""
    for number in range(count):
        arguments = {
            "underlying": "BTC",
            "cash": "USD",
            "strike": str(60 + 2 * number),
            "expiry": EXPIRIES[number % len(EXPIRIES)],
        }
        yield Position(contract, 1.0 + number % 3, {**arguments, **more}, None)


def trades(market: Market, *held: Iterator[Position], found: Opened = opened) -> list[Trade]:
    made = list(trades_of(chain(*held), market, found))
    assert all(isinstance(each, Trade) for each in made)
    return [each for each in made if isinstance(each, Trade)]


def book(market: Market) -> list[Trade]:
    """Calls, puts and barriers enough for a sheet each, and a few straddles; no barriers where
    curves are bent, since they have no formula there."""
    barriers = positions(OUT, FEWEST, barrier="58", rebate="2", size="1")
    held = [positions(CALL, FEWEST), positions(STRADDLE, 3), positions(PUT, FEWEST + 5)]
    return trades(market, *held, *([barriers] if market is FLAT else []))


@pytest.mark.parametrize("market", [FLAT, BENT], ids=["flat", "bent"])
def test_values_and_greeks_are_those_of_each_alone(market: Market) -> None:
    held = book(market)
    together = list(lines(held, market, How()))
    assert len(valuations(held, market, How(), greeks=True)) == len(held) - 3
    for trade, found in zip(held, together, strict=True):
        alone = line(trade, market, How(), greeks=True).valuation
        assert found.valuation is not None and alone is not None
        assert found.valuation.value == pytest.approx(alone.value, rel=PRECISION, abs=ROUNDING)
        plain = replace(alone, value=0.0, greeks=())
        assert replace(found.valuation, value=0.0, greeks=()) == plain
        for one, other in zip(found.valuation.greeks, alone.greeks, strict=True):
            assert replace(one, value=0.0) == replace(other, value=0.0)
            assert one.value == pytest.approx(other.value, rel=1e-11, abs=1e-10), one.name


def test_a_value_alone_is_that_with_greeks() -> None:
    held = book(FLAT)
    for found, other in zip(
        lines(held, FLAT, How(), greeks=False), lines(held, FLAT, How()), strict=True
    ):
        assert found.valuation is not None and other.valuation is not None
        assert found.valuation.greeks == ()
        assert found.valuation.value == pytest.approx(other.valuation.value, rel=PRECISION)


def test_a_ladder_has_the_worth_of_each_alone() -> None:
    held = book(FLAT)
    for found in outcomes(held, FLAT, list(grid([-0.1, 0.2], [-0.2, 0.1])), How(), "USD"):
        market = shocked(FLAT, found.scenario.shock, "USD")
        assert found.value == pytest.approx(worth(held, market, How(), "USD"), rel=PRECISION)


def test_what_a_market_lacks_is_told() -> None:
    held = trades(FLAT, positions(OUT, FEWEST, barrier="58", rebate="2", size="1"))[:FEWEST]
    found = worth_of(held, FLAT, How(), "USD")
    assert len(found.sheets) == 1 and not found.alone
    lacking = replace(FLAT, rates={})
    with pytest.raises(Failure):
        found.on(lacking)


def test_what_jumps_or_is_few_or_asks_for_another_method_stands_on_no_sheet() -> None:
    held = trades(FLAT, positions(CALL, FEWEST))
    assert len(gathered(held, FLAT, "auto").sheets) == 1
    assert not gathered(held, JUMPING, "auto").sheets
    assert not gathered(held, FLAT, "monte_carlo").sheets
    assert not gathered(held[1:], FLAT, "auto").sheets
    assert gathered(held[1:], FLAT, "auto").alone == tuple(range(FEWEST - 1))


def test_a_wrong_position_leaves_the_others_in_their_order() -> None:
    right = list(positions(CALL, FEWEST + 1))
    wrong = Position(CALL, 1.0, {"underlying": "BTC"}, None)
    listed = [*right[:5], wrong, *right[5:]]
    found = list(lines(trades_of(listed, FLAT, opened), FLAT, How(), greeks=False))
    assert [each.position for each in found] == listed
    assert [at for at, each in enumerate(found) if isinstance(each.failure, Failure)] == [5]


def test_a_payment_owed_later_is_discounted_from_then() -> None:
    start = trades(FLAT, positions(CALL, FEWEST))[0].checked
    text = start.text.replace(
        "at expiry { writer pays holder size * max(S - strike, 0) }",
        "at expiry { writer pays holder size * max(S - strike, 0) on expiry + 30d }",
    )
    assert text != start.text
    later = checked(Source("later.rfos", text), "EuropeanCall", library)
    held = trades(FLAT, positions(CALL, FEWEST), found=lambda name: later)
    for trade, each in zip(held, lines(held, FLAT, How()), strict=True):
        alone = line(trade, FLAT, How(), greeks=True).valuation
        assert each.valuation is not None and alone is not None
        assert each.valuation.value == pytest.approx(alone.value, rel=PRECISION, abs=ROUNDING)
        for one, other in zip(each.valuation.greeks, alone.greeks, strict=True):
            assert one.value == pytest.approx(other.value, rel=1e-11, abs=1e-10), one.name
