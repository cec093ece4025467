"""What was paid of a payment is the posting just before somebody was told to be short of it."""

from rfos_runtime.records.events import Cause, Posted, ShortPaid
from rfos_runtime.records.holdings import clearing, free
from rfos_runtime.reference.world import genesis
from rfos_runtime.simulation.checks.money import money

CAUSE = Cause("close out", 2)


def short(*events: Posted | ShortPaid) -> list[str]:
    """What is said of a deficit; that the postings lead to no such world is left out."""
    found = money(genesis(), genesis(), events)
    return [each.words for each in found if each.invariant == 13]


def test_an_earlier_payment_is_no_part_of_a_later_one() -> None:
    """Ann is closed out against carl, who gets 100; then dora against bob and carl, who get
    nothing."""
    paid = Posted("USD", clearing(2), free("carl"), 100, CAUSE)
    first = ShortPaid(2, "carl", "USD", 6_529_763)
    both = [ShortPaid(2, name, "USD", 6_529_863) for name in ("bob", "carl")]
    other = Posted("USD", free("dora"), free("eve"), 1, CAUSE)
    assert short(paid, first, other, *both) == []


def test_who_bears_more_than_its_part_is_told() -> None:
    paid = Posted("USD", clearing(2), free("carl"), 6_000_000, CAUSE)
    bob, carl = ShortPaid(2, "bob", "USD", 8_000_000), ShortPaid(2, "carl", "USD", 2_000_000)
    assert len(short(bob, paid, carl)) == 2
