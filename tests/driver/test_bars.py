"""Bars become observations, and a hole in them is an error."""

from rfos_lang.base.fixed import from_decimal
from rfos_lang.base.instant import HOUR, parse_instant
from rfos_lang.base.span import Span
from rfos_lang.driver.bars import observations

PLACE = Span("scenario.toml", 0, 0)
BEGIN = parse_instant("2020-03-10")
HEAD = "ts_utc,open,high,low,close\n"
RISING = "2020-03-10T00:00:00Z,100,130,90,120\n"
FALLING = "2020-03-10T01:00:00Z,120,125,80,85\n"


def _seen(text: str, end: int) -> tuple[list[tuple[int, int]], list[str]]:
    found, wrong = observations(text, "bars.csv", BEGIN, end, PLACE)
    minutes = [((instant - BEGIN) // (60 * 10**9), value // 10**18) for instant, value in found]
    return minutes, [diagnostic.code for diagnostic in wrong]


def test_the_extreme_against_the_direction_comes_first() -> None:
    seen, wrong = _seen(HEAD + RISING + FALLING, BEGIN + 2 * HOUR)
    assert wrong == []
    assert seen == [(0, 100), (20, 90), (40, 130), (60, 120), (80, 125), (100, 80), (120, 85)]


def test_prices_are_exact() -> None:
    text = HEAD + RISING.replace("100", "7944.40") + FALLING
    found, _ = observations(text, "bars.csv", BEGIN, BEGIN, PLACE)
    assert found == ((BEGIN, from_decimal("7944.4")),)


def test_a_hole_is_refused() -> None:
    later = FALLING.replace("T01", "T03")
    assert _seen(HEAD + RISING + FALLING + later, BEGIN + 4 * HOUR)[1] == ["E0807"]


def test_bars_out_of_order_are_refused() -> None:
    assert _seen(HEAD + FALLING + RISING, BEGIN + HOUR)[1] == ["E0808"]


def test_prices_that_end_early_are_refused() -> None:
    assert _seen(HEAD + RISING + FALLING, BEGIN + 5 * HOUR)[1] == ["E0807"]


def test_an_unreadable_row_is_refused_with_its_line() -> None:
    text = HEAD + RISING + FALLING.replace("85", "eighty")
    _, wrong = observations(text, "bars.csv", BEGIN, BEGIN, PLACE)
    assert "line 3" in wrong[0].message


def test_a_missing_column_is_named() -> None:
    text = (HEAD + RISING + FALLING).replace("close", "last")
    _, wrong = observations(text, "bars.csv", BEGIN, BEGIN, PLACE)
    assert "close" in wrong[0].message
