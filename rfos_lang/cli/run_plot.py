"""The picture of a run: price, equity against maintenance of who was liquidated, and when."""

from collections.abc import Iterable
from datetime import UTC, datetime
from math import nan
from typing import Any

from rfos_lang.cli.pictures import as_file
from rfos_lang.driver.rehearsal import Rehearsal
from rfos_runtime.records.events import AuctionFilled, Deleveraged, Ended, Observed

_PRICE, _EQUITY, _NEEDED, _ALARM, _END = "#22313f", "#1f77b4", "#c0392b", "#e67e22", "#666666"
_PANELS_MAX = 5


def drawn(run: Rehearsal, kind: str) -> bytes:
    """The picture as `png` or `svg`."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    positions = _positions(run)
    figure, panels = pyplot.subplots(
        1 + len(positions),
        1,
        sharex=True,
        squeeze=False,
        figsize=(11, 3 + 1.7 * len(positions)),
        height_ratios=[2.2] + [1.0] * len(positions),
        layout="constrained",
    )
    _price(run, panels[0][0])
    for position, (panel,) in zip(positions, panels[1:], strict=True):
        _margin(run, position, panel)
    figure.suptitle(run.plan.scenario.title, x=0.01, ha="left", fontweight="bold")
    figure.autofmt_xdate(rotation=0, ha="center")
    figure.align_ylabels()
    return as_file(figure, kind, dpi=130)


def _positions(run: Rehearsal) -> list[tuple[int, str]]:
    """The liquidated positions first, then the others with a margin, as many as fit."""
    liquidated = [position for _, position in _liquidations(run) if position in run.marks]
    return list(dict.fromkeys([*liquidated, *run.marks]))[:_PANELS_MAX]


def _liquidations(run: Rehearsal) -> list[tuple[int, tuple[int, str]]]:
    """(instant, position) each time that lots of a position were taken over or closed."""
    found = []
    for block, applied in run.blocks:
        for event in applied.events:
            match event:
                case AuctionFilled(instrument=handle, account=account):
                    found.append((block.time, (handle, account)))
                case Deleveraged(instrument=handle, against=account):
                    found.append((block.time, (handle, account)))
    return found


def _price(run: Rehearsal, panel: Any) -> None:
    feeds = sorted(run.plan.scenario.feeds, key=lambda name: not name.startswith("spot"))
    feed = next(iter(feeds), "")
    seen = [
        (event.instant, event.value / 10**18)
        for _, applied in run.blocks
        for event in applied.events
        if isinstance(event, Observed) and event.feed == feed
    ]
    times = [block.time for block, _ in run.blocks] or [run.world.time]
    first, last = times[0], times[-1]
    steps = [*seen, *((last, value) for _, value in seen[-1:])]  # a price stands until the next
    dates, values = _dates(instant for instant, _ in steps), [value for _, value in steps]
    panel.plot(dates, values, color=_PRICE, lw=1, drawstyle="steps-post")
    panel.set_xlim(*_dates((first, last)))
    if not seen:
        panel.text(0.5, 0.5, "no prices", transform=panel.transAxes, ha="center", color="#666666")
        panel.set_yticks([])
    for instant in sorted({instant for instant, _ in _liquidations(run)}):
        panel.axvline(_date(instant), color=_ALARM, lw=0.8, alpha=0.7, label="taken over or closed")
    for height, (instant, names) in enumerate(_endings(run).items()):
        panel.axvline(_date(instant), color=_END, lw=0.8, ls=":")
        panel.annotate(
            f" {', '.join(names)} ends",
            (_date(instant), 1.02 + 0.07 * height),
            xycoords=("data", "axes fraction"),
            fontsize=7,
            color=_END,
        )
    lines = dict(zip(*reversed(panel.get_legend_handles_labels()), strict=True))
    if lines:
        panel.legend(lines.values(), lines, fontsize=7, loc="best", frameon=False)
    panel.set_ylabel(feed)
    _tidy(panel)


def _endings(run: Rehearsal) -> dict[int, list[str]]:
    """The instruments that ended, by instant."""
    found: dict[int, list[str]] = {}
    for block, applied in run.blocks:
        for event in applied.events:
            if isinstance(event, Ended):
                name = run.plan.listings[event.instrument - 1].name
                found.setdefault(block.time, []).append(name)
    return found


def _margin(run: Rehearsal, position: tuple[int, str], panel: Any) -> None:
    handle, account = position
    listing = run.plan.listings[handle - 1]
    asset = next(filter(None, listing.collateral_assets))
    scale = 10 ** run.plan.places[asset]
    marks = run.marks.get(position, [])
    dates = _dates(mark.instant for mark in marks)
    equity = [mark.equity / scale if mark.is_known else nan for mark in marks]
    needed = [mark.maintenance / scale if mark.is_known else nan for mark in marks]
    panel.plot(dates, equity, color=_EQUITY, lw=1, label="equity")
    panel.plot(dates, needed, color=_NEEDED, lw=1, ls="--", label="maintenance")
    for instant, liquidated in _liquidations(run):
        if liquidated == position:
            panel.axvline(_date(instant), color=_ALARM, lw=0.8, alpha=0.7)
    panel.set_title(f"{account} in {listing.name}", loc="left", fontsize=9)
    panel.set_ylabel(asset)
    panel.legend(fontsize=7, loc="upper right", frameon=False, ncols=2)
    _tidy(panel)


def _tidy(panel: Any) -> None:
    panel.grid(alpha=0.25, lw=0.5)
    panel.spines[["top", "right"]].set_visible(False)
    panel.yaxis.set_major_formatter("{x:,.10g}")
    panel.tick_params(labelsize=8)


def _dates(instants: Iterable[int]) -> list[datetime]:
    return [_date(instant) for instant in instants]


def _date(instant: int) -> datetime:
    return datetime.fromtimestamp(instant // 10**9, UTC)
