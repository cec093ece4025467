"""The page of the library's products, made from the library itself.

`python -m tests.docs.products` writes `docs/reference/products.md` anew.
"""

from collections import Counter
from pathlib import Path

from rfos_lang.cli.files import library
from rfos_lang.core.program import Choice
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.marking import marking
from rfos_lang.driver.opening import Checked, Source
from rfos_lang.driver.typical import BEGIN
from rfos_lang.driver.verifying import Verified, money, verify
from rfos_lang.semantics.analyse import analyse
from rfos_lang.stdlib_path import standard_library
from tests.conformance.cases import case_for
from tests.conformance.row import rows

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/reference/products.md"
CASES = ROOT / "tests/conformance/pricing_cases.jsonl"

HEAD = """\
# The library's products

Written by `python -m tests.docs.products`; do not edit. *Tests* are those in the file that are
about the contract. The *worst case* is what each party may owe at most by `rfos verify`, with
typical arguments, while prices lie between 0.01 and 1,000,000 and rates between -1 and 1; where the
bound goes up with a price without end, that price is named. *Value* says whether there is a closed
form. *Published values* are those of `tests/conformance` that the contract is compared with.

| product | file | tests | worst case | value | published values |
|---|---|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    published = _published()
    return HEAD + "".join(
        line
        for file in sorted(standard_library().rglob("*.rfos"))
        for line in _lines(file, published)
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


def _lines(file: Path, published: dict[str, Counter[str]]) -> list[str]:
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
            "-" if verified is None else _value(verified),
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


def _value(verified: Verified) -> str:
    made = verified.instance
    if marking(made.lowered).why_not is None:
        return "closed form"
    chosen = any(isinstance(clause, Choice) for clause in made.program.clauses)
    return "early exercise" if chosen else "simulation"


def main() -> None:
    """Writes the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
