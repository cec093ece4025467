"""The artefact of each contract of the standard library does what it means, to the bit."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfos_lang.artefact.emission import compile
from rfos_lang.core import meaning
from rfos_lang.driver.opening import Checked, Source
from rfos_lang.driver.typical import BEGIN, typical
from rfos_lang.semantics.analyse import analyse
from rfos_lang.stdlib_path import standard_library
from tests.artefact.host import Host
from tests.core.test_meaning import steps
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
    host = Host(made.program, compile(made.program, None, "source"))
    assert host.start(made.terms) == meaning.start(made.program, made.terms)

    @settings(max_examples=5, suppress_health_check=list(HealthCheck), database=None)
    @given(st.data())
    def lives_alike(data: st.DataObject) -> None:
        events = data.draw(lifetimes(made.program, made.terms))
        for step in steps(instance, events):
            assert host.fire(made.terms, step.before, step.event) == step.outcome

    lives_alike()
