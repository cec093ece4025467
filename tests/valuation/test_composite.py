"""A contract made of others is worth what they are worth, by whatever method each is valued."""

from math import fsum, isclose

import pytest
from hypothesis import HealthCheck, given, settings

from rfos_lang.base.instant import parse_instant
from rfos_lang.driver.opening import Checked, Source
from rfos_lang.driver.pricing import How, priced
from rfos_lang.valuation.market import Market, parse_market
from rfos_lang.valuation.result import Valuation
from tests.core.lives import definitions, standard
from tests.generators.composites import SOURCES, Composite, composites

generated = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

MARKET = """
as_of = 2026-01-01
[spots]
"spot(BTC, USD)" = 5
[volatilities]
"spot(BTC, USD)" = "60%"
[rates]
USD = "4%"
[yields]
BTC = "1%"
"""
BY_FORMULA = ("Call", "KnockOut", "Late")
PARTS = definitions(SOURCES)


def market(text: str = MARKET) -> Market:
    found, problems = parse_market(text, "market.toml")
    assert found is not None, problems
    return found


def value(
    definition: object, method: str = "auto", greeks: bool = True, **arguments: str
) -> Valuation:
    checked = Checked(Source("test.rfos", ""), definition, ())  # type: ignore[arg-type]
    how = How(method, 20_000, 1)
    return priced(checked, arguments, market(), how=how, greeks=greeks).valuation


@generated
@given(composites(kinds=BY_FORMULA))
def test_the_closed_form_is_the_sum_of_the_parts(made: Composite) -> None:
    whole = value(definitions(made.text)["Whole"], "closed_form", u="BTC", cash="USD")
    parts = [value(PARTS[leaf.kind], "closed_form", **leaf.arguments) for leaf in made.leaves]
    signs = [leaf.factor * (-1 if leaf.turned else 1) for leaf in made.leaves]
    scale = max(abs(sign * part.value) for sign, part in zip(signs, parts, strict=True))
    total = fsum(sign * part.value for sign, part in zip(signs, parts, strict=True))
    assert isclose(whole.value, total, rel_tol=1e-9, abs_tol=1e-9 * max(scale, 1.0))
    for greek in whole.greeks:
        theirs = [
            sign * each.value
            for sign, part in zip(signs, parts, strict=True)
            for each in part.greeks
            if each.name == greek.name
        ]
        error = 1e-8 * max(1.0, *map(abs, theirs))
        assert isclose(greek.value, fsum(theirs), rel_tol=1e-8, abs_tol=error), greek.name


MIXED = """
use std.options.{AmericanPut, EuropeanPut}
use std.barriers.{DownAndOutPut}
contract Mixed(u, cash: Asset, expiry: Date) between holder, writer
    = 2 * DownAndOutPut(u, cash, strike: 5 cash/u, barrier: 3 cash/u, expiry:, rebate: 0 cash, size:
    1 u) + AmericanPut(u, cash, strike: 6 cash/u, expiry:) - EuropeanPut(u, cash, 6 cash/u, expiry)
    { unsecured
}
"""


def test_each_part_is_valued_by_its_own_method() -> None:
    terms = {"u": "BTC", "cash": "USD", "expiry": "2026-12-01"}
    whole = value(definitions(MIXED)["Mixed"], **terms)
    assert whole.method == "closed form and finite differences"
    named = {"underlying": "BTC", "cash": "USD", "expiry": "2026-12-01"}
    barrier = {"strike": "5", "barrier": "3", "rebate": "0", "size": "1"}
    out = value(standard("barriers.DownAndOutPut"), **named, **barrier)
    american = value(standard("options.AmericanPut"), **named, strike="6")
    european = value(standard("options.EuropeanPut"), **named, strike="6")
    total = 2 * out.value + american.value - european.value
    assert whole.value == pytest.approx(total, rel=1e-12)
    for greek in whole.greeks:
        each = [part.greek(greek.measure, greek.subject) for part in (out, american, european)]
        assert greek.value == pytest.approx(2 * each[0].value + each[1].value - each[2].value)


@pytest.mark.parametrize("kind", ["KnockOut", "Mean", "Low"])
def test_a_simulation_of_the_whole_agrees(kind: str) -> None:
    """The path program follows contracts within the contract, though a sum is valued part by
    part."""
    terms = "k: 4 cash/u, t: 2026-06-01, days: [2026-03-01, 2026-06-01]"
    made = f"{kind}(u, cash, {terms}) - Early(u, cash, {terms})"
    text = Composite(made, ()).text
    whole = definitions(text)["Whole"]
    together = value(whole, "monte_carlo", greeks=False, u="BTC", cash="USD")
    apart = value(whole, greeks=False, u="BTC", cash="USD")
    assert together.standard_error is not None
    error = together.standard_error + (apart.standard_error or 0.0)
    assert abs(together.value - apart.value) <= 4 * error


def test_what_has_ended_is_worth_nothing() -> None:
    """A part that was knocked out in the past counts no more, the other one does."""
    pair = definitions(MIXED.replace("+ AmericanPut(u, cash, strike: 6 cash/u, expiry:)", ""))[
        "Mixed"
    ]
    seen = market(MARKET + '[fixings."spot(BTC, USD)"]\n2025-12-01 = 2.5\n')
    checked = Checked(Source("test.rfos", ""), pair, ())
    terms = {"u": "BTC", "cash": "USD", "expiry": "2026-12-01"}
    found = priced(checked, terms, seen, start=parse_instant("2025-11-01")).valuation
    european = value(
        standard("options.EuropeanPut"),
        underlying="BTC",
        cash="USD",
        strike="6",
        expiry="2026-12-01",
    )
    assert found.value == pytest.approx(-european.value)
