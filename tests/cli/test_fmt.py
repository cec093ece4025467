"""`rfos fmt`: a file changes to its canonical form or not at all."""

from pathlib import Path

from tests.cli.running import ROOT, document, rfos

LOOSE = "contract A(cash:Asset,t:Date,x:cash) between a,b { at t { a pays b   x } }\n"
CANONICAL = """\
contract A(cash: Asset, t: Date, x: cash) between a, b {
    at t { a pays b x }
}
"""


def file_with(folder: Path, content: bytes, name: str = "a.rfos") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_in_place(tmp_path: Path) -> None:
    path = file_with(tmp_path, LOOSE.encode())
    path.chmod(0o640)
    result = rfos("fmt", path)
    assert (result.exit_code, result.stdout) == (0, f"formatted {path}\n")
    assert path.read_text() == CANONICAL
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["a.rfos"]


def test_what_is_canonical_is_not_written_again(tmp_path: Path) -> None:
    path = file_with(tmp_path, CANONICAL.encode())
    before = path.stat().st_mtime_ns
    result = rfos("fmt", path)
    assert (result.exit_code, result.stdout) == (0, "")
    assert path.stat().st_mtime_ns == before


def test_check_lists_and_changes_nothing(tmp_path: Path) -> None:
    loose = file_with(tmp_path, LOOSE.encode(), "loose.rfos")
    canonical = file_with(tmp_path, CANONICAL.encode(), "canonical.rfos")
    result = rfos("fmt", "--check", loose, canonical)
    assert (result.exit_code, result.stdout) == (1, f"would change {loose}\n")
    assert loose.read_text() == LOOSE
    assert rfos("fmt", "--check", canonical).exit_code == 0


def test_standard_input_goes_to_standard_output() -> None:
    result = rfos("fmt", "-", input=LOOSE.encode())
    assert (result.exit_code, result.stdout) == (0, CANONICAL)


def test_what_does_not_parse_is_not_written(tmp_path: Path) -> None:
    broken = file_with(tmp_path, b"contract A( {", "broken.rfos")
    loose = file_with(tmp_path, LOOSE.encode())
    result = rfos("fmt", broken, loose)
    assert result.exit_code == 1
    assert "error[E0103]" in result.stderr
    assert broken.read_bytes() == b"contract A( {"
    assert loose.read_text() == CANONICAL


def test_bytes_that_are_no_text_are_not_written(tmp_path: Path) -> None:
    path = file_with(tmp_path, b"\xff\xfe contract")
    result = rfos("fmt", path)
    assert result.exit_code == 1
    message = f"error[E1001]: {path} cannot be read: it is not UTF-8 text"
    assert result.stderr == f"{message}\n  ┌─ {path}\n"


def test_the_document(tmp_path: Path) -> None:
    path = file_with(tmp_path, LOOSE.encode())
    assert document("fmt", path) == {
        "ok": True,
        "diagnostics": [],
        "files": [{"file": str(path), "changed": True}],
    }


def test_a_difference_is_shown_and_nothing_is_written(tmp_path: Path) -> None:
    path = file_with(tmp_path, LOOSE.encode())
    result = rfos("fmt", "--diff", tmp_path)
    assert result.exit_code == 0 and path.read_text() == LOOSE
    shown = result.stdout.splitlines()
    assert shown[:2] == [f"--- {path}", f"+++ {path} (formatted)"]
    assert [line[1:] for line in shown if line[0] == "+"][1:] == CANONICAL.splitlines()
    assert rfos("fmt", "--diff", "--check", path).exit_code == 1


def test_a_difference_of_standard_input() -> None:
    result = rfos("fmt", "-", "--diff", input=LOOSE.encode())
    assert result.stdout.startswith("--- <stdin>\n+++ <stdin> (formatted)\n")


def test_folders_are_formatted_whole(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    path = file_with(tmp_path / "below", LOOSE.encode())
    other = file_with(tmp_path, LOOSE.encode(), "a.txt")
    assert rfos("fmt", tmp_path).stdout == f"formatted {path}\n"
    assert other.read_text() == LOOSE


def test_the_library_and_the_examples_are_in_canonical_form() -> None:
    assert rfos("fmt", "--check", ROOT / "stdlib", ROOT / "examples").stdout == ""
