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
