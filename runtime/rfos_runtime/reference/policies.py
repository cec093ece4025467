"""What a margin policy requires: its steps in order, in integers with 18 decimals, half-even."""

from collections.abc import Callable
from dataclasses import dataclass

from rfos_runtime.records.commands import ONE
from rfos_runtime.reference.arithmetic import half_even
from rfos_runtime.reference.bounds import MOST
from rfos_runtime.reference.executor import PolicyView, Step

LIMIT = 2**127
"""Beyond it nothing fits."""


class _Unfit(ArithmeticError):
    """A result that does not fit, or a division by zero."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a portfolio, in minor units of the policy's asset. `largest`: the greatest
    net notional that one price has; `standalone_loss`: 0 where the policy does not ask."""

    worst_loss: int
    gross_notional: int
    net_notional: int
    largest: int
    standalone_loss: int
    standard_error: int


def required(view: PolicyView, measured: Measured, places: int) -> tuple[int, int]:
    """Maintenance and initial in minor units, at least 0; the most there is where a step cannot be
    carried out."""
    unit = ONE // 10**places
    known = (
        measured.worst_loss * unit,
        measured.gross_notional * unit,
        measured.net_notional * unit,
        half_even(measured.largest * ONE, measured.net_notional or 1),
        measured.standalone_loss * unit,
        measured.standard_error * unit,
    )
    found: list[int] = []
    try:
        for step in view.steps:
            found.append(_fitting(_result(step, known, found)))
    except _Unfit:
        return MOST, MOST
    return _in_units(found[view.maintenance], unit), _in_units(found[view.initial], unit)


def _in_units(amount: int, unit: int) -> int:
    return min(max(half_even(amount, unit), 0), MOST)


def _result(step: Step, known: tuple[int, ...], found: list[int]) -> int:
    if step.operation == "number":
        return step.arguments[0]
    if step.operation == "measure":
        return known[step.arguments[0]]
    return _OPERATIONS[step.operation](*(found[each] for each in step.arguments))


def _fitting(value: int) -> int:
    if not -LIMIT <= value < LIMIT:
        raise _Unfit
    return value


def _quotient(x: int, y: int) -> int:
    if y == 0:
        raise _Unfit
    return half_even(x * ONE, y) if y > 0 else half_even(-x * ONE, -y)


_OPERATIONS: dict[str, Callable[..., int]] = {
    "neg": lambda x: -x,
    "abs": abs,
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: half_even(x * y, ONE),
    "/": _quotient,
    "min": min,
    "max": max,
}
