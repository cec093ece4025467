"""The Greeks of a value by name: what is moved, and in which unit the answer is."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from rfos_lang.base.unit import TIME, base
from rfos_lang.valuation.market import Pair, spot_name

Name = tuple[str, str, str]
"""Measure, subject and unit."""


def names(pairs: Sequence[Pair], curves: Sequence[tuple[str, str]], reporting: str) -> list[Name]:
    """Each Greek of a value in an asset, in the order of `Shifts`: delta, gamma and vega by spot,
    rho and carry by curve, theta."""
    told_in = base(reporting)
    spots = [(spot_name(*pair), base(pair[1]) / base(pair[0])) for pair in pairs]
    return [
        *(("delta", name, str(told_in / unit)) for name, unit in spots),
        *(("gamma", name, str(told_in / unit / unit)) for name, unit in spots),
        *(("vega", name, str(told_in)) for name, _ in spots),
        *(("carry" if kind == "carry" else "rho", name, str(told_in)) for kind, name in curves),
        ("theta", "", str(told_in / TIME)),
    ]


def of_second_order(pairs: Sequence[Pair], reporting: str) -> list[Name]:
    """Vanna and volga by spot, for values that have them."""
    told_in = base(reporting)
    spots = [(spot_name(*pair), base(pair[1]) / base(pair[0])) for pair in pairs]
    return [
        *(("vanna", name, str(told_in / unit)) for name, unit in spots),
        *(("volga", name, str(told_in)) for name, _ in spots),
    ]


RATE_GAMMA, RATE_VANNA = "rate gamma", "rate vanna"
"""By how much the rates of a curve move the rho to it, and the vega to the volatility of rates."""

CROSS = "cross gamma"
"""By how much one price moves the delta to another one."""


def crossed(pairs: Sequence[Pair], reporting: str) -> Iterator[tuple[int, int, Name]]:
    """The cross gamma of each two of some spots, with their places."""
    told_in, units = base(reporting), [base(cash) / base(asset) for asset, cash in pairs]
    for one, other in combinations(range(len(pairs)), 2):
        subject = both(spot_name(*pairs[one]), spot_name(*pairs[other]))
        yield one, other, (CROSS, subject, str(told_in / units[one] / units[other]))


def both(one: str, other: str) -> str:
    """What a cross gamma is to: two spots by name."""
    return ", ".join(sorted((one, other)))
