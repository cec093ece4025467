"""Market files: what they say is what is found, and whatever is wrong has its code and its line."""

from math import exp, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.instant import DAY, parse_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import line_at
from rfos_lang.valuation.curve import (
    RateCurve,
    VolatilityCurve,
    falling,
    flat_rate,
    flat_volatility,
)
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.market import Market, parse_market

WHOLE = """\
as_of = 2026-01-01

[spots]
"spot(BTC, USD)" = 65_000
"spot(ETH, USD)" = 3_000

[volatilities]
"spot(BTC, USD)" = "55%"

[volatilities."spot(ETH, USD)"]
2026-06-01 = "70%"
2027-06-01 = "65%"

[rates]
USD = { "2026-07-02T12:00Z" = "4%", 2027-01-01 = "3%" }

[yields]
BTC = 0.01

[[correlations]]
between = ["spot(BTC, USD)", "spot(ETH, USD)"]
value = "70%"

[jumps."spot(BTC, USD)"]
intensity = 2
mean = "-5%"
deviation = 0.1

[curves]
LIBOR = { 2026-07-01 = "4.2%", 2028-01-01 = "3.1%" }

[hull_white.USD]
reversion = "3%"
volatility = { 2027-01-02 = "1%", 2031-01-01 = "0.8%" }

[indices]
SOFR_3M = { curve = "USD", tenor = "3M", day_count = "act/360" }
LIBOR_6M = { curve = "LIBOR", tenor = "6M", settles = "2bd", calendar = "TARGET" }
CPI = 312.5

[hazards]
"failed(ACME)" = { 2027-01-01 = "2%", 2029-01-01 = "1.8%" }

[fixings."spot(BTC, USD)"]
2025-12-31 = 64_210
"""
BTC, ETH = ("BTC", "USD"), ("ETH", "USD")


def whole() -> Market:
    market, diagnostics = parse_market(WHOLE, "m.toml")
    assert market is not None and diagnostics == ()
    return market


def wrong(text: str) -> tuple[Diagnostic, ...]:
    market, diagnostics = parse_market(text, "m.toml")
    assert market is None and diagnostics
    return diagnostics


def test_a_market_says_what_its_file_says() -> None:
    market = whole()
    assert market.as_of == parse_instant("2026-01-01")
    assert market.spot("BTC", "USD") == 65_000
    assert market.spot("USD", "BTC") == 1 / 65_000
    assert market.spot("USD", "USD") == 1
    assert market.volatility("BTC", "USD", 0.3) == 0.55
    assert market.volatility("USD", "BTC", 0.3) == 0.55
    assert market.carry("BTC", 1.0) == 0.01
    assert market.correlation(BTC, ETH) == market.correlation(ETH, BTC) == 0.7
    assert market.correlation_matrix([BTC, ETH]) == ((1.0, 0.7), (0.7, 1.0))
    assert market.index_forward("CPI", market.as_of) == 312.5
    assert market.source == "m.toml"
    assert market.jumps_of("BTC", "USD") == Jumps(2.0, -0.05, 0.1)
    assert market.jumps_of("ETH", "USD") is None


def test_rates_are_linear_in_rate_times_years() -> None:
    market = whole()
    assert market.rate("USD", 0.1) == market.rate("USD", 0.5) == 0.04
    assert market.rate("USD", 0.75) * 0.75 == pytest.approx((0.5 * 0.04 + 1.0 * 0.03) / 2)
    assert market.rate("USD", 5.0) == pytest.approx(0.03)
    assert market.discount("USD", 0.5) == pytest.approx(exp(-0.02))
    growth = (0.04 - 0.01) * 0.5
    assert market.forward("BTC", "USD", 0.5) == pytest.approx(65_000 * exp(growth))


def test_a_yield_that_is_not_given_is_the_rate_or_nothing() -> None:
    market = whole()
    assert market.carry("USD", 0.5) == 0.04
    assert market.carry("ETH", 0.5) == 0.0


def test_total_variance_is_linear() -> None:
    curve = VolatilityCurve(((0.5, 0.4), (1.0, 0.3)))
    assert curve.volatility(0.25) == curve.volatility(0.0) == 0.4
    middle = (0.5 * 0.16 + 1.0 * 0.09) / 2
    assert curve.volatility(0.75) == pytest.approx(sqrt(middle / 0.75))
    assert curve.volatility(9.0) == pytest.approx(0.3)


