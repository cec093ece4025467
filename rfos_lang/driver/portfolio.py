"""A portfolio under a margin policy: positions valued together at each point of a grid of
scenarios."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from typing import Any, NoReturn

from rfos_lang.base import fixed
from rfos_lang.base.instant import parse_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.toml_place import place_of
from rfos_lang.base.wording import report
from rfos_lang.core.formula import Formula, Input
from rfos_lang.core.formula import Source as Place
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Checked, Source
from rfos_lang.driver.pricing import How, priced
from rfos_lang.semantics.definition import Expression, Literal, Operation, RiskRead
from rfos_lang.semantics.policy import MEASURES, Axis, Policy
from rfos_lang.valuation import constructors as build
from rfos_lang.valuation.curve import VolatilityCurve
from rfos_lang.valuation.evaluation import evaluated
from rfos_lang.valuation.market import Market

Opened = Callable[[str], Checked]
"""The contract that a target names. Raises Failure."""


@dataclass(frozen=True, slots=True)
class Position:
    """So many of a contract, held as its first party; as its second if negative."""

    contract: str
    quantity: float
    arguments: Mapping[str, str]
    start: int | None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One point of the grid: the shifts in the order of the axes, and what the portfolio loses."""

    shifts: tuple[float, ...]
    loss: float


@dataclass(frozen=True, slots=True)
class Assessment:
    """A portfolio under a policy, in the policy's asset. `values` are those of the positions today,
    `worst` is the scenario that attains the worst loss."""

    policy: Policy
    positions: tuple[Position, ...]
    values: tuple[float, ...]
    scenarios: tuple[Scenario, ...]
    worst: Scenario
    measures: Mapping[str, float]
    maintenance: float
    initial: float


# --- the file ------------------------------------------------------------------------------------


def positions_of(source: Source) -> tuple[Position, ...]:
    """The positions of a portfolio file. Raises Failure."""
    try:
        document = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(source, (), str(error)) from None
    listed = document.get("positions")
    if set(document) != {"positions"} or not isinstance(listed, list) or not listed:
        _refuse(source, (), "it holds a list of [[positions]], and nothing else")
    return tuple(_position(source, number, each) for number, each in enumerate(listed))


def _position(source: Source, number: int, entry: Any) -> Position:
    path = ("positions", number)
    known = {"contract", "quantity", "arguments", "start"}
    if not isinstance(entry, dict) or set(entry) - known:
        _refuse(source, path, f"a position has {', '.join(sorted(known))}")
    contract, quantity = entry.get("contract"), entry.get("quantity", 1)
    arguments, start = entry.get("arguments", {}), entry.get("start")
    if not isinstance(contract, str):
        _refuse(
            source, path, 'a position names its contract: contract = "std.options.EuropeanCall"'
        )
    if isinstance(quantity, bool) or not isinstance(quantity, int | float):
        _refuse(source, (*path, "quantity"), "a quantity is a number, negative for the second side")
    if not isinstance(arguments, dict):
        _refuse(source, (*path, "arguments"), 'arguments are a table: { strike = "60_000" }')
    texts = {name: str(value) for name, value in arguments.items()}
    try:
        begin = None if start is None else parse_instant(str(start))
    except Refused:
        _refuse(source, (*path, "start"), f"`{start}` is not a date")
    return Position(contract, float(quantity), texts, begin)


def _refuse(source: Source, path: tuple[str | int, ...], problem: str) -> NoReturn:
    raise _wrong(source, path, problem)


def _wrong(source: Source, path: tuple[str | int, ...], problem: str) -> Failure:
    place = place_of(source.text, source.name, path)
    return Failure([report("E1020", place, problem=problem)], source.sources)


# --- the grid ------------------------------------------------------------------------------------


def assessed(
    policy: Policy,
    positions: tuple[Position, ...],
    market: Market,
    opened: Opened,
    how: How | None = None,
) -> Assessment:
    """A portfolio under a policy on a market. Raises Failure."""
    contracts = [opened(position.contract) for position in positions]
    held = list(zip(positions, contracts, strict=True))

    def values(at: Market) -> list[float]:
        return [_value(policy, position, checked, at, how) for position, checked in held]

    today = values(market)
    scenarios = tuple(
        Scenario(shifts, sum(today) - sum(values(_moved(market, policy, shifts))))
        for shifts in product(
            *([fixed_float(each) for each in axis.shifts] for axis in policy.axes)
        )
    )
    worst = max(scenarios, key=lambda scenario: scenario.loss)
    measures = {
        "worst_loss": max(worst.loss, 0.0),
        **_notionals(_exposures(policy, held, market, how)),
    }
    (maintenance,) = evaluated([formula(policy.maintenance)], _inputs(measures))
    known = {**measures, "maintenance": maintenance}
    (initial,) = evaluated([formula(policy.initial)], _inputs(known))
    return Assessment(
        policy, positions, tuple(today), scenarios, worst, measures, maintenance, initial
    )


