"""Fused kernels: the numbers of the NumPy printer, on the same normals.

A kernel's text is Python: most of it is compared as it stands, interpreted; some of it compiled.
"""

import math
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rfos_lang.base.refusal import Refused
from rfos_lang.valuation import compiled as compiling
from rfos_lang.valuation import monte_carlo, simulation, smooth_greeks
from rfos_lang.valuation.monte_carlo import prepared
from rfos_lang.valuation.path import arithmetic, fused
from rfos_lang.valuation.path.numpy_printer import run
from tests.generators import handmade, programs
from tests.valuation.averages import bound, market
from tests.valuation.test_adjoint import LIBRARY, everything_quoted, simulable
from tests.valuation.test_monte_carlo import MARKET

HALF = 12
"""Not a multiple of half of the lanes: some stand empty."""


def interpreted(source: str, name: str, signature: str):
    """A kernel without a compiler."""
    spaces = {"math": math, "np": np, "njit": lambda **_: lambda function: function}
    exec(source, spaces)

    def run(*arguments):
        with np.errstate(all="ignore"):
            return spaces[name](*arguments)

    return run


@pytest.fixture
def without_compiler(monkeypatch):
    monkeypatch.setattr(fused, "compiled", interpreted)
    monkeypatch.setattr(fused, "LANES", 16)


def assert_kernels(at: simulation.Simulation, seed: int) -> None:
    """Every carried value of the exact program, and all derivatives of the smooth one."""
    shape = (len(at.line), len(at.model.pairs), HALF)
    half = np.random.default_rng(seed).standard_normal(shape)
    both = np.concatenate([half, -half], axis=2)
    slots = tuple(range(len(at.program.carried)))
    carried = run(at.program, at.line, at.rows.worths, at.motion.ticks(iter(both)), 2 * HALF)
    for ours, expected in zip(at.fused.values(half, slots), carried, strict=True):
        scale = np.max(np.abs(expected), initial=1.0, where=np.isfinite(expected))
        np.testing.assert_allclose(ours, np.broadcast_to(expected, 2 * HALF), 1e-12, 1e-12 * scale)
    widths = 0.25 * monte_carlo.pilot_widths(at)
    seeds = {at.program.values[0]: 1.0}
    found = at.fused.smooth().slopes(half, widths, seeds)
    other = smooth_greeks.smooth_in(at, at.model.unmoved, widths, {}).slopes(both, seeds)
    for ours, expected in zip(found, other, strict=True):
        scale = np.max(np.abs(expected), initial=1.0, where=np.isfinite(expected))
        np.testing.assert_allclose(ours, expected, 1e-10, 1e-10 * scale)


def test_compiled_kernels_are_the_numpy_printer():
    instance = handmade.autocallable()
    assert_kernels(prepared(instance.program, instance.terms, MARKET, 400, seed=3), 1)


@pytest.mark.usefixtures("without_compiler")
def test_kernels_of_bridges_are_the_numpy_printer():
    instance = handmade.down_and_out_put()
    assert_kernels(prepared(instance.program, instance.terms, MARKET, 400, seed=3), 1)


@pytest.mark.usefixtures("without_compiler")
@pytest.mark.parametrize("module, name, given_", LIBRARY, ids=[name for _, name, _ in LIBRARY])
def test_kernels_of_the_library_are_the_numpy_printer(module, name, given_):
    program, terms = bound(f"std.{module}", name, **given_)
    assert_kernels(prepared(program, terms, market(), 200, seed=4), 2)


@given(instance=programs.instances(recursions=False, facilities=False), seed=st.integers(0, 2**32))
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, *HealthCheck],
)
@pytest.mark.usefixtures("without_compiler")
def test_kernels_of_any_program_are_the_numpy_printer(instance, seed):
    made = simulable(instance)
    quoted = everything_quoted(made.program, made.terms)
    try:
        at = prepared(made.program, made.terms, quoted, 16, seed=seed)
    except Refused:
        assume(False)
    assume(at.is_random)
    assert_kernels(at, seed)


