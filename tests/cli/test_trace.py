"""`rfos trace`: a life along a path, told."""

from pathlib import Path

import pytest

from tests.cli.running import document, options, rfos

PUT = (
    "std.options.AmericanPut",
    *options(underlying="BTC", cash="USD", strike="60_000", expiry="2026-12-25"),
)
CSV = """instant,"spot(BTC, USD)",choose
2026-05-01,61_000,
2026-06-01,50_000,holder exercise
"""
TOML = """
[[day]]
at = 2026-05-01
observe = { "spot(BTC, USD)" = "61_000" }

[[day]]
at = 2026-06-01T00:00:00Z
observe = { "spot(BTC, USD)" = 50_000 }
choose = ["holder exercise"]
"""
STORY = """\
AmericanPut  from 2026-05-01

2026-05-01  observed  spot(BTC, USD) = 61_000
2026-06-01  observed  spot(BTC, USD) = 50_000
            chosen    holder exercise
            acted     holder may exercise until expiry default spot(underlying, cash) < strike  \
(std.options:{line})
            paid      holder pays writer 1 BTC
              because holder pays writer size
            paid      writer pays holder 60_000 USD
              because writer pays holder size * strike
                    = 1 * 60_000
            ended
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(("name", "text"), [("a.csv", CSV), ("a.toml", TOML)])
def test_a_path_is_told(tmp_path: Path, name: str, text: str) -> None:
    result = rfos("trace", *PUT, "--path", written(tmp_path, name, text))
    said = result.stdout
    line = said.partition("(std.options:")[2].partition(")")[0]
    assert result.exit_code == 0
    assert said == STORY.replace("{line}", line)


def test_both_formats_give_one_document(tmp_path: Path) -> None:
    first = document("trace", *PUT, "--path", written(tmp_path, "a.csv", CSV))
    second = document("trace", *PUT, "--path", written(tmp_path, "a.toml", TOML))
    assert first == second
    assert [moment["taken"] for moment in first["story"]] == [[], ["holder exercise"]]


WRONG = {
    "": "there is no column `instant`",
    "instant\n": "the path has no day",
    'instant,"spot(ETH, USD)"\n2026-05-01,3\n': "does not observe `spot(ETH, USD)`",
    'instant,"spot(BTC, USD)"\n2026-05-01,many\n': "`many` is no number",
    'instant,"spot(BTC, USD)"\n2026-05-01,' + "9" * 40 + "\n": "is too large",
    "instant,spot(BTC, USD)\n2026-05-01,3\n": "does not observe `spot(BTC`",
    'instant,"spot(BTC, USD)"\n2026-05-01,3,4,5\n': "more cells than columns",
    "instant,choose\n2026-05-01,holder sell\n": "there is no choice `holder sell`",
    "instant\n2026-05-01\n2026-05-01\n": "does not come after",
    "instant\n2026-5-1\n": "2026-5-1",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_path_that_cannot_be_followed_is_refused_by_its_line(tmp_path: Path, text: str) -> None:
    result = rfos("trace", *PUT, "--path", written(tmp_path, "a.csv", text))
    assert result.exit_code == 1
    assert WRONG[text] in result.stderr


@pytest.mark.parametrize(
    "text", ["[[day]\n", "a = 3\n", "[[day]]\nat = 3\nmore = 4\n", "day = [3]"]
)
def test_a_toml_path_that_cannot_be_followed_is_refused(tmp_path: Path, text: str) -> None:
    result = rfos("trace", *PUT, "--path", written(tmp_path, "a.toml", text))
    assert result.exit_code == 1
    assert "error[E0830]" in result.stderr


def test_a_path_before_the_start_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", CSV)
    result = rfos("trace", *PUT, "--path", path, "--start", "2026-05-15")
    assert "the contract begins on 2026-05-15 only" in result.stderr


def test_a_choice_names_its_amount(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "instant,choose\n2026-05-01,owner draw 40.5\n")
    words = ("trace", "std.vaults.Vault", *options(coll="BTC", cash="USD"), "--path", path)
    (moment,) = document(*words)["story"]
    assert moment["taken"] == ["owner draw 40.5"]
    assert moment["acted"][0]["paid"][0]["words"] == "mint 40.5 sUSD to owner"
    path.write_text("instant,choose\n2026-05-01,owner draw\n")
    assert "there are `owner draw amount`, `owner repay amount`" in rfos(*words).stderr


LEGS = """// Legs of contracts that stand in other files.


/// Pays a hundred.
contract Hundred(cash: Asset, due: Date) between payer, receiver {
    at due {
        payer pays receiver 100 cash as "leg"
    }
    unsecured
}

