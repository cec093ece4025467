"""What risk formulas mean, bit for bit: exposure, margins, Greeks and triggers of one instance.

Binary64 in source order, exp, log and normal from `elementary`. Amounts are rounded to minor units
before anybody compares or stores them; a result that is no number is flagged and stands as 0. The
artefact computes the same bits.
"""

from collections.abc import Callable, Mapping
from math import copysign, inf, isfinite, nan, sqrt
from typing import assert_never

from rfos_lang.base.fixed import ONE
from rfos_lang.base.records import dataclass
from rfos_lang.core.elementary import ELEMENTARY
from rfos_lang.core.formula import (
    Call,
    Formula,
    Function,
    Input,
    Number,
    RiskFormulas,
    Source,
    ordered,
)
from rfos_lang.core.meaning import Standing, actions_of
from rfos_lang.core.program import Program, Sort, Terms, Transfer

YEAR = float(365 * 86_400 * 10**9)
"""Nanoseconds in a year of 365 days."""

UNITS_LIMIT = 2.0**63


@dataclass(frozen=True, slots=True)
class RiskInputs:
    """What an instance does not know of itself. `now` in nanoseconds; by feed slot `spot` and
    `volatility` (annual), by asset slot `rate` and `carry` (continuously compounded), by party slot
    `equity` (collateral less exposure, whole units a lot)."""

    now: int
    spot: tuple[float, ...]
    volatility: tuple[float, ...]
    rate: tuple[float, ...]
    carry: tuple[float, ...]
    equity: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PartyMeasures:
    """What a party owes at the mark and must hold, in minor units of its margin asset, a lot."""

    exposure: int
    maintenance: int
    initial: int


@dataclass(frozen=True, slots=True)
class Measures:
    """The result of `evaluate_risk`. `unsound`: an exposure or a margin is no number or does not
    fit 63 bits, and stands as 0; `unsound_greeks`: a Greek is no finite number, and stands as 0."""

    unsound: bool
    unsound_greeks: bool
    parties: tuple[PartyMeasures, ...]
    greeks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Trigger:
    """Whether a party is to be liquidated, and whether its liquidation may stop."""

    trigger: bool
    restore: bool


def formulas_of(risk: RiskFormulas) -> tuple[Formula, ...]:
    """All formulas, in the order in which the artefact lists their inputs."""
    by_party = (risk.maintenance, risk.initial, risk.trigger, risk.restore)
    margins = (formula for each in by_party for _, formula in sorted(each.items()))
    return (risk.exposure, *risk.greeks.values(), *margins)


def margin_assets(program: Program) -> tuple[int, ...]:
    """The asset in which each party's exposure and margins are counted: that of its collateral; for
    a party without, that of the first collateral; without any, that of the first payment."""
    own = {each.party: each.asset for each in reversed(program.collateral)}
    actions = (action for clause in program.clauses for action in actions_of(clause))
    paid = next((each.asset for each in actions if isinstance(each, Transfer)), 0)
    usual = program.collateral[0].asset if program.collateral else paid
    return tuple(own.get(party, usual) for party in range(len(program.parties)))


def evaluate_risk(
    program: Program, risk: RiskFormulas, terms: Terms, standing: Standing, inputs: RiskInputs
) -> Measures:
    """Exposure, maintenance, initial margin of each party, and the Greeks."""
    formulas = (*risk.maintenance.values(), *risk.initial.values(), *risk.greeks.values())
    given = _Given(program, terms, standing, inputs)
    values = _values_of(given.input, risk.exposure, *formulas)
    owed = values[risk.exposure]
    places = [terms.places[asset] for asset in margin_assets(program)]
    units = [
        (
            _in_units((-owed, owed)[party] if party < 2 else 0.0, exponent),
            _in_units(_margin(risk.maintenance, party, values), exponent),
            _in_units(_margin(risk.initial, party, values), exponent),
        )
        for party, exponent in enumerate(places)
    ]
    greeks = [values[formula] for formula in risk.greeks.values()]
    return Measures(
        unsound=any(amount is None for party in units for amount in party),
        unsound_greeks=not all(map(isfinite, greeks)),
        parties=tuple(PartyMeasures(*(amount or 0 for amount in party)) for party in units),
        greeks=tuple(value if isfinite(value) else 0.0 for value in greeks),
    )


