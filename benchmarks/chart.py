"""A picture of a benchmark: one bar a side, times on a logarithmic axis."""

from pathlib import Path

from benchmarks.measured import Measured, spelled

OURS, PEERS = "#1b6e53", "#b9b4a7"


def draw(measured: Measured, path: Path) -> None:
    """Writes the picture as SVG."""
    from matplotlib.figure import Figure

    sides = measured.sides[::-1]
    figure = Figure(figsize=(8, 0.9 + 0.42 * len(sides)), layout="constrained")
    axes = figure.subplots()
    seconds = [side.seconds for side in sides]
    bars = axes.barh(
        [side.name for side in sides],
        seconds,
        color=[OURS if side.is_ours else PEERS for side in sides],
    )
    axes.bar_label(bars, [spelled(each) for each in seconds], padding=4)
    axes.set_xscale("log")
    axes.set_xlim(min(seconds) / 3, max(seconds) * 6)
    axes.set_title(measured.title, loc="left")
    axes.set_xlabel("seconds, logarithmic; less is better")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
