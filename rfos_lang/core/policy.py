"""A margin policy as steps of the settlement arithmetic, and what they mean.

What is measured of a portfolio goes in, in minor units of the policy's asset, and what it must hold
comes out; between, amounts are in whole units, and every operation rounds once to 18 decimals, half
to even. For people who look at a market the same steps are formulas of the risk arithmetic.
"""

from rfos_lang.base import fixed
from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Call, Formula, Function, Input, Number, Source
from rfos_lang.semantics.definition import Expression, Literal, Operation, RiskRead
from rfos_lang.semantics.policy import MEASURES, Policy


@dataclass(frozen=True, slots=True)
class Step:
    """`number` (n), in 18 decimals; `measure` (k), of MEASURES; or an operator of steps before."""

    operation: str
    arguments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Requirements:
    """The steps, and which of them are the maintenance and the initial requirement."""

    steps: tuple[Step, ...]
    maintenance: int
    initial: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a portfolio, in minor units of the policy's asset. `largest`: the greatest
    |net notional| that one price has."""

    worst_loss: int
    gross_notional: int
    net_notional: int
    largest: int
    standalone_loss: int
    standard_error: int


@dataclass(frozen=True, slots=True)
class Required:
    """What a portfolio must hold, in minor units of the policy's asset."""

    maintenance: int
    initial: int


def requirements_of(policy: Policy) -> Requirements:
    """The requirements of a policy as steps, each made once."""
    steps: dict[Step, int] = {}
    maintenance = _placed(policy.maintenance, steps, None)
    initial = _placed(policy.initial, steps, maintenance)
    return Requirements(tuple(steps), maintenance, initial)


def _placed(expression: Expression, steps: dict[Step, int], maintenance: int | None) -> int:
    """The place of the step that gives an expression, after those that it needs."""
    match expression:
        case Literal(value=int(value)):
            return _added(Step("number", (value,)), steps)
        case RiskRead(measure=name) if name == MEASURES[-1] and maintenance is not None:
            return maintenance
        case RiskRead(measure=name):
            return _added(Step("measure", (MEASURES.index(name),)), steps)
        case Operation(name=name, arguments=arguments):
            first, *others = (_placed(each, steps, maintenance) for each in arguments)
            if name in ("neg", "abs"):
                return _added(Step(name, (first,)), steps)
            for other in others:
                first = _added(Step(name, (first, other)), steps)
            return first
        case _:
            raise AssertionError("the checker lets nothing else through")


def _added(step: Step, steps: dict[Step, int]) -> int:
    return steps.setdefault(step, len(steps))


# --- what they mean ----------------------------------------------------------------------------


def required(requirements: Requirements, measured: Measured, places: int) -> Required | None:
    """What a portfolio must hold, never less than nothing; None if a step cannot be carried out."""
    try:
        amounts = (measured.worst_loss, measured.gross_notional, measured.net_notional)
        known = [fixed.from_minor_units(units, places) for units in amounts]
        known.append(fixed.divide(measured.largest, measured.net_notional or 1))
        added = (measured.standalone_loss, measured.standard_error)
        known += [fixed.from_minor_units(units, places) for units in added]
        found: list[int] = []
        for step in requirements.steps:
            found.append(_result(step, known, found))
        results = (found[requirements.maintenance], found[requirements.initial])
        return Required(*(max(fixed.to_minor_units(each, places), 0) for each in results))
    except fixed.SettlementError:
        return None


def _result(step: Step, known: list[int], found: list[int]) -> int:
    if step.operation == "number":
        return step.arguments[0]
    if step.operation == "measure":
        return known[step.arguments[0]]
    operands = [found[each] for each in step.arguments]
    match step.operation, operands:
        case "neg", [x]:
            return fixed.negate(x)
        case "abs", [x]:
            return fixed.absolute(x)
        case "+", [x, y]:
            return fixed.add(x, y)
        case "-", [x, y]:
            return fixed.subtract(x, y)
        case "*", [x, y]:
            return fixed.multiply(x, y)
        case "/", [x, y]:
            return fixed.divide(x, y)
        case "min", [x, y]:
            return min(x, y)
        case "max", [x, y]:
            return max(x, y)
        case _:
            raise AssertionError(f"`{step.operation}` in a policy")


# --- as formulas -------------------------------------------------------------------------------


def formulas_of(policy: Policy) -> tuple[Formula, Formula]:
    """Maintenance and initial, of measures in whole units of the policy's asset."""
    requirements = requirements_of(policy)
    found: list[Formula] = []
    for step in requirements.steps:
        match step.operation, step.arguments:
            case "number", (value,):
                found.append(Number(value / fixed.ONE))
            case "measure", (which,):
                found.append(measure(MEASURES[which]))
            case operation, operands:
                arguments = tuple(found[each] for each in operands)
                found.append(Call(Function(operation), arguments))
    return found[requirements.maintenance], found[requirements.initial]


def measure(name: str) -> Input:
    """A measure as an input of the formulas: their terms are the measures."""
    return Input(Source.TERM, MEASURES.index(name), name)
