"""Books of positions: what they are worth together, in other markets, and where gains come from."""

from dataclasses import replace

import pytest

from rfos_lang.base.instant import DAY, parse_instant
from rfos_lang.driver.attribution import attributed
from rfos_lang.driver.book import Line, lines, reporting, total, trades_of, worth
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.ladder import Scenario, grid, outcomes, scenarios_of
from rfos_lang.driver.opening import Checked, Source, checked
from rfos_lang.driver.positions import Position, positions_of
from rfos_lang.driver.pricing import How, priced
from rfos_lang.driver.shocks import Shock, shocked
from rfos_lang.driver.trade import Shelf, Trade
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.market import Market
from tests.core.lives import library

BTC, ETH = ("BTC", "USD"), ("ETH", "USD")
TODAY = parse_instant("2026-01-01")
MARKET = Market(
    as_of=TODAY,
    spots={BTC: 65_000.0, ETH: 3_000.0},
    volatilities={BTC: flat_volatility(0.55), ETH: flat_volatility(0.7)},
    rates={"USD": flat_rate(0.04)},
    yields={"BTC": flat_rate(0.0), "ETH": flat_rate(0.03)},
)
HOW = How()

TOML = """
[[positions]]
contract = "std.options.EuropeanCall"
quantity = -2
label = "hedge"
arguments = { underlying = "BTC", cash = "USD", strike = "70_000", expiry = "2026-06-26" }
[[positions]]
contract = "std.forwards.Forward"
start = 2026-01-01
arguments = { underlying = "ETH", cash = "USD", price = "3_000", expiry = "2026-06-26" }
"""
CSV = """\
contract,quantity,label,start,underlying,cash,strike,price,expiry
std.options.EuropeanCall,-2,hedge,,BTC,USD,70_000,,2026-06-26

std.forwards.Forward,,,2026-01-01,ETH,USD,,3_000,2026-06-26
"""


def opened(name: str) -> Checked:
    """A contract of the library."""
    module, _, contract = name.rpartition(".")
    text = library(module)
    assert text is not None
    return checked(Source(module, text), contract, library)


def call(strike: str = "70_000", expiry: str = "2026-06-26", quantity: float = 1.0) -> Position:
    arguments = {"underlying": "BTC", "cash": "USD", "strike": strike, "expiry": expiry}
    return Position("std.options.EuropeanCall", quantity, arguments, None)


def trade(position: Position, market: Market = MARKET) -> Trade:
    return Shelf(opened).trade(position, market)


def valued(*positions: Position) -> list[Line]:
    return list(lines(trades_of(positions, MARKET, opened), MARKET, HOW))


# --- files ---------------------------------------------------------------------------------------


def test_either_file_says_the_same() -> None:
    tables = positions_of(Source("book.toml", TOML))
    assert tables == positions_of(Source("book.csv", CSV))
    assert [each.label for each in tables] == ["hedge", ""]
    assert [each.quantity for each in tables] == [-2.0, 1.0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("contract,quantity\nstd.options.EuropeanCall,many\n", 2),
        ("contract\na\nb,c\n", 3),
        ("contract,start\na,\nb,soon\n", 3),
        ("contract,contract\n", 1),
        ("quantity\n1\n", 1),
        ("contract,quantity\n,1\n", 2),
        ('contract\n"a\n', 2),
        ("", 1),
        ("contract\n", 1),
    ],
)
def test_a_wrong_line_is_pointed_at(text: str, line: int) -> None:
    with pytest.raises(Failure) as refusal:
        positions_of(Source("book.csv", text))
    (found,) = refusal.value.diagnostics
    assert found.code == "E1020"
    assert text[: found.span.start].count("\n") + 1 == line


# --- together ------------------------------------------------------------------------------------


def test_a_book_is_the_sum_of_its_positions() -> None:
    positions = [call(), call("60_000", quantity=-3.0), *positions_of(Source("book.toml", TOML))]
    book = valued(*positions)
    alone = [
        priced(opened(each.contract), each.arguments, MARKET, start=each.start).valuation
        for each in positions
    ]
    assert [each.valuation for each in book] == alone
    whole = total(book, MARKET, "USD")
    held = list(zip(positions, alone, strict=True))
    assert whole.value == pytest.approx(sum(p.quantity * v.value for p, v in held), abs=1e-9)
    delta = next(g for g in whole.greeks if g.measure == "delta" and g.subject == "spot(BTC, USD)")
    of_calls = [p.quantity * v.greek("delta").value for p, v in held if "Call" in p.contract]
    assert delta.value == pytest.approx(sum(of_calls))


def test_a_book_is_told_in_any_asset_with_a_price() -> None:
    book = valued(call())
    in_bitcoin, in_dollars = total(book, MARKET, "BTC"), total(book, MARKET, "USD")
    assert in_bitcoin.value * 65_000 == pytest.approx(in_dollars.value)
    assert reporting(book) == "USD"
    with pytest.raises(Failure):
        total(book, MARKET, "JPY")


