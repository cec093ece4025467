"""A number that a contract remembers and that may take any value: on an axis of its own if it is
set by a choice or on a date, refused by its name if it is made of itself."""

from dataclasses import replace
from math import exp

import numpy as np
import pytest
from scipy.special import ndtr

from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.dynamics.smile import Smile
from rfos_lang.valuation.dynamics.svi import Svi
from rfos_lang.valuation.finite_differences import by_grid, tails
from rfos_lang.valuation.finite_differences.axis import Axis
from rfos_lang.valuation.finite_differences.no_grid import NoGrid
from tests.core.lives import instance, only
from tests.generators.handmade import Instance
from tests.valuation.test_finite_differences import by_formula, library, market, on_grid

LAW = replace(
    market(carry=0.02), heston={("BTC", "USD"): Heston(0.04, 2.0, 0.06, 0.6, -0.7)}, volatilities={}
)
SMILING = replace(
    market(carry=0.02),
    smiles={
        ("BTC", "USD"): Smile(
            ((0.25, Svi(0.02, 0.12, -0.3, 0.02, 0.2)), (1.1, Svi(0.09, 0.25, -0.35, 0.05, 0.4)))
        )
    },
    volatilities={},
)
STRUCK_LATER = "max(S - (S at first), 0 cash/u) * 1 u"
DATES = {"first": "2026-06-01", "second": "2026-08-01", "last": "2026-12-01"}


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("(highest(S) - S) * 1 u", "which may take any value"),
        ("count(S > 40 cash/u) * 1 cash", "it counts observations"),
        ("mean(S on [first, last]) * 1 u", r"it remembers sum\(.*which may take any value"),
        ("highest(S on [first, last]) * 1 u", "which may take any value"),
        ("(S at first) / (S at second) * 1 cash", "which may take any value"),
    ],
)
def test_what_a_grid_cannot_remember_is_refused(amount: str, reason: str) -> None:
    made = told_at_last(amount)
    with pytest.raises(NoGrid, match=reason):
        on_grid(made, market())


def told_at_last(amount: str) -> Instance:
    text = f"""contract X(u, cash: Asset, first, second, last: Date) between a, b {{
        unsecured
        let S = spot(u, cash)
        at last {{ b pays a {amount} }}
    }}"""
    made = instance(only(text), "2026-01-01", u="BTC", cash="USD", **DATES)
    return Instance(made.lowered.program, made.terms)


@pytest.mark.parametrize(
    ("amount", "spot"),
    [
        ("(S at first) * 1 u", 40.0),
        ("max(S - (S at first), 0 cash/u) * 1 u", 40.0),
        ("max(S - 1.3 * (S at first), 0 cash/u) * 1 u", 0.4),
        ("(S / (S at first) - 1) * 1 cash", 40.0),
    ],
)
def test_a_price_on_a_date_has_an_axis(amount: str, spot: float) -> None:
    made = told_at_last(amount)
    found, exact = (
        on_grid(made, market(spot, carry=0.02)),
        by_formula(made, market(spot, carry=0.02)),
    )
    assert found.bias_bound is not None
    assert found.value == pytest.approx(exact.value, rel=1e-4)
    assert abs(found.value - exact.value) <= found.bias_bound


def test_what_is_lost_between_places_is_told_under_heston_too() -> None:
    """By the characteristic function; errors of the axis and of the price once hid each other."""
    made = told_at_last(STRUCK_LATER)
    found, exact = on_grid(made, LAW), by_formula(made, LAW)
    assert found.bias_bound is not None
    assert found.value == pytest.approx(exact.value, rel=1e-3)
    assert abs(found.value - exact.value) <= found.bias_bound


def test_a_price_is_remembered_as_far_as_a_smile_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wings are worth more than standard deviations at the money tell: what was beyond the places
    was 5e-4 of the value. Here each kind of node is refined by itself."""
    made, fine = told_at_last(STRUCK_LATER), {"CELLS": 640, "STEPS": 80, "AXIS_CELLS": 96}
    found = on_grid(made, SMILING)
    assert found.bias_bound is not None
    monkeypatch.setattr(tails, "NOTHING", 1e-9)
    for name, count in fine.items():
        with monkeypatch.context() as finer:
            finer.setattr(by_grid, name, count)
            assert abs(on_grid(made, SMILING).value - found.value) <= found.bias_bound, name


def test_half_an_axis_has_its_ends() -> None:
    axis = Axis(0, np.linspace(1.0, 9.0, 9), 0.0)
    assert axis.halved.values.tolist() == [1.0, 3.0, 5.0, 7.0, 9.0]
    for power in range(6):
        places, weights = axis.between(np.array([3.3, 6.9]))
        told = np.sum(weights * axis.values[places] ** power, axis=0)
        assert told == pytest.approx(np.array([3.3, 6.9]) ** power)


def shouted_by_tree(spot: float, strike: float, sigma: float, rate: float, steps: int) -> float:
    """A shout call as a right to a call at the money and what the call is worth: on a tree (Cox,
    Ross and Rubinstein, Option pricing, J. Fin. Econ. 7, 1979)."""
    step = 1.0 / steps
    up = exp(sigma * step**0.5)
    likely = (exp(rate * step) - 1 / up) / (up - 1 / up)
    prices = spot * up ** np.arange(-steps, steps + 1, 2.0)
    worth = np.maximum(prices - strike, 0.0)
    for left in range(1, steps + 1):
        prices = spot * up ** np.arange(left - steps, steps - left + 1, 2.0)
        years = left * step
        d = (rate / sigma + sigma / 2) * years**0.5
        call = prices * (ndtr(d) - exp(-rate * years) * ndtr(d - sigma * years**0.5))
        shout = np.where(prices > strike, exp(-rate * years) * (prices - strike) + call, 0.0)
        worth = exp(-rate * step) * (likely * worth[1:] + (1 - likely) * worth[:-1])
        worth = np.maximum(worth, shout)
    return float(worth[0])


@pytest.mark.parametrize("spot", [34.0, 40.0, 50.0])
def test_the_price_at_a_choice_has_an_axis(spot: float) -> None:
    made = library("ladders.ShoutCall", strike="40", expiry="2027-01-01", size="1")
    found = on_grid(made, market(spot))
    one, two = (shouted_by_tree(spot, 40.0, 0.2, 0.06, steps) for steps in (1_000, 2_000))
    assert found.bias_bound is not None and found.bias_bound < 2e-4 * spot
    assert abs(found.value - (2 * two - one)) <= found.bias_bound + 2 * abs(two - one)
