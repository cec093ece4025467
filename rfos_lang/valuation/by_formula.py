"""Values by closed form: the parts of a formula as numbers, each at the horizon of its own date."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from functools import cached_property, partial

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula, Input
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.core.program import Program
from rfos_lang.valuation.closed_form.letters import Letters
from rfos_lang.valuation.closed_form.parts import Measures, Part
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.closed_form.recognise import ClosedForm, Unrecognised, closed_form
from rfos_lang.valuation.constructors import ZERO
from rfos_lang.valuation.curve import slope
from rfos_lang.valuation.evaluation import evaluated
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.floors import SHORTEST_YEARS
from rfos_lang.valuation.greek_names import names, of_second_order
from rfos_lang.valuation.greeks import SECOND_ORDER, by_volatility
from rfos_lang.valuation.jumps import Jumps, mixed
from rfos_lang.valuation.market import Market, spot_name
from rfos_lang.valuation.on_curves import deferred, theta
from rfos_lang.valuation.paid_now import paid_now, settles_in_doubt
from rfos_lang.valuation.result import LOGNORMAL, Greek, Valuation

JUMPING_MODEL = "Merton jumps"


def by_closed_form(figures: Figures, greeks: bool = True, strict: bool = False) -> Valuation:
    """The value by closed form. Raises NoClosedForm; Refused for what the market lacks.

    A barrier's closed form takes volatility and rates as flat: unless `strict`, where the market's
    curves are not flat there is none.
    """
    ahead = figures.ahead
    form = closed_form(ahead.program, ahead.timing, ahead.reporting, greeks)
    if isinstance(form, Unrecognised):
        raise NoClosedForm(form.reason)
    watched = {part.feed for part in form.parts if part.barrier and part.feed is not None}
    bent = bent_curves(watched, figures)
    if bent and not strict:
        raise NoClosedForm(f"that of a barrier takes {bent} as flat")
    sums = _Sums(form, figures, greeks)
    asset = ahead.terms.assets[form.reporting]
    value = sums.total("value") + _settled(sums, asset)
    found = tuple(sums.greeks(asset)) if greeks else ()
    needed = (greek.value for greek in found if greek.measure not in SECOND_ORDER)
    if not all(map(math.isfinite, (value, *needed))):
        raise NoClosedForm("the formula has no finite value for these numbers")
    return Valuation(
        value,
        asset,
        "closed form",
        JUMPING_MODEL if sums.jumps else LOGNORMAL,
        monitoring="continuous, exact" if watched else None,
        greeks=tuple(greek for greek in found if math.isfinite(greek.value)),
        notes=(f"The barrier's formula takes {bent} as flat.",) if bent else (),
    )


def _settled(sums: "_Sums", asset: str) -> float:
    """What the settlement pays now beyond what formulas say, where these are in doubt."""
    figures = sums.figures
    now = [(part, found) for part, found in sums.known if figures.years(part.schedule) == 0.0]

    def worth(part: Part) -> Callable[[Market], float]:
        return lambda market: sums.in_market(market)._numbers(part)["value"]

    doubtful = any(
        part.feed is not None and settles_in_doubt(figures, part.feed, worth(part))
        for part, _ in now
    )
    paid = paid_now(figures, asset) if doubtful else None
    return 0.0 if paid is None else paid - math.fsum(found["value"] for _, found in now)


@dataclass(frozen=True)
class _Sums:
    """The parts of a closed form as numbers, each at the horizon of its own date."""

    form: ClosedForm
    figures: Figures
    curved: bool  # with Greeks of second order by volatility

    @cached_property
    def known(self) -> tuple[tuple[Part, Mapping[str, float]], ...]:
        """Every measure of every part; two parts may be equal."""
        return tuple((part, self._numbers(part)) for part in self.form.parts)

    def in_market(self, market: Market) -> "_Sums":
        """The same parts in a market."""
        return replace(self, figures=replace(self.figures, market=market))

    @property
    def jumps(self) -> bool:
        """Whether a price that matters jumps."""
        feeds = {part.feed for part in self.form.parts if part.feed is not None}
        return any(self.figures.market.jumps_of(*self.figures.pair(feed)) for feed in feeds)

    def total(self, measure: str, feed: int | None = None) -> float:
        """A measure summed over all parts, or over those that depend on a price."""
        known = (found for part, found in self.known if feed is None or part.feed == feed)
        return math.fsum(found[measure] for found in known)

    def greeks(self, asset: str) -> Iterator[Greek]:
        """All Greeks with their units."""
        prices = sorted({part.feed for part in self.form.parts if part.feed is not None})
        pairs = [self.figures.pair(feed) for feed in prices]
        cash = self.figures.ahead.terms.assets[self.form.numeraire]
        numbers = [self.total(each, feed) for each in ("delta", "gamma", "vega") for feed in prices]
        numbers += [self.total("rho"), *(self.total("carry", feed) for feed in prices)]
        curves = [("rate", cash), *(("carry", held) for held, _ in pairs)]
        for (measure, subject, unit), number in zip(
            names(pairs, curves, asset), [*numbers, self.total("theta")], strict=True
        ):
            yield Greek(measure, subject, number, unit, "symbolic")
        for measure, subject, unit in of_second_order(pairs, asset):
            feed = next(f for f in prices if spot_name(*self.figures.pair(f)) == subject)
            yield Greek(measure, subject, self.total(measure, feed), unit, "symbolic")

    def _numbers(self, part: Part) -> dict[str, float]:
        jumps = (
            None
            if part.feed is None
            else self.figures.market.jumps_of(*self.figures.pair(part.feed))
        )
        if jumps is None or part.feed is None:
            found = self._continuous(part, {})
        else:
            found = self._jumping(part, part.feed, jumps)
        found["theta"] = self._theta(found, part)
        return found if part.deferral is None else self._deferred(found, part)

    def _theta(self, found: Mapping[str, float], part: Part) -> float:
        """Theta on the market's curves. What is paid now stands still."""
        years, figures = self.figures.years(part.schedule), self.figures
        if years <= 0.0:
            return 0.0
        vegas, numeraire = found["vega"] != 0.0, self.form.numeraire
        return float(theta(found, part, numeraire, figures, partial(slope, years=years), vegas))

    def _jumping(self, part: Part, feed: int, jumps: Jumps) -> dict[str, float]:
        letters, years = Letters(self.form.program), self.figures.years(part.schedule)
        volatility, carry = letters.volatility(feed), letters.carry(feed)
        if part.barrier:
            raise NoClosedForm("that of a barrier knows no jumps")
        return mixed(
            jumps,
            self.figures.number(volatility, years),
            self.figures.number(carry, years),
            max(years, SHORTEST_YEARS.value),
            lambda spread, drift: self._continuous(part, {volatility: spread, carry: drift}),
        )

    def _continuous(self, part: Part, given: Mapping[Input, float]) -> dict[str, float]:
        """The measures of a part, with some inputs given."""
        formulas = formulas_of(self.form.program, part, self.curved)
        years = self.figures.years(part.schedule)
        inputs = inputs_of(*formulas.values())
        known = {each: self.figures.number(each, years) for each in inputs if each not in given}
        values = evaluated(tuple(formulas.values()), {**known, **given})
        return dict(zip(formulas, values, strict=True))

    def _deferred(self, found: dict[str, float], part: Part) -> dict[str, float]:
        """The same, owed later."""
        owed, figures = part.deferral, self.figures
        assert owed is not None
        gap = figures.years(owed.owed) - figures.years(owed.fixed)
        factor, moved = figures.postponement(owed), figures.forward_slope(owed)
        return deferred(found, owed.is_cash, factor, gap, moved)


def formulas_of(program: Program, part: Part, curved: bool) -> dict[str, Formula]:
    """The measures of a part by name, with those of second order by volatility if `curved`."""
    measures = part.measures
    found = {entry.name: getattr(measures, entry.name) for entry in fields(Measures)}
    if curved:
        second: tuple[Formula, ...] = (ZERO,) * len(SECOND_ORDER)
        if part.feed is not None:
            second = by_volatility(measures, Letters(program).volatility(part.feed))
        found |= zip(SECOND_ORDER, second, strict=True)
    return found


def bent_curves(feeds: Iterable[int], figures: Figures) -> str:
    """What a barrier's formula on some prices takes as flat and the market does not; empty if there
    is nothing."""
    said = []
    for feed in sorted(feeds):
        (asset, cash), market = figures.pair(feed), figures.market
        curves: Iterable[tuple[str, bool]] = (
            (f"the volatility of {asset}", market.volatility_curve(asset, cash).is_flat),
            (f"the rate of {cash}", market.rate_curve(cash).is_flat),
            (f"the yield of {asset}", market.carry_curve(asset).is_flat),
        )
        said += [name for name, is_flat in curves if not is_flat]
    return " and ".join(dict.fromkeys(said))
