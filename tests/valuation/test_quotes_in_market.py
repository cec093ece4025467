"""Market files that hold quotes, and Greeks to these: against new calibrations to moved quotes."""

from dataclasses import replace

import pytest

from rfos_lang.valuation.calibration.from_quotes import fitted, market_text
from rfos_lang.valuation.calibration.moves import moves_of
from rfos_lang.valuation.market import Market, parse_market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.valuation.quoted import EXAMPLE, curve_of, found
from tests.valuation.rate_contracts import bound


def market(text: str) -> Market:
    read, problems = parse_market(text, "market.toml")
    assert read is not None, [each.message for each in problems]
    return read


QUOTED = market(EXAMPLE)
NOTIONAL = {"cash": "EUR", "notional": "1_000_000_000 EUR"}
LEG = "schedule(first: 2027-03-24, last: 2033-03-24, step: "
SWAP = (
    "std.swaps.InterestRateSwap",
    {
        "fixed": "2.45%",
        "index": "EURIBOR_6M",
        "fixed_leg": f"{LEG}1y)",
        "floating_leg": f"{LEG}6M)",
    },
)
SWAPTION = ("std.swaptions.PayerSwaption", {**SWAP[1], "expiry": "2027-03-22"})
CREDIT = (
    "std.credit.CreditDefaultSwap",
    {
        "name": '"ACME Corp"',
        "spread": "1%",
        "premium": "schedule(first: 2026-03-20, last: 2028-06-20, step: 3M)",
        "long_stop": "2028-12-20",
    },
)


def value(contract: tuple[str, dict[str, str]], at: Market, greeks: bool = False) -> Valuation:
    program, terms = bound(contract[0], at.as_of, **{**NOTIONAL, **contract[1]})
    return valued(program, terms, at, greeks=greeks)


def test_quotes_in_a_market_are_what_is_calibrated_to_them() -> None:
    written = market(market_text(found()))
    assert QUOTED.rates == written.rates and QUOTED.curves == written.curves
    assert QUOTED.hull_white == written.hull_white and QUOTED.hazards == written.hazards
    assert QUOTED.indices == written.indices and QUOTED.levels == written.levels
    assert len(QUOTED.moves()) == 31 + 8 and written.moves() == ()


def test_quotes_stand_beside_everything_else() -> None:
    more = """
[rates.USD]
swaps = { 1y = "4%" }
[spots]
"spot(EUR, USD)" = 1.1
[curves.FED]
2027-03-20 = "3%"
[feeds]
'recovery("ACME Corp")' = 0.3
"""
    both = market(EXAMPLE + more)
    assert both.spots == {("EUR", "USD"): 1.1} and set(both.rates) == {"EUR", "USD"}
    assert set(both.curves) == {"EURIBOR", "FED"}
    assert both.levels == {'recovery("ACME Corp")': 0.3}  # what the file says itself counts


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ('30y = "2.72%"', '30y = "72%"', "E0645"),
        ('5y = "0.98%"', '5y = "0.10%"', "E0646"),
        ('settles = "2bd"', 'settled = "2bd"', "E0642"),
        ("[hull_white.EUR]", '[rates]\nUSD = "much"\n[hull_white.EUR]', "E0604"),
        ("[hull_white.EUR]", '[spots]\n"spot(EUR, USD)" = -1\n[hull_white.EUR]', "E0610"),
    ],
)
def test_what_is_wrong_is_said_as_of_a_file_of_quotes(before: str, after: str, code: str) -> None:
    text = EXAMPLE.replace(before, after, 1)
    read, problems = parse_market(text, "market.toml")
    assert read is None and problems[0].code == code
    at = problems[0].span
    assert text[at.start : at.end] in after.splitlines()


# --- Greeks ---------------------------------------------------------------------------------------


def test_moves_are_those_of_new_calibrations() -> None:
    quote, step = '5y = "2.28%"', 1e-6
    moves = {move.quote: move for move in moves_of(found())}
    up, down = (found(EXAMPLE.replace(quote, f"5y = {0.0228 + s!r}")) for s in (step, -step))
    for name in ("EUR", "EURIBOR"):
        kind = curve_of(up, name).kind
        each = zip(
            curve_of(up, name).curve.knots,
            curve_of(down, name).curve.knots,
            moves["EUR swap 5y"].rates[kind, name],
            strict=True,
        )
        for (_, high), (_, low), by in each:
            assert by == pytest.approx((high - low) / (2 * step), abs=1e-6)


