"""Three quotes of a spot's options at an expiry: at the money, a put and a call.

Quoted are the volatilities of the delta-neutral straddle, and of the put and the call with a
forward delta of 25 %; perhaps others at further strikes. `vanna_volga_smile` draws a smile through
them.
"""

from dataclasses import field, replace

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.curve import VolatilityCurve


@dataclass(frozen=True, slots=True)
class AtStrikes:
    """Volatilities by strike, ascending, at a time in years."""

    years: float
    quoted: tuple[tuple[float, float], ...]

    def each(self, by: float, factor: float) -> "AtStrikes":
        """With every volatility times a factor, and so much more."""
        return AtStrikes(self.years, tuple((k, v * factor + by) for k, v in self.quoted))


@dataclass(frozen=True, slots=True)
class Quotes:
    """The three volatilities over time, and those at further strikes."""

    atm: VolatilityCurve
    put: VolatilityCurve
    call: VolatilityCurve
    strikes: tuple[AtStrikes, ...] = field(default=())

    def raised(self, by: float) -> "Quotes":
        """With all volatilities moved by the same amount."""
        return replace(
            self,
            atm=self.atm.raised(by),
            put=self.put.raised(by),
            call=self.call.raised(by),
            strikes=tuple(each.each(by, 1.0) for each in self.strikes),
        )

    def scaled(self, factor: float) -> "Quotes":
        """With all volatilities multiplied by a factor."""
        return replace(
            self,
            atm=self.atm.scaled(factor),
            put=self.put.scaled(factor),
            call=self.call.scaled(factor),
            strikes=tuple(each.each(0.0, factor) for each in self.strikes),
        )
