"""A margin policy as an artefact: what it says of itself, and what is no policy is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.artefact.container import ArtefactError
from rfos_lang.artefact.policy import compile_policy
from rfos_lang.artefact.policy_format import (
    AxisField,
    HaircutField,
    StepField,
    decode_policy,
    encode_policy,
)
from tests.core.policies import policy

WHOLE = compile_policy(policy("worst_loss", "130% * maintenance"), "hash of the text")
KNOWN = decode_policy(WHOLE).fields


def test_what_it_says_of_itself() -> None:
    assert (KNOWN.name, KNOWN.asset, KNOWN.source_hash) == ("Desk", "USD", "hash of the text")
    shifts = {axis.name: [shift / 10**18 for shift in axis.shifts] for axis in KNOWN.axes}
    assert shifts == {"spot": [-0.1, 0.0, 0.2], "volatility": [-0.5, 1.0]}
    assert [step.operation for step in KNOWN.steps] == ["measure", "number", "*"]
    assert (KNOWN.maintenance, KNOWN.initial) == (0, 2)
    assert KNOWN.haircuts == ()


def test_what_else_it_takes_stands_in_the_order_of_the_line() -> None:
    taken = decode_policy(
        compile_policy(policy("worst_loss", "maintenance", haircuts="25% of ETH, 2.5% of BTC"), "")
    )
    cuts = [(each.asset, each.fraction / 10**18) for each in taken.fields.haircuts]
    assert cuts == [("ETH", 0.25), ("BTC", 0.025)]


@given(st.data())
def test_altered_bytes_are_refused(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(WHOLE) - 1))
    altered = bytearray(WHOLE)
    altered[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ArtefactError):
        decode_policy(bytes(altered))


@given(st.binary(max_size=80))
def test_other_bytes_are_refused(data: bytes) -> None:
    for each in (data, WHOLE[:8] + data, WHOLE + data[:1]):
        if each != WHOLE:
            with pytest.raises(ArtefactError):
                decode_policy(each)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": 9}, "schema is 9"),
        ({"asset": 5}, "wrong form"),
        ({"haircuts": (HaircutField("USD", 0),)}, "its own"),
        ({"haircuts": (HaircutField("BTC", 0),) * 2}, "twice"),
        ({"haircuts": tuple(HaircutField(f"A{n}", 0) for n in range(33))}, "too many"),
        ({"haircuts": (HaircutField("BTC", 10**18),)}, "no fraction"),
        ({"haircuts": (HaircutField("BTC", -1),)}, "no fraction"),
        ({"axes": (AxisField("rate", (0,)),)}, "unknown"),
        ({"axes": (AxisField("spot", (0,)),) * 2}, "unknown"),
        ({"axes": (AxisField("spot", ()),)}, "scenarios"),
        ({"axes": (AxisField("spot", (0,) * 1025),)}, "scenarios"),
        ({"maintenance": 3}, "no steps"),
        ({"initial": -1}, "no steps"),
        ({"steps": (StepField("measure", (6,)),) * 3}, "no steps"),
        ({"steps": (StepField("number", (1 << 127,)),) * 3}, "no steps"),
        ({"steps": (StepField("+", (0, 0)),) * 3}, "no steps"),
        ({"steps": (StepField("log", (0,)),) * 3}, "no steps"),
        ({"steps": (StepField("neg", ()),) * 3}, "no steps"),
    ],
)
def test_a_description_that_cannot_be_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ArtefactError) as refused:
        decode_policy(encode_policy(replace(KNOWN, **changes)))  # type: ignore[arg-type]
    assert said in refused.value.names["reason"]