@given(
    st.lists(st.floats(0.01, 20), min_size=1, max_size=6, unique=True).map(sorted),
    st.data(),
)
def test_a_curve_goes_through_its_knots(times: list[float], data: st.DataObject) -> None:
    values = data.draw(st.lists(st.floats(0, 2), min_size=len(times), max_size=len(times)))
    knots = tuple(zip(times, values, strict=True))
    for years, value in knots:
        assert RateCurve(knots).rate(years) == pytest.approx(value, abs=1e-12)
        assert VolatilityCurve(knots).volatility(years) == pytest.approx(value, abs=1e-7)


def test_the_same_everywhere() -> None:
    assert flat_rate(0.03).rate(7.0) == pytest.approx(0.03) and flat_rate(0.03).is_flat
    assert flat_volatility(0.2).volatility(7.0) == pytest.approx(0.2)
    assert falling(flat_volatility(0.2)) is None
    assert falling(VolatilityCurve(((0.5, 0.4), (1.0, 0.1)))) == 1.0


def test_an_index_is_projected_by_its_curve() -> None:
    market = whole()
    start = market.as_of + 200 * DAY
    end = parse_instant("2026-10-20")
    first, last = (market.discount("USD", market.years(at)) for at in (start, end))
    days = (end - start) // DAY
    assert market.index_forward("SOFR_3M", start) == pytest.approx((first / last - 1) * 360 / days)


def test_a_fixing_is_for_its_instant_or_its_date() -> None:
    market = whole()
    at = parse_instant("2025-12-31T08:00Z")
    assert market.fixing("spot(BTC, USD)", at) == 64_210
    assert market.fixing("spot(BTC, USD)", at + DAY) is None
    assert market.fixing("SOFR_3M", at) is None


REPLACED = [
    ("as_of = 2026-01-01\n", "", "E0602", ""),
    ("65_000", "-3", "E0610", "-3"),
    ("65_000", "0", "E0610", "0"),
    ("65_000", '"much"', "E0604", "much"),
    ("65_000", "true", "E0604", "true"),
    ("65_000", "nan", "E0604", "nan"),
    ('"55%"', '"-5%"', "E0611", "-5%"),
    ('"55%"', "55", "E0615", "55"),
    ('"70%"\n2027', '"170%"\n2027', "E0618", "ETH"),
    ('value = "70%"', "value = 2", "E0612", "value"),
    ('value = "70%"\n', "", "E0602", "correlations"),
    ("2026-06-01", "2026-6-1", "E0613", "2026-6-1"),
    ("2026-06-01", "2026-02-30", "E0613", "2026-02-30"),
    ("as_of = 2026-01-01", 'as_of = "first of May"', "E0613", "first of May"),
    ("BTC = 0.01", "BTV = 0.01", "E0606", "BTV"),
    ("[yields]", "[yeilds]", "E0603", "yeilds"),
    ('"spot(BTC, USD)" = 65_000', "BTC = 65_000", "E0614", "BTC"),
    ('["spot(BTC, USD)"', '["spot(BCT, USD)"', "E0606", "BCT"),
    ('curve = "USD"', 'curve = "EUR"', "E0606", "EUR"),
    ('curve = "USD", ', "", "E0602", "SOFR_3M"),
    ('"act/360"', '"act/361"', "E0604", "act/361"),
    ('"3M"', '"3 M"', "E0582", "3 M"),
    ("[[correlations]]", "[correlations]]", "E0601", "[correlations]]"),
    ("2027-01-01", "2025-01-01", "E0617", "2025-01-01"),
    ('2026-07-01 = "4.2%"', '2025-07-01 = "4.2%"', "E0617", "LIBOR"),
    ('2028-01-01 = "3.1%"', '2026-07-02 = "40%"', "E0634", "LIBOR"),
    ('2028-01-01 = "3.1%"', "2028-01-01 = 97.3", "E0615", "LIBOR"),
    ('reversion = "3%"', 'reversion = "-3%"', "E0604", "reversion"),
    ('reversion = "3%"', "reversion = 5", "E0615", "reversion"),
    ('2027-01-02 = "1%"', '2027-01-02 = "-1%"', "E0611", "volatility"),
    ('2027-01-02 = "1%"', '2025-01-02 = "1%"', "E0617", "volatility"),
    ("[hull_white.USD]", "[hull_white.USX]", "E0606", "USX"),
    ('curve = "LIBOR"', 'curve = "LIBRO"', "E0606", "LIBOR_6M"),
    ('2029-01-01 = "1.8%"', '2029-01-01 = "0.6%"', "E0636", "failed"),
    ('2027-01-01 = "2%", 2029', '2027-01-01 = "-2%", 2029', "E0636", "failed"),
    ("intensity = 2", "intensity = 0", "E0604", "intensity"),
    ("intensity = 2\n", "", "E0602", "jumps"),
    ('[jumps."spot(BTC, USD)"]', '[jumps."spot(BTX, USD)"]', "E0606", "BTX"),
]


