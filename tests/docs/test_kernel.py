"""The page of the kernel's records says what they are."""

from rfos_runtime.records.codes import Code
from tests.docs.kernel import PAGE, page


def test_the_page_is_that_of_the_records() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m tests.docs.kernel"


def test_every_code_is_explained() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert all(
        any(line.startswith(f"| {code.value} | {code.words} |") for line in lines) for code in Code
    )
