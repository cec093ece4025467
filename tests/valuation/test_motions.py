"""How each model moves a price about its forward: fairly, and as its market is moved."""

from math import exp, sqrt

import numpy as np
import pytest

from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.dynamics.heston_paths import HestonMover
from rfos_lang.valuation.dynamics.local_volatility import LocalMover, OfSmile
from rfos_lang.valuation.dynamics.mover import Brownian, Jumping, Mover, Stretches
from rfos_lang.valuation.dynamics.sabr import Sabr
from rfos_lang.valuation.dynamics.shift import Shift
from rfos_lang.valuation.dynamics.smile import DYNAMICS, PARAMETERS, Smile
from rfos_lang.valuation.dynamics.svi import flat_slice
from rfos_lang.valuation.jumps import Jumps
from tests.valuation.test_models import HESTON, SMILE

MOVERS = {
    "jumps": Jumping(Brownian(), Jumps(3.0, -0.1, 0.15)),
    "heston": HestonMover(HESTON),
    "heston at zero": HestonMover(Heston(0.01, 0.5, 0.04, 1.5, -0.9)),
    "heston upward": HestonMover(Heston(0.3, 2.0, 0.25, 0.8, 0.7)),
    "local volatility": LocalMover(OfSmile(SMILE)),
}


@pytest.mark.parametrize("mover", MOVERS.values(), ids=MOVERS)
def test_every_motion_is_a_martingale(mover: Mover) -> None:
    paths, parts, years = 40_000, 10, 0.5
    drawn = np.random.default_rng(7).standard_normal((parts, 1 + mover.normals, paths))
    each = np.full(parts, years / parts)
    over = Stretches(np.arange(parts) * each, each, 0.2 * each)
    price = np.exp(mover.along(mover.start(), over, drawn[:, 0], drawn[:, 1:]).change)
    assert abs(price.mean() - 1.0) < 4 * price.std() / sqrt(paths)


def test_local_variance_of_a_smile_that_only_depends_on_time() -> None:
    smile = Smile(((0.5, flat_slice(0.1)), (1.0, flat_slice(0.3))))
    k = np.array([-0.2, 0.3])
    assert OfSmile(smile).variance(k, 0.5, 1.0) == pytest.approx([0.2, 0.2])
    assert OfSmile(smile).variance(k, 0.25, 0.75) == pytest.approx([0.15, 0.15])


@pytest.mark.parametrize("dynamics", DYNAMICS)
@pytest.mark.parametrize("told", [True, False], ids=["forwards told", "no forwards"])
def test_paths_move_a_smile_as_its_market_does(dynamics: str, told: bool) -> None:
    slices = tuple((years, Sabr(years, 0.4, 0.6, -0.3, 0.7)) for years in (0.25, 1.0))
    forwards = tuple(100 * exp(0.03 * years) for years, _ in slices) if told else ()
    smile = Smile(slices, dynamics=dynamics if told else PARAMETERS, forwards=forwards)
    by = Shift(volatility=0.01, spot=0.02, growth=-0.005)
    moved = smile.at(lambda years: 100 * exp(0.02 + 0.025 * years)).raised(0.01)
    k = np.array([-0.4, 0.0, 0.3])
    for years in (0.1, 0.7, 2.0):
        here = OfSmile(smile).moved(by).smile.shape(k, years)
        assert here.w == pytest.approx(moved.shape(k, years).w, rel=1e-12)
