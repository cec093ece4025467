"""Laws of the reference interpreter, on any well-formed program and any history."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import le

import pytest
from hypothesis import HealthCheck, given, settings

from rfos_lang.core.meaning import (
    Event,
    Outcome,
    Standing,
    Status,
    actions_of,
    fire,
    requirements,
    schedule_of,
    start,
)
from rfos_lang.core.program import Transfer, Watch
from tests.core.wellformed import check_program
from tests.generators.handmade import EVERY, Instance
from tests.generators.markets import lives


@dataclass(frozen=True, slots=True)
class Step:
    """One event in the life of an instance."""

    instance: Instance
    before: Standing
    event: Event
    outcome: Outcome


def steps(instance: Instance, events: tuple[Event, ...]) -> Iterator[Step]:
    """Each event with the standing before it and what came of it; none if the terms are refused."""
    begun = start(instance.program, instance.terms)
    standing = begun.standing
    for event in events if begun.status is Status.OK else ():
        outcome = fire(instance.program, instance.terms, standing, event)
        yield Step(instance, standing, event, outcome)
        standing = outcome.standing


def what_is_not_ok_changes_nothing(step: Step) -> None:
    if step.outcome.status is not Status.OK:
        assert step.outcome.standing == step.before
        assert step.outcome.postings == ()


def progress_never_goes_back(step: Step) -> None:
    program, after = step.instance.program, step.outcome.standing.progress
    assert all(map(le, step.before.progress, after))
    for clause, at in zip(program.clauses, after, strict=True):
        final = 1 if isinstance(clause, Watch) else len(schedule_of(clause, step.instance.terms))
        assert at <= final


def the_end_is_the_end(step: Step) -> None:
    assert (step.outcome.status is Status.ENDED) == step.before.ended
    assert step.outcome.standing.ended >= step.before.ended


def nothing_is_overdue(step: Step) -> None:
    if step.outcome.status is Status.OK:
        due = step.outcome.next_due
        assert due is None or (due > step.event.instant and not step.outcome.standing.ended)


def postings_are_positive_and_name_their_cause(step: Step) -> None:
    for posting in step.outcome.postings:
        assert posting.units > 0
        cause = actions_of(step.instance.program.clauses[posting.clause])[posting.action]
        assert isinstance(cause, Transfer)
        assert {posting.payer, posting.payee} == {cause.payer, cause.payee}
        assert posting.payer == cause.payer or cause.net
        assert posting.asset == cause.asset


def a_requirement_that_refuses_is_named(step: Step) -> None:
    refused = step.outcome.status is Status.REQUIREMENT
    assert (step.outcome.requirement is not None) == refused
    if step.outcome.requirement is not None:
        assert step.outcome.requirement < len(requirements(step.instance.program))


def the_same_event_has_the_same_outcome(step: Step) -> None:
    again = fire(step.instance.program, step.instance.terms, step.before, step.event)
    assert again == step.outcome


LAWS = (
    what_is_not_ok_changes_nothing,
    progress_never_goes_back,
    the_end_is_the_end,
    nothing_is_overdue,
    postings_are_positive_and_name_their_cause,
    a_requirement_that_refuses_is_named,
    the_same_event_has_the_same_outcome,
)


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(lives())
def test_every_event_has_an_outcome_and_keeps_the_laws(
    life: tuple[Instance, tuple[Event, ...]],
) -> None:
    check_program(life[0].program)
    for step in steps(*life):
        for law in LAWS:
            law(step)


@pytest.mark.parametrize("make", EVERY)
def test_an_instance_begins(make: Callable[[], Instance]) -> None:
    instance = make()
    check_program(instance.program)
    begun = start(instance.program, instance.terms)
    assert begun.status is Status.OK
    assert begun.next_due is not None and begun.next_due >= instance.terms.start
