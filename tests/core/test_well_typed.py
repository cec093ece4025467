"""Well-typed contracts: they check, they lay out, they never get stuck, and they compile to what
they mean. The generator reaches every construct of the language."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, Phase, assume, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from rfos_lang.artefact.emission import compile
from rfos_lang.artefact.metadata import TooManyPostings
from rfos_lang.core import program as core
from rfos_lang.core.meaning import start
from rfos_lang.semantics import definition as checked
from rfos_lang.semantics import functions
from tests.artefact.host import Host
from tests.core.test_meaning import LAWS, steps
from tests.core.wellformed import check_program
from tests.generators.contracts import EVERYTHING, contracts, definition_of, instance_of
from tests.generators.markets import histories

EVERY_CHECK = list(HealthCheck)
some = settings(max_examples=25, suppress_health_check=EVERY_CHECK)
many = settings(max_examples=1000, suppress_health_check=EVERY_CHECK)


def lives_as_it_should(text: str, data: st.DataObject) -> None:
    """Progress and preservation on meaning, and WebAssembly ≡ meaning, on one history."""
    instance = instance_of(definition_of(text))
    check_program(instance.program)
    try:
        host = Host(instance.program, compile(instance.program, None, "source"))
    except TooManyPostings:
        assume(False)
    assert host.start(instance.terms) == start(instance.program, instance.terms)
    events = data.draw(histories(instance.program, instance.terms.start))
    for step in steps(instance, events):
        for law in LAWS:
            law(step)
        assert host.fire(instance.terms, step.before, step.event) == step.outcome


@some
@given(st.one_of(contracts(), st.just(EVERYTHING)), st.data())
def test_a_well_typed_contract_lives_as_it_should(text: str, data: st.DataObject) -> None:
    lives_as_it_should(text, data)


@pytest.mark.slow
@many
@given(contracts(), st.data())
def test_many_well_typed_contracts_live_as_they_should(text: str, data: st.DataObject) -> None:
    lives_as_it_should(text, data)


# --- what is reached -----------------------------------------------------------------------------

CONSTRUCTS = {
    each
    for union in (
        checked.Expression,
        checked.Statement,
        checked.Clause,
        core.Expression,
        core.Action,
        core.Clause,
    )
    for each in get_args(union)
}
OPERATORS = {*core.Unary, *core.Binary}
FUNCTIONS = {
    *(("function", name) for name in {*functions.SIGNATURES, *functions.POINTWISE} - {"spot"}),
    *(("path", name) for name in functions.PATH),
    *(("over a list", name) for name in functions.OVER_LISTS),
}


def reached(node: Any, met: set[int]) -> Iterator[object]:
    """The constructs within a definition or a program."""
    if id(node) in met:
        return
    met.add(id(node))
    match node:
        case tuple() | list():
            for each in node:
                yield from reached(each, met)
        case Enum():
            yield node
        case checked.Operation(name=name):
            yield ("function", name)
        case checked.Fold(function=name):
            yield ("path", name)
        case checked.Comprehension(function=name):
            yield ("over a list", name)
    if is_dataclass(node):
        yield type(node)
        for each in fields(node):
            yield from reached(getattr(node, each.name), met)


def test_the_generator_reaches_every_construct() -> None:
    missing = CONSTRUCTS | OPERATORS | FUNCTIONS

    def all_are_met(text: str) -> bool:
        definition = definition_of(text)
        program = instance_of(definition).program
        missing.difference_update(reached((definition, program), set()))
        return not missing

    drawn = settings(some, max_examples=400, phases=[Phase.generate], database=None)
    for texts in (st.just(EVERYTHING), contracts()):
        with suppress(NoSuchExample):
            find(texts, all_are_met, settings=drawn)
    assert missing == set()
