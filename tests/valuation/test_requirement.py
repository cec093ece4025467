"""Margin rules: what they ask of the value is put in its place, from their party's side."""

from dataclasses import replace

import pytest

from rfos_lang.core.formula import Input, RiskFormulas, Source
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.core.program import (
    Apply,
    Binary,
    Collateral,
    Liquidation,
    Program,
    Risk,
    RiskMeasure,
    Unary,
)
from rfos_lang.valuation import greeks
from rfos_lang.valuation.closed_form.recognise import ClosedForm, closed_form
from rfos_lang.valuation.evaluation import evaluated
from rfos_lang.valuation.requirement import risk_formulas, rule_formulas
from tests.generators import handmade
from tests.generators.handmade import S, combine, number

NUMBERS = {
    "S": 60_000.0,
    "sigma": 0.55,
    "r": 0.04,
    "q": 0.0,
    "tau": 0.25,
    "strike": 65_000.0,
    "size": 1.0,
}


def secured(party: int) -> Program:
    """A call whose party has the margin rules of the library."""
    delta = Apply(Unary.ABSOLUTE, Risk(RiskMeasure.DELTA, 0))
    vega = Apply(Unary.ABSOLUTE, Risk(RiskMeasure.VEGA, 0))
    maintenance = combine(
        Binary.ADD,
        combine(Binary.MULTIPLY, combine(Binary.MULTIPLY, number("0.08"), delta), S),
        combine(Binary.MULTIPLY, number("0.15"), vega),
    )
    initial = combine(Binary.MULTIPLY, number("1.3"), Risk(RiskMeasure.MAINTENANCE))
    collateral = Collateral(party, 1, maintenance, initial)
    equity = Risk(RiskMeasure.EQUITY)
    liquidation = Liquidation(
        party,
        combine(Binary.LESS, equity, Risk(RiskMeasure.MAINTENANCE)),
        combine(Binary.LESS_OR_EQUAL, Risk(RiskMeasure.INITIAL), equity),
        0,
        0,
        0,
        0,
        (),
    )
    program = handmade.european_call().program
    return replace(program, collateral=(collateral,), liquidation=(liquidation,))


def formulas(program: Program) -> tuple[ClosedForm, RiskFormulas]:
    form = closed_form(program)
    assert isinstance(form, ClosedForm)
    return form, risk_formulas(form)


def computed(formula: object, **known: float) -> float:
    named = NUMBERS | known
    found = {each: named[each.name] for each in inputs_of(formula)}  # type: ignore[arg-type]
    return evaluated([formula], found)[0]  # type: ignore[list-item]


def test_the_second_party_owes_the_value() -> None:
    form, risk = formulas(secured(1))
    assert risk.marking == "closed form"
    assert risk.exposure is greeks.measures(form).value
    assert set(risk.greeks) == set(greeks.named(form)) - {"value"}


def test_rules_are_their_greeks() -> None:
    form, risk = formulas(secured(1))
    measures = greeks.measures(form)
    delta, vega = computed(measures.delta), computed(measures.vega)
    expected = 0.08 * abs(delta) * NUMBERS["S"] + 0.15 * abs(vega)
    assert computed(risk.maintenance[1]) == pytest.approx(expected, rel=1e-14)
    assert computed(risk.initial[1]) == pytest.approx(1.3 * expected, rel=1e-14)


def test_the_first_party_sees_the_opposite() -> None:
    program = secured(0)
    (rule,) = program.collateral
    exposed = replace(rule, maintenance=Risk(RiskMeasure.EXPOSURE), initial=Risk(RiskMeasure.THETA))
    form, risk = formulas(replace(program, collateral=(exposed,), liquidation=()))
    measures = greeks.measures(form)
    assert computed(risk.maintenance[0]) == -computed(measures.value)
    assert computed(risk.initial[0]) == -computed(measures.theta)


def test_a_trigger_compares_equity() -> None:
    _, risk = formulas(secured(1))
    (equity,) = (each for each in inputs_of(risk.trigger[1]) if each.source is Source.EQUITY)
    assert isinstance(equity, Input) and equity.slot == 1
    needed, wanted = computed(risk.maintenance[1]), computed(risk.initial[1])
    for held, trigger, restored in ((needed - 1, 1, 0), (needed + 1, 0, 0), (wanted, 0, 1)):
        assert computed(risk.trigger[1], **{equity.name: held}) == trigger
        assert computed(risk.restore[1], **{equity.name: held}) == restored


def test_a_missing_derivative_is_our_bug() -> None:
    program = secured(1)
    (rule,) = program.collateral
    asking = replace(rule, maintenance=Risk(RiskMeasure.THETA))
    asked = replace(program, collateral=(asking,))
    with pytest.raises(KeyError):
        rule_formulas(asked, "payoff stress", Input(Source.SPOT, 0, "S"), {})
