"""`rfos run` and `rfos replay` on the example: conserved, nobody below maintenance, one root."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rfos_lang.cli.main import app
from rfos_runtime.journal.journal import FILE
from tests.cli.running import document

EXAMPLE = Path("examples/black_thursday")
SHORT = (
    ("2020-03-10T00:00:00Z", "2020-03-12T09:00:00Z"),
    ("to = 2020-03-16T00:00:00Z", "to = 2020-03-12T12:00:00Z"),
    ("2020-03-10T01:00:00Z", "2020-03-12T10:00:00Z"),
    ("2020-03-10T02:00:00Z", "2020-03-12T10:05:00Z"),
    ("2020-03-12T18:00:00Z", "2020-03-12T11:00:00Z"),
    ('["2020-03-10T00:00Z", "70%"]', '["2020-03-12T09:00Z", "70%"]'),
)
"""The example cut down to the three hours in which the price falls by a fifth."""


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("short") / "example"
    shutil.copytree(EXAMPLE, folder)
    text = (folder / "scenario.toml").read_text(encoding="utf-8")
    for before, after in SHORT:
        assert before in text
        text = text.replace(before, after)
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    return folder / "scenario.toml"


def _json(*arguments: str | Path, code: int = 0) -> dict[str, object]:
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert result.exit_code == code, result.output
    document: dict[str, object] = json.loads(result.stdout)
    return document


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], Path]:
    journal = tmp_path_factory.mktemp("whole") / "journal"
    return _json("run", EXAMPLE / "scenario.toml", "--journal", journal), journal


def test_both_kernels_write_the_same_journal(short: Path, tmp_path: Path) -> None:
    journals = tmp_path / "reference", tmp_path / "fast"
    told = [_json("run", short, "--journal", each, "--kernel", each.name) for each in journals]
    assert told[0] == told[1]
    first, second = ((each / FILE).read_bytes() for each in journals)
    assert first == second
    assert _json("run", short, "--journal", journals[0], "--kernel", "fast") == told[0]


def test_a_scenario_of_steps_writes_the_same_journal_too_and_compares(tmp_path: Path) -> None:
    folder, other = Path("examples/incidents"), tmp_path / "reference"
    journals = other, tmp_path / "fast"
    steps = folder / "overshoot.toml"
    told = [_json("run", steps, "--journal", each, "--kernel", each.name) for each in journals]
    assert told[0] == told[1]
    first, second = ((each / FILE).read_bytes() for each in journals)
    assert first == second
    assert _json("replay", other)["state_root"] == told[0]["state_root"]
    assert _json("run", steps, "--journal", other) == told[0]
    refused = CliRunner().invoke(
        app, ["run", str(folder / "no_bids.toml"), "--journal", str(other)]
    )
    assert (refused.exit_code, "E0822" in refused.output) == (1, True)
    assert (other / FILE).read_bytes() == first


def test_a_future_asks_for_margin_below_zero_too(tmp_path: Path) -> None:
    """5 % of 40 dollars, whichever way the price points, and twice that to begin with."""
    path = tmp_path / "below_zero.toml"
    text = (Path("examples/incidents") / "clamped_floor.toml").read_text(encoding="utf-8")
    head = text[text.index("title") : text.index("[[steps]]")].replace(
        "lowest = 50", "lowest = -50"
    )
    order = 'do = "Trade", instrument = "future", first = "ann", second = "bob", lots = 1'
    posted = (
        'first_collateral = "3.99 USD", code = "below initial"',
        'first_collateral = "4 USD", code = "accepted"',
    )
    orders = ", ".join(f'{{ {order}, second_collateral = "4 USD", {each} }}' for each in posted)
    step = 'at = 2022-05-12T00:00:00Z\nreports = [{ feed = "spot(BTC, USD)", value = -40 }]'
    path.write_text(f"{head}[[steps]]\n{step}\norders = [{orders}]\n", encoding="utf-8")
    assert _json("run", path)["ok"]


@pytest.mark.parametrize(
    ("orders", "words"),
    [
        ('[{ do = "Deposit", account = "ann", asset = 7, units = 5 }]', "of another kind"),
        ('[{ do = "Deposit", account = ["ann"], asset = "USD", units = 5 }]', "another kind"),
        ('[{ do = "Frobnicate" }]', "there is no command `Frobnicate`"),
    ],
)
def test_an_order_that_no_journal_could_keep_is_refused_where_it_stands(
    orders: str, words: str, tmp_path: Path
) -> None:
    wrong = _refused_step(f"at = 2022-05-12T00:00:00Z\norders = {orders}", tmp_path)
    assert wrong["code"] == "E0804"
    assert words in str(wrong["message"])


def test_a_step_that_lies_before_the_last_one_is_refused(tmp_path: Path) -> None:
    later = "at = 2022-05-12T01:00:00Z\n[[steps]]\n"
    for at in ("2022-05-12T00:00:00Z", "2022-05-12T01:00:00Z"):
        wrong = _refused_step(f"{later}at = {at}", tmp_path)
        assert (wrong["code"], "after the step before" in str(wrong["message"])) == ("E0804", True)


def test_of_steps_out_of_order_the_first_is_told(tmp_path: Path) -> None:
    hours = ("at = 2022-05-12T02:00:00Z", "at = 2022-05-12T01:00:00Z", "at = 2022-05-12T00:00:00Z")
    wrong = _refused_step("\n[[steps]]\n".join(hours), tmp_path)
    assert "`steps.1.at`" in str(wrong["message"])


def test_forged_and_replayed_reports_are_told_with_their_code(tmp_path: Path) -> None:
    said = 'feed = "spot(BTC, USD)", value = 100'
    path, journal = tmp_path / "reports.toml", tmp_path / "journal"
    path.write_text(
        f"""
        title = "Who says it"
        from = 2026-01-01T00:00:00Z
        to = 2026-01-01T01:00:00Z
        [feeds."spot(BTC, USD)"]
        value = 100
        [accounts.ann]
        [instruments.future]
        contract = "std.futures.Future"
        with = {{ underlying = "BTC", cash = "USD", expiry = "2026-02-01" }}
        [[steps]]
        at = 2026-01-01T00:00:00Z
        reports = [
            {{ {said} }},
            {{ {said}, by = ["mallory"] }},
            {{ {said}, by = ["reporter 2"] }},
            {{ {said}, by = ["reporter 1"], at = 2025-12-31T00:00:00Z }},
            {{ {said}, by = ["reporter 1"], at = 2026-01-01T00:00:01Z }},
        ]
        """,
        encoding="utf-8",
    )
    refused = [
        "spot(BTC, USD) by mallory: unknown reporter",
        "spot(BTC, USD) by reporter 2: duplicate report",
        "spot(BTC, USD) by reporter 1: report late",
        "spot(BTC, USD) by reporter 1: report early",
    ]
    told = _json("run", path, "--journal", journal)
    assert told["steps"][1]["refused"] == refused  # type: ignore[index]
    shown = _json("journal", "show", journal, "--block", "2")
    results = [each["result"] for each in shown["reports_told"]]  # type: ignore[attr-defined]
    assert results == ["accepted"] * 3 + [each.rpartition(": ")[2] for each in refused]
    assert shown["refused"] == dict.fromkeys(results[3:], 1)
    words = CliRunner().invoke(app, ["journal", "show", str(journal), "--block", "2"]).stdout
    assert "reporter mallory: unknown reporter" in words


def _refused_step(step: str, folder: Path) -> dict[str, object]:
    """What is said of a step that cannot be played, before anything is written."""
    path, journal = folder / "refused.toml", folder / "journal"
    text = (Path("examples/incidents") / "clamped_floor.toml").read_text(encoding="utf-8")
    path.write_text(f"{text[: text.index('[[steps]]')]}[[steps]]\n{step}\n", encoding="utf-8")
    told = _json("run", path, "--journal", journal, code=1)
    assert not journal.exists()
    found: dict[str, object] = told["diagnostics"][0]  # type: ignore[index]
    return found


def test_every_asset_is_conserved(whole: tuple[dict[str, object], Path]) -> None:
    conserved = whole[0]["conserved"]
    assert isinstance(conserved, dict)
    assert conserved["USD"]["came_in"] == conserved["USD"]["held"] == "101000000"
    assert all(asset["came_in"] == asset["held"] for asset in conserved.values())


def test_somebody_is_liquidated_and_nobody_left_below(
    whole: tuple[dict[str, object], Path],
) -> None:
    timeline = whole[0]["timeline"]
    assert isinstance(timeline, list)
    texts = [line["text"] for line in timeline]
    assert any("takes 20 lots of aldgate" in text for text in texts)
    assert any("closed at the mark against dowgate" in text for text in texts)
    assert whole[0]["below_maintenance"] == []


def test_replay_gives_the_same_root(whole: tuple[dict[str, object], Path]) -> None:
    done, journal = whole
    replayed = _json("replay", journal)
    assert replayed["state_root"] == done["state_root"]
    assert replayed["blocks"] == done["blocks"]


def test_an_altered_journal_is_refused(
    whole: tuple[dict[str, object], Path], tmp_path: Path
) -> None:
    data = bytearray((whole[1] / FILE).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / FILE).write_bytes(data)
    wrong = _json("replay", tmp_path, code=1)
    assert wrong["diagnostics"][0]["code"] == "E0821"  # type: ignore[index]
    assert (tmp_path / FILE).read_bytes() == data


def test_a_folder_without_a_journal_is_refused(tmp_path: Path) -> None:
    wrong = _json("replay", tmp_path, code=1)
    assert wrong["diagnostics"][0]["code"] == "E0820"  # type: ignore[index]


def test_a_run_cut_anywhere_ends_in_the_same_root(short: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    root = _json("run", short, "--journal", journal)["state_root"]
    data = (journal / FILE).read_bytes()
    for cut in (0, 5, len(data) // 7, len(data) // 2, len(data) - 40, len(data) - 1, len(data)):
        resumed = tmp_path / f"cut-{cut}"
        resumed.mkdir()
        (resumed / FILE).write_bytes(data[:cut])
        assert _json("run", short, "--journal", resumed)["state_root"] == root
        assert (resumed / FILE).read_bytes() == data


def test_a_torn_record_is_told(short: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    _json("run", short, "--journal", journal)
    data = (journal / FILE).read_bytes()
    (journal / FILE).write_bytes(data[:-3])
    told = CliRunner().invoke(app, ["replay", str(journal)])
    assert told.exit_code == 0
    assert "the journal's last record is torn: recovered to block" in told.stdout
    assert (journal / FILE).read_bytes() == data[:-3]


def test_a_journal_of_another_scenario_is_refused(short: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    _json("run", short, "--journal", journal)
    before = (journal / FILE).read_bytes()
    other = short.parent / "other.toml"
    other.write_text(short.read_text(encoding="utf-8").replace("lots = 25", "lots = 24"))
    wrong = _json("run", other, "--journal", journal, code=1)
    assert wrong["diagnostics"][0]["code"] == "E0822"  # type: ignore[index]
    assert (journal / FILE).read_bytes() == before


def test_a_scenario_with_a_gap_is_refused(short: Path) -> None:
    bars = short.parent / "gap.csv"
    lines = (short.parent / "btc_usd_1h.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    bars.write_text("".join(lines[:60] + lines[61:]), encoding="utf-8")
    gap = short.parent / "gap.toml"
    gap.write_text(short.read_text(encoding="utf-8").replace("btc_usd_1h.csv", "gap.csv"))
    wrong = _json("run", gap, code=1)
    assert wrong["diagnostics"][0]["code"] == "E0807"  # type: ignore[index]


def test_a_feed_that_nothing_supplies_is_named(short: Path) -> None:
    lacking = short.parent / "lacking.toml"
    text = short.read_text(encoding="utf-8")
    lacking.write_text(text.replace('[feeds."rate(USD)"]\nvalue = 0\n', ""), encoding="utf-8")
    wrong = _json("run", lacking, code=1)
    assert wrong["diagnostics"][0]["code"] == "E0809"  # type: ignore[index]
    assert "rate(USD)" in wrong["diagnostics"][0]["message"]  # type: ignore[index]


def test_the_picture_is_drawn(short: Path, tmp_path: Path) -> None:
    picture = tmp_path / "run.png"
    result = CliRunner().invoke(app, ["run", str(short), "--plot", str(picture)])
    assert result.exit_code == 0, result.output
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("scenario", ["tests/cli/scenarios/delivery", "examples/incidents/no_bids"])
def test_what_has_no_prices_or_is_told_in_steps_is_drawn_too(scenario: str, tmp_path: Path) -> None:
    picture = tmp_path / "run.svg"
    result = CliRunner().invoke(app, ["run", f"{scenario}.toml", "--plot", str(picture)])
    assert result.exit_code == 0, result.output
    assert picture.read_text(encoding="utf-8").startswith("<?xml")


def test_another_kind_of_picture_is_refused(short: Path, tmp_path: Path) -> None:
    wrong = _json("run", short, "--plot", tmp_path / "run.bmp", code=1)
    assert wrong["diagnostics"][0]["code"] == "E1009"  # type: ignore[index]


def test_a_cut_in_new_york_settles_when_clocks_there_show_it() -> None:
    done = document("run", Path(__file__).parent / "scenarios" / "new_york_cut.toml")
    changes = {
        (row["account"], row["asset"]): int(row["after"]) - int(row["before"])
        for row in done["accounts"]
    }
    assert changes == {
        ("holly", "EUR"): 100_000,
        ("holly", "USD"): -110_000,
        ("walter", "EUR"): -100_000,
        ("walter", "USD"): 110_000,
    }
