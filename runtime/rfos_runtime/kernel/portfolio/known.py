"""What handles of policies and pairs of assets stand for, which never changes once it is there; and
what is kept of pools until an election or a position changes."""

from dataclasses import dataclass, field

import numpy as np

from rfos_runtime.kernel.margin.kinds import Numbers, NumbersByRow
from rfos_runtime.reference.executor import PolicyView


@dataclass(slots=True)
class Policies:
    """All of them, by handle from 1; `pairs`: the handles of pairs of assets, `underlyings`: of the
    sets of prices that instruments hang on."""

    views: list[PolicyView] = field(default_factory=list)
    by_hash: dict[str, int] = field(default_factory=dict)
    pairs: dict[tuple[int, int], int] = field(default_factory=dict)
    underlyings: dict[frozenset[tuple[str, str]], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pools:
    """`held`: of each account what its pool has and its policy, of several only the first, and the
    first of its rows in `lots`, which has the instrument and the lots of each position, account by
    account; where the elections of the `others` lie."""

    held: NumbersByRow = field(default_factory=lambda: np.zeros((0, 3), np.int64))
    lots: NumbersByRow = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    others: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))
