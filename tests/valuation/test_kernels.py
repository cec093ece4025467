"""Fused kernels: the numbers of the NumPy printer, on the same normals."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rfos_lang.base.refusal import Refused
from rfos_lang.path.program import Operation
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.joint.reading import Assumption
from rfos_lang.valuation.path import arithmetic, fused, machine
from rfos_lang.valuation.path.code import Code, module
from rfos_lang.valuation.path.numpy_printer import run
from rfos_lang.valuation.path.running import running
from rfos_lang.valuation.seasoning import until_now
from rfos_lang.valuation.simulated import monte_carlo, simulation, smooth_greeks
from rfos_lang.valuation.simulated.monte_carlo import prepared
from rfos_lang.valuation.simulated.pilot_widths import pilot_widths
from tests.generators import handmade, programs
from tests.valuation import test_quanto, worst_of
from tests.valuation.averages import bound, market
from tests.valuation.products.markets import HESTON, LOCAL
from tests.valuation.test_adjoint import LIBRARY, everything_quoted, simulable
from tests.valuation.test_monte_carlo import MARKET

HALF = 12
"""Not a multiple of half of the lanes: some stand empty."""


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
    widths = 0.25 * pilot_widths(at)
    seeds = {at.program.values[0]: 1.0}
    found = at.fused.smooth().slopes(half, widths, seeds)
    other = smooth_greeks.smooth_in(at, at.model.unmoved, widths, {}).slopes(both, seeds)
    for ours, expected in zip(found, other, strict=True):
        scale = np.max(np.abs(expected), initial=1.0, where=np.isfinite(expected))
        np.testing.assert_allclose(ours, expected, 1e-10, 1e-10 * scale)


def test_compiled_kernels_are_the_numpy_printer():
    instance = handmade.autocallable()
    assert_kernels(prepared(instance.program, instance.terms, MARKET, 400, seed=3), 1)


def test_kernels_of_bridges_are_the_numpy_printer():
    instance = handmade.down_and_out_put()
    assert_kernels(prepared(instance.program, instance.terms, MARKET, 400, seed=3), 1)


def test_kernels_beside_a_rate_of_exchange_that_nothing_observes():
    made = test_quanto.made(test_quanto.OUT)
    program, terms = made.lowered.program, made.terms
    at = prepared(program, terms, test_quanto.market(), 400, seed=3)
    assert len(at.model.pairs) == 2 and {pair for _, pair in at.model.feeds} == {0}
    assert_kernels(at, 1)


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


def on_vectors(function, *rows):
    """What a function of vectors gives, each row of numbers one of its operands."""
    code, count = Code(), len(rows)
    given_ = np.ascontiguousarray(rows)
    with code.loop("%count", 8) as p:
        text = code.texts()
        operands = [text.vector(text.put(f"getelementptr double, ptr %given, i64 {p}"), 0)]
        for row in range(1, count):
            at = text.put(f"mul i64 %count, {row}")
            operands.append(text.vector(text.address("%given", at), p))
        found = function(*operands)
        code.spliced(text)
        for row, value in enumerate(found):
            at = code.whole("mul", "%count", row)
            code.stored(value, code.address("%found", at), p)
    made = module("of_vectors", ("given", "found", "count"), frozenset({"count"}), code)
    results = np.empty((len(found), given_.shape[1]))
    machine.function(made, "of_vectors")(given_, results, given_.shape[1])
    return results


def test_philox_gives_its_published_words():
    """Random123, kat_vectors: Philox 4x32-10."""

    def words(a, b, c, d, low, high):
        keys = arithmetic.keys(low.bits(), high.bits())
        found = arithmetic.philox(*(each.bits() for each in (a, b, c, d)), keys)
        return [each.as_reals() for each in found]

    low = 0xFFFFFFFF
    pi = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0)
    given_ = np.zeros((6, 8), dtype=np.uint64)
    given_[:, 1], given_[:, 2] = low, pi
    found = on_vectors(words, *given_.view(np.float64)).view(np.uint64)
    assert found[:, 0].tolist() == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    assert found[:, 1].tolist() == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]
    assert found[:, 2].tolist() == [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]


def test_draws_are_independent_normals():
    found = fused.drawn(7, 3, (8, 2, 4096)).reshape(16, -1)
    count = found.size
    for power, moment, spread in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs(np.mean(found**power) - moment) < 4 * math.sqrt(spread / count)
    apart = np.corrcoef(found) - np.eye(16)
    assert np.abs(apart).max() < 5 / math.sqrt(found.shape[1])
    assert not np.array_equal(found, fused.drawn(7, 4, (8, 2, 4096)).reshape(16, -1))


def test_powers_of_e_are_those_of_the_library():
    x = np.random.default_rng(1).uniform(-700, 700, 4096) * np.repeat([1.0, 1e-3], 2048)
    up, down = on_vectors(arithmetic.exponentials, x)
    np.testing.assert_allclose(up, np.exp(x), 5e-16)
    np.testing.assert_allclose(down, np.exp(-x), 5e-16)
    far = on_vectors(arithmetic.exponentials, np.repeat([1e4, -1e4], 8))
    assert np.isfinite(far).all()


def test_smooth_steps_without_a_width_are_sharp():
    x, nothing = np.array([-1.0, -1e-200, 0.0, 0.0, 1e-200, 1.0, 2.0, 3.0]), np.zeros(8)
    for at_0 in (0.0, 0.5, 1.0):
        (found,) = on_vectors(lambda a, w, v=at_0: [arithmetic.step(a, w, v)], x, nothing)
        assert found.tolist() == [0.0, 0.0, at_0, at_0, 1.0, 1.0, 1.0, 1.0]
    (found,) = on_vectors(lambda a, w: [arithmetic.ramp(a, w)], x, nothing)
    assert found.tolist() == np.maximum(x, 0.0).tolist()


# --- blocks --------------------------------------------------------------------------------------


def test_any_number_of_threads_gives_the_same_bits(monkeypatch):
    program, terms = bound("std.options", "AsianCall", **LIBRARY[0][2])
    monkeypatch.setattr(simulation, "FUSED_FROM", 0)
    found = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(fused, "processors", lambda count=threads: count)
        found.append(monte_carlo.value(program, terms, market(), paths=20_000))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("at", [HESTON, LOCAL], ids=["Heston", "local volatility"])
def test_threads_give_the_same_bits_without_kernels(monkeypatch, at):
    program, terms = bound("std.options", "AsianCall", **LIBRARY[0][2])
    monkeypatch.setattr(simulation, "FUSED_FROM", 0)
    found = []
    for threads in (1, 3):
        monkeypatch.setattr(fused, "processors", lambda count=threads: count)
        found.append(monte_carlo.value(program, terms, at, paths=2_000))
    assert found[0] == found[1] and found[0].greeks


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


def doubled():
    """A module that doubles eight numbers."""
    code = Code()
    text = code.texts()
    value = text.vector("%at", 0) * 2.0
    code.spliced(text)
    code.stored(value, "%at", 0)
    return module("doubled", ("at",), frozenset(), code)


def test_where_nothing_can_be_kept_kernels_are_compiled_all_the_same(monkeypatch, tmp_path):
    closed = tmp_path / "a file"
    closed.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(closed))
    machine._made.cache_clear()
    numbers = np.ones(8)
    machine.function(doubled(), "doubled")(numbers)
    assert (numbers == 2.0).all()


def test_what_is_kept_is_used_again(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    numbers = np.ones(8)
    machine._made.cache_clear()
    machine.function(doubled(), "doubled")(numbers)
    (kept,) = [each for each in tmp_path.rglob("*") if each.is_file()]
    before = kept.stat().st_mtime_ns
    machine._made.cache_clear()
    machine.function(doubled(), "doubled")(numbers)
    assert (numbers == 4.0).all()
    assert kept.stat().st_mtime_ns == before


def test_what_is_kept_broken_is_made_anew(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    numbers = np.ones(8)
    machine._made.cache_clear()
    machine.function(doubled(), "doubled")(numbers)
    (kept,) = [each for each in tmp_path.rglob("*") if each.is_file()]
    kept.write_bytes(kept.read_bytes()[:100])
    machine._made.cache_clear()
    machine.function(doubled(), "doubled")(numbers)
    assert (numbers == 4.0).all()


def test_kernels_see_what_comparisons_compare():
    instance = handmade.autocallable()
    at = prepared(instance.program, instance.terms, MARKET, 400, seed=3)
    half = np.random.default_rng(2).standard_normal((len(at.line), len(at.model.pairs), 32))
    both = np.concatenate([half, -half], axis=2)
    seen = {}

    def witness(step, kink, difference):
        seen[step, kink] = difference

    ticks = at.motion.ticks(iter(both))
    run(at.program, at.line, at.rows.worths, ticks, 64, witness=witness)
    found = {}
    for kink, (steps, differences) in zip(at.program.kinks, at.fused.seen(half), strict=True):
        found |= {
            (int(step), kink): row
            for step, row in zip(np.flatnonzero(steps), differences, strict=True)
        }
    assert found.keys() == seen.keys() != set()
    for place, expected in seen.items():
        np.testing.assert_allclose(found[place], np.broadcast_to(expected, 64), 1e-12, 1e-12)


def test_draws_that_are_kept_are_those_of_the_block():
    """As many as there is room for; with none every block is drawn anew."""
    shape = (3, 2, 64)
    draws = simulation.Draws(room=2 * 3 * 2 * 64)
    for _ in range(2):
        for block in range(4):
            np.testing.assert_array_equal(draws.of(5, block, shape), fused.drawn(5, block, shape))
    assert len(draws.kept) == 2
    assert not np.array_equal(draws.of(6, 0, shape), draws.of(5, 0, shape))
    nothing = simulation.Draws()
    nothing.of(5, 0, shape)
    assert not nothing.kept


def test_blocks_come_in_order_whatever_the_threads():
    def wrong(block: int) -> int:
        return 1 // (block - 7)

    assert list(fused.in_blocks(range(40), lambda block: block * block)) == [
        block * block for block in range(40)
    ]
    with pytest.raises(ZeroDivisionError):
        list(fused.in_blocks(range(40), wrong))


@pytest.mark.parametrize("threads", [1, 3])
def test_no_block_is_begun_that_nobody_wants_any_more(monkeypatch, threads):
    monkeypatch.setattr(fused, "processors", lambda: threads)
    begun = []

    def slowly(block: int) -> int:
        begun.append(block)
        time.sleep(0.001)
        return block

    found = fused.in_blocks(range(1_000), slowly)
    assert [next(found) for _ in range(4)] == [0, 1, 2, 3]
    found.close()
    count = len(begun)
    time.sleep(0.01)
    assert len(begun) == count < 100


def test_what_was_read_is_not_read_again_and_anything_else_is():
    """A reading is remembered by all that it depends on, and so is its failing."""
    instance = handmade.down_and_out_put()
    at = prepared(instance.program, instance.terms, MARKET, 400, seed=3)
    reader = monte_carlo.reader(at)
    reasons = []
    for _ in range(2):
        with pytest.raises(NoClosedForm) as caught:
            reader.payoff()
        reasons.append(str(caught.value))
    assert reasons[0] == reasons[1]
    untouched = replace(reader, assumed=Assumption(touched=False))
    assert untouched.payoff() is untouched.payoff()
    assert untouched.payoff() == untouched._read()
    assert reader.asked == monte_carlo.reader(replace(at, seed=4)).asked
    shifted = replace(at.line, initial=at.line.initial + 1.0)
    others = (replace(reader, line=shifted), untouched, replace(reader, choosers={0: 1}))
    assert all(other.asked != reader.asked for other in others)


# --- what runs -----------------------------------------------------------------------------------


def test_what_never_runs_is_left_out_and_what_runs_together_becomes_one():
    """An average with its controls: fixings and the sums of its controls, then what is paid."""
    program, terms = bound("std.options", "AsianCall", **LIBRARY[0][2])
    at = monte_carlo.with_controls(prepared(program, terms, market(), 4_000, seed=1)).simulation
    assert len(at.fused.program.step) == 2 < len(at.program.step)
    every, last = (region.carries for region in at.fused.program.step)
    assert len(every) > 2 and at.fused.line.gates[:, 0].all()
    assert at.program.values[0] in dict(last) and at.fused.line.gates[:, 1].sum() == 1
    assert_kernels(at, 5)


def test_a_program_with_choices_runs_as_it_is():
    instance = handmade.american_put()
    at = prepared(instance.program, instance.terms, MARKET, 400, seed=3)
    assert running(at.program, at.line) == (at.program, at.line)


def test_what_nobody_writes_is_a_number_of_the_timeline():
    """The prices at which a note began lie in its past: nothing divides by them path by path."""
    (program, terms), on = worst_of.instance(), worst_of.market()
    at = prepared(program, terms, on, 400, 3, until_now(program, terms, on).standing)
    every, _ = at.fused.program.step
    read = {n.slot for n in every.nodes if n.operation is Operation.CARRY}
    assert read <= {slot for slot, _ in every.carries}
    assert_kernels(at, 6)
