"""What a grid reads once, against the same read afresh: thinned timelines, and regions under both
decisions."""

from dataclasses import fields

import numpy as np
import pytest

from rfos_lang.path.lowering import lowered
from rfos_lang.path.program import Node, PathProgram
from rfos_lang.valuation.finite_differences import stepping
from rfos_lang.valuation.finite_differences.instants import between, places, thinned
from rfos_lang.valuation.finite_differences.region_code import carried_on
from rfos_lang.valuation.finite_differences.task import Task
from rfos_lang.valuation.market_on_timeline import Numbers
from rfos_lang.valuation.model_lognormal import Rows
from rfos_lang.valuation.path.instants import own_instants
from rfos_lang.valuation.path.numpy_printer import Step, Tick, Value, evaluated_setup, perform
from rfos_lang.valuation.path.timeline import Timeline, standing_at, timeline
from rfos_lang.valuation.reporting import reporting_asset
from tests.generators import handmade
from tests.generators.handmade import START, Instance
from tests.valuation import test_two_prices as two_prices
from tests.valuation.test_early_exercise import bermudan
from tests.valuation.test_finite_differences import convertible, market

MADE = {
    "american put": handmade.american_put("40", days=365),
    "bermudan": bermudan(4),  # type: ignore[no-untyped-call]
    "down and out put": handmade.down_and_out_put(),
    "convertible": convertible(),
}


def lines(made: Instance, fineness: int) -> tuple[PathProgram, tuple[int, ...], Timeline]:
    """A contract's path program, and its instants on a grid with its timeline there."""
    paths = lowered(made.program, reporting_asset(made.program))
    standing = standing_at(made.program, made.terms, START)
    own = tuple(sorted({START, *own_instants(made.program, made.terms, START, standing)}))
    instants = tuple(sorted((*own, *between(own, 10, fineness))))
    return paths, instants, timeline(made.program, made.terms, paths, START, standing, instants)


@pytest.mark.parametrize("name", MADE)
def test_a_thinned_timeline_is_that_of_its_instants(name: str) -> None:
    (_, instants, coarse), (_, _, fine) = lines(MADE[name], 1), lines(MADE[name], 2)
    found = thinned(fine, instants)
    assert len(found) < len(fine)
    for field in fields(Timeline):
        mine, other = getattr(found, field.name), getattr(coarse, field.name)
        assert len(mine) == len(other), field.name
        assert all(np.array_equal(a, b) for a, b in zip(mine, other, strict=True)), field.name


@pytest.mark.parametrize("name", MADE)
def test_a_market_on_a_thinned_timeline_is_read_alike(name: str) -> None:
    made, on = MADE[name], market(carry=0.02)
    (paths, _, coarse), (_, _, fine) = lines(made, 1), lines(made, 2)
    task = Task(made.program, paths, made.terms, reporting_asset(made.program))
    steps = places(coarse.instants, fine.instants)
    found, other = task.moving(fine, on).thinned(steps), task.moving(coarse, on)
    for part in Rows._fields:
        assert np.array_equal(getattr(found.rows, part), getattr(other.rows, part)), part


class Seen(list[object]):
    """A witness that keeps which comparisons it has been shown."""

    def __call__(self, step: int, node: Node, difference: Value) -> None:
        self.append(node)


def test_numbers_of_two_prices_lie_in_memory_as_before() -> None:
    """Sums of products depend in their last bits on how their factors lie."""
    made = two_prices.on_two(two_prices.EXCHANGE)
    (paths, _, coarse), (_, _, fine) = lines(made, 1), lines(made, 2)
    task = Task(made.program, paths, made.terms, reporting_asset(made.program))
    steps, on = places(coarse.instants, fine.instants), two_prices.market()
    found, other = task.moving(fine, on).thinned(steps), task.moving(coarse, on)
    for part in Numbers._fields:
        mine, read = (getattr(each.model.numbers, part) for each in (found, other))
        assert np.array_equal(mine, read), part
        assert mine.flags.f_contiguous == read.flags.f_contiguous, part


@pytest.mark.parametrize("name", MADE)
def test_a_region_run_for_both_decisions_is_run_for_each(name: str) -> None:
    made, prices = MADE[name], np.linspace(20.0, 60.0, 41)
    paths, _, line = lines(made, 1)
    setup, worths = evaluated_setup(paths, line), np.full((len(line), len(paths.worths)), 0.95)
    tick = Tick(dict.fromkeys(range(4), prices), dict.fromkeys(range(4), prices))
    for number, region in enumerate(paths.step):
        step = Step(len(line) - 1, number, line, worths, tick, [], list(line.tables))
        both, alone = Seen(), Seen()
        step.carried = list(line.initial)
        waiting, taking = carried_on(region, step, setup, (0.0, 1.0), both)
        step.carried = list(line.initial)
        perform(paths, region, step, setup, lambda *_: 0.0, witness=alone)
        assert all(map(np.array_equal, waiting, step.carried))
        step.carried = list(line.initial)
        perform(paths, region, step, setup, lambda *_: 1.0, witness=alone)
        assert all(map(np.array_equal, taking, step.carried))
        assert set(both) == set(alone)


def test_where_nothing_is_left_there_is_nothing_to_solve(monkeypatch: pytest.MonkeyPatch) -> None:
    """LAPACK's routine writes where it may not if it is given no right side."""
    monkeypatch.setattr(stepping, "dgtsv", None)
    ended = np.zeros((0, 1, 5))
    assert stepping.solved(np.ones((3, 5)), ended).shape == ended.shape
