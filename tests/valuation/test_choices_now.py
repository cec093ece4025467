"""Greeks where a choice is open right now: those of what is better, and told where neither is."""

from dataclasses import replace

import pytest
from scipy.optimize import brentq

from rfos_lang.base.instant import DAY
from rfos_lang.valuation.exercise.today import TIE
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Greek, Valuation
from tests.generators import handmade
from tests.generators.handmade import START
from tests.valuation.products.library import product
from tests.valuation.products.markets import MARKETS
from tests.valuation.test_early_exercise import market

MEASURES = ("delta", "gamma", "vega", "rho", "theta")
WAYS = ((True, "monte_carlo"), (False, "closed_form"))


def put(exercised_now: bool) -> handmade.Instance:
    """A put at 40, exercised in a year; or now, too."""
    made = handmade.american_put("40", days=365)
    (choice,) = made.program.clauses
    later = (START + 365 * DAY,)
    program = replace(made.program, clauses=(replace(choice, any_time=False),))
    dates = (START, *later) if exercised_now else later
    return handmade.Instance(program, replace(made.terms, schedules=(dates,)))


def found(exercised_now: bool, spot: float, method: str) -> Valuation:
    made = put(exercised_now)
    return valued(made.program, made.terms, market(spot), method, paths=8_000)


def critical() -> float:
    """Where a put is worth as much now as in a year."""
    return brentq(lambda spot: 40.0 - spot - found(False, spot, "closed_form").value, 30.0, 38.0)


def apart(one: Greek, value: float) -> float:
    """By how much more than told a Greek is off."""
    return abs(one.value - value) - 3.0 * (one.standard_error or 0.0) - (one.bias_bound or 0.0)


@pytest.mark.parametrize("model", ["lognormal", "lognormal, bent curves", "Heston"])
def test_what_is_ended_at_once_has_no_greeks(model: str) -> None:
    """A loan that costs its lender money is recalled now, wherever the price moves."""
    loan = product("SecuritiesLoan")
    result = valued(loan.program, loan.terms, MARKETS[model], "monte_carlo", paths=2_000)
    assert [each.value for each in result.greeks] == pytest.approx([0.0] * 6, abs=1e-9)
    assert TIE not in result.notes


def test_beside_the_critical_price_greeks_are_those_of_one_choice() -> None:
    """By less than the spot is moved for gamma."""
    middle = critical()
    waiting, european = (found(now, 1.004 * middle, how) for now, how in WAYS)
    assert all(apart(waiting.greek(m), european.greek(m).value) <= 1e-9 for m in MEASURES)
    taken = found(True, 0.996 * middle, "monte_carlo")
    assert [taken.greek(m).value for m in MEASURES] == pytest.approx([-1, 0, 0, 0, 0], abs=1e-9)


def test_at_the_critical_price_greeks_tell_how_far_the_other_choice_is() -> None:
    middle = critical()
    tie, european = (found(now, middle, how) for now, how in WAYS)
    assert TIE in tie.notes
    for measure, taken in zip(MEASURES, (-1.0, 0.0, 0.0, 0.0, 0.0), strict=True):
        assert apart(tie.greek(measure), taken) <= 1e-9
        assert apart(tie.greek(measure), european.greek(measure).value) <= 1e-9
    kink = european.greek("delta").value + 1.0
    assert tie.greek("gamma").bias_bound >= 0.9 * kink / (0.02 * middle)


@pytest.mark.parametrize("share", [0.99, 0.996, 0.999, 1.001, 1.004, 1.01])
def test_beside_the_critical_price_a_grid_has_the_greeks_of_one_choice(share: float) -> None:
    spot = share * critical()
    grid, european = found(True, spot, "finite_differences"), found(False, spot, "closed_form")
    known = dict(zip(MEASURES, (-1.0, 0.0, 0.0, 0.0, 0.0), strict=True))
    if share > 1.0:
        known = {measure: european.greek(measure).value for measure in MEASURES}
    for measure in MEASURES:
        assert apart(grid.greek(measure), known[measure]) <= 1e-9, measure
