"""Derivatives: by rule, by the structure of a payoff, and by central differences, all the same."""

from collections.abc import Callable
from math import erfc, inf, nan, pi, sqrt

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rfos_lang.core.formula import Call, Formula, Function, Input, Number, Source
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.valuation import greeks
from rfos_lang.valuation.closed_form.letters import Letters
from rfos_lang.valuation.closed_form.recognise import ClosedForm, closed_form
from rfos_lang.valuation.constructors import rebuilt
from rfos_lang.valuation.differentiation import derivative
from rfos_lang.valuation.evaluation import evaluated, vectorised
from tests.generators import handmade
from tests.generators.payoffs import PAYOFFS, STRIKES, paying

X, Y = Input(Source.TERM, 0, "x"), Input(Source.TERM, 1, "y")

_LEAVES: st.SearchStrategy[Formula] = st.sampled_from(
    [X, Y, Number(0.5), Number(2.0), Number(-1.5)]
)
_ONE = st.sampled_from([Function.NEGATE, Function.ABSOLUTE, Function.EXP, Function.NORMAL])
_TWO = st.sampled_from(
    [Function.ADD, Function.SUBTRACT, Function.MULTIPLY, Function.MINIMUM, Function.MAXIMUM]
)


def _grown(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    def positive(operand: Formula) -> Formula:
        return Call(Function.ADD, (Call(Function.MULTIPLY, (operand, operand)), Number(0.3)))

    def guarded(function: Function, operand: Formula) -> Formula:
        return Call(function, (positive(operand),))

    def quotient(above: Formula, below: Formula) -> Formula:
        return Call(Function.DIVIDE, (above, positive(below)))

    def chosen(a: Formula, b: Formula, c: Formula) -> Formula:
        return Call(Function.SELECT, (Call(Function.LESS, (a, b)), b, c))

    return st.one_of(
        st.builds(lambda f, a: Call(f, (a,)), _ONE, inner),
        st.builds(lambda f, a, b: Call(f, (a, b)), _TWO, inner, inner),
        st.builds(guarded, st.sampled_from([Function.SQRT, Function.LOG]), inner),
        st.builds(quotient, inner, inner),
        st.builds(chosen, inner, inner, inner),
    )


FORMULAS = st.recursive(_LEAVES, _grown, max_leaves=8)
POINTS = st.floats(-1.5, 1.5)


def central(function: Callable[[float], float], at: float, step: float) -> float:
    return (function(at + step) - function(at - step)) / (2 * step)


@given(FORMULAS, POINTS, POINTS)
def test_rules_are_central_differences(formula: Formula, x: float, y: float) -> None:
    def value(at: float) -> float:
        return evaluated([formula], {X: at, Y: y})[0]

    slope = evaluated([derivative(formula, X)], {X: x, Y: y})[0]
    assume(abs(value(x)) < 1e4 and abs(slope) < 1e4)
    coarse, fine = (central(value, x, step) for step in (1e-5, 2e-6))
    assume(abs(coarse - fine) < 1e-5 * (1 + abs(fine)))  # not at a kink or a jump
    assert slope == pytest.approx(fine, rel=1e-4, abs=1e-4)


def simplified(formula: Formula) -> Formula:
    if not isinstance(formula, Call):
        return formula
    return rebuilt(formula.function, tuple(simplified(each) for each in formula.arguments))


@given(FORMULAS, POINTS, POINTS)
def test_building_anew_keeps_the_value(formula: Formula, x: float, y: float) -> None:
    known = {X: x, Y: y}
    (plain,) = evaluated([formula], known)
    (smaller,) = evaluated([simplified(formula)], known)
    assume(abs(plain) < 1e6)
    assert smaller == pytest.approx(plain, rel=1e-9, abs=1e-9)


@given(FORMULAS, st.lists(st.tuples(POINTS, POINTS), min_size=1, max_size=5))
def test_many_at_once_are_the_same_numbers(
    formula: Formula, points: list[tuple[float, float]]
) -> None:
    xs, ys = (np.array(column) for column in zip(*points, strict=True))
    (together,) = vectorised([formula], [X, Y])(xs, ys)
    one_by_one = [evaluated([formula], {X: x, Y: y})[0] for x, y in points]
    assume(all(abs(each) < 1e6 for each in one_by_one))
    assert np.broadcast_to(together, len(points)) == pytest.approx(one_by_one, rel=1e-12, abs=1e-12)


def test_limits_are_those_of_binary64() -> None:
    quotient, logarithm = Call(Function.DIVIDE, (X, Y)), Call(Function.LOG, (X,))
    assert evaluated([quotient], {X: 1.0, Y: 0.0}) == (inf,)
    assert evaluated([quotient], {X: -1.0, Y: 0.0}) == (-inf,)
    assert evaluated([quotient], {X: 0.0, Y: 0.0}) == pytest.approx((nan,), nan_ok=True)
    assert evaluated([logarithm], {X: 0.0}) == (-inf,)
    assert evaluated([logarithm], {X: -1.0}) == pytest.approx((nan,), nan_ok=True)
    assert evaluated([Call(Function.EXP, (X,))], {X: 1e4}) == (inf,)
    assert evaluated([Call(Function.SQRT, (X,))], {X: -1.0}) == pytest.approx((nan,), nan_ok=True)
    normal = evaluated([Call(Function.NORMAL, (X,))], {X: -30.0})[0]
    assert normal == pytest.approx(0.5 * erfc(30 / sqrt(2)), rel=1e-12)
    density = derivative(Call(Function.NORMAL, (X,)), X)
    assert evaluated([density], {X: 0.0})[0] == pytest.approx(1 / sqrt(2 * pi))


# --- of contracts --------------------------------------------------------------------------------

NUMBERS = {"S": 100.0, "sigma": 0.3, "r": 0.05, "q": 0.02, "tau": 0.7}


def numbers_for(formulas: list[Formula], **known: float) -> dict[Input, float]:
    named = NUMBERS | known
    return {each: named[each.name] for each in inputs_of(*formulas)}


def by_rule(form: ClosedForm) -> dict[str, Formula]:
    """The Greeks by differentiating the value's formula."""
    value, letters = greeks.measures(form).value, Letters(form.program)
    delta = derivative(value, letters.spot(0))
    years = letters.years(next(iter(form.single)))
    return {
        "delta": delta,
        "gamma": derivative(delta, letters.spot(0)),
        "vega": derivative(value, letters.volatility(0)),
        "theta": Call(Function.NEGATE, (derivative(value, years),)),
        "rho": derivative(value, letters.rate(form.reporting)),
        "carry": derivative(value, letters.carry(0)),
    }


@given(PAYOFFS, st.floats(50, 200), st.floats(0.1, 0.6))
def test_structure_and_rules_give_the_same_greeks(payoff: object, spot: float, vol: float) -> None:
    form = closed_form(paying(payoff).program)  # type: ignore[arg-type]
    assume(isinstance(form, ClosedForm) and form.parts and form.parts[0].feed is not None)
    assert isinstance(form, ClosedForm)
    measures, rules = greeks.measures(form), by_rule(form)
    ours = [getattr(measures, name) for name in rules]
    terms = {f"K{k + 1}": float(strike) for k, strike in enumerate(STRIKES)}
    known = numbers_for([*ours, *rules.values(), measures.value], S=spot, sigma=vol, **terms)
    first, second = evaluated(ours, known), evaluated(list(rules.values()), known)
    scale = max(map(abs, (*first, *evaluated([measures.value], known)))) + 1
    assert first == pytest.approx(second, rel=1e-8, abs=1e-8 * scale)


INSTANCES = {
    "european_call": {"strike": 95.0, "size": 2.0},
    "digital_put": {"strike": 105.0, "payout": 10.0},
    "down_and_out_put": {"strike": 110.0, "barrier": 80.0, "rebate": 3.0, "size": 1.5},
    "absolute_move": {"spot(underlying, cash) at start": 98.0},
}


@pytest.mark.parametrize("name", INSTANCES)
@pytest.mark.parametrize(
    ("measure", "variable", "step", "sign"),
    [
        ("delta", "S", 1e-3, 1),
        ("vega", "sigma", 1e-5, 1),
        ("rho", "r", 1e-5, 1),
        ("carry", "q", 1e-5, 1),
        ("theta", "tau", 1e-5, -1),
    ],
)
def test_greeks_are_bumped_values(
    name: str, measure: str, variable: str, step: float, sign: int
) -> None:
    form = closed_form(getattr(handmade, name)().program)
    assert isinstance(form, ClosedForm)
    measures = greeks.measures(form)
    both = [measures.value, getattr(measures, measure)]

    def bumped(at: float) -> float:
        known = INSTANCES[name] | {"tau_expiry": at if variable == "tau" else NUMBERS["tau"]}
        return evaluated(both, numbers_for(both, **known, **{variable: at}))[0]

    known = numbers_for(both, **INSTANCES[name])
    found = evaluated(both, known)[1]
    assert found == pytest.approx(sign * central(bumped, NUMBERS[variable], step), rel=1e-5)


@pytest.mark.parametrize("name", INSTANCES)
def test_gamma_vanna_and_volga_are_bumped_greeks(name: str) -> None:
    form = closed_form(getattr(handmade, name)().program)
    assert isinstance(form, ClosedForm)
    measures, second = greeks.measures(form), greeks.second_order(form, 0)
    for found, of, variable, step in (
        (measures.gamma, measures.delta, "S", 1e-3),
        (second["vanna"], measures.delta, "sigma", 1e-5),
        (second["volga"], measures.vega, "sigma", 1e-5),
    ):
        both = [of, found]

        def bumped(at: float, both: list[Formula] = both, variable: str = variable) -> float:
            return evaluated(both, numbers_for(both, **INSTANCES[name], **{variable: at}))[0]

        known = numbers_for(both, **INSTANCES[name])
        expected = central(bumped, NUMBERS[variable], step)
        assert evaluated(both, known)[1] == pytest.approx(expected, rel=1e-4)


def test_what_is_continuous_has_a_short_gamma() -> None:
    """Of a call no jump is left: S² gamma is K e^{-rτ} n(d2) / (σ√τ), and nothing else."""
    form = closed_form(handmade.european_call().program)
    assert isinstance(form, ClosedForm)
    gamma = greeks.measures(form).gamma
    assert not any(
        isinstance(each, Call) and each.function is Function.NORMAL for each in _nodes(gamma)
    )


def _nodes(formula: Formula) -> list[Formula]:
    operands = formula.arguments if isinstance(formula, Call) else ()
    return [formula, *(node for operand in operands for node in _nodes(operand))]


def test_names_are_those_of_the_contract() -> None:
    form = closed_form(handmade.european_call().program)
    assert isinstance(form, ClosedForm)
    spot = "spot(underlying, cash)"
    expected = ["value", f"delta({spot})", f"gamma({spot})", f"vega({spot})", "theta", "rho"]
    assert list(greeks.named(form)) == expected
