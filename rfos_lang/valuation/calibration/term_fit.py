"""A term structure of volatility at the money: what a lognormal price can have of a chain."""

from collections.abc import Iterator, Mapping
from math import sqrt
from typing import Any

import numpy as np

from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.valuation.calibration.chain import Chain, Expiry
from rfos_lang.valuation.calibration.fit import at_money
from rfos_lang.valuation.path.timeline import Floats


@dataclass(frozen=True, slots=True)
class ByTerm:
    """A volatility for each expiry, by its instant. `raised` are those whose quotes would have let
    total variance fall."""

    by_instant: Mapping[int, float]
    raised: tuple[int, ...]

    def volatilities(self, expiry: Expiry, k: Floats) -> Floats:
        return np.full(len(k), self.by_instant[expiry.instant])

    def tables(self, chain: Chain, name: str) -> Iterator[str]:
        told = (f'"{day}" = {each!r}' for day, each in self.parameters(chain).items())
        yield from ("[volatilities]", f"{name} = {{ {', '.join(told)} }}")

    def parameters(self, chain: Chain) -> Mapping[str, Any]:
        return {show_instant(at): each for at, each in self.by_instant.items()}

    @property
    def notes(self) -> tuple[str, ...]:
        days = ", ".join(show_instant(at).partition("T")[0] for at in self.raised)
        said = f"Raised, since total variance must not fall: the volatility of {days}."
        return (said,) if self.raised else ()


def fitted_term(chain: Chain) -> ByTerm:
    """The volatility at the money of each expiry, raised where total variance would fall."""
    found, raised, before = {}, [], 0.0
    for expiry in chain.expiries:
        total = at_money(expiry) * expiry.years
        if total < before:
            raised.append(expiry.instant)
        before = max(total, before)
        found[expiry.instant] = sqrt(before / expiry.years)
    return ByTerm(found, tuple(raised))
