"""The page of published values: by product, how many rows pass, and why the others do not.

`python -m tests.docs.conformance` writes `docs/reference/conformance.md`; it values every row,
which takes a minute.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.conformance.pricing import NEAR, OUTCOMES, PASSED, UNSUPPORTED, Verdict, judged
from tests.conformance.row import rows

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/reference/conformance.md"
ROWS = rows((ROOT / "tests/conformance/pricing_cases.jsonl").read_text(encoding="utf-8"))

HEAD = """\
# Published values

Written by `python -m tests.docs.conformance`; do not edit. Each row of `tests/conformance` is a
value that somebody published, with the inputs and, where the source states one, a tolerance. A
row *passes* if our value is as near as that tolerance, or as the last digit that is printed. It
is *near* if its figure was not made exactly, and both hold: the row is what the method that made
it gives, and ours is what an exact method gives; or if our value says itself that it may be off
by so much. *At most* is how far the rows that pass are off, in tolerances. `python -m
tests.conformance.pricing FILE` prints the same of a file.

| product | rows | passed | near | failed | unsupported | at most | our methods |
|---|---|---|---|---|---|---|---|
"""


def page(verdicts: Sequence[Verdict]) -> str:
    """The page of some verdicts."""
    products: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        products.setdefault(verdict.row.product, []).append(verdict)
    table = [_row(product, found) for product, found in sorted(products.items())]
    return HEAD + "\n".join([*table, _row("**all**", verdicts), "", *_reasons(verdicts)]) + "\n"


def _row(product: str, verdicts: Sequence[Verdict]) -> str:
    counts = Counter(each.outcome for each in verdicts)
    worst = max((each.apart for each in verdicts if each.outcome == PASSED), default=0.0)
    methods = sorted({each.found.method for each in verdicts if each.found is not None})
    told = "" if product == "**all**" else ", ".join(methods)
    numbers = " | ".join(str(counts[each]) for each in OUTCOMES)
    return f"| {product} | {len(verdicts)} | {numbers} | {worst:.1f} | {told} |"


def _reasons(verdicts: Sequence[Verdict]) -> Iterator[str]:
    for outcome in (NEAR, UNSUPPORTED):
        found = Counter((v.row.product, v.reason) for v in verdicts if v.outcome == outcome)
        yield f"## Rows that are {outcome}\n"
        for (product, reason), count in sorted(found.items()):
            yield f"- {product}, {count}: {reason}"
        yield ""


def main() -> None:
    PAGE.write_text(page([judged(row) for row in ROWS]), encoding="utf-8")


if __name__ == "__main__":
    main()
