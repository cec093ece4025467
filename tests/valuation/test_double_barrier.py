"""Two levels: limits with one, with none, and with certainty; the value of the first touch."""

from dataclasses import replace

import pytest

from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.core.program import (
    Binary,
    End,
    Program,
    Term,
    Timed,
    Transfer,
    Watch,
)
from rfos_lang.valuation import greeks
from rfos_lang.valuation.closed_form.recognise import ClosedForm, Timing, closed_form
from rfos_lang.valuation.evaluation import evaluated
from tests.generators import handmade
from tests.generators.handmade import S, combine, number, positive_part

LOW = combine(Binary.LESS_OR_EQUAL, S, Term(0))
HIGH = combine(Binary.LESS_OR_EQUAL, Term(1), S)
CALL = positive_part(combine(Binary.SUBTRACT, S, number(100)))
END = (End(),)


def paid(amount: int | str) -> tuple[Transfer, End]:
    return Transfer(1, 0, 1, number(amount)), End()


def program(payoff: object, *watches: Watch) -> Program:
    base = handmade._program("Corridor", ("low", "high"))
    clause = Timed(0, (Transfer(1, 0, 1, payoff),))  # type: ignore[arg-type]
    return replace(base, clauses=(*watches, clause))


def value(made: Program, measure: str = "value", **known: float) -> float:
    form = closed_form(made, Timing((0,)))
    assert isinstance(form, ClosedForm), form
    formula = getattr(greeks.measures(form), measure)
    world = {
        "S": 100.0,
        "sigma": 0.25,
        "r": 0.05,
        "q": 0.02,
        "tau": 0.5,
        "low": 80.0,
        "high": 130.0,
    }
    numbers = {each: (world | known)[each.name] for each in inputs_of(formula)}
    return evaluated([formula], numbers)[0]


BOTH = program(CALL, Watch((0,), LOW, END), Watch((0,), HIGH, END))
LOW_ONLY = program(CALL, Watch((0,), LOW, END))
HIGH_ONLY = program(CALL, Watch((0,), HIGH, END))
ALIVE = program(number(1), Watch((0,), LOW, END), Watch((0,), HIGH, END))


def test_a_level_far_away_is_none() -> None:
    assert value(BOTH, high=1e5) == pytest.approx(value(LOW_ONLY), rel=1e-12)
    assert value(BOTH, low=1e-3) == pytest.approx(value(HIGH_ONLY), rel=1e-12)


def test_one_watch_for_both_levels_is_the_same() -> None:
    either = program(CALL, Watch((0,), combine(Binary.OR, LOW, HIGH), END))
    assert value(either) == value(BOTH)


@pytest.mark.parametrize("volatility", [0.05, 0.2, 0.5, 1.0, 2.0])
def test_first_touches_and_survival_make_certainty(volatility: float) -> None:
    """Without interest: 1 at the low touch, 1 at the high one, or 1 at the end, is 1."""
    low = program(number(0), Watch((0,), LOW, paid(1)), Watch((0,), HIGH, END))
    high = program(number(0), Watch((0,), LOW, END), Watch((0,), HIGH, paid(1)))
    free = {"sigma": volatility, "r": 1e-12}
    parts = [value(each, **free) for each in (low, high, ALIVE)]
    assert sum(parts) == pytest.approx(1.0, abs=1e-9)
    assert all(-1e-12 <= part <= 1 + 1e-12 for part in parts)


def test_beyond_a_level_only_its_own_touch_pays() -> None:
    both = program(number(0), Watch((0,), LOW, paid(3)), Watch((0,), HIGH, paid(5)))
    assert value(both, S=79.0) == 3.0
    assert value(both, S=131.0) == 5.0
    assert value(BOTH, S=79.0) == value(BOTH, S=131.0) == 0.0


def test_nothing_survives_between_narrow_levels() -> None:
    narrow = {"low": 99.0, "high": 101.0, "sigma": 0.8}
    assert value(ALIVE, **narrow) == 0.0
    low = program(number(0), Watch((0,), LOW, paid(1)), Watch((0,), HIGH, END))
    high = program(number(0), Watch((0,), LOW, END), Watch((0,), HIGH, paid(1)))
    assert value(low, **narrow) + value(high, **narrow) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(
    ("measure", "variable", "step", "sign"),
    [("delta", "S", 1e-3, 1), ("vega", "sigma", 1e-5, 1), ("theta", "tau", 1e-5, -1)],
)
def test_greeks_are_bumped_values(measure: str, variable: str, step: float, sign: int) -> None:
    at = {"S": 100.0, "sigma": 0.25, "tau": 0.5}[variable]
    up, down = (value(BOTH, **{variable: at + h}) for h in (step, -step))
    assert value(BOTH, measure) == pytest.approx(sign * (up - down) / (2 * step), rel=1e-5)


def test_levels_that_do_different_things_have_no_closed_form() -> None:
    going_on = Watch((0,), HIGH, (Transfer(1, 0, 1, number(1)),))
    made = program(CALL, Watch((0,), LOW, END), going_on)
    assert not isinstance(closed_form(made, Timing((0,))), ClosedForm)
