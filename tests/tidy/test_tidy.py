"""Style that no linter checks: small files and functions, READMEs that tell the truth, no floats
where money is counted."""

import ast
import re
import tokenize
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("rfos_lang", "runtime/rfos_runtime")
LINES_A_FILE_MAX = 600
LINES_A_FUNCTION_MAX = 60

GENERATED = {ROOT / "rfos_lang/syntax/table.py"}
SOURCES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if path not in GENERATED
)
ROOMS = sorted(
    path.parent for package in PACKAGES for path in (ROOT / package).glob("*/__init__.py")
)
READMES = sorted(ROOT / package for package in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"))
READMES += sorted(chain.from_iterable((ROOT / package).rglob("README.md") for package in PACKAGES))
LOOKED_UP_IN = (ROOT, *(ROOT / package for package in PACKAGES))
WITHOUT_FLOATS = sorted(
    [
        *(ROOT / "runtime/rfos_runtime/reference").rglob("*.py"),
        ROOT / "rfos_lang/base/fixed.py",
        ROOT / "rfos_lang/core/meaning.py",
    ]
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LINES_A_FILE_MAX
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    lengths = {
        node.name: (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.walk(ast.parse(text))
        if isinstance(node, functions)
    }
    assert {each: n for each, n in lengths.items() if n > LINES_A_FUNCTION_MAX} == {}


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_each_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("room", ROOMS, ids=name)
def test_each_package_has_a_readme(room: Path) -> None:
    assert (room / "README.md").is_file()


@pytest.mark.parametrize("readme", READMES, ids=name)
def test_paths_that_a_readme_names_exist(readme: Path) -> None:
    """A path is what stands in backticks, or behind a link, and has a slash or a known ending."""
    text = re.sub(r"```.*?```", "", readme.read_text(encoding="utf-8"), flags=re.DOTALL)
    quoted = re.findall(r"`([\w./-]+)`", text)
    linked = re.findall(r"\]\(([\w./-]+)(?:#[\w-]*)?\)", text)
    paths = [
        each for each in quoted if re.search(r"\w(\.(py|md|rfos|lark|toml|json|lock)|/)$", each)
    ]
    missing = [
        path
        for path in paths + linked
        if not any((folder / path).exists() for folder in (readme.parent, *LOOKED_UP_IN))
    ]
    assert missing == []


@pytest.mark.parametrize("path", WITHOUT_FLOATS, ids=name)
def test_settlement_knows_no_floats(path: Path) -> None:
    with tokenize.open(path) as source:
        tokens = list(tokenize.generate_tokens(source.readline))
    found = [
        f"line {token.start[0]}: {token.string}"
        for token in tokens
        if (token.type == tokenize.NAME and token.string == "float")
        or (token.type == tokenize.NUMBER and isinstance(ast.literal_eval(token.string), float))
    ]
    assert found == []


def test_settlement_divides_only_whole_numbers() -> None:
    """A single `/` between integers makes a float without saying so."""
    found = [
        f"{name(path)}:{node.lineno}"
        for path in WITHOUT_FLOATS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
    ]
    assert found == []