def test_trades_of_one_shape_share_their_program() -> None:
    shelf = Shelf(opened)
    made = [shelf.trade(call(str(strike)), MARKET) for strike in range(60_000, 60_100)]
    assert len(shelf.programs) == len(shelf.contracts) == 1
    assert len({id(each.instance.program) for each in made}) == 1
    assert len({each.instance.terms for each in made}) == 100


def test_one_wrong_position_leaves_the_others() -> None:
    nothing = replace(call(), contract="std.options.EuropeanCall", arguments={"strike": "1"})
    ended = call(expiry="2026-01-02")
    book = list(
        lines(trades_of([nothing, call(), ended], MARKET, opened), MARKET, HOW, greeks=False)
    )
    assert [each.valuation is None for each in book] == [True, False, False]
    assert book[0].failure is not None
    assert total(book, MARKET, "USD").missing == 1


# --- other markets -------------------------------------------------------------------------------


def forward(quantity: float = 1.0) -> Position:
    arguments = {"underlying": "ETH", "cash": "USD", "price": "3_000", "expiry": "2026-12-31"}
    return Position("std.forwards.Forward", quantity, arguments, None)


def test_a_forward_gains_what_its_spot_does() -> None:
    scenarios = list(grid([-0.2, 0.0, 0.1], [0.0, 0.5]))
    found = list(outcomes([trade(forward(10))], MARKET, scenarios, HOW, "USD"))
    carried = 2.718281828459045 ** (-0.03 * 364 / 365)
    for each in found:
        gain = 10 * 3_000 * each.scenario.shock.spots * carried
        assert each.gain == pytest.approx(gain, rel=1e-9, abs=1e-9)


def test_a_shock_moves_what_it_names() -> None:
    moved = shocked(MARKET, Shock(-0.5, 1.0, 0.01, {BTC: 0.1}), "USD")
    assert moved.spot(*BTC) == pytest.approx(71_500) and moved.spot(*ETH) == 1_500
    assert moved.volatility(*ETH, 1.0) == pytest.approx(1.4)
    assert moved.rate("USD", 1.0) == pytest.approx(0.05)
    assert shocked(MARKET, Shock(), "USD") == MARKET


def test_scenarios_are_read_with_their_names() -> None:
    text = '[[scenarios]]\nname = "crash"\nspots = "-40%"\n"spot(BTC, USD)" = -0.5\nrates = "1%"\n'
    shock = Shock(-0.4, 0.0, 0.01, {BTC: -0.5})
    assert scenarios_of(Source("s.toml", text)) == (Scenario("crash", shock),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "scenarios = 3",
        "[[scenarios]]\nspots = 1\n",
        '[[scenarios]]\nname = "a"\nspots = "much"\n',
        '[[scenarios]]\nname = "a"\nspots = nan\n',
        '[[scenarios]]\nname = "a"\nspot = "1%"\n',
        '[[scenarios]]\nname = "a"\nspots = true\n',
        "[[scenarios",
    ],
)
def test_what_is_no_scenario_is_refused(text: str) -> None:
    with pytest.raises(Failure) as refusal:
        scenarios_of(Source("s.toml", text))
    assert [each.code for each in refusal.value.diagnostics] == ["E1022"]


# --- attribution ---------------------------------------------------------------------------------


def later(size: float, days: int = 0) -> Market:
    """A market in which everything has moved by so much."""
    return replace(
        MARKET,
        as_of=TODAY + days * DAY,
        spots={BTC: 65_000.0 * (1 + size), ETH: 3_000.0},
        volatilities={**MARKET.volatilities, BTC: flat_volatility(0.55 * (1 + size / 4))},
        rates={"USD": flat_rate(0.04 * (1 + size))},
    )


def rest(size: float) -> float:
    found = attributed(trade(call()), MARKET, later(size), HOW, "USD")
    assert found.gain == pytest.approx(found.after - found.before, abs=1e-9)
    return found.shares[-1].amount


def test_shares_add_up_and_the_rest_is_of_higher_order() -> None:
    """Cross terms of spot, volatility and rate are of second order, so that a tenth of the move
    leaves about a hundredth of the rest."""
    assert abs(rest(0.001)) < abs(rest(0.01)) / 50


def test_a_day_is_worth_its_theta() -> None:
    found = attributed(trade(call()), MARKET, later(0.0, days=1), HOW, "USD")
    theta = next(share for share in found.shares if share.measure == "theta")
    assert theta.amount == pytest.approx(found.gain, rel=0.01)


def test_what_was_paid_is_a_gain() -> None:
    """Once it has expired a call is worth nothing, and has paid."""
    held = trade(call("60_000", "2026-01-05", quantity=-2.0))
    after = replace(later(0.0, days=10), fixings={"spot(BTC, USD)": {TODAY + 4 * DAY: 66_000.0}})
    found = attributed(held, MARKET, after, HOW, "USD")
    assert found.after == 0.0
    assert next(share.amount for share in found.shares if share.measure == "paid") == -12_000.0
    assert found.gain == pytest.approx(-12_000.0 - found.before)


def test_worth_needs_every_value() -> None:
    with pytest.raises(Failure):
        worth([trade(call())], replace(MARKET, volatilities={}), HOW, "USD")
