"""What a model is told about the market: spots, volatilities, rates, correlations, indices.

A market file is TOML; `parse_market` reads and checks it. Spots have the name that contracts give
them, `spot(BTC, USD)`: the price of one BTC in USD. What a contract needs and the market lacks is
refused when it is asked for, with the line to add.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from math import exp, expm1
from typing import NoReturn

from rfos_lang.base.calendar import Calendar
from rfos_lang.base.day_count import DayCount, year_fraction
from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.duration import Duration, add
from rfos_lang.base.instant import date_of
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.correlations import holding_together
from rfos_lang.valuation.curve import RateCurve, VolatilityCurve, flat_rate, years_between
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.dynamics.local_grid import LocalGrid
from rfos_lang.valuation.dynamics.quotes import Quotes
from rfos_lang.valuation.dynamics.smile import Smile
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.rates.hull_white import HullWhite

Pair = tuple[str, str]
"""An asset and the cash that its price is in."""


@dataclass(frozen=True, slots=True)
class IndexCurve:
    """How an index is projected: simple interest over its tenor, implied by a curve, for the period
    that begins so much after the fixing as it `settles`; or the same `flat` value at every date."""

    flat: float | None = None
    curve: str = ""
    tenor: Duration | None = None
    day_count: DayCount = DayCount.ACT_360
    calendar: Calendar = Calendar.NONE
    settles: Duration | None = None

    def period(self, fixed: int) -> tuple[int, int]:
        """The period that a fixing is of."""
        begins = fixed if self.settles is None else add(fixed, self.settles, self.calendar)
        assert self.tenor is not None
        return begins, add(begins, self.tenor, self.calendar)


CurveName = tuple[str, str]
"""The table of a curve, `rates`, `curves` or `hazards`, and its name there."""


@dataclass(frozen=True, slots=True)
class Move:
    """How curves move with a quote that they meet: by what each of their rates does, per 1; and how
    the factor of an asset's rates does, its reversion first and then each volatility."""

    quote: str
    rates: Mapping[CurveName, tuple[float, ...]]
    factors: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


Moves = Callable[[], tuple[Move, ...]]


@dataclass(frozen=True, slots=True)
class Dividend:
    """What one unit of an asset pays: from which instant a holder is due it, so many `times` the
    price that it leaves, and the instant at which it is paid."""

    at: int
    times: float
    pay: int


