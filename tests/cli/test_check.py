"""`rfos check`: what is wrong, and what the contracts of a file come to."""

from pathlib import Path

import pytest

from tests.cli.running import ROOT, document, rfos

WRONG = """\
contract Wrong(underlying, cash: Asset, strike: cash/underlying, expiry: Date) between a, b {
    at expiry { a pays b strike + 1 cash }
}

contract Right(cash: Asset, expiry: Date, fee: cash) between a, b {
    at expiry { a pays b fee }
}
"""


def test_a_contract_in_short() -> None:
    assert (
        rfos("check", "std.options.EuropeanCall").stdout
        == """\
std.options: 1 contract, no errors

EuropeanCall  between holder, writer
  moves   cash from writer to holder
  ends    at expiry
  value   closed form
  margin  writer posts cash, by its closed form: delta, vega
"""
    )


def test_what_may_end_it_before_and_why_it_has_no_closed_form() -> None:
    assert (
        rfos("check", "std.options.AmericanPut").stdout
        == """\
std.options: 1 contract, no errors

AmericanPut  between holder, writer
  moves   underlying from holder to writer
          cash from writer to holder
  ends    at expiry, or before: holder may exercise
  value   no closed form because holder may exercise early
  margin  writer locks the most that it may owe
"""
    )


def test_payments_either_way_are_told_once() -> None:
    assert rfos("check", "std.swaps").stdout.startswith(
        """\
std.swaps: 3 contracts, no errors

InterestRateSwap  between payer, receiver
  moves   cash between payer and receiver, either way
  ends    at the latest of last(fixed_leg), last(floating_leg)
  value   no closed form because its amounts differ from date to date
  margin  payer posts cash, at payoff stress, the most that it may come to owe
          receiver posts cash, at payoff stress, the most that it may come to owe
"""
    )


def test_an_error_does_not_hide_the_contracts_that_are_right(tmp_path: Path) -> None:
    file = tmp_path / "mixed.rfos"
    file.write_text(WRONG)
    result = rfos("check", file)
    assert result.exit_code == 1
    assert result.stderr.startswith("error[E0203]: cash/underlying cannot be added to cash\n")
    assert f"{file}:2:35" in result.stderr
    assert result.stdout.startswith(f"{file}: 1 contract, 1 error\n\nRight  between a, b\n")


def test_contracts_of_another_module_are_not_its_own(tmp_path: Path) -> None:
    file = tmp_path / "user.rfos"
    file.write_text("use std.options { EuropeanCall }\n")
    assert document("check", file)["contracts"] == []


def test_the_document() -> None:
    made = document("check", "std.notes.Autocallable")
    assert made["ok"] and made["diagnostics"] == []
    (contract,) = made["contracts"]
    assert contract == {
        "name": "Autocallable",
        "parties": ["investor", "issuer"],
        "one_holder": None,
        "pays": [{"payer": "issuer", "payee": "investor", "asset": "cash", "net": False}],
        "ends": {"at_the_latest": ["last(observations)"], "before": ["if worst >= autocall"]},
        "payments_at_once": 3,
        "margin": {
            "marking": "payoff stress",
            "no_closed_form_because": "it compares prices of several assets",
            "collateral": [{"party": "issuer", "asset": "cash", "measures": []}],
            "obligors": ["issuer"],
        },
    }


@pytest.mark.parametrize("module", ["options", "barriers", "forwards", "notes", "swaps", "assets"])
def test_the_library_is_right(module: str) -> None:
    made = document("check", f"std.{module}")
    assert made["ok"] and made["diagnostics"] == []


def test_an_unknown_contract_is_named() -> None:
    result = rfos("check", "std.options.EuropeanKall")
    assert result.exit_code == 1
    assert (
        result.stderr
        == """\
error[E1003]: std.options has no contract `EuropeanKall`
  ┌─ std.options
  = help: did you mean `EuropeanCall`?
"""
    )


def test_an_unsecured_side_posts_nothing(tmp_path: Path) -> None:
    file = tmp_path / "loan.rfos"
    file.write_text(
        "contract Loan(cash: Asset, owed: cash, due: Date) between lender, borrower {\n"
        "    unsecured\n    at due { borrower pays lender owed }\n}\n"
    )
    assert "margin  borrower posts nothing: it is unsecured" in rfos("check", file).stdout


def test_folders_are_checked_whole(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "wrong.rfos").write_text(WRONG)
    (tmp_path / "below/right.rfos").write_text(WRONG.replace(" + 1 cash", " * 1 underlying"))
    (tmp_path / ".hidden/other.rfos").write_text("contract")
    (tmp_path / "notes.txt").write_text("contract")
    result = rfos("check", tmp_path, tmp_path / "wrong.rfos")
    assert result.exit_code == 1
    assert result.stdout == (
        f"{tmp_path}/below/right.rfos: 2 contracts, no errors\n"
        f"{tmp_path}/wrong.rfos: 1 contract, 1 error\n"
        "2 files: 3 contracts, 1 error\n"
    )


def test_a_file_that_is_missing_does_not_hide_the_others(tmp_path: Path) -> None:
    file = tmp_path / "wrong.rfos"
    file.write_text(WRONG)
    result = rfos("check", tmp_path / "nowhere.rfos", file)
    assert "error[E1001]" in result.stderr and "error[E0203]" in result.stderr


def test_the_library_and_the_examples_are_right() -> None:
    result = rfos("check", ROOT / "stdlib", ROOT / "examples")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1].endswith("contracts, no errors")


SLIPS = """\
contract A(n: USD, t: Date) between a, b {\r
    // kept   as it is
    at t { if n = 5USD && n < 7 USD { a pays b   n } }
    unsecured
}
"""


def test_mends_without_doubt_are_written_and_nothing_else_changes(tmp_path: Path) -> None:
    file = tmp_path / "slips.rfos"
    file.write_text(SLIPS, newline="")
    result = rfos("check", "--fix", file)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"mended {file} in 3 places\n{file}: 1 contract, no errors\n")
    mended = SLIPS.replace("=", "==").replace("5USD", "5 USD").replace("&&", "and")
    assert file.read_bytes() == mended.encode()


def test_what_is_in_doubt_is_not_mended_but_offered(tmp_path: Path) -> None:
    file = tmp_path / "wrong.rfos"
    text = "contract A(cash: Asset, fee: cash, t: Date) between a, b { at t { a pays b feee } }\n"
    file.write_text(text)
    assert rfos("check", "--fix", file).exit_code == 1
    assert file.read_text() == text
    (error,) = document("check", file)["diagnostics"]
    (fix,) = error["fixes"]
    (edit,) = fix["edits"]
    assert (fix["title"], fix["safe"]) == ("write `fee`", False)
    assert (edit["place"], edit["text"]) == (error["place"], "fee")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("crash_put", "crash_put.rfos"),
        ("crash_pot.rfos", "crash_put.rfos"),
        ("EuropeanCall", "std.options.EuropeanCall"),
        ("PerpetualFuture", "std.futures.PerpetualFuture"),
    ],
)
def test_a_file_that_is_not_there_may_have_been_another(
    written: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("crash_put.rfos").write_text(WRONG)
    assert f"help: did you mean {meant}?" in rfos("check", written).stderr
