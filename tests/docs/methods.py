"""The page of methods: by product and model, how `rfos price` finds the value.

`python -m tests.docs.methods` writes `docs/reference/methods.md`; it values every contract of the
library under every model that it fits, which takes some minutes.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.price import valued
from tests.valuation.products.agreement import moves_by_a_model
from tests.valuation.products.library import definitions, product
from tests.valuation.products.markets import LOGNORMAL, MARKETS, telling

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/reference/methods.md"
FEW = 200
"""Paths, of which only that there are any is told."""
UNMOVED = "-"

HEAD = f"""\
# Methods by product and model

Written by `python -m tests.docs.methods`; do not edit. How `rfos price` finds the value of each
contract of the library, with the arguments and markets of `tests/valuation/products`: on flat
curves, on curves that bend, and where the price of BTC jumps, has a random variance, a smile or a
local volatility. `{UNMOVED}` is for contracts that no such price matters to: their value is that
of the first two columns. A code says why there is none. That at least two of the methods agree on
each is checked by `tests/valuation/products`.

"""

Cell = tuple[str, str]
"""A product and a model."""


def method(cell: Cell) -> str:
    """By which method a contract is valued under a model, or the code of why it is not."""
    name, model = cell
    made = product(name)
    if model not in LOGNORMAL and not moves_by_a_model(made, MARKETS[model]):
        return UNMOVED
    market = telling(made, MARKETS[model])
    try:
        return valued(made.program, made.terms, market, paths=FEW, greeks=False).method
    except Refused as refused:
        return f"none: {refused.code}"


def cells() -> Iterator[Cell]:
    """Every product under every model."""
    return ((name, model) for name in definitions() for model in MARKETS)


def page(methods: Mapping[Cell, str]) -> str:
    """The page of some methods: a table of the products, and how many each method values."""
    table = [f"| product | {' | '.join(MARKETS)} |", f"|---|{'---|' * len(MARKETS)}"]
    for name in definitions():
        row = [methods[name, model] for model in MARKETS]
        table.append(f"| {name} | {' | '.join(row)} |")
    table += ["", "## How many each method values", ""]
    table += [f"| method | {' | '.join(MARKETS)} |", f"|---|{'---|' * len(MARKETS)}"]
    counts = {m: Counter(methods[name, m] for name in definitions()) for m in MARKETS}
    for told in sorted({each for count in counts.values() for each in count} - {UNMOVED}):
        table.append(f"| {told} | {' | '.join(str(counts[m][told] or '') for m in MARKETS)} |")
    return HEAD + "\n".join(table) + "\n"


def written() -> dict[Cell, str]:
    """The methods that the page tells."""
    text = PAGE.read_text(encoding="utf-8").partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")]
    models = [cell.strip() for cell in rows[0][1:]]
    return {
        (row[0].strip(), model): cell.strip()
        for row in rows[1:]
        for model, cell in zip(models, row[1:], strict=True)
    }


def main() -> None:
    """Writes the page."""
    PAGE.write_text(page({cell: method(cell) for cell in cells()}), encoding="utf-8")


if __name__ == "__main__":
    main()
