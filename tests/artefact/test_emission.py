"""Compiling: the same bytes each time, quickly, and bounds that are refused."""

import time
from dataclasses import replace

import pytest

from rfos_lang.artefact import emission
from rfos_lang.artefact.emission import TooLarge, compile
from rfos_lang.artefact.format import POSTINGS_MAX, decode
from rfos_lang.artefact.metadata import TooManyPostings
from rfos_lang.base.wording import CATALOGUE
from rfos_lang.core.program import Choice, Timed, Transfer
from tests.generators import handmade
from tests.generators.formulas import black_scholes_call
from tests.generators.handmade import Instance


@pytest.mark.parametrize("make", handmade.EVERY, ids=lambda make: make.__name__)
def test_the_same_program_has_the_same_bytes(make: type[Instance]) -> None:
    first, again = make().program, make().program
    assert compile(first, None, "a") == compile(again, None, "a") != compile(first, None, "b")


def test_all_instances_share_one_artefact() -> None:
    made = {compile(handmade.asian_call(fixings=n).program, None, "") for n in (1, 12, 250)}
    assert len(made) == 1


def test_a_contract_compiles_within_its_budget() -> None:
    program, risk = handmade.european_call().program, black_scholes_call()
    note = handmade.autocallable(assets=4).program
    best = {}
    for name, arguments in (("call", (program, risk, "")), ("note", (note, None, ""))):
        times = []
        for _ in range(5):
            begun = time.process_time()
            compile(*arguments)
            times.append(time.process_time() - begun)
        best[name] = min(times)
    assert max(best.values()) < 0.050, best


def test_an_instant_makes_a_bounded_number_of_postings() -> None:
    program = handmade.european_call().program
    payment = Transfer(1, 0, 1, handmade.ZERO)
    most = replace(program, clauses=(Timed(0, (payment,) * POSTINGS_MAX),))
    assert decode(compile(most, None, "")).metadata.postings == POSTINGS_MAX
    more = replace(program, clauses=(*most.clauses, Timed(0, (payment,))))
    with pytest.raises(TooManyPostings) as caught:
        compile(more, None, "")
    assert CATALOGUE[caught.value.code].message.format(**caught.value.names) == (
        "EuropeanCall may make 17 payments at one instant, and 16 is the most"
    )
    choice = Choice(0, "go", 0, True, handmade.FALSE, (payment,) * 9, (payment,) * 16)
    assert decode(compile(replace(program, clauses=(choice,)), None, "")).metadata.postings == 16


def test_too_large_a_clause_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emission, "VARIABLES_MAX", 10)
    with pytest.raises(TooLarge) as caught:
        compile(handmade.european_call().program, None, "")
    assert "EuropeanCall" in CATALOGUE[caught.value.code].message.format(**caught.value.names)
