"""The artefact of each contract of the standard library does what it means, to the bit; alone and
in batches."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfos_lang.artefact.emission import compile
from rfos_lang.artefact.layout import encode_standing, encode_terms
from rfos_lang.core import meaning
from rfos_lang.core.program import Program
from rfos_lang.core.typical import BEGIN
from rfos_lang.driver.opening import Checked, Source
from rfos_lang.driver.typical import typical
from rfos_lang.semantics.analyse import analyse
from rfos_lang.stdlib_path import standard_library
from rfos_runtime.reference.executor import Event
from tests.artefact.host import Host
from tests.core.test_meaning import steps
from tests.executors.in_batches import Asked, assert_fires_alike
from tests.generators.handmade import Instance
from tests.generators.markets import lifetimes
from tests.semantics.rejected import library


def contracts(file: Path) -> list[Checked]:
    """The contracts that a file declares itself."""
    text = file.read_text(encoding="utf-8")
    definitions = analyse(text, file.name, library).definitions.values()
    own = (each for each in definitions if f"contract {each.name}(" in text)
    return [Checked(Source(file.name, text), each, ()) for each in own]


EVERY = [each for file in sorted(standard_library().rglob("*.rfos")) for each in contracts(file)]


@pytest.mark.parametrize("checked", EVERY, ids=lambda checked: checked.definition.name)
def test_it_lives_the_same_life(checked: Checked) -> None:
    made, _ = typical(checked, {}, BEGIN)
    instance = Instance(made.program, made.terms)
    artefact = compile(made.program, None, "source")
    host = Host(made.program, artefact)
    assert host.start(made.terms) == meaning.start(made.program, made.terms)

    @settings(max_examples=5, suppress_health_check=list(HealthCheck), database=None)
    @given(st.data())
    def lives_alike(data: st.DataObject) -> None:
        life = list(steps(instance, data.draw(lifetimes(made.program, made.terms))))
        for step in life:
            assert host.fire(made.terms, step.before, step.event) == step.outcome
        asked = [_asked(made.program, step.before, step.event) for step in life]
        assert_fires_alike(artefact, encode_terms(made.program, made.terms), asked)

    lives_alike()


def _asked(program: Program, standing: meaning.Standing, event: meaning.Event) -> Asked:
    """As the kernel asks it."""
    parts = (getattr(event, name) for name in ("observations", "moved", "taken", "amounts"))
    return encode_standing(program, standing), Event(event.instant, *parts)
