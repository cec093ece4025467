"""The page of the library's products, made from the library itself.

`python -m tests.docs.products` writes `docs/reference/products.md` anew.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from rfos_lang.base.refusal import Refused
from rfos_lang.cli.files import library
from rfos_lang.core.typical import BEGIN
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Checked, Source
from rfos_lang.driver.verifying import Verified, money, verify
from rfos_lang.semantics.analyse import analyse
from rfos_lang.stdlib_path import standard_library
from rfos_lang.valuation.price import valued
from tests.conformance.cases import case_for
from tests.conformance.row import rows
from tests.valuation.products.library import product
from tests.valuation.products.markets import FLAT, telling

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/reference/products.md"
CASES = ROOT / "tests/conformance/pricing_cases.jsonl"

FEW = 1_000
"""Paths, of which only that there are any is told."""

HEAD = """\
# The library's products

Written by `python -m tests.docs.products`; do not edit. *Tests* are those in the file that are
about the contract. The *worst case* is what each party may owe at most by `rfos verify`, with
typical arguments, while prices lie between 0.01 and 1,000,000 and rates between -1 and 1; where the
bound goes up with a price without end, that price is named. *Value* is the method that `rfos price`
takes, with the arguments and the flat, lognormal market of `tests/valuation/products`, or the code
of why there is none; [methods.md](methods.md) has it for every model. *Published values* are those
of `tests/conformance` that the contract is compared with.

| product | file | tests | worst case | value | published values |
|---|---|---|---|---|---|
"""


def page(values: Mapping[str, str] | None = None) -> str:
    """The whole page; the methods of valuation may be given by contract."""
    published = _published()
    return HEAD + "".join(
        line
        for file in sorted(standard_library().rglob("*.rfos"))
        for line in _lines(file, published, values)
    )


def _published() -> dict[str, Counter[str]]:
    """By contract: how many published values there are, by the collection they are of."""
    found: dict[str, Counter[str]] = {}
    for row in rows(CASES.read_text(encoding="utf-8")):
        case = case_for(row)
        if case is not None:
            name = case.contract.rpartition(".")[2].rpartition(":")[2]
            found.setdefault(name, Counter())[row.product] += 1
    return found


def written_values() -> dict[str, str]:
    """The methods of valuation as the page has them, by contract."""
    lines = PAGE.read_text(encoding="utf-8").partition("|---")[2].splitlines()[1:]
    cells = (line.split(" | ") for line in lines)
    return {row[0].removeprefix("| "): row[4] for row in cells}


def _lines(
    file: Path, published: dict[str, Counter[str]], values: Mapping[str, str] | None
) -> list[str]:
    text = file.read_text(encoding="utf-8")
    analysis = analyse(text, file.name, library)
    tests = Counter(test.definition.name for test in analysis.tests)
    own = [each for each in analysis.definitions.values() if each.span.source == file.name]
    source = Source(file.name, text)
    place = file.relative_to(ROOT)
    lines = []
    for definition in own:
        verified = _verified(Checked(source, definition, ()))
        cells = [
            definition.name,
            f"[{place.relative_to('stdlib')}](../../{place})",
            str(tests[definition.name]),
            "-" if verified is None else _worst(verified),
            value(definition.name) if values is None else values[definition.name],
            ", ".join(f"{n} of {c}" for c, n in published.get(definition.name, {}).items()) or "-",
        ]
        lines.append("| " + " | ".join(cells) + " |\n")
    return lines


def _verified(checked: Checked) -> Verified | None:
    try:
        return verify(checked, {}, BEGIN, {})
    except Failure:
        return None


def _worst(verified: Verified) -> str:
    found = []
    result = verified.verification
    for owed in result.obligations:
        party = result.program.parties[owed.party]
        if owed.most is None:
            found.append(f"{party} without bound")
        elif owed.most:
            growth = owed.growth
            feeds = [] if growth is None else [*growth.slopes, *growth.faster]
            with_ = " and ".join(result.terms.feeds[slot] for slot in feeds)
            found.append(
                f"{party} {money(result.terms, owed)}" + (f", with {with_}" if feeds else "")
            )
    return "; ".join(found) or "nobody owes"


def value(name: str) -> str:
    """By which method a contract is valued, or the code of why it is not."""
    made = product(name)
    try:
        market = telling(made, FLAT)
        return valued(made.program, made.terms, market, paths=FEW, greeks=False).method
    except Refused as refused:
        return f"none: {refused.code}"


def main() -> None:
    """Writes the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
