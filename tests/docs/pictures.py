"""The picture of the page on option chains: six models fitted to one chain of listed options.

`python -m tests.docs.pictures` draws it anew.
"""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from rfos_lang.base.instant import show_instant
from rfos_lang.valuation.calibration.calibrated import Calibrated, calibrated
from rfos_lang.valuation.calibration.chain import Expiry, read_chain
from rfos_lang.valuation.calibration.fit import levels, quoted

ROOT = Path(__file__).resolve().parents[2]
CHAIN = ROOT / "examples/deribit_chain/chain.csv"
PICTURE = ROOT / "docs/guide/option-chains.svg"
MODELS = {
    "lognormal": ("#8a94a0", ":"),
    "merton": ("#5b8c5a", "--"),
    "heston": ("#7b4fa3", "--"),
    "sabr": ("#c03a2b", "-"),
    "svi": ("#d9822b", "-"),
    "local_volatility": ("#1b3a57", "-."),
}
"""Colour and line of each model."""


def drawn() -> bytes:
    """The picture as SVG: a panel for each expiry."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    chain = read_chain(CHAIN.read_text(encoding="utf-8"))
    fitted = {model: calibrated(chain, model) for model in MODELS}
    style = {"svg.hashsalt": "rfos", "svg.fonttype": "none"}
    with pyplot.rc_context(style):
        count = len(chain.expiries)
        figure, panels = pyplot.subplots(
            1, count, figsize=(4.2 * count, 3.8), layout="constrained", squeeze=False
        )
        for panel, expiry in zip(panels[0], chain.expiries, strict=True):
            _panel(panel, expiry, fitted)
        handles, labels = panels[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=7, frameon=False)
        file = BytesIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
        pyplot.close(figure)
    return file.getvalue()


def _panel(panel: Any, expiry: Expiry, fitted: dict[str, Calibrated]) -> None:
    k = levels(expiry)
    fine = np.linspace(k[0] - 0.05, k[-1] + 0.05, 120)
    strikes = expiry.forward * np.exp(fine)
    for model, (colour, line) in MODELS.items():
        volatilities = 100 * fitted[model].volatilities(expiry, fine)
        panel.plot(strikes, volatilities, color=colour, ls=line, lw=1.4, label=model)
    quotes = {"facecolors": "none", "edgecolors": "#111111", "zorder": 3, "label": "quote"}
    panel.scatter(expiry.forward * np.exp(k), 100 * quoted(expiry), s=30, **quotes)
    day = show_instant(expiry.instant).partition("T")[0]
    panel.set_title(f"BTC options of {day}", loc="left", fontsize=10)
    panel.set_xlabel("strike, USD")
    panel.set_ylabel("implied volatility, %")
    panel.grid(alpha=0.25, lw=0.5)
    panel.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    PICTURE.write_bytes(drawn())
