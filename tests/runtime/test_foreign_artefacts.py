"""Code that was not made by this compiler, however well it is sealed: the executor refuses it, or
calls it and answers. A kernel that meets it goes on.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.artefact.container import (
    DIGEST_SIZE,
    SECTION_NAME,
    ArtefactError,
    digest,
    sections_of,
)
from rfos_lang.artefact.webassembly import custom_section
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import OPERATOR, Define
from rfos_runtime.reference.executor import Event, Outcome, RiskInputs, Status
from tests.journal.test_any_bytes import Alter, alterations, altered
from tests.runtime.stage import Stage
from tests.simulation.made import parts

OFFERS = {offer.name: offer for offer in parts().offers}
CALL = OFFERS["call 100"]
SECTIONS = sections_of(CALL.artefact)
CODE = CALL.artefact[: SECTIONS[-1][2]]
DESCRIPTION = SECTIONS[-1][1][1 + len(SECTION_NAME) + DIGEST_SIZE :]
EXPORTS = 7


def sealed(code: bytes, description: bytes = DESCRIPTION) -> bytes:
    """An artefact whose digest fits, whatever it is made of."""
    return code + custom_section(SECTION_NAME, digest(code, description) + description)


def used(artefact: bytes) -> list[Outcome]:
    """What an artefact answers, if the executor takes it, to the terms of the call."""
    executor = WasmExecutor()
    view = executor.load(artefact)
    if view is None:
        return []
    terms, start = CALL.listing.terms, CALL.listing.start
    outcome = executor.start(view, terms)
    event = Event(start, tuple(10**20 for _ in view.feeds), frozenset(range(len(view.feeds))))
    fired = executor.fire(view, terms, outcome.standing, event)
    if view.has_risk:
        values = tuple(10**18 for _ in view.risk_inputs)
        executor.risk(view, terms, outcome.standing, RiskInputs(start, values))
    return [outcome, fired]


def test_the_call_is_one() -> None:
    assert sealed(CODE) == CALL.artefact
    assert [each.status for each in used(CALL.artefact)] == [Status.OK, Status.OK]


@settings(max_examples=120)
@given(alterations)
def test_altered_code_that_is_sealed_anew_is_refused_or_answers(changes: list[Alter]) -> None:
    used(sealed(altered(CODE, changes)))


@settings(max_examples=120)
@given(st.data())
def test_altered_types_exports_and_memories_are_refused_or_answer(data: st.DataObject) -> None:
    """The sections before the code are short, and say how it is called."""
    made = bytearray(CODE)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(8, SECTIONS[4][2] - 1))
        made[at] = data.draw(st.integers(0, 255))
    used(sealed(bytes(made)))


@settings(max_examples=120)
@given(alterations)
def test_an_altered_description_is_refused_or_answers(changes: list[Alter]) -> None:
    used(sealed(CODE, altered(DESCRIPTION, changes)))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    for prefix in (b"", CODE[:8], CODE):
        assert WasmExecutor().load(prefix + data) is None


@given(st.binary(max_size=60), st.integers(0, 2**16))
def test_sections_of_any_bytes_are_told_or_refused(data: bytes, at: int) -> None:
    try:
        found = sections_of(CODE[:8] + data)
    except ArtefactError as refused:
        assert refused.names["reason"]
        return
    assert sum(len(content) for _, content, _ in found) <= len(data)


def _export(name: bytes, kind: int, number: int) -> bytes:
    return bytes([len(name)]) + name + bytes([kind, number])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (_export(b"memory", 2, 0), _export(b"memory", 0, 0)),
        (_export(b"memory", 2, 0), _export(b"start!", 2, 0)),
    ],
)
def test_exports_of_other_kinds_are_refused(before: bytes, after: bytes) -> None:
    assert CODE.count(before) == 1
    assert used(sealed(CODE.replace(before, after))) == []


@pytest.mark.parametrize("memory", [b"\x05\x04\x01\x01\x01\x01", b"\x05\x03\x01\x04\x01"])
def test_a_memory_that_cannot_grow_or_is_of_another_kind_is_refused(memory: bytes) -> None:
    own = b"\x05\x03\x01\x00\x01"
    assert CODE.count(own) == 1
    assert used(sealed(CODE.replace(own, memory))) == []


def test_a_kernel_refuses_what_is_no_artefact_and_goes_on() -> None:
    stage = Stage(executor=WasmExecutor())
    for artefact in (b"", b"\0asm\1\0\0\0", CODE, CALL.artefact[:-1], sealed(CODE[:-1])):
        assert stage.code(Define(OPERATOR, artefact)) is Code.BAD_ARTEFACT
    assert stage.code(Define(OPERATOR, CALL.artefact)) is Code.ACCEPTED
