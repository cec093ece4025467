"""Wrong programs give exactly their message.

Each program of `tests/reject` has what is said about it beside it, as users see it. After a change
that is meant, `python -m tests.semantics.rejected` writes them anew; read the difference.
"""

from pathlib import Path

import pytest

from rfos_lang.base.wording import CATALOGUE
from tests.semantics.rejected import REJECT, rendered, said

PROGRAMS = sorted(REJECT.glob("*.rfos"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_a_wrong_program_gives_exactly_its_message(program: Path) -> None:
    assert rendered(program) == program.with_suffix(".txt").read_text()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_nothing_is_said_twice(program: Path) -> None:
    found = said(program.read_text(), program.name)
    assert found and len(set(found)) == len(found)


def test_every_message_has_its_program() -> None:
    assert {each.stem for each in REJECT.glob("*.txt")} == {each.stem for each in PROGRAMS}


def test_there_are_many() -> None:
    assert len(PROGRAMS) >= 120


NOT_OF_A_TEXT_ALONE = {
    "E0320",  # test_modules: modules that use each other
    "E0321",  # test_modules: a module with errors of its own
}


def test_every_code_of_the_checker_is_seen() -> None:
    seen = {each.code for program in PROGRAMS for each in said(program.read_text(), program.name)}
    ours = {code for code in CATALOGUE if code[:3] in ("E01", "E02", "E03", "E04", "W09")}
    of_dates = {"E0501", "E0502", "E0581", "E0583"}
    assert ours - seen == NOT_OF_A_TEXT_ALONE
    assert seen - ours >= of_dates
