"""Published values judged: what came of each row, and the report.

    python -m tests.conformance.pricing FILE.jsonl [--json]

A row *passes* if our value is as near to it as its own tolerance. It is *near* if its figure was
not made exactly, and both hold: the row is what its method gives, and ours what an exact one gives
(see `origins.py`); or if our value says itself that it may be off by so much. What is near for no
such reason has failed. A row without a case is unsupported, with the reason.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.conformance import cases_rates
from tests.conformance.cases import case_for
from tests.conformance.origins import origin
from tests.conformance.row import Found, Row, rows, valuation

PASSED, NEAR, FAILED, UNSUPPORTED = "passed", "near", "failed", "unsupported"
OUTCOMES = (PASSED, NEAR, FAILED, UNSUPPORTED)


@dataclass(frozen=True)
class Verdict:
    """What came of a row: one of OUTCOMES, the value found if there is one, and for all that did
    not pass the reason; `apart` is how far ours is from the row, in tolerances."""

    row: Row
    outcome: str
    found: Found | None
    reason: str = ""

    @property
    def apart(self) -> float:
        if self.found is None:
            return 0.0
        return abs(self.found.value - self.row.expected) / self.row.tolerance


def judged(row: Row) -> Verdict:
    """The verdict on a row."""
    case = case_for(row)
    if case is None:
        return Verdict(row, UNSUPPORTED, None, unsupported(row))
    try:
        found = valuation(case)
    except Exception as problem:
        return Verdict(row, FAILED, None, repr(problem))
    if abs(found.value - row.expected) <= row.tolerance:
        return Verdict(row, PASSED, found)
    reason = _nearness(row, found)
    return Verdict(row, NEAR if reason else FAILED, found, reason)


def _nearness(row: Row, found: Found) -> str:
    """Why a value that is further off than the row's tolerance is right all the same; empty if
    nothing says so."""
    made, expected = origin(row), row.expected
    if made is not None:
        as_made = abs(made.made - expected) <= max(made.printed, row.tolerance)
        exact = abs(found.value - made.exact) <= made.apart + found.error
        return f"it is {made.method}" if as_made and exact else ""
    known = cases_rates.doubt(row)
    if known is not None and abs(found.value - expected) <= known.error:
        return known.reason
    if abs(found.value - expected) <= row.tolerance + found.error:
        return f"our {found.method} says that it may be off by as much"
    return ""


def unsupported(row: Row) -> str:
    """Why a row has no case."""
    match row.product, row.test:
        case "asianoptions", "testTurnbullWakemanAsianEngine":
            return "total variance falls from fixing to fixing: no price has such volatilities"
        case "varianceswaps", _:
            return "the row lacks the quotes of options that replicate the variance"
        case "variance_option_heston", _:
            return "the row has no inputs; no contract observes variance at all times"
        case _:
            return "no contract here says what the row is about"


def counted(verdicts: Iterable[Verdict]) -> dict[str, Counter[str]]:
    """How many rows of each product came to which outcome."""
    found: dict[str, Counter[str]] = {}
    for verdict in verdicts:
        found.setdefault(verdict.row.product, Counter())[verdict.outcome] += 1
    return found


def main(file: str, as_json: bool) -> int:
    """Prints the report; 1 if a row failed."""
    verdicts = [judged(row) for row in rows(Path(file).read_text(encoding="utf-8"))]
    products = counted(verdicts)
    failed = [verdict for verdict in verdicts if verdict.outcome == FAILED]
    if as_json:
        shown = [
            {"product": v.row.product, "source": v.row.source, "expected": v.row.expected}
            | {"found": v.found and v.found.value, "tolerance": v.row.tolerance}
            | {"problem": v.reason}
            for v in failed
        ]
        print(json.dumps({"products": products, "failed": shown}, indent=2))
        return bool(failed)
    print(f"{'product':28} {' '.join(f'{each:>11}' for each in OUTCOMES)}")
    for product, counts in products.items():
        print(f"{product:28} {' '.join(f'{counts[each]:11}' for each in OUTCOMES)}")
    for outcome in (NEAR, UNSUPPORTED):
        reasons = Counter(each.reason for each in verdicts if each.outcome == outcome)
        for reason, count in reasons.items():
            print(f"{outcome}, {count}: {reason}")
    for verdict in failed:
        row, found = verdict.row, verdict.found and verdict.found.value
        print(f"{row.product} {row.source}: {row.expected}, found {found} {verdict.reason}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--json" in sys.argv))
