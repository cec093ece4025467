"""Commands that should answer at once load nothing heavy."""

import subprocess
import sys

import pytest

from tests.cli.running import BITCOIN, CALL, MARKET, ROOT

HEAVY = ("jax", "sympy", "scipy", "matplotlib", "plotext", "wasmtime")
SCRIPT = """
import sys
from rfos_lang.cli.main import app
try:
    app(sys.argv[1:])
except SystemExit as leaving:
    assert leaving.code == 0, leaving.code
loaded = {name.partition(".")[0] for name in sys.modules}
print("loaded:", *sorted(loaded))
"""


def loaded(*words: str) -> set[str]:
    """The packages in memory after a command, in a process of its own."""
    run = [sys.executable, "-c", SCRIPT, *words]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize(
    "words",
    [["--help"], ["check", "std.options"], ["fmt", "--check", "stdlib/assets.rfos"], ["explain"]],
    ids=lambda words: words[0],
)
def test_no_numbers_are_crunched(words: list[str]) -> None:
    assert loaded(*words) & {*HEAVY, "numpy", "rich", "tzdata", "zoneinfo"} == set()


def test_how_a_contract_is_marked_needs_no_market() -> None:
    code = "from rfos_lang.cli.main import main; import sys; sys.argv[1:] = ['check', {!r}]\n"
    after = "try: main()\nexcept SystemExit: print('loaded:', *sys.modules)"
    run = [sys.executable, "-c", code.format(CALL) + after]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "rfos_lang.valuation.greeks" in done.stdout.split()
    assert "rfos_lang.valuation.market" not in done.stdout.split()


@pytest.mark.parametrize("words", [["chekc"], ["journal"], ["-h"], ["check"]])
def test_the_one_command_that_is_asked_for_answers_as_among_all(words: list[str]) -> None:
    alone, among = (
        subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True)
        for code in (f"from rfos_lang.cli.main import {each}; {each}()" for each in ("main", "app"))
    )
    told = (alone.returncode, alone.stdout, alone.stderr)
    assert told == (among.returncode, among.stdout, among.stderr)


def test_a_closed_form_needs_no_algebra_and_no_accelerator() -> None:
    assert loaded("greeks", CALL, "-m", MARKET, *BITCOIN) & {*HEAVY, "numpy"} == set()


def test_compiling_needs_none_of_them_either(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("made") / "call.wasm"
    assert loaded("compile", CALL, "-o", str(path)) & {*HEAVY, "numpy"} == set()


def test_the_package_alone_loads_nothing() -> None:
    code = "import sys, rfos_lang; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) & {*HEAVY, "numpy"} == set()
