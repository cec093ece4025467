"""An hour of Black Thursday with some hundred accounts: what `benchmarks.kernel.crashes` does with
ten thousand in twelve hours."""

from pathlib import Path

import pytest

from benchmarks.kernel.crashes.hours import HOUR, MINUTE, Hour, hours_of
from benchmarks.kernel.crashes.page import COLUMNS, draw, row
from benchmarks.kernel.crashes.replay import Replayed, replay, totals
from rfos_runtime.kernel.block import Kernel
from rfos_runtime.kernel.telling import Over
from tests.kernel.play import opening

BARS = Path(__file__).resolve().parents[2] / "examples" / "black_thursday" / "btc_usd_1h.csv"


@pytest.fixture(scope="module")
def hour() -> Hour:
    return max(hours_of({"BTC": BARS}), key=lambda each: each.fall("BTC"))


@pytest.fixture(scope="module")
def found(hour: Hour) -> Replayed:
    *_, last = replay(hour, 200)
    return last


def test_an_hour_has_its_extremes_at_their_places(hour: Hour) -> None:
    path = hour.prices["BTC"]
    assert hour.name == "2020-03-12T10:00Z"
    assert path[hour.begin] == 7358_56 * 10**16
    assert path[hour.begin + HOUR * 2 // 3] == 5790_07 * 10**16
    assert all(hour.begin + minute * MINUTE in path for minute in range(81))


def test_every_invariant_holds_through_a_crash(found: Replayed) -> None:
    assert found.wrong == []
    assert found.liquidations > 50
    assert found.filled > 0 and found.closed > 0
    assert found.liquidations == sum(found.ended.values()) + found.running


def test_the_fund_pays_first_and_winners_bear_the_rest(found: Replayed) -> None:
    assert len(found.fund) == 81
    assert found.fund[0] > min(found.fund)
    assert found.deficit == 0 or min(found.fund) == 0


def test_what_came_of_an_hour_is_a_row(found: Replayed) -> None:
    cells = dict(zip(COLUMNS, row(found), strict=True))
    assert cells["BTC"] == "-21.3 %, -14.9 %" and cells["ETH"] == "-"
    assert cells["ran out"] == str(found.ended[Over.UNSOLD])


def test_the_same_fund_is_the_same_picture(found: Replayed, tmp_path: Path) -> None:
    for name in ("one.svg", "other.svg"):
        draw([found, found], tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "other.svg").read_bytes()


def test_a_unit_from_nowhere_is_counted() -> None:
    kernel = Kernel()
    kernel.apply(1, opening(3, 1_000))
    assert totals(kernel) == {"USD": 0}
    kernel.world.balances["free"][kernel.world.balances["account"] == 3] += 1
    assert totals(kernel) == {"USD": 1}
