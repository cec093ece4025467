"""Pro rata by largest remainder."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from rfos_runtime.reference.allotment import allot, allot_within

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


BEARERS = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.tuples(st.integers(1, 12) | st.integers(1, 2**40), st.integers(1, 1_000)),
    min_size=1,
)
"""Lots and leverage of some."""


def bearing(bearers: dict[str, tuple[int, int]], total: int) -> dict[str, int]:
    """What each bears."""
    most = {name: lots for name, (lots, _) in bearers.items()}
    weights = {name: lots * leverage for name, (lots, leverage) in bearers.items()}
    return allot_within(total, most, weights, b"salt")


@given(BEARERS, st.data())
def test_nobody_bears_beyond_its_lots_and_the_rest_flows_on_by_the_same_weights(
    bearers: dict[str, tuple[int, int]], data: st.DataObject
) -> None:
    total = data.draw(st.integers(0, sum(lots for lots, _ in bearers.values())))
    shares = bearing(bearers, total)
    assert sum(shares.values()) == total
    assert all(0 <= shares[name] <= lots for name, (lots, _) in bearers.items())
    for one, (lots, leverage) in bearers.items():
        for other, (others, less) in bearers.items():
            if lots == others and leverage > less:
                assert shares[one] >= shares[other]
            if shares[one] < lots and shares[other] < others:  # of what is left their rates agree
                units = Fraction(lots * leverage, others * less)
                assert abs(shares[one] - shares[other] * units) < 1 + units


@given(BEARERS, st.data())
def test_the_order_in_which_bearers_are_named_changes_nothing(
    bearers: dict[str, tuple[int, int]], data: st.DataObject
) -> None:
    total = data.draw(st.integers(0, sum(lots for lots, _ in bearers.values())))
    turned = dict(data.draw(st.permutations(list(bearers.items()))))
    assert bearing(turned, total) == bearing(bearers, total)


@given(BEARERS, st.integers(1, 1_000), st.data())
def test_where_all_are_as_risky_only_lots_count(
    bearers: dict[str, tuple[int, int]], leverage: int, data: st.DataObject
) -> None:
    most = {name: lots for name, (lots, _) in bearers.items()}
    total = data.draw(st.integers(0, sum(most.values())))
    alike = {name: (lots, leverage) for name, lots in most.items()}
    assert bearing(alike, total) == allot(total, most, b"salt")


def test_what_does_not_fit_flows_on() -> None:
    """Of 10 lots, by 4000 : 1000 : 2000, 5.7 would be a's, which has 4: 2 and 4 are left."""
    bearers = {"a": (4, 1_000), "b": (10, 100), "c": (4, 500)}
    assert bearing(bearers, 10) == {"a": 4, "b": 2, "c": 4}
    assert bearing(bearers, 18) == {"a": 4, "b": 10, "c": 4}
    assert bearing(bearers, 0) == {"a": 0, "b": 0, "c": 0}
