"""The picture of a fit: implied volatilities by strike, one panel an expiry."""

from math import ceil, exp, floor, log10
from typing import Any

import numpy as np

from rfos_lang.base.instant import show_instant
from rfos_lang.cli.pictures import as_file
from rfos_lang.valuation.calibration.calibrated import Calibrated
from rfos_lang.valuation.calibration.fit import Fit, levels, quoted, weights

_QUOTE, _MODEL, _FORWARD = "#1b3a57", "#d9822b", "#8a94a0"
ACROSS = 3


def drawn(found: Calibrated, kind: str) -> bytes:
    """The picture as a file of a kind, `png` or `svg`."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    down = ceil(len(found.fits) / ACROSS)
    across = min(ACROSS, len(found.fits))
    figure, panels = pyplot.subplots(
        down, across, figsize=(4.2 * across, 3.4 * down), layout="constrained", squeeze=False
    )
    for panel, fit in zip(panels.flat, found.fits, strict=False):
        _panel(panel, found, fit)
    for panel in list(panels.flat)[len(found.fits) :]:
        panel.set_visible(False)
    panels[0][0].legend(frameon=False, loc="upper center")
    date = show_instant(found.chain.as_of).partition("T")[0]
    title = f"{found.chain.asset} options on {date}: implied volatility by strike"
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    return as_file(figure, kind)


def _panel(panel: Any, found: Calibrated, fit: Fit) -> None:
    """One expiry: quotes, larger the more they count, and the model between them."""
    expiry, k = fit.expiry, levels(fit.expiry)
    fine = np.linspace(k[0], k[-1], 200)
    model = 100 * found.volatilities(expiry, fine)
    sizes = 8 + 60 * weights(expiry)
    panel.axvline(expiry.forward, color=_FORWARD, lw=0.8, ls=":")
    panel.plot(expiry.forward * np.exp(fine), model, color=_MODEL, lw=1.8, label="model")
    strikes = [expiry.forward * exp(each) for each in k]
    circle = {"facecolors": "none", "edgecolors": _QUOTE, "label": "quote"}
    panel.scatter(strikes, 100 * quoted(expiry), s=sizes, zorder=3, **circle)
    day = show_instant(expiry.instant).partition("T")[0]
    panel.set_title(f"{day}  error {100 * fit.error:.2f} points", loc="left", fontsize=10)
    panel.set_xscale("log")
    panel.set_xticks(_ticks(strikes[0], strikes[-1]))
    panel.set_xticks([], minor=True)
    panel.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    panel.set_xlabel("strike")
    panel.set_ylabel("%")
    panel.grid(alpha=0.25, lw=0.5)
    panel.spines[["top", "right"]].set_visible(False)


def _ticks(low: float, high: float) -> list[float]:
    """Round strikes of a logarithmic axis: 1, 2 and 5 times powers of ten."""
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    all_ = [part * 10.0**decade for decade in decades for part in (1, 2, 5)]
    return [tick for tick in all_ if low <= tick <= high]
