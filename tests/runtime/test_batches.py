"""Contract code in batches says what it says of each row alone, to the byte. (What the contracts of
the standard library say is compared in `tests/artefact/test_standard_library.py`.)
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rfos_lang.artefact.emission import compile
from rfos_lang.artefact.layout import encode_standing, encode_terms
from rfos_lang.artefact.metadata import TooManyPostings
from rfos_lang.base.fixed import ONE
from rfos_lang.core import meaning
from rfos_lang.core.program import Timed, Transfer
from rfos_runtime.executor import batches
from rfos_runtime.executor.batches import Risks, as_rows
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.reference.executor import DefinitionView, Event, PartyRisk, RiskInputs, Status
from tests.artefact.test_fire import lived, program, terms
from tests.executors.in_batches import Asked, assert_fires_alike, loaded, outcomes
from tests.generators import handmade
from tests.generators.formulas import black_scholes_call, risk_formulas
from tests.generators.handmade import DAY, START, Instance
from tests.generators.markets import lives
from tests.generators.programs import instances

generated = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def asked(instance: Instance, events: tuple[meaning.Event, ...]) -> list[Asked]:
    """The life of an instance as the kernel asks it."""
    return [
        (
            encode_standing(instance.program, standing),
            Event(each.instant, each.observations, each.moved, each.taken, each.amounts),
        )
        for standing, each, _ in lived(instance, events)
    ]


@generated
@given(lives())
def test_generated_contracts_fire_alike(life: tuple[Instance, tuple[meaning.Event, ...]]) -> None:
    instance, events = life
    try:
        artefact = compile(instance.program, None, "source")
    except TooManyPostings:
        assume(False)
    bound = encode_terms(instance.program, instance.terms)
    assert_fires_alike(artefact, bound, asked(instance, events))


values = st.integers(-(10**40), 10**40) | st.integers(0, 10**24)


@generated
@given(data=st.data(), instance=instances())
def test_generated_formulas_measure_alike(data: st.DataObject, instance: Instance) -> None:
    try:
        formulas = data.draw(risk_formulas(instance.program))
        executor, view = loaded(compile(instance.program, formulas, "source"))
    except TooManyPostings:
        assume(False)
    begun = meaning.start(instance.program, instance.terms)
    assume(begun.status == 0)
    bound = encode_terms(instance.program, instance.terms)
    standing = encode_standing(instance.program, begun.standing)
    inputs = st.tuples(*[values] * len(view.risk_inputs))
    market = data.draw(st.lists(inputs, min_size=1, max_size=5))
    rows = as_rows([bound] * len(market)), as_rows([standing] * len(market))
    said = executor.risk_many(view, *rows, START, floats(market))
    alone = [executor.risk(view, bound, standing, RiskInputs(START, known)) for known in market]
    assert [sides(said, row) for row in range(len(market))] == alone
    assert executor.risks(view, bound, standing, START, market) == alone


def floats(market: list[tuple[int, ...]]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Feed values as a batch takes them."""
    return np.array([[each / ONE for each in row] for row in market]).reshape(len(market), -1)


def sides(said: Risks, row: int) -> tuple[PartyRisk, PartyRisk] | None:
    """What a batch said of a row, as it is told of one row."""
    if not said.sound[row]:
        return None
    numbers = np.stack([said.exposure[row], said.maintenance[row], said.initial[row]])
    first, second = (PartyRisk(*each) for each in numbers.T.tolist())
    return first, second


# --- rows that go wrong --------------------------------------------------------------------------

EXPIRY = Event(START + 90 * DAY, (70_000 * ONE,), frozenset({0}))


def calls(count: int) -> tuple[WasmExecutor, DefinitionView, list[bytes], list[bytes]]:
    """So many calls on a price, ready to be asked."""
    instance = handmade.european_call()
    executor, view = loaded(compile(instance.program, black_scholes_call(), "source"))
    bound = encode_terms(instance.program, instance.terms)
    return executor, view, [bound] * count, [executor.start(view, bound).standing] * count


def test_a_row_that_breaks_off_spoils_no_other() -> None:
    executor, view, bound, standings = calls(9)
    bound[4] = bound[4][:16] + b"\xff\xff\xff\x7f" * ((len(bound[4]) - 16) // 4)
    rows = as_rows(bound), as_rows(standings)
    said = outcomes(executor.fire_many(view, *rows, [EXPIRY]))
    assert said[4].status == Status.TRAPPED
    assert said == [executor.fire(view, bound[k], standings[k], EXPIRY) for k in range(9)]
    market = tuple(70_000 * ONE // 10**place for place in range(len(view.risk_inputs)))
    risks = executor.risk_many(view, *rows, START, floats([market]))
    inputs = RiskInputs(START, market)
    alone = [executor.risk(view, bound[k], standings[k], inputs) for k in range(9)]
    assert [sides(risks, row) for row in range(9)] == alone
    assert alone[4] is None
    assert None not in alone[:4] + alone[5:]


def test_an_instance_may_be_measured_on_several_markets(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one call, in several, and where one row breaks off."""
    executor, view, bound, standings = calls(5)
    bound[3] = bound[3][:16] + b"\xff\xff\xff\x7f" * ((len(bound[3]) - 16) // 4)
    inputs = range(len(view.risk_inputs))
    markets = [tuple(70_000 * ONE // 10**place + case for place in inputs) for case in range(15)]
    alone = [
        executor.risk(view, bound[case // 3], standings[case // 3], RiskInputs(START, market))
        for case, market in enumerate(markets)
    ]
    for most in (1 << 20, 3_000, 1):
        monkeypatch.setattr(batches, "MEMORY", most)
        rows = as_rows(bound), as_rows(standings)
        risks = executor.risk_many(view, *rows, START, floats(markets))
        assert [sides(risks, row) for row in range(15)] == alone


def test_many_rows_are_several_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    executor, view, bound, standings = calls(50)
    rows = as_rows(bound), as_rows(standings)
    whole = executor.fire_many(view, *rows, [EXPIRY])
    monkeypatch.setattr(batches, "MEMORY", 8_000)
    parts = executor.fire_many(view, *rows, [EXPIRY])
    assert outcomes(parts) == outcomes(whole)
    assert whole.postings["row"].tolist() == list(range(50))


def test_a_row_without_room_for_its_payments_is_asked_again() -> None:
    """An instance that waited pays for the days that it missed together."""
    made = program((Timed(0, (Transfer(1, 0, 1, handmade.number(1)),)),))
    instance = Instance(made, terms(days=40))
    begun = encode_standing(made, meaning.start(made, instance.terms).standing)
    late = Event(START + 40 * DAY, (None,) * len(made.feeds))
    soon = Event(START + 3 * DAY, (None,) * len(made.feeds))
    bound = encode_terms(made, instance.terms)
    artefact = compile(made, None, "source")
    assert_fires_alike(artefact, bound, [(begun, late), (begun, soon), (begun, late)])
    executor, view = loaded(artefact)
    assert len(executor.fire(view, bound, begun, late).postings) == 40


def test_no_rows_are_no_outcomes() -> None:
    executor, view, bound, standings = calls(1)
    nothing = as_rows(bound)[:0], as_rows(standings)[:0]
    assert outcomes(executor.fire_many(view, *nothing, [EXPIRY])) == []
    inputs = np.zeros((1, len(view.risk_inputs)))
    assert executor.risk_many(view, *nothing, START, inputs).sound.tolist() == []