def fixed_float(value: int) -> float:
    """A fixed-point number as a float."""
    return value / fixed.ONE


def _value(
    policy: Policy, position: Position, checked: Checked, market: Market, how: How | None
) -> float:
    """What a position is worth to its holder, in the policy's asset."""
    found = priced(
        checked, position.arguments, market, start=position.start, how=how, greeks=False
    ).valuation
    return position.quantity * found.value * _told(policy, found.asset, market)


def _told(policy: Policy, asset: str, market: Market) -> float:
    try:
        return market.spot(asset, policy.asset)
    except Refused as refused:
        problem = report(refused.code, Span(market.source, 0, 0), **refused.names)
        raise Failure([problem], {}) from None


def _moved(market: Market, policy: Policy, shifts: tuple[float, ...]) -> Market:
    """A market in which every price in the policy's asset, and every volatility of one, has moved
    by a fraction of itself."""
    by = dict(zip((axis.name for axis in policy.axes), shifts, strict=True))
    spot, spread = 1 + by.get("spot", 0.0), 1 + by.get("volatility", 0.0)
    spots = {
        pair: _shifted(price, pair, policy.asset, spot) for pair, price in market.spots.items()
    }
    volatilities = {
        pair: VolatilityCurve(tuple((years, value * spread) for years, value in curve.knots))
        if policy.asset in pair
        else curve
        for pair, curve in market.volatilities.items()
    }
    return replace(market, spots=spots, volatilities=volatilities)


def _shifted(price: float, pair: tuple[str, str], asset: str, factor: float) -> float:
    if pair[1] == asset:
        return price * factor
    return price / factor if pair[0] == asset else price


# --- measures ------------------------------------------------------------------------------------


def _exposures(
    policy: Policy,
    held: list[tuple[Position, Checked]],
    market: Market,
    how: How | None,
) -> list[tuple[str, float]]:
    """Of every position and price: the price's name, and quantity x delta x price."""
    found: list[tuple[str, float]] = []
    for position, checked in held:
        made = priced(checked, position.arguments, market, start=position.start, how=how)
        told = _told(policy, made.valuation.asset, market)
        pairs = {
            name: tuple(made.instance.terms.assets[asset] for asset in slot.assets)
            for slot, name in zip(
                made.instance.program.feeds, made.instance.terms.feeds, strict=True
            )
        }
        for greek in made.valuation.greeks:
            if greek.measure == "delta" and len(pairs.get(greek.subject, ())) == 2:
                asset, cash = pairs[greek.subject]
                amount = position.quantity * greek.value * market.spot(asset, cash) * told
                found.append((greek.subject, amount))
    return found


def _notionals(exposures: list[tuple[str, float]]) -> dict[str, float]:
    net: dict[str, float] = {}
    for name, amount in exposures:
        net[name] = net.get(name, 0.0) + amount
    total = sum(map(abs, net.values()))
    return {
        "gross_notional": sum(abs(amount) for _, amount in exposures),
        "net_notional": total,
        "concentration": max(map(abs, net.values())) / total if total else 0.0,
    }


def _inputs(measures: Mapping[str, float]) -> dict[Input, float]:
    return {_input(name): value for name, value in measures.items()}


def _input(measure: str) -> Input:
    return Input(Place.TERM, MEASURES.index(measure), measure)


def formula(expression: Expression) -> Formula:
    """A requirement of a policy as a formula of the risk arithmetic; its inputs are the measures,
    in the order of `MEASURES`."""
    match expression:
        case Literal(value=int(value)):
            return build.number(fixed_float(value))
        case RiskRead(measure=measure):
            return _input(measure)
        case Operation(name=name, arguments=arguments):
            return _operated(name, [formula(each) for each in arguments])
        case _:
            raise AssertionError("the checker lets nothing else through")


def _operated(name: str, operands: list[Formula]) -> Formula:
    match name, operands:
        case "neg", [operand]:
            return build.negate(operand)
        case "abs", [operand]:
            return build.absolute(operand)
        case "+", [left, right]:
            return build.add(left, right)
        case "-", [left, right]:
            return build.subtract(left, right)
        case "*", [left, right]:
            return build.multiply(left, right)
        case "/", [left, right]:
            return build.divide(left, right)
        case (("min" | "max"), [first, *others]):
            better = build.minimum if name == "min" else build.maximum
            for other in others:
                first = better(first, other)
            return first
        case _:
            raise AssertionError(f"`{name}` in a policy")


__all__ = ["Assessment", "Axis", "Position", "Scenario", "assessed", "formula", "positions_of"]
