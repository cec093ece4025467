"""The mutants themselves: each is a program, each differs from its module, none is a docstring."""

import ast
from pathlib import Path

import pytest

from tests.mutation.mutants import mutants
from tests.mutation.record import IMPORTED, Record
from tests.mutation.trial import fails

ROOT = Path(__file__).resolve().parents[2]
MODULE = '''\
"""Says nothing."""

Type = int | str


def least(first: int, second: int) -> int:
    """The smaller one."""
    assert first != second
    if first < second and first > 0:
        return first
    return second + 1
'''


def test_each_place_is_changed_once() -> None:
    changes = [mutant.what for mutant in mutants(MODULE)]
    assert changes == [
        "if first < second and first > 0: -> if not (first < second and first > 0):",
        "first < second and first > 0 -> first < second or first > 0",
        "first < second -> first <= second",
        "first > 0 -> first >= 0",
        "0 -> 1",
        "return first -> return None",
        "return second + 1 -> return None",
        "second + 1 -> second - 1",
        "1 -> 2",
    ]


SPREAD = """\
match first(
    1,
):
    case int() if (
        first > 0
    ):
        last(
            2,
        )
"""


def test_a_mutant_knows_the_lines_of_its_statement() -> None:
    lines = {mutant.what: (mutant.line, mutant.lines) for mutant in mutants(SPREAD)}
    assert lines["1 -> 2"] == (2, range(1, 4))
    assert lines["first > 0 -> first >= 0"] == (5, range(4, 7))
    assert lines["2 -> 3"] == (8, range(7, 10))


def test_a_mutant_knows_the_function_that_it_lies_in() -> None:
    text = "one = 1\nclass A:\n    two = 2\n    def b(self, c=3):\n        def d(): return 4\n"
    found = [
        (mutant.what, mutant.function) for mutant in mutants(text) if "return" not in mutant.what
    ]
    assert found == [("1 -> 2", ""), ("2 -> 3", ""), ("3 -> 4", ""), ("4 -> 5", "A.b")]


def test_tests_of_a_line_come_quickest_first() -> None:
    slow, quick, middle = (f"tests/core/test_{name}.py" for name in ("slow", "quick", "middle"))
    file, other = Path("core/meaning.py"), "tests/base/test_unit.py"
    lines = {1: [IMPORTED], 2: [IMPORTED, slow, quick], 3: [middle, other]}
    record = Record({slow: 10.5, quick: 1.0, middle: 2.0, other: 0.5}, {file: lines})
    assert list(record.tests(file, range(1, 2))) == [quick, middle]
    assert list(record.tests(file, range(2, 3))) == [quick, slow]
    assert list(record.tests(file, range(3, 4))) == [middle]
    assert list(record.tests(file, range(4, 5))) == []


@pytest.mark.parametrize("file", ["core/meaning.py", "semantics/causality.py"])
def test_a_mutant_is_a_program_that_differs(file: str) -> None:
    source = (ROOT / "rfos_lang" / file).read_text()
    same = ast.unparse(ast.parse(source))
    found = mutants(source)
    assert len(found) > 50
    for mutant in found[::20]:
        compile(mutant.text, file, "exec")
        assert mutant.text != same


def test_a_mistake_is_noticed_and_nothing_else() -> None:
    module = "rfos_lang.semantics.modules"
    text = (ROOT / "rfos_lang/semantics/modules.py").read_text()
    tests = {"tests/semantics/test_stdlib.py::test_minor_units_of_iso_4217": 1.0}
    assert not fails({module: text}, tests)
    assert fails({module: text.replace("def standard_assets", "def other_assets")}, tests)
