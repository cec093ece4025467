"""What is observed, paid or owed at the market's own date, and how that moves with the market."""

from dataclasses import replace

import pytest

from rfos_lang.base.fixed import from_decimal
from rfos_lang.core import meaning
from rfos_lang.core.typical import BEGIN
from rfos_lang.valuation.bumping import difference
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.valuation.products.library import product
from tests.valuation.products.markets import BENT, BTC, FLAT

FEED = "spot(BTC, USD)"
DAY = 86_400 * 10**9
FORWARD_START = product("ForwardStartCall", begins="2026-01-01", expiry="2026-07-15")
AVERAGE = product("AsianCall", fixings="[2026-01-01, 2026-07-15]")


def value(instance, market: Market, method: str = "auto", **how: object) -> Valuation:
    return valued(instance.program, instance.terms, market, method, 20_000, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("instance", [FORWARD_START, AVERAGE], ids=["forward start", "average"])
@pytest.mark.parametrize("market", [FLAT, replace(FLAT, fixings={FEED: {BEGIN: 90.0}})])
def test_formula_and_paths_agree_on_what_is_observed_now(instance, market: Market) -> None:
    formula, paths = value(instance, market), value(instance, market, "monte_carlo")
    assert paths.standard_error is not None
    assert abs(paths.value - formula.value) < 4 * paths.standard_error
    for greek in paths.greeks:
        exact = formula.greek(greek.measure).value
        allowed = 3 * (greek.standard_error or 0.0) + 0.02 * abs(exact) + 1e-6
        assert abs(greek.value - exact) < allowed, greek


def test_a_price_observed_now_moves_with_the_spot_unless_it_is_known() -> None:
    """A strike that is set today is today's spot: such an option is worth a part of the spot."""
    moving = value(FORWARD_START, FLAT)
    assert moving.greek("delta").value == pytest.approx(moving.value / 100.0, rel=1e-6)
    assert moving.greek("gamma").value == pytest.approx(0.0, abs=1e-8)
    known = value(FORWARD_START, replace(FLAT, fixings={FEED: {BEGIN: 100.0}}))
    assert known.value == pytest.approx(moving.value, rel=1e-12)
    vanilla = value(product("EuropeanCall"), FLAT)
    assert known.greek("delta").value == pytest.approx(vanilla.greek("delta").value, rel=1e-9)


def test_a_fixing_of_today_is_what_counts() -> None:
    found = value(AVERAGE, replace(FLAT, fixings={FEED: {BEGIN: 90.0}}), greeks=False)
    other = value(AVERAGE, replace(FLAT, fixings={FEED: {BEGIN: 110.0}}), greeks=False)
    assert found.value < value(AVERAGE, FLAT, greeks=False).value < other.value


@pytest.mark.parametrize("market", [FLAT, BENT], ids=["flat", "bent"])
def test_what_is_fixed_and_still_owed_has_greeks(market: Market) -> None:
    """After its expiry an exercised option is a payment of each side, due two days later."""
    instance, expiry = product("FxCall"), BEGIN + 195 * DAY
    past = replace(market, as_of=expiry + DAY, fixings={FEED: {expiry: 130.0}})
    found = value(instance, past)

    def again(moved: Market) -> float:
        return value(instance, moved, greeks=False).value

    measures = {(greek.measure, greek.subject) for greek in found.greeks}
    assert {("delta", FEED), ("rho", "USD"), ("carry", "BTC"), ("theta", "")} <= measures
    for measure, subject in measures - {("gamma", FEED), ("vega", FEED)}:
        expected = difference(measure, subject, past, again)
        greek = found.greek(measure, subject)
        assert greek.value == pytest.approx(expected, rel=1e-4, abs=1e-6), greek


@pytest.mark.parametrize("name", ["BulletLoan", "LinearLoan"])
def test_what_is_paid_now_stands_still(name: str) -> None:
    """A principal that is paid out at the market's own date earns nothing from then on."""
    instance = product(name)
    formula, path = value(instance, BENT), value(instance, BENT, "monte_carlo")
    assert formula.greek("theta").value == pytest.approx(path.greek("theta").value, rel=1e-6)


@pytest.mark.parametrize(
    "name", ["EuropeanCall", "CashOrNothingPut", "DualCurrencyDeposit", "CalendarSpread", "Chooser"]
)
def test_theta_reads_bent_curves_nearer(name: str) -> None:
    """As the valuation moves ahead dates stand still, and curves keep their shape in years."""
    instance = product(name)

    def again(moved: Market) -> float:
        return value(instance, moved, greeks=False).value

    expected = difference("theta", "", BENT, again)
    assert value(instance, BENT).greek("theta").value == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("spot", [90.0, 100.0, 110.0])
@pytest.mark.parametrize(
    "name",
    [
        *("GapPut", "GapCall", "Supershare", "CashOrNothingCall", "CashOrNothingPut"),
        *("AssetOrNothingCall", "AssetOrNothingPut", "EuropeanCall", "EuropeanPut"),
    ],
)
def test_at_its_last_instant_it_is_what_the_settlement_pays(name: str, spot: float) -> None:
    """Also where the spot lies on a level: the contract says which side that belongs to."""
    made = product(name)
    last = made.terms.schedules[0][-1]
    market = replace(FLAT, as_of=last, spots={**FLAT.spots, BTC: spot})
    begun = meaning.start(made.program, made.terms).standing
    seen = tuple(from_decimal(repr(spot)) for _ in made.program.feeds)
    settled = meaning.fire(made.program, made.terms, begun, meaning.Event(last, seen))
    assert settled.status is meaning.Status.OK
    paid = sum(
        (1 if each.payee == 0 else -1)
        * each.units
        / 10 ** made.terms.places[each.asset]
        * market.spot(made.terms.assets[each.asset], "USD")
        for each in settled.postings
    )
    assert valued(made.program, made.terms, market).value == pytest.approx(paid, abs=0.005)