# --- random numbers ------------------------------------------------------------------------------


def test_philox_gives_its_published_words():
    """Random123, kat_vectors: Philox 4x32-10."""
    low, pi = 0xFFFFFFFF, (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0)
    assert arithmetic.philox(0, 0, 0, 0, 0, 0) == (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)
    assert arithmetic.philox(low, low, low, low, low, low) == (
        0x408F276D,
        0x41C83B0E,
        0xA20BC7C6,
        0x6D5451FD,
    )
    assert arithmetic.philox(*pi) == (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)


def test_draws_are_independent_normals():
    found = fused.drawn(7, 3, (8, 2, 4096)).reshape(16, -1)
    count = found.size
    for power, moment, spread in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs(np.mean(found**power) - moment) < 4 * math.sqrt(spread / count)
    apart = np.corrcoef(found) - np.eye(16)
    assert np.abs(apart).max() < 5 / math.sqrt(found.shape[1])
    assert not np.array_equal(found, fused.drawn(7, 4, (8, 2, 4096)).reshape(16, -1))


@given(x=st.floats(-700, 700))
def test_elementary_functions_are_those_of_the_library(x):
    assert arithmetic.exponential(x) == pytest.approx(math.exp(x), rel=4e-16)
    assert arithmetic.logarithm(math.exp(x)) == pytest.approx(x, rel=4e-16, abs=4e-16)
    cosine, sine = arithmetic.turned(abs(x) / 175)
    assert cosine == pytest.approx(math.cos(abs(x) / 175 * math.pi / 2), abs=2e-15)
    assert sine == pytest.approx(math.sin(abs(x) / 175 * math.pi / 2), abs=2e-15)


# --- blocks --------------------------------------------------------------------------------------


def test_any_number_of_threads_gives_the_same_bits(monkeypatch):
    program, terms = bound("std.options", "AsianCall", **LIBRARY[0][2])
    monkeypatch.setattr(simulation, "FUSED_FROM", 0)
    found = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(fused, "processors", lambda count=threads: count)
        found.append(monte_carlo.value(program, terms, market(), paths=20_000))
    assert found[0] == found[1] == found[2]


def test_many_paths_are_those_of_few(monkeypatch):
    """Kernels and NumPy differ by their random numbers alone."""
    program, terms = bound("std.options", "AsianCall", **LIBRARY[0][2])
    plain = monte_carlo.value(program, terms, market(), paths=40_000)
    monkeypatch.setattr(simulation, "FUSED_FROM", 0)
    found = monte_carlo.value(program, terms, market(), paths=40_000)
    assert abs(found.value - plain.value) < 4 * math.hypot(
        found.standard_error, plain.standard_error
    )
    for ours, other in zip(found.greeks, plain.greeks, strict=True):
        error = math.hypot(ours.standard_error, other.standard_error)
        assert abs(ours.value - other.value) < 4 * error, ours.name


def test_where_nothing_can_be_kept_kernels_are_compiled_all_the_same(monkeypatch, tmp_path):
    closed = tmp_path / "a file"
    closed.write_text("")
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(closed))
    double = compiling.compiled("def double(x):\n    return 2.0 * x\n", "double", "f8(f8)")
    assert double(3.0) == 6.0


def test_what_is_kept_is_used_again(monkeypatch, tmp_path):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source = """
@njit(error_model="numpy", nogil=True)
def twice(x):
    return 2.0 * x


def triple(x):
    return twice(x) + x
"""
    assert compiling.compiled(source, "triple", "f8(f8)")(3.0) == 9.0
    before = sorted(tmp_path.rglob("*"))
    for name in [name for name in sys.modules if name.startswith("kernel_")]:
        monkeypatch.delitem(sys.modules, name)
    compiling.compiled.cache_clear()
    again = compiling.compiled(source, "triple", "f8(f8)")
    assert again(3.0) == 9.0
    assert again.stats.cache_hits
    assert sorted(tmp_path.rglob("*")) == before
