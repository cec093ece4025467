"""`rfos test` on files, folders and single tests."""

from pathlib import Path

from tests.cli.running import ROOT, document, rfos

CALL = ROOT / "tests/accept/european_call.rfos"
NOTE = ROOT / "tests/failing/note.rfos"


def test_a_test_that_holds() -> None:
    result = rfos("test", CALL)
    assert (result.exit_code, result.stdout) == (0, "1 test in 1 file: 1 holds\n")


def test_tests_are_chosen_by_their_title() -> None:
    result = rfos("test", f"{NOTE}:no refusal")
    assert result.exit_code == 1
    assert result.stdout.endswith("1 test in 1 file: 0 hold, 1 fails\n")
    assert rfos("test", NOTE, "-k", "no refusal").stdout == result.stdout


def test_a_title_that_no_test_has() -> None:
    result = rfos("test", NOTE, "-k", "flying")
    assert result.exit_code == 1
    assert "no test's title holds `flying`" in result.stderr


def test_a_folder_is_all_its_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.rfos").write_text(CALL.read_text())
    assert rfos("test", tmp_path).stdout == "2 tests in 2 files: 2 hold\n"


def test_a_file_with_errors_fails_and_says_them(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.rfos"
    wrong.write_text(CALL.read_text().replace("60_000 USD/BTC", "60_000 BTC"))
    result = rfos("test", wrong)
    assert (result.exit_code, result.stdout) == (
        1,
        "0 tests in 1 file: 0 hold, 1 file with errors\n",
    )
    assert "error[E0201]" in result.stderr


def test_the_document_holds_failures_and_story() -> None:
    found = document("test", NOTE, "-k", "another amount")
    (test,) = found["tests"]
    assert (found["ok"], test["ok"], test["contract"]) == (False, False, "Note")
    assert [failure["code"] for failure in test["failures"]] == ["E1127"]
    (moment,) = test["story"]
    assert moment["observed"] == {"spot(BTC, USD)": "120"}
    assert moment["acted"][0]["paid"][0]["words"] == "writer pays holder 5 USD"
