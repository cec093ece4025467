"""The picture of a payoff as PNG or SVG."""

from typing import Any

from rfos_lang.base.instant import show_instant
from rfos_lang.cli.figures import plain
from rfos_lang.cli.pictures import as_file
from rfos_lang.driver.payoff import Payoff

_PAID, _TODAY, _LEVEL, _SPOT = "#1b3a57", "#d9822b", "#8a94a0", "#2e8b57"


def drawn(name: str, party: str, picture: Payoff, kind: str) -> bytes:
    """The picture as a file of a kind, `png` or `svg`."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 5), layout="constrained")
    paid = picture.paid
    axes.axhline(0, color="#333333", lw=0.8)
    axes.plot(paid.prices, paid.amounts, color=_PAID, lw=2.2, label=caption(picture))
    axes.fill_between(paid.prices, paid.amounts, color=_PAID, alpha=0.06, lw=0)
    if picture.today is not None:
        today = picture.today
        axes.plot(today.prices, today.amounts, color=_TODAY, lw=1.8, label="worth now")
    _marks(axes, picture)
    axes.set_title(f"{name}, amount to {party}", loc="left", fontweight="bold", pad=12)
    axes.set_xlabel(f"price of one {picture.asset} in {picture.cash}")
    axes.set_ylabel(f"{picture.cash} to {party}")
    axes.set_xlim(paid.prices[0], paid.prices[-1])
    axes.margins(y=0.08)
    axes.xaxis.set_major_formatter(lambda value, _: plain(value))
    axes.yaxis.set_major_formatter(lambda value, _: plain(value))
    axes.grid(alpha=0.25, lw=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="best")
    return as_file(figure, kind)


def caption(picture: Payoff) -> str:
    """What the main curve shows."""
    if len(picture.dates) == 1:
        return f"paid on {show_instant(picture.dates[0])}"
    return "paid in all, if the price moves there and stays"


def _marks(axes: Any, picture: Payoff) -> None:
    """Levels and the spot as lines, named at the top."""
    marks = [(level.name.replace("_", " "), level.price, _LEVEL) for level in picture.levels]
    if picture.spot is not None:
        marks.append(("spot", picture.spot, _SPOT))
    for name, price, colour in marks:
        axes.axvline(price, color=colour, lw=1, ls="--")
        axes.annotate(
            f"{name} {plain(price)}",
            (price, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(3, -3),
            textcoords="offset points",
            rotation=90,
            va="top",
            fontsize=8,
            color=colour,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6},
        )
