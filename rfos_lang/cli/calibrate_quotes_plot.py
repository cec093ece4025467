"""The picture of what meets quotes: forward and zero rates, survival and hazard, volatilities."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from rfos_lang.base.instant import show_instant
from rfos_lang.cli.pictures import as_file
from rfos_lang.valuation.calibration.hazards import totals
from rfos_lang.valuation.curve import forwards, years_between

if TYPE_CHECKING:
    from rfos_lang.valuation.calibration.from_quotes import (
        Fitted,
        FittedCurve,
        FittedFactor,
        FittedHazards,
    )

_QUOTE, _MODEL, _FORWARD = "#1b3a57", "#d9822b", "#8a94a0"
ACROSS = 2
MARKS = {"deposits": "s", "forwards": "^", "futures": "v", "swaps": "o"}


def drawn(found: "Fitted", kind: str) -> bytes:
    """The picture as a file of a kind, `png` or `svg`."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    panels: list[tuple[Callable[[Any, Any, int], None], Any]] = [
        *((_curve, each) for each in found.curves),
        *((_hazards, each) for each in found.hazards),
        *((_factor, each) for each in found.factors),
    ]
    down, across = -(-len(panels) // ACROSS), min(ACROSS, len(panels))
    figure, axes = pyplot.subplots(
        down, across, figsize=(6.4 * across, 3.6 * down), layout="constrained", squeeze=False
    )
    for axis, (draw, each) in zip(axes.flat, panels, strict=False):
        draw(axis, each, found.as_of)
        axis.set_ylabel(axis.get_ylabel() or "%")
        axis.grid(alpha=0.25, lw=0.5)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, fontsize=8, loc="center right" if draw is _hazards else "best")
    for axis in list(axes.flat)[len(panels) :]:
        axis.set_visible(False)
    title = f"Quotes of {show_instant(found.as_of).partition('T')[0]} and what meets them"
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    return as_file(figure, kind)


def _curve(axis: Any, each: "FittedCurve", as_of: int) -> None:
    """Zero rates, forward rates in steps, and each quote at its last date."""
    ends, steps = np.array(list(forwards(each.curve))).T
    axis.stairs(100 * steps, [0.0, *ends], color=_FORWARD, lw=1.0, label="forward", baseline=None)
    fine = np.linspace(1 / 365, ends[-1], 400)
    axis.plot(fine, 100 * totals(each.curve, fine) / fine, color=_MODEL, lw=1.8, label="zero rate")
    for kind, mark in MARKS.items():
        of = [quote for quote in each.quotes if quote.path[-2] == kind]
        if of:
            at = [years_between(as_of, quote.last) for quote in of]
            rates = [100 * quote.quote for quote in of]
            shape = {"facecolors": "none", "edgecolors": _QUOTE, "marker": mark}
            axis.scatter(at, rates, s=24, zorder=3, label=kind, **shape)
    does = "discounts" if each.kind == "rates" else "projects"
    _named(axis, f"{each.name}, which {does}: rates", "years")


def _hazards(axis: Any, each: "FittedHazards", as_of: int) -> None:
    """Hazard rates in steps, spreads at their ends, and how likely it is to survive."""
    ends, steps = np.array(list(forwards(each.curve))).T
    axis.stairs(100 * steps, [0.0, *ends], color=_FORWARD, lw=1.0, label="hazard", baseline=None)
    at = [years_between(as_of, quote.last) for quote in each.quotes]
    spreads = [100 * quote.quote for quote in each.quotes]
    shape = {"facecolors": "none", "edgecolors": _QUOTE}
    axis.scatter(at, spreads, s=24, zorder=3, label="spread", **shape)
    fine = np.linspace(0.0, ends[-1], 400)
    other = axis.twinx()
    survival = 100 * np.exp(-totals(each.curve, fine))
    axis.plot([], [], color=_MODEL, lw=1.8, label="survival (right)")
    other.plot(fine, survival, color=_MODEL, lw=1.8)
    other.set_ylabel("survival, %")
    other.spines[["top"]].set_visible(False)
    _named(axis, f"{each.name}, recovery {each.recovery:.0%}", "years")


def _factor(axis: Any, each: "FittedFactor", as_of: int) -> None:
    """Each option's volatility, quoted and of the model."""
    at = range(len(each.quotes))
    quoted, model = (
        [100 * number for number in numbers]
        for numbers in (
            [quote.quote for quote in each.quotes],
            [quote.found for quote in each.quotes],
        )
    )
    for place, low, high in zip(at, quoted, model, strict=True):
        axis.plot([place, place], [low, high], color=_FORWARD, lw=0.8)
    axis.scatter(at, model, color=_MODEL, marker="_", s=120, lw=2.0, label="model")
    shape = {"facecolors": "none", "edgecolors": _QUOTE}
    axis.scatter(at, quoted, s=28, zorder=3, label="quote", **shape)
    names = [f"{quote.path[-2].removesuffix('s')} {quote.path[-1]}" for quote in each.quotes]
    axis.set_xticks(list(at), names, rotation=40, ha="right", fontsize=8)
    low, high = min(*quoted, *model), max(*quoted, *model)
    axis.set_ylim(0.9 * low, 1.1 * high)
    kind = "normal" if each.quotation.normal else "lognormal"
    _named(axis, f"Hull-White({each.asset}): {kind} volatilities", "")


def _named(axis: Any, title: str, along: str) -> None:
    axis.set_title(title, loc="left", fontsize=10)
    axis.set_xlabel(along)
