"""`rfos payoff`: the numbers behind the picture, and that there is one."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.cli.running import BITCOIN, CALL, MARKET, document, options, rfos


def test_the_payoff_of_a_call() -> None:
    made = document("payoff", CALL, *BITCOIN)
    assert made["party"] == "holder" and made["levels"] == {"strike": 60_000.0}
    assert made["today"] is None and made["spot"] is None
    for price, amount in zip(made["paid"]["prices"], made["paid"]["amounts"], strict=True):
        assert amount == pytest.approx(max(price - 60_000, 0), abs=0.005)


def test_with_a_market_the_value_is_drawn_too() -> None:
    made = document("payoff", CALL, *BITCOIN, "-m", MARKET, "--from", "65_000", "--to", "130_000")
    assert made["spot"] == 65_000
    assert made["today"]["amounts"][0] == pytest.approx(17_128.1946, abs=0.01)
    paid_at_most = made["paid"]["amounts"][-1]
    assert paid_at_most < made["today"]["amounts"][-1] < paid_at_most + 5_000


def test_a_barrier_is_a_jump() -> None:
    made = document("payoff", "std.barriers.DownAndOutPut", *BITCOIN, *options(barrier="40_000"))
    paid = dict(zip(made["paid"]["prices"], made["paid"]["amounts"], strict=True))
    assert paid[40_000.0] == 0
    assert paid[min(price for price in paid if price > 40_000)] == pytest.approx(20_000, abs=0.02)


def test_a_jump_that_no_parameter_names_is_found() -> None:
    note = options(
        basket="[BTC, ETH]",
        cash="USD",
        notional="1_000",
        observations="[2026-06-30, 2026-12-31]",
        autocall="100%",
        coupon_barrier="70%",
        knock_in="60%",
        coupon="8%",
    )
    made = document("payoff", "std.notes.Autocallable", *note, "-m", MARKET)
    points = list(zip(made["paid"]["prices"], made["paid"]["amounts"], strict=True))
    jumps = [(low[0], high[0]) for low, high in pairwise(points) if abs(high[1] - low[1]) > 50]
    assert [round(low, 1) for low, _ in jumps] == [39_000.0, 45_500.0, 65_000.0]
    assert all(high - low < 0.01 for low, high in jumps)


@pytest.mark.parametrize(("name", "begins"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml")])
def test_pictures(tmp_path: Path, name: str, begins: bytes) -> None:
    path = tmp_path / name
    result = rfos("payoff", CALL, *BITCOIN, "-m", MARKET, "-o", path)
    assert (result.exit_code, result.stdout) == (0, f"{path} written\n")
    assert path.read_bytes().startswith(begins)


def test_in_the_terminal() -> None:
    lines = rfos("payoff", CALL, *BITCOIN, "-m", MARKET).stdout.splitlines()
    assert lines[0] == "EuropeanCall  amount to holder in USD, by the price of one BTC"
    assert lines[-2:] == ["⠒⠒ paid on 2026-12-25   ·· worth now", "┊ strike 60,000, spot 65,000"]
    assert "\033" not in "".join(lines)


def test_what_has_no_picture_says_why() -> None:
    swap = options(
        cash="USD",
        notional="1_000_000",
        fixed="3%",
        index="SOFR",
        fixed_leg="[2026-06-30, 2026-12-31]",
        floating_leg="[2026-06-30, 2026-12-31]",
    )
    result = rfos("payoff", "std.swaps.InterestRateSwap", *swap)
    assert result.exit_code == 1
    assert result.stderr.startswith(
        "error[E1008]: InterestRateSwap cannot be drawn: it observes no price\n"
    )


def test_another_ending_is_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    result = rfos("payoff", CALL, "-o", tmp_path / "a.gif")
    assert result.exit_code == 1 and "error[E1009]" in result.stderr


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    result = rfos("payoff", CALL, *BITCOIN, "-o", tmp_path / "nowhere" / "a.png")
    assert result.exit_code == 1 and "error[E1007]" in result.stderr
