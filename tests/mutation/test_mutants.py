"""The mutants themselves: each is a program, each differs from its module, none is a docstring."""

import ast
from pathlib import Path

import pytest

from tests.mutation.mutants import mutants

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


@pytest.mark.parametrize("file", ["core/meaning.py", "semantics/causality.py"])
def test_a_mutant_is_a_program_that_differs(file: str) -> None:
    source = (ROOT / "rfos_lang" / file).read_text()
    same = ast.unparse(ast.parse(source))
    found = mutants(source)
    assert len(found) > 50
    for mutant in found[::20]:
        compile(mutant.text, file, "exec")
        assert mutant.text != same
