"""Machine code that moves prices under models: against the schemes in NumPy, part by part."""

from math import sqrt

import numpy as np
import pytest
from scipy.special import ndtr

from rfos_lang.valuation.dynamics import bumped_paths
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.dynamics.heston_paths import HestonMover
from rfos_lang.valuation.dynamics.local_grid import LocalGrid, Row
from rfos_lang.valuation.dynamics.local_volatility import LocalMover, LocalSurface, OfSmile
from rfos_lang.valuation.dynamics.mover import Mover, Stretches
from rfos_lang.valuation.path import fused
from rfos_lang.valuation.price import valued
from tests.valuation.products.library import product
from tests.valuation.products.markets import BTC, BY_SABR, LOCAL, MARKETS, SMILING

WILD = Heston(v0=0.02, kappa=0.7, theta=0.05, xi=1.4, rho=-0.8)
SURFACES: dict[str, LocalSurface] = {
    "grid": LOCAL.local_volatilities[BTC],
    "SVI": OfSmile(SMILING.smiles[BTC]),
    "SABR": OfSmile(BY_SABR.smiles[BTC]),
}


def over(begin: float, end: float, parts: int) -> Stretches:
    ends = np.linspace(begin, end, parts + 1)
    return Stretches(ends[:-1], np.diff(ends), np.zeros(parts))


