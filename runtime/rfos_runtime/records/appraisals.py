"""Tables of risk for contracts whose code does not say it: who may post them, and what they say.

Beside `commands`, of which they are a part. Amounts are minor units of what the sides post, a lot;
lengths of time nanoseconds.
"""

from dataclasses import dataclass
from typing import NamedTuple


class Ageing(NamedTuple):
    """How a table ages, counted from the values of which it was made: for `fresh` it holds as it
    is; within `blend` what opening needs then rises to the worst case, in a straight line; what is
    liquidated by does the same, `grace` later."""

    fresh: int
    blend: int
    grace: int


@dataclass(frozen=True, slots=True)
class RegisterAppraisers:
    """Who posts tables for instruments of a definition whose code does not say its risk: accounts,
    and how many of them have to say the same to the bit, more than half. Once, before the first
    instrument is listed."""

    definition: str
    appraisers: tuple[str, ...]
    quorum: int
    ageing: Ageing


class Scenarios(NamedTuple):
    """What one lot does to a portfolio under a policy, by the hash of its artefact: how much more
    the first party's exposure is in each scenario."""

    policy: bytes
    losses: tuple[int, ...]


class Price(NamedTuple):
    """What a price was at the epoch of a table, with 18 decimals, and delta times it: so much more
    the exposure of one lot would be if the price were twice as high, in a straight line."""

    value: int
    notional: int


@dataclass(frozen=True, slots=True)
class Appraise:
    """An appraiser's table for an instrument: the `version` is the sha256 of the standing, `epoch`
    the instant of the values of which it was made. The exposure is the first side's; maintenance
    and initial margin are those of both. `standard_error`: of the exposure, 0 if it is
    exact. `prices`: of each that the contract observes, in the order of its feeds, by which the
    table moves between its epoch and the next one; none, and it stands, and says nothing to
    policies. It counts once enough appraisers say the same."""

    account: str
    instrument: int
    version: bytes
    epoch: int
    exposure: int
    maintenance: tuple[int, int]
    initial: tuple[int, int]
    tables: tuple[Scenarios, ...] = ()
    standard_error: int = 0
    prices: tuple[Price, ...] = ()
