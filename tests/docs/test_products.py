"""The page of products says what the library has now."""

import pytest

from tests.docs.products import PAGE, page, value, written_values

ANEW = "write it anew: python -m tests.docs.products"
EACH = 7
"""Of so many contracts one is valued."""


def test_the_page_is_that_of_the_library() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(written_values()), ANEW


@pytest.mark.parametrize("name", [*written_values()][::EACH])
def test_a_contract_is_valued_as_the_page_says(name: str) -> None:
    assert value(name) == written_values()[name], ANEW
