"""Quotes that nothing meets, or that nobody can read: refused by code, at their line."""

from math import isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.valuation.calibration.from_quotes import fitted
from tests.valuation.quoted import EXAMPLE, curve_of, found, refusal

BAD = [
    # what is written
    ("as_of = 2026-03-20", "", "E0641", "as_of"),
    ('discount = "EUR"\n', "", "E0641", "curves.EURIBOR.discount"),
    ("[curves.EURIBOR.swaps]", "[curves.EURIBOR.swap]", "E0642", "swap"),
    ('settles = "2bd"', 'settled = "2bd"', "E0642", "settled"),
    ("[rates.EUR.deposits]", "[rates.EUR.deposits", "E0601", ""),
    ('5y = "2.28%"', '5y = "about 2%"', "E0604", "5y"),
    ('5y = "2.28%"', "5y = nan", "E0604", "5y"),
    ('5y = "2.28%"', "5y = 22.8", "E0615", "5y"),
    ('5y = "2.28%"', '5x = "2.28%"', "E0582", "5x"),
    ('5y = "2.28%"', '0y = "2.28%"', "E0604", "0y"),
    ('5y = "2.28%"', '2031-02-30 = "2.28%"', "E0613", "2031-02-30"),
    ("3Mx9M", "3M9M", "E0604", "3M9M"),
    ("3Mx9M", "3Mx12M", "E0604", "tenor of 6M"),
    ('tenor = "6M"', 'tenor = "0M"', "E0604", "0M"),
    ('calendar = "TARGET"', 'calendar = "TRAGET"', "E0604", "TRAGET"),
    ('discount = "EUR"', 'discount = "EURO"', "E0606", "EURO"),
    ('index = "EURIBOR_6M"\nuntil', 'index = "EURIBOR_3M"\nuntil', "E0606", "EURIBOR_3M"),
    ('cash = "EUR"', 'cash = "USD"', "E0606", "USD"),
    ('index = "ESTR"', 'index = "ESTR"\ndiscount = "USD"', "E0604", "discount"),
    ("[hull_white.EUR]", "[zero_rates]\nEUR = 0.02\n[hull_white.EUR]", "E0604", "zero_rates"),
    ('fixed_step = "1y"', 'fixed_step = "1bd"', "E0604", "1bd"),
    ('tenor = "6M"', 'tenor = "1d"', "E0604", "1d"),
    # the past
    ('index = "ESTR"', 'index = "ESTR"\nquoted_on = 2026-03-18', "E0637", "2026-03-18, but"),
    ('cash = "EUR"', 'cash = "EUR"\nquoted_on = 2026-03-21', "E0637", "2026-03-21, but"),
    ("2026-12-16 = {", "2026-03-18 = {", "E0643", "2026-03-18"),
    ('6M = "1.95%"', '2026-03-19 = "1.95%"', "E0643", "2026-03-19"),
    ('1y = "0.45%"', '2026-03-20 = "0.45%"', "E0643", "2026-03-20"),
    ('until = ["2y"]', 'until = ["2025-03-20"]', "E0643", "until"),
    ("as_of = 2026-03-20", "as_of = 2027-03-20", "E0643", "2026-12-16"),
    # twice
    ('2y = "2.05%"', '2y = "2.05%"\n24M = "2.06%"', "E0644", "24M"),
    ('3y = "0.72%"', '3y = "0.72%"\n2029-06-20 = "0.7%"', "E0644", "2029-06-20"),
    ('until = ["2y"]', 'until = ["2y", "24M"]', "E0644", "until"),
    ('5y = "2.28%"', '5y = "2.28%"\n5y = "2.29%"', "E0601", "5y"),
    # what cannot be met
    ('30y = "2.72%"', '30y = "72%"', "E0645", "swaps.30y"),
    ('3y = "2.30%"', '3y = "-150%"', "E0645", "swaps.3y"),
    ('3y = "0.72%"', '3y = "0.15%"', "E0646", "spreads.3y"),
    ('5y = "0.98%"', '5y = "900%"', "E0646", "spreads.5y"),
    ('recovery = "40%"', 'recovery = "100%"', "E0646", "spreads.1y"),
    ('recovery = "40%"', 'recovery = "140%"', "E0604", "recovery"),
    ('3y = "0.72%"', '3y = "-0.72%"', "E0604", "3y"),
    ('5y = { volatility = "0.75%", strike', '6M = { volatility = "0.75%", strike', "E0647", "6M"),
    ('1yx5y = "0.74%"', '1yx5y = "0%"', "E0604", "above zero"),
    ('1yx5y = "0.74%"', '1yx5y = "-1%"', "E0611", "1yx5y"),
    ('until = ["2y"]', 'until = ["2y"]\nquoted = "black"', "E0604", "black"),
    (
        'until = ["2y"]',
        'until = ["1y", "2y", "3y", "4y", "5y", "6y", "7y", "8y"]',
        "E0649",
        "8 options, and 10 numbers",
    ),
]


