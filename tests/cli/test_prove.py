"""`rfos prove`, `rfos verify-proof` and `rfos journal` on the journal of the example."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rfos_lang.cli.main import app
from rfos_runtime.journal.journal import FILE
from tests.cli.test_run import SHORT, short

__all__ = ["SHORT", "short"]


def invoked(*arguments: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(app, [*map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def proofs(short: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A journal, and the proofs of all its accounts."""
    journal = tmp_path_factory.mktemp("proved") / "journal"
    invoked("run", short, "--journal", journal)
    output = journal.parent / "proofs"
    invoked("prove", "--journal", journal, "--all", "-o", output)
    return journal, output


def test_every_account_has_a_proof_that_holds(proofs: tuple[Path, Path]) -> None:
    _, folder = proofs
    statement = json.loads((folder / "statement.json").read_text())
    files = sorted(folder.glob("*.proof.json"))
    assert len(files) > 5
    totals: dict[str, float] = {}
    for file in files:
        published = ("--published", statement["commitment"])
        told = json.loads(invoked("verify-proof", file, *published, "--json"))
        assert told["ok"]
        assert told["owed"] == statement["owed"]
        for asset, amount in told["shares"].items():
            totals[asset] = totals.get(asset, 0.0) + float(amount.replace(",", ""))
    owed = {asset: float(amount.replace(",", "")) for asset, amount in statement["owed"].items()}
    assert totals == pytest.approx(owed)


def test_one_proof_is_that_of_all(proofs: tuple[Path, Path], tmp_path: Path) -> None:
    journal, folder = proofs
    file = tmp_path / "one.json"
    invoked("prove", "aldgate", "--journal", journal, "-o", file)
    assert file.read_bytes() == (folder / "aldgate.proof.json").read_bytes()
    assert (journal / "secret").stat().st_mode & 0o077 == 0


def test_an_altered_proof_is_refused(proofs: tuple[Path, Path], tmp_path: Path) -> None:
    document = json.loads((proofs[1] / "aldgate.proof.json").read_text())
    file = tmp_path / "altered.json"
    asset = document["assets"][-1]
    asset["units"] += 1
    file.write_text(json.dumps(document))
    assert "E0825" in invoked("verify-proof", file, code=1)
    asset["total"] += 1
    file.write_text(json.dumps(document))
    assert "E0824" in invoked("verify-proof", file, code=1)


def test_what_is_wrong_is_told(proofs: tuple[Path, Path], tmp_path: Path) -> None:
    journal, folder = proofs
    file = folder / "aldgate.proof.json"
    output = ("-o", tmp_path / "x")
    assert "E0826" in invoked("verify-proof", file, "--published", "00", code=1)
    assert "E0823" in invoked("prove", "nobody", "--journal", journal, *output, code=1)
    assert "E0820" in invoked("prove", "aldgate", "--journal", tmp_path, *output, code=1)
    (tmp_path / "short").write_bytes(b"no secret")
    secret = ("--secret", tmp_path / "short")
    assert "E0828" in invoked("prove", "aldgate", "--journal", journal, *output, *secret, code=1)
    assert "E1001" in invoked("verify-proof", tmp_path / "missing", code=1)
    assert "name an account" in invoked("prove", "--journal", journal, *output, code=2)


# --- the journal itself ------------------------------------------------------------------------


def test_a_journal_is_verified(proofs: tuple[Path, Path]) -> None:
    told = json.loads(invoked("journal", "verify", proofs[0], "--json"))
    assert told["ok"]
    assert told["problems"] == []
    replayed = json.loads(invoked("replay", proofs[0], "--json"))
    assert told["state_root"] == replayed["state_root"]


def test_a_journal_shows_its_blocks(proofs: tuple[Path, Path]) -> None:
    blocks = json.loads(invoked("journal", "show", proofs[0], "--json"))["blocks"]
    assert [each["block"] for each in blocks] == list(range(1, len(blocks) + 1))
    first = json.loads(invoked("journal", "show", proofs[0], "--block", "1", "--json"))
    assert len(first["commands_told"]) == sum(first["commands"].values())
    assert all(each["result"] == "accepted" for each in first["commands_told"])
    assert len(first["events_told"]) == first["events"]
    assert "Deposit" in invoked("journal", "show", proofs[0], "--block", "1")
    assert len(invoked("journal", "show", proofs[0]).splitlines()) == len(blocks) + 1


def test_a_journal_that_was_altered_is_told(proofs: tuple[Path, Path], tmp_path: Path) -> None:
    data = bytearray((proofs[0] / FILE).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / FILE).write_bytes(data)
    assert "E0821" in invoked("journal", "verify", tmp_path, code=1)
    assert "E0820" in invoked("journal", "show", tmp_path / "none", code=1)
    assert "E0829" in invoked("journal", "show", proofs[0], "--block", "9999", code=1)
