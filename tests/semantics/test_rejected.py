"""Wrong programs give exactly their message.

Each program of `tests/reject` has what is said about it beside it, as users see it. After a change
that is meant, `python -m tests.semantics.rejected` writes them anew; read the difference.
"""

from pathlib import Path

import pytest

from rfos_lang.base.wording import CATALOGUE
from rfos_lang.semantics.analyse import analyse
from tests.semantics.rejected import REJECT, library, rendered

PROGRAMS = sorted(REJECT.glob("*.rfos"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_a_wrong_program_gives_exactly_its_message(program: Path) -> None:
    assert rendered(program) == program.with_suffix(".txt").read_text()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_nothing_is_said_twice(program: Path) -> None:
    found = analyse(program.read_text(), program.name, library).diagnostics
    assert found and len(set(found)) == len(found)


def test_every_message_has_its_program() -> None:
    assert {each.stem for each in REJECT.glob("*.txt")} == {each.stem for each in PROGRAMS}


def test_every_code_of_the_checker_is_seen() -> None:
    said = {
        diagnostic.code
        for program in PROGRAMS
        for diagnostic in analyse(program.read_text(), program.name, library).diagnostics
    }
    checker = {c for c in CATALOGUE if c[:3] in ("E02", "E03", "E04", "W09")} | {"E0501", "E0502"}
    of_lowering, of_modules = {"E0420"}, {"E0320", "E0321"}
    assert checker - of_lowering - of_modules - said == set()
