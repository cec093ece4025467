"""The Greeks of the library's contracts where their price has a model of its own: those of its law
and of grids are differences of paths on the same random numbers, within what both tell.

A contract is looked at under one model after the other in turn, so that ten minutes of one core are
enough; every model has a fifth of those that have more than paths there.
"""

import pytest

from tests.docs.methods import written
from tests.valuation.products.greeks import by_method, too_far
from tests.valuation.products.library import product
from tests.valuation.products.markets import LOGNORMAL, MARKETS, telling

MODELS = tuple(model for model in MARKETS if model not in LOGNORMAL)
PATHS, QUICK, MORE = 20_000, 2_000, 8
PATHS_ALONE = ("-", "none", "Monte Carlo", "least-squares")
"""How the page of methods begins where nothing else finds a value."""


def has_two_methods(name: str, model: str) -> bool:
    """Whether something beside paths values a contract under a model."""
    return not written()[name, model].startswith(PATHS_ALONE)


NAMES = [name for name, model in written() if model == "Merton" and has_two_methods(name, "Heston")]
CASES = [
    (name, MODELS[place % len(MODELS)])
    for place, name in enumerate(NAMES)
    if has_two_methods(name, MODELS[place % len(MODELS)])
]
SOON = (("EuropeanCall", "Merton"), ("EuropeanCall", "smile"), ("Strangle", "SABR"))


def assert_greeks_agree(name: str, model: str, paths: int) -> None:
    """Among hundreds of Greeks some are beyond three of their standard errors by chance; with more
    paths chance leaves, and what is wrong stays."""
    if apart(name, model, paths):
        assert not (still := apart(name, model, MORE * paths)), still


def apart(name: str, model: str, paths: int) -> list[tuple[str, str]]:
    """The method and the Greek in words, of those that are too far from the most precise ones."""
    made = product(name)
    market = telling(made, MARKETS[model])
    best, *others = by_method(made, market, paths)
    assert others, "there is nothing to compare"
    return [
        (other.method, told)
        for other in others
        for _, told in too_far(other, best, market, as_told=True)
    ]


@pytest.mark.parametrize("name, model", SOON)
def test_greeks_agree_on_few_paths(name: str, model: str) -> None:
    assert_greeks_agree(name, model, QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("name, model", CASES)
def test_greeks_of_law_grid_and_paths_agree(name: str, model: str) -> None:
    assert_greeks_agree(name, model, PATHS)
