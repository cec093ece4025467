"""The page of published values is about the rows there are; that they pass is `test_pricing`'s."""

from collections import Counter

from tests.conformance.cases import case_for
from tests.docs.conformance import PAGE, ROWS


def test_the_page_counts_the_rows_there_are() -> None:
    rows = Counter(row.product for row in ROWS)
    lacking = Counter(row.product for row in ROWS if case_for(row) is None)
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and "product" not in line and "**" not in line
    ]
    told = {cell[0]: [int(number) for number in cell[1:6]] for cell in cells}
    assert set(told) == set(rows), "write it anew: python -m tests.docs.conformance"
    for product, (count, passed, near, failed, unsupported) in told.items():
        assert (count, unsupported, failed) == (rows[product], lacking[product], 0)
        assert passed + near + unsupported == count
