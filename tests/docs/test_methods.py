"""The page of methods says what `rfos price` takes now."""

import pytest

from tests.docs.methods import PAGE, cells, method, page, written

ANEW = "write it anew: python -m tests.docs.methods"
EACH = 61
"""Of so many cells one is valued, and all of them by `-m slow`."""


def test_the_page_has_a_cell_for_each_product_and_model() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(written()), ANEW
    assert set(written()) == set(cells()), ANEW


@pytest.mark.parametrize("cell", [*written()][::EACH], ids=" under ".join)
def test_a_value_is_found_as_the_page_says(cell: tuple[str, str]) -> None:
    assert method(cell) == written()[cell], ANEW


@pytest.mark.slow
@pytest.mark.parametrize("cell", [*written()], ids=" under ".join)
def test_every_value_is_found_as_the_page_says(cell: tuple[str, str]) -> None:
    assert method(cell) == written()[cell], ANEW