/// Pays at dates that the arguments may spoil.
contract Often(cash: Asset, first, last: Date) between payer, receiver {
    at each t in schedule(first:, last:, step: 3M) { payer pays receiver 1 cash }
    unsecured
}
"""
WHOLE = """use legs.{Hundred, Often}

contract Five(cash: Asset, due: Date) between payer, receiver {
    at due { payer pays receiver 5 cash as "own" }
    unsecured
}

contract Whole(cash: Asset, due: Date) between payer, receiver
    = Hundred(cash, due:)
    - Five(cash, due:) {
    unsecured
}

contract Turns(cash: Asset, day, due: Date) between payer, receiver {
    at day { become Hundred(cash, due:) + Five(cash, due:) }
    unsecured
}

contract TwiceOften(cash: Asset, first, last: Date) between payer, receiver
    = 2 * Often(cash, first:, last:) {
    unsecured
}
"""


def acted(folder: Path, contract: str, **values: str) -> list[tuple[str, str, list[str]]]:
    """The clauses that acted, with their places and the statements that paid."""
    written(folder, "legs.rfos", LEGS)
    whole = written(folder, "whole.rfos", WHOLE)
    path = written(folder, "a.csv", "instant\n2026-03-01\n")
    given = options(cash="USD", due="2026-03-01", **values)
    start = ("--start", "2026-02-01")
    told = document("trace", f"{whole}:{contract}", *given, "--path", path, *start)
    return [
        (
            each["clause"],
            each["place"].replace(f"{folder}/", ""),
            [paid["statement"] for paid in each["paid"]],
        )
        for moment in told["story"]
        for each in moment["acted"]
    ]


OWN = ("at due", "whole.rfos:4", ['payer pays receiver 5 cash as "own"'])
USED = "Hundred(cash, due:)"


def test_each_part_of_a_composite_is_told_where_this_file_says_it(tmp_path: Path) -> None:
    assert acted(tmp_path, "Whole") == [(USED, "whole.rfos:9", [USED]), OWN]


def test_what_a_contract_becomes_is_told_where_this_file_says_it(tmp_path: Path) -> None:
    assert acted(tmp_path, "Turns", day="2026-03-01") == [
        ("at day", "whole.rfos:15", []),
        (USED, "whole.rfos:15", [USED]),
        OWN,
    ]


def test_a_contract_that_is_used_is_told_in_its_own_file(tmp_path: Path) -> None:
    statement = 'payer pays receiver 100 cash as "leg"'
    assert acted(tmp_path, "Hundred") == [("at due", "legs:6", [statement])]


def test_a_date_of_a_used_part_that_is_wrong_is_shown_in_its_file(tmp_path: Path) -> None:
    written(tmp_path, "legs.rfos", LEGS)
    whole = written(tmp_path, "whole.rfos", WHOLE)
    path = written(tmp_path, "a.csv", "instant\n2026-03-01\n")
    given = options(cash="USD", first="2026-03-01", last="2026-03-11")
    result = rfos("trace", f"{whole}:TwiceOften", *given, "--path", path)
    assert result.exit_code == 1
    assert "┌─ legs:14:18" in result.stderr
    assert "at each t in schedule(first:, last:, step: 3M)" in result.stderr


def test_a_path_of_what_a_feed_refuses_is_refused(tmp_path: Path) -> None:
    program = written(
        tmp_path,
        "storm.rfos",
        """unit mps
feed wind(station: Text): mps { bounds: [0 mps, 120 mps] }

contract Storm(station: Text, due: Date) between insured, insurer {
    when wind(station) >= 50 mps { insurer pays insured 100 USD; end }
    at due { insured pays insurer 1 USD }
    unsecured
}
""",
    )
    given = options(station="KMIA", due="2026-06-01")
    for value, code in (("120", 0), ("120.01", 1), ("-1", 1)):
        path = written(tmp_path, "a.csv", f"instant,wind(KMIA)\n2026-03-01,{value}\n")
        result = rfos("trace", program, *given, "--path", path)
        assert result.exit_code == code
        assert ("its bounds are from 0 to 120" in result.stderr) is (code == 1)


def test_a_contract_that_is_used_compiles_to_what_its_own_file_does(tmp_path: Path) -> None:
    legs, whole = written(tmp_path, "legs.rfos", LEGS), written(tmp_path, "whole.rfos", WHOLE)
    artefacts = []
    for program in (legs, whole):
        out = tmp_path / f"{program.stem}.wasm"
        assert rfos("compile", f"{program}:Hundred", "-o", out).exit_code == 0
        artefacts.append(out.read_bytes())
    assert artefacts[0] == artefacts[1]
