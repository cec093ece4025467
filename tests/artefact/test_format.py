"""The artefact format: what is decoded, and what is refused with a reason, whatever the bytes."""

import struct
from dataclasses import replace

import pytest
import wasmtime
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.artefact.container import MAGIC, sections_of, with_description
from rfos_lang.artefact.emission import compile
from rfos_lang.artefact.format import (
    Artefact,
    ArtefactError,
    Metadata,
    check_terms,
    content_hash,
    decode,
)
from rfos_lang.artefact.layout import encode_terms, shape_of
from rfos_lang.artefact.metadata import metadata_of
from rfos_lang.base.encoding import encode
from rfos_lang.base.wording import CATALOGUE
from rfos_lang.core.program import Sort, StateSlot
from tests.generators import handmade
from tests.generators.formulas import black_scholes_call
from tests.generators.handmade import Instance
from tests.generators.programs import instances

CALL = handmade.european_call()
WHOLE = compile(CALL.program, black_scholes_call(), "source")
BARE = WHOLE[: sections_of(WHOLE)[-1][2]]
METADATA = decode(WHOLE).metadata


def reason(data: bytes) -> str:
    with pytest.raises(ArtefactError) as caught:
        decode(data)
    assert caught.value.code in CATALOGUE
    return str(caught.value.names["reason"])


@settings(max_examples=15, deadline=None)
@given(instance=instances())
def test_what_was_compiled_is_decoded(instance: Instance) -> None:
    program = replace(instance.program, clauses=instance.program.clauses[:3])
    data = compile(program, None, "a hash")
    artefact = decode(data)
    assert artefact.metadata == metadata_of(program, None, "a hash")
    assert artefact.content_hash == content_hash(data)
    assert artefact.shape == shape_of(program)


def test_metadata_name_what_the_contract_does() -> None:
    of = METADATA
    assert (of.name, of.source_hash, of.parties) == ("EuropeanCall", "source", ("holder", "writer"))
    assert [(term.name, term.sort) for term in of.terms] == [
        ("strike", "number"),
        ("size", "number"),
    ]
    assert [(clause.kind, clause.schedule) for clause in of.clauses] == [("timed", 0)]
    assert {each.source for each in of.inputs} == {
        *("spot", "volatility", "rate", "yield", "years to", "term", "equity")
    }
    assert of.greeks == ("delta(spot(BTC, USD))", "vega(spot(BTC, USD))")
    assert (of.postings, of.listable, of.risk, of.marking) == (1, True, True, "closed form")
    without = metadata_of(CALL.program, None, "")
    assert (without.risk, without.marking, without.greeks) == (False, "payoff stress", ())


def test_the_choice_of_a_listed_contract_touches_nobody_else() -> None:
    marked = StateSlot("marked", Sort.NUMBER, handmade.ZERO)
    put = replace(
        handmade.american_put().program, states=(marked,), parties=("holder", "writer", "broker")
    )
    (choice,) = put.clauses
    marks = handmade.Assign(0, handmade.ZERO)  # type: ignore[attr-defined]
    third = handmade.Transfer(0, 2, 0, handmade.ZERO)  # type: ignore[attr-defined]
    assert metadata_of(put, None, "").listable
    for action in (marks, third):
        for part in ("actions", "otherwise"):
            changed = replace(choice, **{part: (action,)})
            assert not metadata_of(replace(put, clauses=(changed,)), None, "").listable


# --- refusals ------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=200))
def test_garbage_is_refused(data: bytes) -> None:
    assert reason(data) and reason(MAGIC + data)