@pytest.mark.parametrize(
    ("contract", "quote", "line"),
    [
        (SWAP, "EURIBOR swap 7y", '7y = "2.58%"'),
        (SWAP, "EUR swap 5y", '5y = "2.28%"'),
        (SWAP, "EURIBOR forward 6Mx12M", '6Mx12M = "2.18%"'),
        (SWAPTION, "EURIBOR swap 7y", '7y = "2.58%"'),
        (CREDIT, 'credit_event("ACME Corp") spread 3y', '3y = "0.72%"'),
    ],
)
def test_greeks_to_quotes_are_those_of_new_calibrations(
    contract: tuple[str, dict[str, str]], quote: str, line: str
) -> None:
    """The factor is held: it is calibrated to volatilities, which stand still."""
    key, number = line.split(" = ")
    old, step, values = float(number.strip('"%')) / 100, 1e-5, []
    for sign in (1, -1):
        moved = EXAMPLE.replace(line, f"{key} = {old + sign * step!r}", 1)
        assert moved != EXAMPLE
        at, problems = fitted(moved, "quotes.toml")
        assert at is not None, problems
        made = market(market_text(at))
        values.append(value(contract, replace(made, hull_white=QUOTED.hull_white)).value)
    told = value(contract, QUOTED, greeks=True).greek("quote", quote).value
    assert told == pytest.approx((values[0] - values[1]) / (2 * step), rel=2e-5, abs=2e3)


@pytest.mark.parametrize("line", ['1yx5y = "0.74%"', '5yx5y = "0.775%"', '10yx10y = "0.70%"'])
def test_vegas_to_quotes_are_those_of_new_calibrations(line: str) -> None:
    """Also where the factor cannot meet all of them, and one moves what is missed of others."""
    key, number = line.split(" = ")
    old, step, values = float(number.strip('"%')) / 100, 1e-5, []
    for sign in (1, -1):
        moved = EXAMPLE.replace(line, f"{key} = {old + sign * step!r}", 1)
        assert moved != EXAMPLE
        values.append(value(SWAPTION, replace(QUOTED, hull_white=market(moved).hull_white)).value)
    greeks = value(SWAPTION, QUOTED, greeks=True)
    told = greeks.greek("quote", f"EUR swaption {key}").value
    assert told == pytest.approx((values[0] - values[1]) / (2 * step), rel=2e-3, abs=1e5)


def test_all_vegas_to_quotes_together_are_about_that_to_the_one_nearest() -> None:
    """A swaption is worth its own normal volatility, and about so much if all of them move."""
    greeks = value(SWAPTION, QUOTED, greeks=True).greeks
    vegas = [
        each.value for each in greeks if " swaption " in each.subject or " cap " in each.subject
    ]
    assert len(vegas) == 8
    annuity = value(SWAP, QUOTED, greeks=True).greek("quote", "EURIBOR swap 7y").value
    own = annuity / 3  # √(1 year / 2π), and a little more for the two days of settlement
    assert sum(vegas) == pytest.approx(own, rel=0.5)


def test_a_parallel_move_of_all_quotes_is_about_rho() -> None:
    """A swap's value moves with its own quote, and hardly with any other, by its annuity."""
    par = {**SWAP[1], "fixed_leg": "schedule(first: 2026-03-24, last: 2031-03-24, step: 1y)"}
    par["floating_leg"] = par["fixed_leg"].replace("1y", "6M")
    greeks = value((SWAP[0], par), QUOTED, greeks=True).greeks
    quotes = {each.subject: each.value for each in greeks if each.measure == "quote"}
    assert max(quotes, key=lambda name: abs(quotes[name])) == "EURIBOR swap 5y"
    assert quotes["EURIBOR swap 5y"] == pytest.approx(4.68e9, rel=1e-2)
    assert greeks[-1].measure == "theta"