@dataclass(frozen=True, slots=True)
class Market:
    """A market at one instant. Years count from `as_of`; rates are compounded continuously.

    Methods raise Refused E0605 for what the market does not say. `levels` are declared
    feeds by name, at one value from the market's date on, truths 0 or 1. `fixings` are past
    observations by feed name; `source` is the file, for messages. `correlations_moved` says by how
    much at most they were moved to hold together. A spot has a volatility, or a model of its own in
    `heston`, `smiles`, `local_volatilities` or `quotes`. `curves` discount nothing: indices are
    projected from them, or from the `rates` of an asset, which move by `hull_white` if it is there,
    else not. `hazards` are declared truths that become true some day, by name: mean hazard rates
    until dates. `dividends` are what assets pay from the market's date on, in order of time, by the
    price that falls by them: `yields` has that already. `plan` is how much choosers will take, by
    party and choice, on which dates. `moves` says how curves move with the
    quotes that they meet, if they meet any.
    """

    as_of: int
    spots: Mapping[Pair, float] = field(default_factory=dict)
    volatilities: Mapping[Pair, VolatilityCurve] = field(default_factory=dict)
    rates: Mapping[str, RateCurve] = field(default_factory=dict)
    yields: Mapping[str, RateCurve] = field(default_factory=dict)
    curves: Mapping[str, RateCurve] = field(default_factory=dict)
    hull_white: Mapping[str, HullWhite] = field(default_factory=dict)
    correlations: Mapping[frozenset[Pair], float] = field(default_factory=dict)
    correlations_moved: float = 0.0
    jumps: Mapping[Pair, Jumps] = field(default_factory=dict)
    heston: Mapping[Pair, Heston] = field(default_factory=dict)
    smiles: Mapping[Pair, Smile] = field(default_factory=dict)
    local_volatilities: Mapping[Pair, LocalGrid] = field(default_factory=dict)
    quotes: Mapping[Pair, Quotes] = field(default_factory=dict)
    indices: Mapping[str, IndexCurve] = field(default_factory=dict)
    hazards: Mapping[str, RateCurve] = field(default_factory=dict)
    dividends: Mapping[Pair, tuple[Dividend, ...]] = field(default_factory=dict)
    plan: Mapping[str, Mapping[int, tuple[float, ...]]] = field(default_factory=dict)
    levels: Mapping[str, float] = field(default_factory=dict)
    fixings: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    source: str = ""
    moves: Moves = tuple

    def years(self, instant: int) -> float:
        """Years from the market's date to an instant; negative for the past."""
        return years_between(self.as_of, instant)

    def spot(self, asset: str, cash: str) -> float:
        """The price of one unit of the asset in units of the cash."""
        if asset == cash:
            return 1.0
        if (cash, asset) in self.spots:
            return 1 / self.spots[cash, asset]
        if (asset, cash) not in self.spots:
            lacks(spot_name(asset, cash), "spots", spot_name(asset, cash), "100")
        return self.spots[asset, cash]

    def volatility_curve(self, asset: str, cash: str) -> VolatilityCurve:
        """The implied volatilities of a spot, the same for its inverse. Raises Refused E0628 if it
        moves in another way."""
        for pair in ((asset, cash), (cash, asset)):
            if name := self.model_of(pair):
                raise Refused("E0628", name=spot_name(asset, cash), model=name)
            if pair in self.volatilities:
                return self.volatilities[pair]
        name = spot_name(asset, cash)
        lacks(f"the volatility of {name}", "volatilities", name, '"20%"')

    def volatility(self, asset: str, cash: str, years: float) -> float:
        """The implied volatility of a spot to a time in years."""
        return self.volatility_curve(asset, cash).volatility(years)

    def model_of(self, pair: Pair) -> str:
        """The model of a spot that has no volatility of its own; empty if it is lognormal."""
        if pair in self.heston:
            return "Heston"
        if pair in self.smiles:
            return self.smiles[pair].name
        if pair in self.local_volatilities:
            return "local volatility"
        return "vanna-volga" if pair in self.quotes else ""

    def smile(self, asset: str, cash: str) -> Smile:
        """The smile of a spot that has one, where the market's forwards are."""
        return self.smiles[asset, cash].at(lambda years: self.forward(asset, cash, years))

    def local_volatility(self, asset: str, cash: str) -> LocalGrid:
        """The local volatilities of a spot that has them, where the market's forwards are."""
        told = self.local_volatilities[asset, cash]
        return told.at(lambda years: self.forward(asset, cash, years))

    @property
    def is_lognormal(self) -> bool:
        """Whether every spot that it knows is."""
        own = (self.jumps, self.heston, self.smiles, self.local_volatilities, self.quotes)
        return not any(own)

    def jumps_of(self, asset: str, cash: str) -> Jumps | None:
        """How a spot jumps; None if it does not."""
        return self.jumps.get((asset, cash))

    def rate_curve(self, asset: str) -> RateCurve:
        """The curve that discounts payments in an asset: its rates, or else its yields."""
        curve = self.rates.get(asset) or self.yields.get(asset)
        return curve or lacks(f"the interest rate of {asset}", "rates", asset, '"3%"')

    def carry_curve(self, asset: str) -> RateCurve:
        """What holding an asset brings: its yields, or else its rates, or else nothing."""
        return self.yields.get(asset) or self.rates.get(asset) or flat_rate(0.0)

    def rate(self, asset: str, years: float) -> float:
        """The zero rate that discounts a payment in the asset."""
        return self.rate_curve(asset).rate(years)

    def carry(self, asset: str, years: float) -> float:
        """The zero rate of what holding the asset brings: dividends, staking, a currency's rate."""
        return self.carry_curve(asset).rate(years)

    def discount(self, asset: str, years: float) -> float:
        """What one unit of the asset, paid after a time in years, is worth now in that asset."""
        return exp(-self.rate(asset, years) * years)

    def forward(self, asset: str, cash: str, years: float) -> float:
        """The forward price of one unit of the asset in units of the cash."""
        growth = self.rate(cash, years) - self.carry(asset, years)
        return self.spot(asset, cash) * exp(growth * years)

    def correlation(self, first: Pair, second: Pair) -> float:
        """The correlation of the logarithmic returns of two spots."""
        if first == second:
            return 1.0
        pair = frozenset((first, second))
        if pair not in self.correlations:
            names = " and ".join(spot_name(*each) for each in sorted(pair))
            raise Refused("E0616", names=names, line=_correlation_line(first, second))
        return self.correlations[pair]

    def correlation_matrix(self, pairs: Sequence[Pair]) -> tuple[tuple[float, ...], ...]:
        """The correlations of some spots. Raises Refused E0607 if no prices can have them."""
        rows = tuple(tuple(self.correlation(a, b) for b in pairs) for a in pairs)
        names = [spot_name(*pair) for pair in pairs]
        return holding_together(rows, names)

    def index_curve(self, index: str) -> IndexCurve:
        """How an index is projected."""
        if index not in self.indices:
            lacks(f"the index {index}", "indices", index, '"3%"')
        return self.indices[index]

    def is_projected(self, index: str) -> bool:
        """Whether a curve implies the fixings of an index, so that they move with it."""
        curve = self.index_curve(index)
        return curve.flat is None and curve.tenor is not None

    def projecting(self, index: str) -> RateCurve:
        """The curve that implies the fixings of an index."""
        name = self.index_curve(index).curve
        return self.curves.get(name) or self.rate_curve(name)

    def index_forward(self, index: str, instant: int) -> float:
        """The projected fixing of an index at an instant: a rate or a level, per 1."""
        curve = self.index_curve(index)
        if not self.is_projected(index):
            return curve.flat or 0.0
        begins, ends = curve.period(instant)
        projecting = self.projecting(index)
        growth = projecting.total(self.years(ends)) - projecting.total(self.years(begins))
        return expm1(growth) / float(year_fraction(begins, ends, curve.day_count))

    def level(self, feed: str) -> float:
        """What a declared feed stands at, from the market's date on."""
        if feed not in self.levels:
            lacks(f"the level of {feed}", "feeds", feed, "0")
        return self.levels[feed]

    def paid_by(self, asset: str, cash: str) -> tuple[Dividend, ...]:
        """What an asset pays in a cash from the market's date on."""
        if (asset, cash) not in self.dividends:
            name = spot_name(asset, cash)
            lacks(f"the dividends of {asset} in {cash}", "dividends", name, "{}")
        return self.dividends[asset, cash]

    def fixing(self, feed: str, instant: int) -> float | None:
        """A past observation of a feed: at that very instant, or else for its date."""
        known = self.fixings.get(feed, {})
        if instant in known:
            return known[instant]
        day = date_of(instant)
        return next((value for at, value in known.items() if date_of(at) == day), None)


def parse_market(text: str, source: str) -> tuple[Market | None, tuple[Diagnostic, ...]]:
    """The market that a TOML text describes, or what is wrong with it (E06xx), each at its line."""
    from rfos_lang.valuation.market_file import read

    return read(text, source)


def spot_name(asset: str, cash: str) -> str:
    """A spot as contracts and market files name it."""
    return f"spot({asset}, {cash})"


def named_pair(name: str) -> Pair:
    """The asset and the cash of a spot, from its name."""
    asset, cash = name.removeprefix("spot(").removesuffix(")").split(", ")
    return asset, cash


def lacks(what: str, table: str, key: str, example: str) -> NoReturn:
    """Refuses with E0605: the market does not say `what`; names the line that would."""
    shown = key if key.replace("_", "").replace("-", "").isalnum() else f'"{key}"'
    raise Refused("E0605", what=what, table=table, line=f"{shown} = {example}")


def _correlation_line(first: Pair, second: Pair) -> str:
    names = ", ".join(f'"{spot_name(*pair)}"' for pair in (first, second))
    return f"[[correlations]] with between = [{names}] and value = 0.5"
