"""Where a payoff jumps as an extreme passes a level, and by how much."""

from collections.abc import Mapping
from dataclasses import replace

from rfos_lang.core.formula import Call, Formula, Function, Input, ordered
from rfos_lang.valuation.closed_form.payoff import NoClosedForm, Payoff, literal
from rfos_lang.valuation.closed_form.polynomial import (
    Polynomial,
    constant,
    expanded,
    letter,
    raised,
)
from rfos_lang.valuation.constructors import multiply, number, substituted


def jumps(payoff: Payoff, level: Input) -> list[tuple[Formula, Payoff]]:
    """Where a payoff jumps in a letter, and by how much as the letter rises. Raises NoClosedForm.

    Of jumps that fall together, the earlier ones in the list count as passed."""
    groups: list[tuple[Polynomial, list[Formula]]] = []
    for node in _comparisons(payoff, level):
        passed = _passed(node, level)
        nodes = next((nodes for place, nodes in groups if place == passed), None)
        if nodes is None:
            groups.append((passed, [node]))
        else:
            nodes.append(node)
    found = []
    for k, (place, _) in enumerate(groups):
        at = place.formula()
        below, above = multiply(number(1 - NEARBY), at), multiply(number(1 + NEARBY), at)
        sides = []
        for own in (above, below):
            here: dict[Formula, Formula] = {level: at}
            for j, (_, nodes) in enumerate(groups):
                beside = own if j == k else above if j < k else below
                here |= {node: substituted(node, {level: beside}) for node in nodes}
            sides.append(_replaced(payoff, here))
        found.append((at, sides[0] - sides[1]))
    return found


NEARBY = 1e-12
"""How far beside a level, in parts of it, a payoff counts as that of one side."""


def _comparisons(payoff: Payoff, level: Input) -> list[Formula]:
    """The comparisons in a payoff that depend on a letter."""
    letters = [each for whole in payoff.pieces.values() for each in whole.letters]
    nodes = ordered(*letters, *sorted(payoff.cuts, key=repr))
    compared = (Function.LESS, Function.LESS_OR_EQUAL)
    calls = (node for node in nodes if isinstance(node, Call) and node.function in compared)
    return [node for node in calls if level in ordered(node)]


def _passed(comparison: Formula, level: Input) -> Polynomial:
    """Where a comparison changes as the letter passes. Raises NoClosedForm."""
    assert isinstance(comparison, Call)
    left, right = comparison.arguments
    by_power = (expanded(left) - expanded(right)).by_power(level)
    apart, slope = (by_power.pop(power, Polynomial({})) for power in (0, 1))
    inside = (ordered(each) for whole in (apart, slope) for each in whole.letters)
    if by_power or not slope or any(level in nodes for nodes in inside):
        raise NoClosedForm("it jumps where an extreme passes a level")
    return -apart * slope.inverse()


def _replaced(payoff: Payoff, given: Mapping[Formula, Formula]) -> Payoff:
    """A payoff with other formulas in the place of some."""
    result = literal(0)
    for at, whole in payoff.pieces.items():
        above, below = (
            frozenset(substituted(cut, given) for cut in cuts) for cuts in (at.above, at.below)
        )
        part = Polynomial({})
        for monomial, value in whole.terms.items():
            product = constant(value)
            for formula, exponent in monomial:
                product = product * raised(letter(substituted(formula, given)), exponent)
            part = part + product
        result = result + Payoff({replace(at, above=above, below=below): part} if part else {})
    return result
