"""Prices a chain of bitcoin options with the library's contracts, beside the exchange's marks.

Run as

    python examples/deribit_chain/price_chain.py [--plot chain.png]
"""

import csv
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rfos_lang.base.instant import parse_instant, show_instant
from rfos_lang.cli.console import columns
from rfos_lang.cli.files import opened
from rfos_lang.driver.pricing import How, priced
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.market import Market

CHAIN = Path(__file__).with_name("chain.csv")
CONTRACTS = {"call": "std.options.EuropeanCall", "put": "std.options.EuropeanPut"}
PAIR = ("BTC", "USD")


@dataclass(frozen=True)
class Quote:
    """A listed option as the exchange published it; `mark` is in BTC."""

    name: str
    kind: str
    published: int
    expiry: int
    strike: str
    underlying: float
    volatility: float
    mark: float
    delta: float


@dataclass(frozen=True)
class Comparison:
    """A quote with the model's mark, in BTC, and delta."""

    quote: Quote
    mark: float
    delta: float


def quotes(path: Path = CHAIN) -> Iterator[Quote]:
    """The quotes of a chain file."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Quote(
                row["instrument_name"],
                row["option_type"],
                parse_instant(row["ts_utc"]),
                parse_instant(row["expiry_utc"]),
                row["strike_usd"],
                float(row["underlying_price"]),
                float(row["mark_iv_pct"]) / 100,
                float(row["mark_price_btc"]),
                float(row["delta"]),
            )


def market(quote: Quote) -> Market:
    """What the exchange marks with: the price of the future of that expiry, no discounting."""
    return Market(
        as_of=quote.published,
        spots={PAIR: quote.underlying},
        volatilities={PAIR: flat_volatility(quote.volatility)},
        rates={"USD": flat_rate(0.0)},
        yields={"BTC": flat_rate(0.0)},
    )


def compared(quote: Quote) -> Comparison:
    """The option as a contract of the library, valued in USD and told in BTC."""
    arguments = {
        "underlying": "BTC",
        "cash": "USD",
        "strike": quote.strike,
        "expiry": show_instant(quote.expiry),
    }
    contract = opened(CONTRACTS[quote.kind])
    found = priced(contract, arguments, market(quote), how=How("closed_form")).valuation
    return Comparison(quote, found.value / quote.underlying, found.greek("delta").value)


def table(comparisons: Sequence[Comparison]) -> list[str]:
    """The comparison as lines of text."""
    heading = ["option", "mark", "model", "difference", "delta", "model", "difference"]
    rows = [
        [
            each.quote.name,
            f"{each.quote.mark:.8f}",
            f"{each.mark:.8f}",
            f"{each.mark - each.quote.mark:+.1e}",
            f"{each.quote.delta:+.5f}",
            f"{each.delta:+.5f}",
            f"{each.delta - each.quote.delta:+.1e}",
        ]
        for each in comparisons
    ]
    return columns([heading, *rows], right={1, 2, 3, 4, 5, 6})


def plot(comparisons: Sequence[Comparison], path: Path) -> None:
    """Marks as points, the model as crosses, and their difference below; one colour an expiry."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (above, below) = pyplot.subplots(
        2, 1, sharex=True, figsize=(9, 6.5), height_ratios=[3, 1], layout="constrained"
    )
    for number, expiry in enumerate(sorted({each.quote.expiry for each in comparisons})):
        colour = f"C{number}"
        of = [each for each in comparisons if each.quote.expiry == expiry]
        strikes = [float(each.quote.strike) for each in of]
        label = show_instant(expiry).partition("T")[0]
        circle = {"s": 60, "facecolors": "none", "edgecolors": colour, "label": label}
        above.scatter(strikes, [each.quote.mark for each in of], **circle)
        above.scatter(strikes, [each.mark for each in of], color=colour, marker="x", s=22, lw=1)
        differences = [1e6 * (each.mark - each.quote.mark) for each in of]
        below.scatter(strikes, differences, color=colour, s=16)
    above.set_title("Bitcoin options, 14 May 2020: mark (circle) and model (cross)", loc="left")
    above.set_ylabel("BTC an option")
    above.legend(title="expiry", frameon=False)
    below.axhline(0, color="#333333", lw=0.8)
    below.set_ylabel("model − mark\nin 0.000001 BTC")
    below.set_xlabel("strike in USD")
    below.xaxis.set_major_formatter("{x:,.0f}")
    for panel in (above, below):
        panel.grid(alpha=0.25, lw=0.5)
        panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def main() -> None:
    """Prints the table; draws it if asked to."""
    parser = ArgumentParser(description="Library contracts beside the marks of an exchange.")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw it: .png or .svg")
    wanted = parser.parse_args()
    comparisons = [compared(quote) for quote in quotes()]
    print("\n".join(table(comparisons)))
    if wanted.plot is not None:
        plot(comparisons, wanted.plot)


if __name__ == "__main__":
    main()
