"""The page of crash hours: a table, and a picture of the insurance fund."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.chart import OURS, PEERS
from benchmarks.kernel.crashes.hours import HOUR, MINUTE, percent
from benchmarks.kernel.crashes.replay import EVERY, Replayed
from rfos_runtime.kernel.telling import Over, What

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = DOCS / "operating" / "crash-hours.md"
PICTURE = DOCS / "results" / "crash_hours.svg"
COLUMNS = (
    "hour",
    "BTC",
    "ETH",
    "positions",
    "liquidated",
    "restored",
    "ran out",
    "lots taken over",
    "closed at mark",
    "deficit, USD",
    "fund, USD",
    "lowest",
    "pauses",
    "violations",
    "seconds",
)
BEFORE = """# Crash hours

Written by `python -m benchmarks.kernel.crashes ../shared/data/crashes --write`; do not edit.

The hours in which bitcoin fell furthest, of each crash three at most, replayed through the kernel
with {accounts:,} accounts, and twenty minutes more, so that auctions run out. Each asset is
counted after every block; after every {every} blocks the [invariants](../internals/simulator.md)
are looked at by the reference, so that nobody is left below maintenance without a reason.

**Who is there.** Each account has traded with three others before the hour: perpetual futures,
calls and puts around the price, one of them expiring in the middle of the hour, and notes, all of
the [standard library](../reference/products.md), of about 1,000 USD a lot and up to 25 lots. It
has posted from just what is needed to two and a half times that, and most have withdrawn the
rest. Every second one is margined under [a policy](../guide/portfolio-margin.md), the others by
position. Notes have no formula, so their issuers post the worst case and are never liquidated.
One in fifty bids in auctions, from 88 % to 101 % of the mark. In each minute one in a hundred
trades, and one posts.

**What the venue has set.** Four reporters a feed, three for a quorum; a price is good for five
minutes; one that moves by a tenth within five minutes pauses openings and auctions for two. The
insurance fund holds 25 USD for each account, staked by one of them.

**What is not in the data.** Bars tell how far prices went, not when: the open, the two ends and
the close lie evenly, with straight lines between. Volatility begins at 80 % and rises by three
points for each point of the fall.

"""
AFTER = """
Moves are from the first price of the hour to its lowest, and to its end. *Restored*: auctions
after which the position has its initial margin, or that the market made unnecessary or somebody
closed. *Ran out*: without bids enough, so that lots were closed at the mark. Where both are fewer
than *liquidated*, the others were still under auction when the twenty minutes ended. *Deficit*:
what winners were not paid in the end, after collateral, free balance and fund. *Seconds* are of
one processor, with compiling, checks and all.

![The insurance fund in each hour](../results/crash_hours.svg)
"""


def write(found: Sequence[Replayed]) -> None:
    """Writes the page and its picture."""
    head = BEFORE.format(accounts=found[0].accounts, every=EVERY)
    lines = [f"| {' | '.join(COLUMNS)} |", "|---|" + "---:|" * (len(COLUMNS) - 1)]
    lines += [f"| {' | '.join(row(each))} |" for each in found]
    PAGE.write_text(head + "\n".join(lines) + "\n" + AFTER, encoding="utf-8")
    draw(found, PICTURE)


def row(found: Replayed) -> list[str]:
    """An hour's cells."""
    return [
        found.hour.name,
        _moves(found, "BTC"),
        _moves(found, "ETH"),
        f"{found.positions:,}",
        f"{found.liquidations:,}",
        f"{sum(found.ended.values()) - found.ended[Over.UNSOLD]:,}",
        f"{found.ended[Over.UNSOLD]:,}",
        f"{found.filled:,}",
        f"{found.closed:,}",
        f"{found.deficit // 100:,}",
        f"{found.fund[0] // 100:,}",
        f"{min(found.fund) // 100:,}",
        f"{found.events[What.PAUSED]:,}",
        f"{len(found.wrong):,}",
        f"{found.seconds:.0f}",
    ]


def _moves(found: Replayed, underlying: str) -> str:
    if underlying not in found.hour.prices:
        return "-"
    hour = found.hour
    return f"{percent(-hour.fall(underlying))}, {percent(hour.move(underlying))}"


def draw(found: Sequence[Replayed], path: Path) -> None:
    """The fund minute by minute, a frame for each hour. The same numbers give the same bytes."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    rows = -(-len(found) // 3)
    with rc_context({"svg.hashsalt": "crash hours"}):
        figure = Figure(figsize=(9, 0.6 + 1.9 * rows), layout="constrained")
        frames = figure.subplots(rows, 3, sharex=True, sharey=True, squeeze=False).flatten()
        for frame, each in zip(frames, found, strict=False):
            units = [cents / 100_000 for cents in each.fund]
            frame.axvspan(HOUR // MINUTE, len(units) - 1, color=PEERS, alpha=0.25, linewidth=0)
            frame.plot(range(len(units)), units, color=OURS)
            frame.set_ylim(0)
            frame.set_title(each.hour.name, loc="left", fontsize=9)
            frame.spines[["top", "right"]].set_visible(False)
        for frame in frames[len(found) :]:
            frame.set_visible(False)
        figure.supxlabel("minutes; shaded: after the hour", fontsize=9)
        figure.supylabel("insurance fund, thousand USD", fontsize=9)
        figure.savefig(path, metadata={"Date": None})
