"""The hardest texts of their length are answered, within bounds on what is made and said of them.

Times are measured in `benchmarks/checker.py`; here the counts that keep them low.
"""

import pytest

from rfos_lang.base.diagnostic import TOLD_MAX, has_errors
from rfos_lang.base.rendering import LINE_MAX, render_all
from rfos_lang.semantics.analyse import analyse
from rfos_lang.syntax.formatter import format_tree
from tests.fuzz.pathological import texts
from tests.semantics.rejected import library

SHORT, LONG = texts(4_000), texts(100_000)


def answers(text: str) -> None:
    analysis = analyse(text, "hard.rfos", library)
    said = analysis.diagnostics
    assert len(said) <= TOLD_MAX
    lines = render_all(said[:20], {"hard.rfos": text}).splitlines()
    assert all(len(line) <= 4 * LINE_MAX for line in lines if "│" in line)
    if not has_errors(said):
        format_tree(analysis.module, text)


@pytest.mark.parametrize("name", SHORT)
def test_a_hard_text_is_answered(name: str) -> None:
    answers(SHORT[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG)
def test_a_hard_text_of_a_hundred_kilobytes_is_answered(name: str) -> None:
    answers(LONG[name])


def test_what_doubles_is_stopped_by_counting() -> None:
    for name in ("doubling lets", "doubling functions", "doubling arguments"):
        codes = {each.code for each in analyse(SHORT[name], "hard.rfos", library).diagnostics}
        assert codes & {"E0411", "E0412", "E0104", "E0103"}, name
