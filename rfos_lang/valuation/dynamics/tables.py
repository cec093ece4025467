"""The tables of a market file that say how prices move, as they stand there."""

from pydantic import BaseModel, ConfigDict, Field

from rfos_lang.valuation.market_values import (
    Between,
    Correlation,
    NotNegative,
    Number,
    Positive,
    Share,
    Volatility,
)


class Part(BaseModel):
    """A table with nothing in it that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class JumpsTable(Part):
    """Merton's jumps, on top of a volatility or of Heston's model."""

    intensity: Positive
    mean: Number = 0.0
    deviation: Volatility


class HestonTable(Part):
    """Heston's parameters."""

    v0: NotNegative
    kappa: Positive
    theta: Positive
    xi: Positive
    rho: Correlation


class SviTable(Part):
    """One expiry of a smile, in SVI's raw parameters."""

    a: Number
    b: NotNegative
    rho: Correlation
    m: Number
    sigma: Positive


class SabrTable(Part):
    """One expiry of a smile, in SABR's parameters."""

    alpha: Positive
    beta: Share
    rho: Between
    nu: NotNegative


class LocalTable(Part):
    """Local volatilities until a date, at prices over the forward."""

    at: tuple[Positive, ...]
    volatility: tuple[Volatility, ...]


class QuotedTable(Part):
    """Three quotes at one expiry, and those at further strikes."""

    atm: Volatility
    put: Volatility
    call: Volatility
    strikes: dict[str, Volatility] = Field(default_factory=dict)
