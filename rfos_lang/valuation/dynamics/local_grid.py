"""Local volatilities as a market tells them: by date until which they hold, and by price."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from math import log
from typing import Any

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.shift import Shift
from rfos_lang.valuation.dynamics.smile import PARAMETERS, STRIKE

NAME = "local volatility"


@dataclass(frozen=True, slots=True)
class Row:
    """What holds until a time in years: volatilities at ascending logarithms of price over forward,
    linear between them, flat beyond the first and the last one."""

    until: float
    at: tuple[float, ...]
    volatilities: tuple[float, ...]

    def volatility(self, k: Any) -> Any:
        import numpy as np

        return np.interp(k, self.at, self.volatilities)

    def each(self, factor: float, by: float) -> "Row":
        """With every volatility times a factor, and so much more, never below nothing."""
        return replace(
            self, volatilities=tuple(max(v * factor + by, 0.0) for v in self.volatilities)
        )


@dataclass(frozen=True, slots=True)
class LocalGrid:
    """Rows by time, ascending; the last one holds on. `forwards` are those of the rows' times that
    they were told for, if the volatilities are to stay with prices when forwards move."""

    rows: tuple[Row, ...]
    dynamics: str = PARAMETERS
    forwards: tuple[float, ...] = ()

    def raised(self, by: float) -> "LocalGrid":
        """With all local volatilities moved by the same amount."""
        return replace(self, rows=tuple(row.each(1.0, by) for row in self.rows))

    def scaled(self, by: float) -> "LocalGrid":
        """With all local volatilities multiplied by a factor."""
        return replace(self, rows=tuple(row.each(by, 0.0) for row in self.rows))

    def at(self, forward: Callable[[float], float]) -> "LocalGrid":
        """The volatilities where forwards are those of a function of years."""
        if self.dynamics != STRIKE:
            return self
        here = tuple(forward(row.until) for row in self.rows)
        moves = {
            row.until: log(f / told)
            for row, f, told in zip(self.rows, here, self.forwards, strict=True)
        }
        return replace(self.displaced(lambda years: moves[years]), forwards=here)

    def displaced(self, by: Callable[[float], float]) -> "LocalGrid":
        """The volatilities once the logarithms of forwards have moved by a function of years."""
        if self.dynamics != STRIKE:
            return self
        moved = tuple(
            replace(row, at=tuple(k - by(row.until) for k in row.at)) for row in self.rows
        )
        return replace(self, rows=moved)

    def moved(self, by: Shift) -> "LocalGrid":
        displaced = self.displaced(lambda years: by.spot + by.growth * years)
        return displaced.raised(by.volatility)

    def ends(self, years: float) -> tuple[float, ...]:
        return tuple(row.until for row in self.rows[:-1] if row.until < years)

    def variance(self, k: Any, begin: float, end: float) -> Any:
        first = self._holding(begin)
        total, since = 0.0, begin
        for row in self.rows[first:]:
            until = end if row is self.rows[-1] else min(row.until, end)
            total = total + row.volatility(k) ** 2 * (until - since)
            since = until
            if since >= end:
                break
        return total

    def at_the_money(self, years: float) -> float:
        """The volatility at the forward, of the mean over some years."""
        if years <= 0.0:
            return float(self.rows[0].volatility(0.0))
        return float(self.variance(0.0, 0.0, years) / years) ** 0.5

    def _holding(self, years: float) -> int:
        """The row that holds just after a time."""
        return min(bisect_right([row.until for row in self.rows], years), len(self.rows) - 1)