def evaluate_triggers(
    program: Program, risk: RiskFormulas, terms: Terms, standing: Standing, inputs: RiskInputs
) -> tuple[Trigger, ...]:
    """For each party; one without liquidation rules is never liquidated."""
    formulas = (*risk.trigger.values(), *risk.restore.values())
    values = _values_of(_Given(program, terms, standing, inputs).input, *formulas)
    return tuple(
        Trigger(
            party in risk.trigger and values[risk.trigger[party]] != 0.0,
            party not in risk.restore or values[risk.restore[party]] != 0.0,
        )
        for party in range(len(program.parties))
    )


def _margin(rules: Mapping[int, Formula], party: int, values: Mapping[Formula, float]) -> float:
    return values[rules[party]] if party in rules else 0.0


def _in_units(amount: float, places: int) -> int | None:
    """An amount in minor units, rounded half-even; None if that is no number of 63 bits."""
    scaled = amount * float(10**places)
    return round(scaled) if abs(scaled) < UNITS_LIMIT else None


def _values_of(given: Callable[[Input], float], *formulas: Formula) -> dict[Formula, float]:
    """The value of every node of some formulas."""
    found: dict[Formula, float] = {}
    for node in ordered(*formulas):
        match node:
            case Number(value=value):
                found[node] = value
            case Input():
                found[node] = given(node)
            case Call(function=function, arguments=arguments):
                found[node] = applied(function, *(found[argument] for argument in arguments))
            case _:
                assert_never(node)
    return found


@dataclass(frozen=True, slots=True)
class _Given:
    """What the inputs of formulas are for one instance."""

    program: Program
    terms: Terms
    standing: Standing
    inputs: RiskInputs

    def input(self, node: Input) -> float:
        inputs, slot = self.inputs, node.slot
        match node.source:
            case Source.TERM:
                return _real(self.terms.terms[slot], self.program.terms[slot].sort)
            case Source.STATE:
                return _real(self.standing.states[slot], self.program.states[slot].sort)
            case Source.YEARS_TO:
                first = self.terms.schedules[slot][:1]
                return float(first[0] - inputs.now) / YEAR if first else nan
            case Source.SPOT:
                return inputs.spot[slot]
            case Source.VOLATILITY:
                return inputs.volatility[slot]
            case Source.RATE:
                return inputs.rate[slot]
            case Source.YIELD:
                return inputs.carry[slot]
            case Source.EQUITY:
                return inputs.equity[slot]
            case _:
                assert_never(node.source)


def _real(value: int, sort: Sort) -> float:
    """The float nearest to a settlement number: Python divides integers with one rounding."""
    return float(value) if sort is Sort.TRUTH else value / ONE


def applied(function: Function, *arguments: float) -> float:
    """A function of formulas, as IEEE 754 and WebAssembly have it; truths are 1.0 and 0.0."""
    match function, arguments:
        case Function.ADD, (x, y):
            return x + y
        case Function.SUBTRACT, (x, y):
            return x - y
        case Function.MULTIPLY, (x, y):
            return x * y
        case Function.DIVIDE, (x, y):
            return _quotient(x, y)
        case Function.NEGATE, (x,):
            return -x
        case Function.ABSOLUTE, (x,):
            return abs(x)
        case Function.SQRT, (x,):
            return sqrt(x) if x >= 0.0 else nan
        case Function.EXP, (x,):
            return ELEMENTARY.exp(x)
        case Function.LOG, (x,):
            return ELEMENTARY.log(x)
        case Function.NORMAL, (x,):
            return ELEMENTARY.normal(x)
        case Function.MINIMUM, (x, y):
            return -_greater(-x, -y)
        case Function.MAXIMUM, (x, y):
            return _greater(x, y)
        case Function.LESS, (x, y):
            return float(x < y)
        case Function.LESS_OR_EQUAL, (x, y):
            return float(x <= y)
        case Function.SELECT, (condition, chosen, otherwise):
            return chosen if condition != 0.0 else otherwise
        case _:
            raise AssertionError(f"{function} of {len(arguments)} arguments")


def _quotient(x: float, y: float) -> float:
    if y != 0.0:
        return x / y
    return nan if x == 0.0 or x != x else copysign(inf, x) * copysign(1.0, y)


def _greater(x: float, y: float) -> float:
    """The greater of two numbers; nan if one is; 0 is greater than -0."""
    if x != x or y != y:
        return nan
    if x == y:
        return x if copysign(1.0, x) > 0.0 else y
    return x if x > y else y