@pytest.mark.parametrize("length", range(0, len(WHOLE), 37))
def test_a_truncated_artefact_is_refused(length: int) -> None:
    assert reason(WHOLE[:length])


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, len(WHOLE) - 1), bit=st.integers(0, 7))
def test_an_altered_artefact_is_refused(at: int, bit: int) -> None:
    altered = bytearray(WHOLE)
    altered[at] ^= 1 << bit
    assert reason(bytes(altered))


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_metadata_of_a_forger_are_decoded_or_refused(data: st.DataObject) -> None:
    """With a fitting digest, so that what lies behind it is reached."""
    encoded = bytearray(encode(METADATA))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(encoded) - 1))
        encoded[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    forged = forge(bytes(encoded))
    try:
        assert isinstance(decode(forged), Artefact)
    except ArtefactError as refusal:
        assert refusal.names["reason"]


def forge(encoded: bytes) -> bytes:
    from rfos_lang.artefact.container import digest
    from rfos_lang.artefact.webassembly import custom_section

    return BARE + custom_section("rfos", digest(BARE, encoded) + encoded)


def test_reasons_are_plain() -> None:
    assert "no WebAssembly" in reason(b"")
    assert "no WebAssembly" in reason(b"\x7fELF" + bytes(100))
    assert "too early" in reason(WHOLE[:-1])
    assert "not made by this compiler" in reason(BARE)
    assert "altered" in reason(WHOLE[:-1] + b"\0")
    foreign = wasmtime.wat2wasm('(module (import "a" "b" (func)))')
    assert "imports" in reason(bytes(foreign))
    assert "not made by" in reason(bytes(wasmtime.wat2wasm("(module)")))
    assert "not made by" in reason(WHOLE + b"\0\0")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": 3}, "schema is 3"),
        ({"name": 5}, "wrong form"),
        ({"parties": ("holder", None)}, "wrong form"),
        ({"perpetual": 1}, "wrong form"),
        ({"clauses": METADATA.terms}, "wrong form"),
        ({"margin_assets": (0, 7)}, "not there"),
        ({"margin_assets": (0,)}, "not there"),
        ({"schedules": ()}, "not there"),
        ({"postings": 17}, "not there"),
        ({"risk": False}, "export"),
    ],
)
def test_metadata_must_fit(changes: dict[str, object], said: str) -> None:
    changed = replace(METADATA, **changes)  # type: ignore[arg-type]
    assert said in reason(with_description(BARE, changed))


def test_metadata_of_another_kind_are_refused() -> None:
    assert "wrong form" in reason(forge(encode(METADATA.terms[0])))
    assert "wrong form" in reason(forge(encode(None)))
    assert "cannot be read" in reason(forge(b""))


# --- terms ---------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(instance=instances())
def test_encoded_terms_pass(instance: Instance) -> None:
    program = replace(instance.program, clauses=instance.program.clauses[:3])
    check_terms(decode(compile(program, None, "")), encode_terms(program, instance.terms))


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_other_terms_are_refused_or_pass(data: st.DataObject) -> None:
    terms = bytearray(encode_terms(AUTOCALLABLE.program, AUTOCALLABLE.terms))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(terms) - 1))
        terms[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    try:
        check_terms(decode(NOTE), bytes(terms))
    except ArtefactError as refusal:
        assert refusal.names["reason"]


AUTOCALLABLE = handmade.autocallable()
NOTE = compile(AUTOCALLABLE.program, None, "")


@pytest.mark.parametrize("field", range(0, 16, 4))
def test_terms_with_other_places_are_refused(field: int) -> None:
    artefact, shape = decode(NOTE), shape_of(AUTOCALLABLE.program)
    terms = encode_terms(AUTOCALLABLE.program, AUTOCALLABLE.terms)
    for offset in (field, shape.schedule(0) + field, shape.divisor(0) + field):
        if offset in (8, 12):
            continue
        changed = bytearray(terms)
        struct.pack_into("<i", changed, offset, struct.unpack_from("<i", terms, offset)[0] + 1)
        with pytest.raises(ArtefactError):
            check_terms(artefact, bytes(changed))
    with pytest.raises(ArtefactError):
        check_terms(artefact, terms + bytes(16))


def test_instants_of_terms_must_ascend_from_the_start() -> None:
    artefact = decode(NOTE)
    dates = AUTOCALLABLE.terms.schedules
    early = (dates[0], dates[1], (AUTOCALLABLE.terms.start - 1,))
    backwards = (dates[0][::-1], dates[1], dates[2])
    for schedules in (early, backwards):
        terms = replace(AUTOCALLABLE.terms, schedules=schedules)
        with pytest.raises(ArtefactError, match="ascend"):
            check_terms(artefact, encode_terms(AUTOCALLABLE.program, terms))


def test_metadata_is_a_frozen_value() -> None:
    assert decode(WHOLE).metadata == METADATA and isinstance(METADATA, Metadata)