@pytest.mark.parametrize(("good", "bad", "code", "seen"), REPLACED)
def test_what_is_wrong_has_its_code_and_line(good: str, bad: str, code: str, seen: str) -> None:
    assert good in WHOLE
    text = WHOLE.replace(good, bad)
    diagnostics = wrong(text)
    assert code in [each.code for each in diagnostics]
    found = next(each for each in diagnostics if each.code == code)
    assert seen in line_at(text, found.span.start)


def test_one_file_yields_all_its_errors() -> None:
    text = WHOLE.replace("65_000", "-3").replace('"55%"', '"-5%"').replace("0.01", "99")
    assert {each.code for each in wrong(text)} == {"E0610", "E0611", "E0615"}


def test_the_nearest_name_is_suggested() -> None:
    (found,) = wrong(WHOLE.replace("BTC = 0.01", "BTV = 0.01"))
    assert found.help == "did you mean `BTC`?"


def test_correlations_that_contradict_each_other() -> None:
    text = WHOLE.split("[[correlations]]")[0] + "\n".join(
        f'[[correlations]]\nbetween = ["spot({a}, USD)", "spot({b}, USD)"]\nvalue = {value}'
        for a, b, value in (("BTC", "ETH", 0.9), ("ETH", "SOL", 0.9), ("BTC", "SOL", -0.9))
    )
    text = text.replace("[spots]", '[spots]\n"spot(SOL, USD)" = 100')
    (found,) = wrong(text)
    assert found.code == "E0607" and "eigenvalue -0.8" in found.message
    names = [("BTC", "USD"), ("ETH", "USD"), ("SOL", "USD")]
    values = {
        frozenset(two): v
        for two, v in zip(
            [(names[0], names[1]), (names[1], names[2]), (names[0], names[2])],
            (0.9, 0.9, -0.9),
            strict=True,
        )
    }
    with pytest.raises(Refused) as refused:
        Market(0, correlations=values).correlation_matrix(names)
    assert refused.value.code == "E0607"


def test_what_a_contract_needs_is_asked_for_with_its_line() -> None:
    market = Market(0)
    asked = [
        (lambda: market.spot("BTC", "USD"), "E0605", '"spot(BTC, USD)" = 100'),
        (lambda: market.volatility("BTC", "USD", 1.0), "E0605", '"spot(BTC, USD)" = "20%"'),
        (lambda: market.rate("USD", 1.0), "E0605", 'USD = "3%"'),
        (lambda: market.index_forward("SOFR", 0), "E0605", 'SOFR = "3%"'),
    ]
    for ask, code, line in asked:
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.code == code and refused.value.names["line"] == line
    with pytest.raises(Refused) as refused:
        market.correlation(BTC, ETH)
    assert refused.value.code == "E0616" and "[[correlations]]" in refused.value.names["line"]


@given(st.text(max_size=60))
def test_no_text_makes_a_traceback(text: str) -> None:
    for shown in (text, f"as_of = 2026-01-01\n{text}", f"as_of = 2026-01-01\n[spots]\n{text}"):
        market, diagnostics = parse_market(shown, "m.toml")
        assert (market is None) == bool(diagnostics)


VALUES = st.one_of(
    st.integers(), st.floats(), st.booleans(), st.dates(), st.text("ab%1.-", max_size=4)
)


@given(st.sampled_from(["spots", "volatilities", "rates", "yields", "indices", "fixings"]), VALUES)
def test_no_value_makes_a_traceback(table: str, value: object) -> None:
    shown = str(value).lower() if not isinstance(value, str) else f'"{value}"'
    text = (
        f'as_of = 2026-01-01\n[{table}]\n"spot(A, B)" = {shown}\n"C" = {{ 2027-01-01 = {shown} }}'
    )
    market, diagnostics = parse_market(text, "m.toml")
    assert (market is None) == bool(diagnostics)
