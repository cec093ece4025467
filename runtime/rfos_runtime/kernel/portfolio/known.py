"""What handles of policies and pairs of assets stand for: what never changes once it is there."""

from dataclasses import dataclass, field

from rfos_runtime.reference.executor import PolicyView


@dataclass(slots=True)
class Policies:
    """All of them, by handle from 1; `pairs`: the handles of pairs of assets, `underlyings`: of the
    sets of prices that instruments hang on."""

    views: list[PolicyView] = field(default_factory=list)
    by_hash: dict[str, int] = field(default_factory=dict)
    pairs: dict[tuple[int, int], int] = field(default_factory=dict)
    underlyings: dict[frozenset[tuple[str, str]], int] = field(default_factory=dict)
