"""The picture of a payoff in the terminal."""

import shutil
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from rfos_lang.cli.console import bold
from rfos_lang.cli.figures import plain, round_numbers
from rfos_lang.cli.payoff_plot import caption
from rfos_lang.driver.payoff import Payoff

HEIGHT = 22
WIDTH_MOST = 100
_LINE, _DOT = "⠒⠒", "··"
_WHITE_BACKGROUND = "\033[48;5;15m"
"""What the library puts behind lines, and no dark terminal should have."""


def payoff_lines(name: str, party: str, picture: Payoff) -> Iterator[str]:
    """The picture as text; in colours on a terminal only."""
    what = f"amount to {party} in {picture.cash}, by the price of one {picture.asset}"
    yield f"{bold(name)}  {what}"
    yield ""
    yield from _drawn(picture).split("\n")
    today = "" if picture.today is None else f"   {_DOT} worth now"
    yield f"{_LINE} {caption(picture)}{today}"
    marks = [f"{level.name} {plain(level.price)}" for level in picture.levels]
    marks += [] if picture.spot is None else [f"spot {plain(picture.spot)}"]
    if marks:
        yield "┊ " + ", ".join(marks)


def _drawn(picture: Payoff) -> str:
    import plotext

    figure = plotext.figure
    figure.clear()
    figure.theme("simple")
    figure.plot_size(min(WIDTH_MOST, shutil.get_terminal_size().columns), HEIGHT)
    for price in [level.price for level in picture.levels] + [picture.spot]:
        if price is not None:
            figure.line(price, "vertical", style="dotted", pixel="gray")
    if picture.today is not None:
        today = figure.signal(picture.today.prices, picture.today.amounts, marker=_DOT[0])
        figure.draw(today.lines())
    paid = figure.signal(picture.paid.prices, picture.paid.amounts, marker="braille")
    figure.draw(paid.lines())
    _scale(figure.ruler("x"), picture.paid.prices)
    both = (*picture.paid.amounts, *(picture.today.amounts if picture.today else ()))
    _scale(figure.ruler("y"), both)
    text: str = figure.build().string(colorless=not sys.stdout.isatty())
    return text.replace(_WHITE_BACKGROUND, "")


def _scale(ruler: Any, values: Iterable[float]) -> None:
    """An axis that holds all values, marked at round numbers."""
    seen = tuple(values)
    low, high = min(seen), max(seen)
    ruler.lim(low, high if low < high else low + 1)
    places = round_numbers(low, high)
    ruler.ticks(places, [plain(at) for at in places])
