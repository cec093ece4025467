"""A margin policy's module says what `core.policy` says, and what is no policy is refused."""

from dataclasses import fields

import pytest
import wasmtime
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.artefact.container import ArtefactError, with_description
from rfos_lang.artefact.policy import compile_policy
from rfos_lang.artefact.policy_format import (
    ROW_SIZE,
    AxisField,
    PolicyMetadata,
    decode_policy,
    decode_row,
    encode_row,
)
from rfos_lang.core.policy import Measured, formulas_of, required
from rfos_lang.semantics.analyse import analyse
from rfos_lang.semantics.policy import Policy
from tests.core.lives import library

ENGINE = wasmtime.Engine()

amounts = st.integers(0, 2**60)
operands = st.sampled_from(["worst_loss", "gross_notional", "net_notional", "250 USD"])
factors = st.sampled_from(["concentration", "3%", "(1 + concentration)", "min(concentration, 40%)"])


@st.composite
def requirements(draw: st.DrawFn, depth: int = 2) -> str:
    """An amount of a policy."""
    if depth == 0:
        return draw(operands)
    below = requirements(depth - 1)
    form = draw(
        st.sampled_from(["{0} + {1}", "{0} - {1}", "max({0}, {1})", "abs({0})", "-{0}", ""])
    )
    if form:
        return "(" + form.format(draw(below), draw(below)) + ")"
    return f"({draw(factors)} * {draw(below)})"


def policy(maintenance: str, initial: str) -> Policy:
    grid = "spot in [-10%, 0%, 20%], volatility in [-50%, 100%]"
    lines = f"scenarios: {grid}; maintenance: {maintenance}; initial: {initial}"
    analysis = analyse(f"margin Desk in USD {{ {lines} }}", "desk.rfos", library)
    assert analysis.diagnostics == ()
    return analysis.policies["Desk"]


def asked(artefact: bytes, rows: list[bytes]) -> list[tuple[int, int] | None]:
    """What a module requires of some rows."""
    store = wasmtime.Store(ENGINE)
    exports = wasmtime.Instance(store, wasmtime.Module(ENGINE, artefact), []).exports(store)
    memory, require = exports["memory"], exports["require"]
    memory.write(store, b"".join(rows), 64)  # type: ignore[union-attr]
    require(store, 64, len(rows))  # type: ignore[operator]
    found = bytes(memory.read(store, 64, 64 + ROW_SIZE * len(rows)))  # type: ignore[union-attr]
    return [decode_row(found[at : at + ROW_SIZE]) for at in range(0, len(found), ROW_SIZE)]


@given(requirements(), st.lists(st.tuples(amounts, amounts, amounts, amounts), max_size=5))
def test_the_module_requires_what_the_core_does(
    maintenance: str, rows: list[tuple[int, int, int, int]]
) -> None:
    desk = policy(maintenance, f"max(130% * maintenance, {maintenance} + 5 USD)")
    formulas = formulas_of(desk)
    measured = [Measured(worst, gross, net, min(each, net)) for worst, gross, net, each in rows]
    encoded = [
        encode_row(m.worst_loss, m.gross_notional, m.net_notional, m.largest, 100) for m in measured
    ]
    expected = [required(formulas, each, 2) for each in measured]
    assert asked(compile_policy(desk, ""), encoded) == [
        None if each is None else (each.maintenance, each.initial) for each in expected
    ]


def test_by_hand() -> None:
    """80.00 lost of 1,000.00 that hang on one price by three quarters: 80 + 6 per mille of 750."""
    desk = policy("worst_loss + 0.6% * gross_notional * concentration", "130% * maintenance")
    row = encode_row(80_00, 1_000_00, 800_00, 600_00, 100)
    assert asked(compile_policy(desk, ""), [row]) == [(84_50, 109_85)]


def test_what_is_no_number_is_told() -> None:
    desk = policy("worst_loss / (concentration - concentration)", "maintenance")
    assert asked(compile_policy(desk, ""), [encode_row(1, 1, 1, 1, 1)]) == [None]


def test_what_it_says_of_itself() -> None:
    desk = policy("worst_loss", "maintenance")
    said = decode_policy(compile_policy(desk, "hash of the text")).metadata
    assert (said.name, said.asset, said.source_hash) == ("Desk", "USD", "hash of the text")
    shifts = {axis.name: [shift / 10**18 for shift in axis.shifts] for axis in said.axes}
    assert shifts == {"spot": [-0.1, 0.0, 0.2], "volatility": [-0.5, 1.0]}


WHOLE = compile_policy(policy("worst_loss", "maintenance"), "")


@given(st.data())
def test_altered_bytes_are_refused(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(WHOLE) - 1))
    altered = bytearray(WHOLE)
    altered[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ArtefactError):
        decode_policy(bytes(altered))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": 9}, "schema is 9"),
        ({"asset": 5}, "wrong form"),
        ({"axes": (AxisField("rate", (0,)),)}, "unknown"),
        ({"axes": (AxisField("spot", (0,)),) * 2}, "unknown"),
        ({"axes": (AxisField("spot", ()),)}, "scenarios"),
        ({"axes": (AxisField("spot", (0,) * 1025),)}, "scenarios"),
    ],
)
def test_a_description_that_cannot_be_is_refused(changes: dict[str, object], said: str) -> None:
    known = decode_policy(WHOLE).metadata
    values = {each.name: getattr(known, each.name) for each in fields(PolicyMetadata)}
    size = len(with_description(b"", known))
    forged = with_description(WHOLE[:-size], PolicyMetadata(**(values | changes)))  # type: ignore[arg-type]
    with pytest.raises(ArtefactError) as refused:
        decode_policy(forged)
    assert said in refused.value.names["reason"]
