"""Pro rata by largest remainder."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from rfos_runtime.reference.allotment import allot

WEIGHTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 10**12), min_size=1)


@given(WEIGHTS, st.data())
def test_an_allotment_is_whole_exact_and_within_a_unit_of_pro_rata(
    weights: dict[str, int], data: st.DataObject
) -> None:
    whole = sum(weights.values())
    total = data.draw(st.integers(0, whole))
    shares = allot(total, weights, b"salt")
    assert sum(shares.values()) == total
    for name, weight in weights.items():
        assert 0 <= shares[name] <= weight
        if whole:
            assert abs(shares[name] - Fraction(total * weight, whole)) < 1


def test_larger_remainders_come_first_and_ties_are_broken_by_hash() -> None:
    assert allot(5, {"a": 3, "b": 3, "c": 1}, b"") == {"a": 2, "b": 2, "c": 1}
    winners = {
        next(name for name, share in allot(1, {"a": 1, "b": 1}, bytes([salt])).items() if share)
        for salt in range(16)
    }
    assert winners == {"a", "b"}  # neither name wins always
