"""Simplified expressions mean the same, refusals included."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfos_lang.base import fixed
from rfos_lang.core import program as core
from rfos_lang.core.meaning import Event, Outcome, fire, start
from rfos_lang.core.program import Binary, Sort, Unary
from rfos_lang.core.simplification import apply, combine, select, simplified
from tests.generators.handmade import START, Instance
from tests.generators.markets import histories
from tests.generators.programs import Place, Slots, expressions, slot_sets, terms_of

S, K = core.Feed(0), core.Term(0)
ONE, ZERO = (core.Constant(value, Sort.NUMBER) for value in (fixed.ONE, 0))
NEVER = core.Combine(Binary.DIVIDE, ONE, ZERO)


def assigning(slots: Slots, sort: Sort, expression: core.Expression) -> core.Program:
    """A program that puts the expression's value into a state at the start."""
    target = core.StateSlot("value", sort, core.Constant(0, sort))
    action = core.Assign(len(slots.states), expression)
    return core.Program(
        name="Assigning",
        parties=("a", "b"),
        assets=("BTC", "USD", "EUR"),
        terms=slots.terms,
        schedules=("start",),
        columns=(),
        feeds=slots.feeds,
        states=(*slots.states, target),
        tables=(),
        requires=(),
        clauses=(core.Timed(0, (action,)),),
        perpetual=True,
    )


@st.composite
def evaluations(draw: st.DrawFn) -> tuple[Slots, Sort, core.Expression, core.Terms, Event]:
    slots = replace(draw(slot_sets()), columns=(), tables=(), schedules=1)
    sort = draw(st.sampled_from((Sort.NUMBER, Sort.TRUTH)))
    expression = draw(expressions(sort, Place(slots, depth=4)))
    program = assigning(slots, sort, expression)
    terms = replace(draw(terms_of(program)), schedules=((START,),))
    event = replace(draw(histories(program))[0], instant=START, taken=frozenset())
    return slots, sort, expression, terms, event


def outcome(instance: Instance, event: Event) -> Outcome:
    begun = start(instance.program, instance.terms)
    if begun.next_due is None:
        return begun
    return fire(instance.program, instance.terms, begun.standing, event)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(evaluations())
def test_meaning_is_preserved(
    evaluation: tuple[Slots, Sort, core.Expression, core.Terms, Event],
) -> None:
    slots, sort, expression, terms, event = evaluation
    written = Instance(assigning(slots, sort, expression), terms)
    shorter = Instance(assigning(slots, sort, simplified(expression)), terms)
    assert outcome(shorter, event) == outcome(written, event)


def test_neutral_elements_vanish() -> None:
    assert combine(Binary.ADD, S, ZERO) is S
    assert combine(Binary.MULTIPLY, ONE, S) is S
    assert combine(Binary.DIVIDE, S, ONE) is S
    assert apply(Unary.NOT, apply(Unary.NOT, core.Local(0))) is core.Local(0)
    assert select(core.TRUE, S, K) is S


def test_constants_are_computed_only_if_exact() -> None:
    third = combine(Binary.DIVIDE, ONE, core.Constant(3 * fixed.ONE, Sort.NUMBER))
    assert isinstance(third, core.Combine)
    half = combine(Binary.DIVIDE, ONE, core.Constant(2 * fixed.ONE, Sort.NUMBER))
    assert half is core.Constant(fixed.ONE // 2, Sort.NUMBER)


def test_what_may_trap_is_not_dropped() -> None:
    assert combine(Binary.DIVIDE, ONE, ZERO) is NEVER
    assert isinstance(combine(Binary.MULTIPLY, NEVER, ZERO), core.Combine)
    trap = core.Combine(Binary.LESS, NEVER, ONE)
    assert isinstance(combine(Binary.AND, trap, core.FALSE), core.Combine)
    assert isinstance(select(trap, S, S), core.Select)
