"""`rfos compile` and `rfos inspect`."""

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.artefact.format import decode
from tests.cli.running import CALL, document, options, rfos


def compiled(folder: Path, target: str = CALL, **lists: str) -> Path:
    path = folder / "made.wasm"
    assert rfos("compile", target, "-o", path, *options(**lists)).exit_code == 0
    return path


def test_what_is_written_is_the_artefact(tmp_path: Path) -> None:
    path = tmp_path / "call.wasm"
    made = document("compile", CALL, "-o", path)
    content = path.read_bytes()
    assert made == {
        "ok": True,
        "diagnostics": [],
        "contract": "EuropeanCall",
        "file": str(path),
        "content_hash": sha256(content).hexdigest(),
        "size": len(content),
        "marking": "closed form",
        "no_closed_form_because": None,
    }
    assert decode(content).metadata.name == "EuropeanCall"
    assert [each.name for each in tmp_path.iterdir()] == ["call.wasm"]


def test_the_same_text_gives_the_same_bytes(tmp_path: Path) -> None:
    first = compiled(tmp_path).read_bytes()
    assert compiled(tmp_path).read_bytes() == first


def test_a_list_fixes_its_length(tmp_path: Path) -> None:
    path = compiled(tmp_path, "std.notes.Autocallable", basket="[BTC, ETH, SOL]")
    metadata = document("inspect", path)
    assert metadata["assets"] == ["basket[0]", "basket[1]", "basket[2]", "cash"]
    assert metadata["marking"] == "payoff stress"


def test_inspect_tells_what_compile_told(tmp_path: Path) -> None:
    path = tmp_path / "call.wasm"
    made, said = document("compile", CALL, "-o", path), document("inspect", path)
    assert said["ok"] and said["name"] == made["contract"]
    assert {name: said[name] for name in ("content_hash", "size", "marking")} == {
        name: made[name] for name in ("content_hash", "size", "marking")
    }


def test_inspect_in_words(tmp_path: Path) -> None:
    lines = rfos("inspect", compiled(tmp_path)).stdout.splitlines()
    assert lines[0] == "EuropeanCall  between holder, writer"
    said = [" ".join(line.split()) for line in lines]
    assert "assets underlying, cash" in said
    assert "terms strike: cash/underlying" in said
    assert "marking closed form" in said
    assert "collateral writer in cash" in said
    assert (
        "liquidation writer: auction from 101% to 85% over 15min, penalty 1.5%, "
        "shortfall to insurance_fund then deleverage" in said
    )


def test_a_foreign_file_is_no_artefact(tmp_path: Path) -> None:
    path = tmp_path / "other.wasm"
    path.write_bytes(b"\0asm\1\0\0\0")
    result = rfos("inspect", path)
    assert result.exit_code == 1
    assert result.stderr.startswith("error[E0701]: ")
    assert not document("inspect", path)["ok"]


@pytest.fixture(scope="module")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("artefact"))


@given(st.data())
def test_an_altered_artefact_is_refused(artefact: Path, data: st.DataObject) -> None:
    content = artefact.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(1, 255))
    altered = artefact.with_name("altered.wasm")
    altered.write_bytes(content[:at] + bytes([content[at] ^ byte]) + content[at + 1 :])
    result = rfos("inspect", altered)
    assert result.exit_code == 1
    assert result.stderr.startswith("error[E07")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    result = rfos("compile", CALL, "-o", tmp_path / "nowhere" / "call.wasm")
    assert result.exit_code == 1
    assert "error[E1007]" in result.stderr and "no such file or directory" in result.stderr


def test_a_margin_policy_is_compiled_too(tmp_path: Path) -> None:
    path = tmp_path / "policy.wasm"
    made = document("compile", "examples/portfolio/policy.rfos", "-o", path)
    said = document("inspect", path)
    assert made["policy"] == said["name"] == "CryptoPortfolio"
    assert made["content_hash"] == said["content_hash"]
    assert "27" in rfos("inspect", path).stdout
