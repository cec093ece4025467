"""The Greeks of a value by name: what is moved, and in which unit the answer is."""

from collections.abc import Sequence

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
