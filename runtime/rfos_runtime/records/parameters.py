"""What may be set for each asset while the kernel runs: by whom it is paid what, within bounds.

A parameter moves only by a proposal that everybody can see for its delay before it takes effect,
and never by more than its step at once. So nobody can be surprised by one, nor ruined by a slip of
the hand. The numbers are stable.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, unique

from rfos_runtime.records.commands import DAY, ONE, SECOND, SUPPLY_MAX


@unique
class Parameter(IntEnum):
    """What may be set."""

    FEE = 1
    FEE_2 = 2
    FEE_3 = 3
    TURNOVER_2 = 4
    TURNOVER_3 = 5
    FUND_SHARE = 6
    HEALTHY = 7
    DISCOUNT = 8
    REWARD = 9
    NOTICE = 10
    PACE = 11
    SEALED = 12


RESUMING = 60 * SECOND
"""So long at least everybody sees that what was halted goes on, before it does."""
RESOLVING = DAY
"""So long at least everybody sees how something will be resolved."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How a parameter may move. `first`: what it is until it is set; `delay`: nanoseconds between
    a proposal and its effect. Fractions have 18 decimals."""

    meaning: str
    first: int
    lowest: int
    highest: int
    step: int
    delay: int


def _fee(tier: str, lowest: int) -> Rule:
    meaning = f"what a trade costs each side {tier}, as a fraction of its base; negative: a rebate"
    return Rule(meaning, 0, lowest, ONE // 100, ONE // 1_000, 2 * DAY)


def _turnover(tier: str) -> Rule:
    meaning = f"the turnover from which the {tier} tier holds, in minor units"
    return Rule(meaning, SUPPLY_MAX, 1, SUPPLY_MAX, SUPPLY_MAX, 2 * DAY)


RULES: Mapping[Parameter, Rule] = {
    Parameter.FEE: _fee("in the first tier", 0),
    Parameter.FEE_2: _fee("in the second tier", -ONE // 1_000),
    Parameter.FEE_3: _fee("in the third tier", -ONE // 1_000),
    Parameter.TURNOVER_2: _turnover("second"),
    Parameter.TURNOVER_3: _turnover("third"),
    Parameter.FUND_SHARE: Rule(
        "the fraction of fees that the insurance fund gets at once; the rest pays rebates",
        ONE,
        0,
        ONE,
        ONE // 4,
        2 * DAY,
    ),
    Parameter.HEALTHY: Rule(
        "equity over initial margin from which an account is healthy",
        2 * ONE,
        ONE,
        9 * ONE,
        ONE,
        2 * DAY,
    ),
    Parameter.DISCOUNT: Rule(
        "the fraction of its fee that a healthy account need not pay",
        0,
        0,
        ONE,
        ONE // 4,
        2 * DAY,
    ),
    Parameter.REWARD: Rule(
        "the fraction of a penalty that goes to who took the lots over",
        0,
        0,
        ONE // 2,
        ONE // 10,
        2 * DAY,
    ),
    Parameter.NOTICE: Rule(
        "nanoseconds between the notice of a staker and the payment of its shares",
        7 * DAY,
        DAY,
        60 * DAY,
        7 * DAY,
        7 * DAY,
    ),
    Parameter.PACE: Rule(
        "the most maintenance margin of lots that liquidations sell or close in a block, in minor "
        "units; one lot they always may",
        SUPPLY_MAX,
        1,
        SUPPLY_MAX,
        SUPPLY_MAX,
        2 * DAY,
    ),
    Parameter.SEALED: Rule(
        "nanoseconds in which bids for what is liquidated come in sealed, before they are opened "
        "for as long again; 0: auctions by the clock",
        0,
        0,
        DAY // 24,
        DAY // 24,
        2 * DAY,
    ),
}
"""How each may move."""
