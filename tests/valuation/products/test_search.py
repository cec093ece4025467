"""What the search draws is a case, and the first of what it draws agrees."""

import pytest

from rfos_lang.base.refusal import Refused
from tests.valuation.products.search import drawn, told

FIRST = range(1, 9)


def test_a_seed_draws_the_same_case_again() -> None:
    cases = [drawn(seed) for seed in FIRST]
    assert any(cases)
    assert [str(case) for case in cases] == [str(drawn(seed)) for seed in FIRST]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100))
def test_methods_agree_on_what_is_drawn(seed: int) -> None:
    if (case := drawn(seed)) is not None:
        try:
            assert not told(case), str(case)
        except Refused as refused:
            pytest.fail(f"{case}: {refused.code}")