def drawn(parts: int, paths: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    return random.standard_normal((parts, paths)), random.standard_normal((parts, 1, paths))


def andersen(h: Heston, length: float, v, z, own):
    """One step of the scheme, sections 3.2.3 and 4.1 of the paper: the variance, the change."""
    e = np.exp(-h.kappa * length)
    m = h.theta + (v - h.theta) * e
    s2 = v * h.xi**2 * e / h.kappa * (1 - e) + h.theta * h.xi**2 / (2 * h.kappa) * (1 - e) ** 2
    psi = s2 / m**2
    with np.errstate(all="ignore"):
        b2 = 2 / psi - 1 + np.sqrt(2 / psi) * np.sqrt(2 / psi - 1)
        a = m / (1 + b2)
        p = (psi - 1) / (psi + 1)
        beta = (1 - p) / m
        u = ndtr(own)
        tail = np.where(u <= p, 0.0, np.log((1 - p) / (1 - u)) / beta)
        after = np.where(psi <= 1.5, a * (np.sqrt(b2) + own) ** 2, tail)
        k2 = length / 2 * (h.kappa * h.rho / h.xi - 0.5) + h.rho / h.xi
        k3 = length / 2 * (1 - h.rho**2)
        big = k2 + k3 / 2
        smooth = big * b2 * a / (1 - 2 * big * a) - np.log(1 - 2 * big * a) / 2
        grown = np.where(psi <= 1.5, smooth, np.log(p + beta * (1 - p) / (beta - big)))
    return after, k2 * after - k3 / 2 * v - grown + np.sqrt(k3 * (v + after)) * z


@pytest.mark.parametrize("paths", [5, 64, 203])
@pytest.mark.parametrize("heston", [WILD, MARKETS["Heston"].heston[BTC]])
def test_heston_moves_as_andersens_scheme_says(heston: Heston, paths: int) -> None:
    z, own = drawn(6, paths)
    v, change, variance = np.full(paths, heston.v0), np.zeros(paths), np.zeros(paths)
    for part in range(6):
        before = v
        v, by = andersen(heston, 0.05, v, z[part], own[part, 0])
        change, variance = change + by, variance + 0.05 * (before + v) / 2
    mover = HestonMover(heston)
    found = mover.along(mover.start(), over(0.0, 0.3, 6), z, own)
    assert found.change == pytest.approx(change, rel=1e-9, abs=1e-11)
    assert found.state == pytest.approx(v, rel=1e-9, abs=1e-11)
    assert found.variance == pytest.approx(variance, rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("mover", [HestonMover(WILD), *(map(LocalMover, SURFACES.values()))])
def test_part_by_part_is_all_at_once(mover: Mover) -> None:
    z, own = drawn(4, 21)
    whole = mover.along(mover.start(), over(0.1, 0.2, 4), z, own)
    state, change = mover.start(), 0.0
    for part, stretch in enumerate(zip(*over(0.1, 0.2, 4), strict=True)):
        each = Stretches(*(np.array([number]) for number in stretch))
        found = mover.along(state, each, z[part : part + 1], own[part : part + 1])
        state, change = found.state, change + found.change
    assert np.array_equal(state, whole.state)
    assert change == pytest.approx(whole.change, abs=1e-14)


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_local_volatility_leaves_the_mean_wherever_a_price_stands(surface: LocalSurface) -> None:
    """Between the places of a table too, where errors of a hundred parts would add up."""
    z = np.linspace(-8.0, 8.0, 1_601)
    weights = np.exp(-z * z / 2) / np.sum(np.exp(-z * z / 2))
    for begin, end in ((0.1, 0.104), (0.24, 0.26), (0.8, 0.81)):
        x = np.linspace(-1.5, 1.0, 41) * sqrt(end)
        mover, start = LocalMover(surface), np.repeat(x, len(z))
        found = mover.along(start, over(begin, end, 1), np.tile(z, len(x))[None], np.zeros(0))
        grown = np.exp(found.change.reshape(len(x), -1)) @ weights
        assert grown == pytest.approx(1.0, abs=6e-5)  # more than 2e-5 only where it is bent
        assert np.mean(grown) == pytest.approx(1.0, abs=3e-6)


def test_where_nothing_moves_nothing_is_drawn() -> None:
    still = LocalMover(LocalGrid((Row(1.0, (0.0,), (0.0,)),)))
    z, own = drawn(3, 10)
    found = still.along(still.start(), over(0.0, 1.0, 3), z, own)
    assert not np.any(found.change) and found.variance == 0.0


@pytest.mark.parametrize(("model", "paths"), [("Heston", 4_000), ("local volatility", 8_000)])
def test_any_number_of_threads_gives_the_same_bits(model: str, paths: int, monkeypatch) -> None:
    instance = product("AsianCall")

    def found(threads: int):
        monkeypatch.setattr(fused, "processors", lambda: threads)
        return valued(instance.program, instance.terms, MARKETS[model], "monte_carlo", paths, 3)

    assert found(1) == found(3)


@pytest.mark.parametrize("model", ["Heston", "local volatility"])
def test_markets_that_move_alike_share_it_to_the_bit(model: str, monkeypatch) -> None:
    """Without room for normals each market is moved by itself."""
    instance = product("AsianCall")
    shared = valued(instance.program, instance.terms, MARKETS[model], "monte_carlo", 1_000, 3)
    monkeypatch.setattr(bumped_paths, "NORMALS_MOST", 0)
    alone = valued(instance.program, instance.terms, MARKETS[model], "monte_carlo", 1_000, 3)
    assert shared == alone and len(shared.greeks) > 5


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_a_price_moves_evenly_in_the_coordinate_that_machine_code_tells(
    surface: LocalSurface,
) -> None:
    """The integral of one over volatility, also far beyond where prices come."""
    even = LocalMover(surface).even(0.24, 0.245)
    assert even is not None
    for low, high in ((-0.31, -0.3), (-0.001, 0.003), (0.3, 0.42)):
        at = np.linspace(low, high, 2_001)
        middle = (at[1:] + at[:-1]) / 2
        volatility = np.sqrt(np.asarray(surface.variance(middle, 0.24, 0.245)))
        gained = float(even(np.asarray(high)) - even(np.asarray(low)))
        assert gained == pytest.approx(np.sum(np.diff(at) / volatility), rel=2e-4)
    far = np.array([-60.0, -50.0, -40.0, 40.0, 50.0, 60.0])
    assert np.diff(np.diff(even(far))[[0, 1]]) == pytest.approx(0.0, abs=1e-6)
    assert np.diff(np.diff(even(far))[[3, 4]]) == pytest.approx(0.0, abs=1e-6)
    assert np.all(np.diff(even(far)) > 0.0)
