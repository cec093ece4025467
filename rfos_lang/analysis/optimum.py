"""The prover's part in a worst case: better paths, and bounds that no path passes."""

from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

import z3

from rfos_lang.analysis.linear import Arithmetic, minus, z3_of
from rfos_lang.analysis.obligation import Obligation, middles
from rfos_lang.analysis.paths import Key, by_own_choice, live, owed
from rfos_lang.analysis.smt import EFFORT, Unrolled


def sharpened(free: Unrolled, found: list[Obligation]) -> list[Obligation]:
    """The same obligations with better paths and bounds, where there are any.

    Bounds come from the instance as it is, paths from one whose first prices are fixed and whose
    numbers are exact: there a ratio to the first price is linear.
    """
    firm = middles(free.program, free.bounds)
    exact = Arithmetic(rounds=False)
    pinned = Unrolled(free.program, free.terms, exact, bounds=free.bounds, pins=firm)
    return [_sharpened(each, free, pinned) for each in found]


def closed(capped: Unrolled, found: Obligation, feeds: frozenset[int]) -> bool:
    """Whether a bound that was found holds however high some feeds go."""
    free = Unrolled(capped.program, capped.terms, bounds=capped.bounds, endless=feeds)
    solver = z3.Solver()
    solver.set("rlimit", EFFORT)
    solver.add(*free.arithmetic.laws)
    unit = Fraction(1, 10 ** free.terms.places[found.asset])
    rounding = unit * Fraction(found.payments + 1, 2)
    assert found.most is not None, "there is a bound"
    solver.add(_total(free, (found.party, found.asset)) > z3_of(found.most * unit + rounding))
    return bool(solver.check() == z3.unsat)


def _sharpened(found: Obligation, free: Unrolled, pinned: Unrolled) -> Obligation:
    if found.attained:
        return found
    key, unit = (found.party, found.asset), Fraction(1, 10 ** free.terms.places[found.asset])
    found = replace(found, payments=sum(not due.exact for due in _dues(free, key)))
    bound, found = _maximum(free, key, found)
    if bound is not None:
        most = int((bound + unit * Fraction(found.payments, 2)) / unit)
        if found.most is None or most < found.most:
            found = replace(found, most=most, unbounded=None, proved=True)
    if not found.attained:
        _, found = _maximum(pinned, key, found)
    return found


def _maximum(unrolled: Unrolled, key: Key, found: Obligation) -> tuple[Fraction | None, Obligation]:
    """What can be owed at most, None if that was not found; and the obligation, on the prover's
    path if that is worse."""
    solver = z3.Optimize()
    solver.set("rlimit", EFFORT)
    solver.add(*unrolled.arithmetic.laws)
    total = _total(unrolled, key)
    target = solver.maximize(total)
    if solver.check() != z3.sat:
        return None, found
    life = live(unrolled.program, unrolled.terms, unrolled.path(solver.model()))
    least = owed(unrolled.program, life)[key]
    if least > found.least:
        found = replace(found, least=least, life=life)
    return _exact(solver.upper(target)), found


def _exact(value: Any) -> Fraction | None:
    """A number of the prover; None for infinity."""
    if z3.is_int_value(value):
        return Fraction(value.as_long())
    return Fraction(value.as_fraction()) if z3.is_rational_value(value) else None


def _total(unrolled: Unrolled, key: Key) -> Any:
    dues = [
        z3.If(z3.And(due.guard, due.amount >= 0) if due.signed else due.guard, due.amount, 0)
        for due in _dues(unrolled, key)
    ]
    return z3.Sum(*dues) if dues else z3_of(Fraction(0))


class _Due(NamedTuple):
    """A payment that a party may have to make, not by its own choice: where it is made, how much,
    whether the amount may be negative and go the other way, whether it is known to the unit."""

    guard: Any
    amount: Any
    signed: bool
    exact: bool


def _dues(unrolled: Unrolled, key: Key) -> list[_Due]:
    party, asset = key
    program, places = unrolled.program, unrolled.terms.places[asset]
    dues = []
    for flow in unrolled.flows:
        transfer = flow.transfer
        if transfer.asset != asset or by_own_choice(program, flow.clause, flow.action, party):
            continue
        known = flow.amount.known is not None
        whole = unrolled.arithmetic.units(flow.amount, places) if known else flow.amount
        signs = [(transfer.payer, whole)]
        signs += [(transfer.payee, minus(whole))] if transfer.net else []
        for payer, amount in signs:
            if payer == party and (amount.high is None or amount.high > 0):
                guard = z3.BoolVal(flow.guard) if isinstance(flow.guard, bool) else flow.guard
                signed = amount.low is None or amount.low < 0
                dues.append(_Due(guard, amount.z3, signed, known))
    return dues
