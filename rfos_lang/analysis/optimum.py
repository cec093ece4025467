"""The prover's part in a worst case: better paths, and bounds that no path passes."""

from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

import z3

from rfos_lang.analysis.linear import Arithmetic, minus, z3_of
from rfos_lang.analysis.obligation import Obligation, middles
from rfos_lang.analysis.paths import Key, Together, by_own_choice, falling_due, live, owed
from rfos_lang.analysis.smt import EFFORT, Flow, Unrolled
from rfos_lang.core.meaning import schedule_of
from rfos_lang.core.program import Column, Constant, Term


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
    found = replace(found, payments=sum(not due.exact for dues in _dues(free, key) for due in dues))
    bound, found = _maximum(free, key, found, rounding=unit / 2)
    if bound is not None:
        most = int(bound / unit)
        if found.most is None or most < found.most:
            found = replace(found, most=most, unbounded=None, proved=True)
    if not found.attained:
        _, found = _maximum(pinned, key, found)
    return found


def _maximum(
    unrolled: Unrolled, key: Key, found: Obligation, rounding: Fraction = Fraction(0)
) -> tuple[Fraction | None, Obligation]:
    """What can be owed at most, None if that was not found; and the obligation, on the prover's
    path if that is worse."""
    solver = z3.Optimize()
    solver.set("rlimit", EFFORT)
    solver.add(*unrolled.arithmetic.laws)
    total = _total(unrolled, key, rounding)
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


def _total(unrolled: Unrolled, key: Key, rounding: Fraction = Fraction(0)) -> Any:
    """All that a party owes in an asset; `rounding`: how much more each payment may come to."""
    nets = [_net(dues, rounding) for dues in _dues(unrolled, key)]
    return z3.Sum(*nets) if nets else z3_of(Fraction(0))


def _net(dues: "list[_Due]", rounding: Fraction) -> Any:
    """What is left to pay of all that falls due together."""
    more = z3_of(rounding)
    amounts = [z3.If(d.guard, d.amount if d.exact else d.amount + more, 0) for d in dues]
    if not any(due.signed for due in dues):
        return z3.Sum(*amounts)
    net = z3.Sum(*amounts)
    return z3.If(net > 0, net, 0)


class _Due(NamedTuple):
    """A payment that a party may have to make, not by its own choice, or to get: where it is made,
    how much, whether the amount may be negative and goes the other way then, whether it is known to
    the unit."""

    guard: Any
    amount: Any
    signed: bool
    exact: bool


def _dues(unrolled: Unrolled, key: Key) -> list[list[_Due]]:
    """What a party may have to pay in an asset, with what it gets together with it."""
    party, asset = key
    together: dict[object, list[_Due]] = {}
    pays: dict[object, None] = {}
    for number, flow in enumerate(unrolled.flows):
        transfer = flow.transfer
        if transfer.asset != asset or party not in (transfer.payer, transfer.payee):
            continue
        if by_own_choice(unrolled.program, flow.clause, flow.action, party):
            continue
        at = _together(unrolled, flow) or (number,)
        together.setdefault(at, []).append(_due(unrolled, flow, party))
        if transfer.payer == party or transfer.net:
            pays[at] = None
    return [together[at] for at in pays]


def _due(unrolled: Unrolled, flow: Flow, party: int) -> _Due:
    known = flow.amount.known is not None
    places = unrolled.terms.places[flow.transfer.asset]
    whole = unrolled.arithmetic.units(flow.amount, places) if known else flow.amount
    amount = whole if flow.transfer.payer == party else minus(whole)
    guard = z3.BoolVal(flow.guard) if isinstance(flow.guard, bool) else flow.guard
    return _Due(guard, amount.z3, amount.low is None or amount.low < 0, known)


def _together(unrolled: Unrolled, flow: Flow) -> tuple[int, Together] | None:
    """The moment of a payment, and what the settlement nets it with; None if its date is not known
    beforehand."""
    program, terms = unrolled.program, unrolled.terms
    now, due = unrolled.moments[flow.moment].instant, flow.transfer.due
    match due:
        case None | Constant():
            instant = None if due is None else due.value
        case Term(slot=slot):
            instant = terms.terms[slot]
        case Column(slot=slot):
            dates = schedule_of(program.clauses[flow.clause], terms)
            if now not in dates:
                return None
            instant = terms.columns[slot][dates.index(now)]
        case _:
            return None
    return flow.moment, falling_due(program, flow.clause, now, instant)
