"""A margin policy as formulas of the risk arithmetic, and what they mean, bit for bit.

The terms of these formulas are the measures of a portfolio, in the order of `MEASURES`, in whole
units of the policy's asset. The kernel counts amounts in minor units; so what it measures goes in
as integers, and what a portfolio must hold comes out as integers.
"""

from collections.abc import Mapping

from rfos_lang.base import fixed
from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Call, Formula, Function, Input, Number, Source
from rfos_lang.core.risk import in_units, values_of
from rfos_lang.semantics.definition import Expression, Literal, Operation, RiskRead
from rfos_lang.semantics.policy import MEASURES, Policy

MEASURED = MEASURES[:4]
"""What is measured: all but `maintenance`, which follows."""


@dataclass(frozen=True, slots=True)
class PolicyFormulas:
    """What a portfolio must hold, in whole units of the policy's asset."""

    maintenance: Formula
    initial: Formula


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a portfolio, in minor units of the policy's asset. `largest`: the greatest
    |net notional| that one price has."""

    worst_loss: int
    gross_notional: int
    net_notional: int
    largest: int


@dataclass(frozen=True, slots=True)
class Required:
    """What a portfolio must hold, in minor units of the policy's asset."""

    maintenance: int
    initial: int


def formulas_of(policy: Policy) -> PolicyFormulas:
    """The formulas of a policy's requirements."""
    names: dict[str, Formula] = {name: measure(name) for name in MEASURED}
    maintenance = _formula(policy.maintenance, names)
    return PolicyFormulas(maintenance, _formula(policy.initial, names | {MEASURES[4]: maintenance}))


def measure(name: str) -> Input:
    """A measure as an input of the formulas."""
    return Input(Source.TERM, MEASURES.index(name), name)


def required(formulas: PolicyFormulas, measured: Measured, places: int) -> Required | None:
    """What a portfolio must hold, never less than nothing; None if that is no number of 63 bits."""
    scale = float(10**places)
    known = {
        measure("worst_loss"): float(measured.worst_loss) / scale,
        measure("gross_notional"): float(measured.gross_notional) / scale,
        measure("net_notional"): float(measured.net_notional) / scale,
        measure("concentration"): concentration(measured.largest, measured.net_notional),
    }
    values = values_of(known.__getitem__, formulas.maintenance, formulas.initial)
    maintenance = in_units(values[formulas.maintenance], places)
    initial = in_units(values[formulas.initial], places)
    if maintenance is None or initial is None:
        return None
    return Required(max(maintenance, 0), max(initial, 0))


def concentration(largest: float, net: float) -> float:
    """The greatest share of one price; 0 where nothing depends on a price."""
    return float(largest) / float(net) if net else 0.0


def _formula(expression: Expression, names: Mapping[str, Formula]) -> Formula:
    match expression:
        case Literal(value=int(value)):
            return Number(value / fixed.ONE)
        case RiskRead(measure=name):
            return names[name]
        case Operation(name=name, arguments=arguments):
            return _applied(name, [_formula(each, names) for each in arguments])
        case _:
            raise AssertionError("the checker lets nothing else through")


def _applied(name: str, operands: list[Formula]) -> Formula:
    function = _FUNCTIONS[name]
    result, *others = operands
    if not others:
        return Call(function, (result,)) if name in ("neg", "abs") else result
    for other in others:
        result = Call(function, (result, other))
    return result


_FUNCTIONS = {
    "neg": Function.NEGATE,
    "abs": Function.ABSOLUTE,
    "+": Function.ADD,
    "-": Function.SUBTRACT,
    "*": Function.MULTIPLY,
    "/": Function.DIVIDE,
    "min": Function.MINIMUM,
    "max": Function.MAXIMUM,
}
"""The operators of a policy's formulas, as the checker lets them through."""