@pytest.mark.parametrize(("before", "after", "code", "said"), BAD)
def test_what_is_wrong_is_said_at_its_line(before: str, after: str, code: str, said: str) -> None:
    assert before in EXAMPLE
    found_code, message, line = refusal(EXAMPLE.replace(before, after, 1))
    assert found_code == code, message
    assert said in message + line


def test_a_rate_without_a_logarithm_is_refused() -> None:
    lognormal = EXAMPLE.replace('until = ["2y"]', 'quoted = "lognormal"', 1)
    assert found(lognormal)
    code, message, _ = refusal(lognormal.replace('strike = "2.5%"', 'strike = "-0.5%"'))
    assert code == "E0648" and "-0.5000%" in message
    shifted = lognormal.replace('"lognormal"', '"lognormal"\nshift = "3%"')
    assert found(shifted.replace('strike = "2.5%"', 'strike = "-0.5%"'))


def test_a_cap_on_overnight_rates_is_refused() -> None:
    code, message, _ = refusal(
        EXAMPLE.replace('index = "EURIBOR_6M"\nuntil', 'index = "ESTR"\nuntil')
    )
    assert code == "E0647" and "ESTR" in message


@pytest.mark.parametrize("text", ["as_of = 2026-03-20", "as_of = 2026-03-20\n[rates.EUR]\n"])
def test_no_quotes_are_refused(text: str) -> None:
    assert refusal(text)[0] == "E0641"


def test_the_order_of_lines_does_not_matter() -> None:
    two, ten = '2y = "2.05%"\n', '10y = "2.58%"\n'
    moved = EXAMPLE.replace(ten, "").replace(two, ten + two)
    assert curve_of(found(moved), "EUR").curve == curve_of(found(), "EUR").curve


WRITTEN = [
    *("[]", "{}", "true", "1e400", "-1", "nan", '""', "2026-01-01", "2300-01-01", "0", "1e-300"),
    *('"50%"', '"-99%"', '"6M"', '"0d"', '"1000y"', '"1min"', '"act/act.ICMA"', '"400bd"', "[1]"),
    *("{ price = 1 }", "{ volatility = 1 }", '"TOK"', '"1bd"', '"999%"'),
]
KEYS = ["5y", "0y", "1bd", "2031-03-20", "1yx1y", "300y", "3Mx9M", "as_of", "tenor", "1w"]
LINES = EXAMPLE.splitlines()
PLACES = [at for at, line in enumerate(LINES) if " = " in line and not line.startswith("#")]


@given(st.sampled_from(PLACES), st.sampled_from(WRITTEN), st.none() | st.sampled_from(KEYS))
@settings(max_examples=25, deadline=None)
def test_any_value_is_met_or_refused(at: int, value: str, key: str | None) -> None:
    """Also under any key: no exception, and nothing that is not a number."""
    before, _, after = LINES[at].partition(" = ")
    line = f"{before} = {value}" if key is None else f"{key} = {after}"
    text = "\n".join([*LINES[:at], line, *LINES[at + 1 :]])
    made, problems = fitted(text, "quotes.toml")
    assert (made is None) == bool(problems)
    for quote in made.quotes if made is not None else ():
        assert isfinite(quote.found) and abs(quote.found) < 1e3


def test_a_number_of_absurd_size_is_refused_or_met_never_nan() -> None:
    for volatility in ("900%", "0.0001%"):
        made = found(EXAMPLE.replace('1yx5y = "0.74%"', f'1yx5y = "{volatility}"'))
        (factor,) = made.factors
        numbers = [factor.model.reversion, *(each.found for each in factor.quotes)]
        assert all(number == number and abs(number) < 100 for number in numbers)
