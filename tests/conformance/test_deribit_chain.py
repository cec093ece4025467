"""The library's options against the marks and deltas of a listed chain."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "examples/deribit_chain/price_chain.py"


def script() -> ModuleType:
    spec = spec_from_file_location("price_chain", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHAIN = script()
QUOTES = list(CHAIN.quotes())


@pytest.mark.parametrize("quote", QUOTES, ids=lambda quote: quote.name)
def test_the_model_gives_the_published_mark_and_delta(quote: object) -> None:
    found = CHAIN.compared(quote)
    assert found.mark == pytest.approx(found.quote.mark, abs=1e-5)
    assert found.delta == pytest.approx(found.quote.delta, abs=1e-4)


def test_the_table_has_a_line_for_each_option() -> None:
    lines = CHAIN.table([CHAIN.compared(quote) for quote in QUOTES])
    assert len(lines) == 25
    assert [line.split()[0] for line in lines] == ["option", *(quote.name for quote in QUOTES)]
    assert lines[1].split()[1:3] == ["0.07119254", "0.07119323"]


def test_the_chain_can_be_drawn(tmp_path: Path) -> None:
    CHAIN.plot([CHAIN.compared(quote) for quote in QUOTES[:4]], tmp_path / "chain.png")
    assert (tmp_path / "chain.png").read_bytes().startswith(b"\x89PNG")
