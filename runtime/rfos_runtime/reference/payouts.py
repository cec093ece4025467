"""What each lot of a contract may pay once its operator resolves it."""

from collections.abc import Iterable, Sequence

from rfos_runtime.records.codes import Code, require
from rfos_runtime.records.interventions import Payment
from rfos_runtime.reference.executor import ESCROW, ISSUANCE, Posting

RESOLUTION = -1
"""In place of a clause and an action: what the operator has resolved."""


def postings_of(
    parties: Sequence[str], assets: Sequence[str], payments: Sequence[Payment]
) -> tuple[Posting, ...]:
    """Payments as postings. Raises Refused where one names what the contract does not."""
    for each in payments:
        named = each.payer in parties and each.payee in parties and each.asset in assets
        require(named and each.payer != each.payee and each.units > 0, Code.MALFORMED)
    return tuple(
        Posting(
            parties.index(each.payer),
            parties.index(each.payee),
            assets.index(each.asset),
            each.units,
            None,
            RESOLUTION,
            RESOLUTION,
        )
        for each in payments
    )


def are_covered(
    parties: Sequence[str],
    postings: Sequence[Posting],
    posts: Sequence[tuple[int | None, int]],
    held: Sequence[int],
) -> bool:
    """Whether only the two sides and escrow pay: a side in the asset slot that it posts in, and no
    more than is left of its lock (`posts`, for each); escrow all that it holds, by asset slot."""
    pays = [[each for each in postings if each.payer == party] for party in range(len(parties))]
    for own, (slot, left) in zip(pays, posts, strict=False):
        if own and (any(each.asset != slot for each in own) or _sum(own) > left):
            return False
    for party, own in enumerate(pays):
        paid = [_sum(each for each in own if each.asset == slot) for slot in range(len(held))]
        if parties[party] == ESCROW and paid != list(held):
            return False
        if own and party > 1 and parties[party] != ESCROW:
            return False
    return all(parties[each.payee] not in (ESCROW, ISSUANCE) for each in postings)


def _sum(postings: Iterable[Posting]) -> int:
    return sum(each.units for each in postings)
