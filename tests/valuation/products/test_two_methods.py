"""Every contract of the library, on every model that fits it, by every method that applies: they
agree, and at least two of them share no algorithm.

A contract that has no second method stands in a table, with the reason; an entry that is no longer
true fails as well. Here few paths; `pytest -m slow tests/valuation/products` takes many.
"""

import pytest

from tests.valuation.products.agreement import by_each_method, disagreements, moves_by_a_model
from tests.valuation.products.exceptions import TABLED
from tests.valuation.products.library import GIVEN, definitions, product
from tests.valuation.products.markets import LOGNORMAL, MARKETS

QUICK, MANY = 4_000, 40_000


def names(model: str) -> list[str]:
    """The contracts that a model fits: on lognormal prices all of them."""
    if model in LOGNORMAL:
        return list(definitions())
    return [name for name in definitions() if moves_by_a_model(product(name), MARKETS[model])]


def assert_two_methods_agree(name: str, model: str, paths: int) -> None:
    found = by_each_method(name, product(name), MARKETS[model], paths)
    assert not disagreements(found), (name, model, disagreements(found))
    alone = len({each.family for each in found}) < 2
    told = [each.method for each in found]
    assert alone == (name in TABLED), f"{name} on {model} has {told}: tell it in the table"


@pytest.mark.parametrize("model", LOGNORMAL)
@pytest.mark.parametrize("name", definitions())
def test_two_methods_agree(name: str, model: str) -> None:
    assert_two_methods_agree(name, model, QUICK)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "model"), [(n, model) for model in MARKETS for n in names(model)])
def test_two_methods_agree_on_many_paths(name: str, model: str) -> None:
    """Of what has one method alone few paths tell as much."""
    assert_two_methods_agree(name, model, QUICK if name in TABLED else MANY)


def test_what_is_told_of_a_contract_is_told_of_one_there_is() -> None:
    assert {*GIVEN, *TABLED} <= set(definitions()), {*GIVEN, *TABLED} - set(definitions())
