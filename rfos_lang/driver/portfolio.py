"""A portfolio under a margin policy: positions valued together at each point of a grid of
scenarios."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import product

from rfos_lang.base import fixed
from rfos_lang.base.records import dataclass
from rfos_lang.core.policy import formulas_of, measure
from rfos_lang.driver.book import told, worth
from rfos_lang.driver.collateral import Posted
from rfos_lang.driver.positions import Position
from rfos_lang.driver.pricing import How, valuation_of
from rfos_lang.driver.shocks import Shock, shocked
from rfos_lang.driver.trade import Opened, Shelf, Trade
from rfos_lang.semantics.policy import Policy
from rfos_lang.valuation.evaluation import evaluated
from rfos_lang.valuation.market import Market, Pair


@dataclass(frozen=True, slots=True)
class Scenario:
    """One point of the grid: the shifts in the order of the axes, and what the portfolio loses."""

    shifts: tuple[float, ...]
    loss: float


@dataclass(frozen=True, slots=True)
class Assessment:
    """A portfolio under a policy, in the policy's asset. `values` are those of the positions today,
    `worst` is the scenario that attains the worst loss."""

    policy: Policy
    positions: tuple[Position, ...]
    values: tuple[float, ...]
    scenarios: tuple[Scenario, ...]
    worst: Scenario
    measures: Mapping[str, float]
    maintenance: float
    initial: float
    posted: tuple[Posted, ...] | None = None

    @property
    def equity(self) -> float | None:
        """What is left of the collateral after closing out; None if none is told."""
        if self.posted is None:
            return None
        return sum(each.counts for each in self.posted) + sum(self.values)


# --- the grid ------------------------------------------------------------------------------------


def assessed(
    policy: Policy,
    positions: tuple[Position, ...],
    market: Market,
    opened: Opened,
    how: How | None = None,
    posted: tuple[Posted, ...] | None = None,
) -> Assessment:
    """A portfolio under a policy on a market, with what is posted for it. Raises Failure."""
    shelf = Shelf(opened)
    trades = [shelf.trade(position, market) for position in positions]
    how = how or How()

    def values(at: Market) -> list[float]:
        return [worth([trade], at, how, policy.asset) for trade in trades]

    today = values(market)
    grid = tuple(product(*([fixed_float(each) for each in axis.shifts] for axis in policy.axes)))
    losses = [_losses(today, values(_moved(market, policy, shifts))) for shifts in grid]
    scenarios = tuple(map(Scenario, grid, map(sum, losses)))
    worst = max(scenarios, key=lambda scenario: scenario.loss)
    valued = [_valued(trade, market, how, policy.asset) for trade in trades]
    measures = {
        "worst_loss": max(worst.loss, 0.0),
        "standalone_loss": _standalone_loss(trades, losses),
        "standard_error": sum(each.error for each in valued),
        **_notionals([each for of in valued for each in of.exposures]),
    }
    known = {measure(name): value for name, value in measures.items()}
    maintenance, initial = evaluated(formulas_of(policy), known)
    return Assessment(
        policy, positions, tuple(today), scenarios, worst, measures, maintenance, initial, posted
    )


def _losses(today: list[float], then: list[float]) -> list[float]:
    """What each position loses."""
    return [now - moved for now, moved in zip(today, then, strict=True)]


def fixed_float(value: int) -> float:
    """A fixed-point number as a float."""
    return value / fixed.ONE


def _moved(market: Market, policy: Policy, shifts: tuple[float, ...]) -> Market:
    """A market in which every price in the policy's asset, and every volatility of one, has moved
    by a fraction of itself."""
    by = dict(zip((axis.name for axis in policy.axes), shifts, strict=True))
    return shocked(market, Shock(by.get("spot", 0.0), by.get("volatility", 0.0)), policy.asset)


# --- measures ------------------------------------------------------------------------------------


def _standalone_loss(trades: list[Trade], losses: list[list[float]]) -> float:
    """The worst loss of the positions on each underlying alone, added; `losses`: of each position
    in each scenario. An underlying is all the prices that a position hangs on."""
    underlyings: dict[frozenset[Pair], list[int]] = defaultdict(list)
    for place, trade in enumerate(trades):
        underlyings[frozenset(trade.spots.values())].append(place)
    return sum(
        max(0.0, *(sum(of[place] for place in places) for of in losses))
        for places in underlyings.values()
    )


@dataclass(frozen=True, slots=True)
class _Valued:
    """A position today: how far its value is in doubt, and of every price its name, and
    quantity x delta x price."""

    error: float
    exposures: tuple[tuple[str, float], ...]


def _valued(trade: Trade, market: Market, how: How, asset: str) -> _Valued:
    valuation = valuation_of(trade.checked, trade.instance, market, how, greeks=True)
    scale = trade.position.quantity * told(market, valuation.asset, asset)
    exposures = tuple(
        (greek.subject, scale * greek.value * market.spot(*trade.spots[greek.subject]))
        for greek in valuation.greeks
        if greek.measure == "delta" and greek.subject in trade.spots
    )
    return _Valued(abs(scale) * (valuation.standard_error or 0.0), exposures)


def _notionals(exposures: list[tuple[str, float]]) -> dict[str, float]:
    net: dict[str, float] = {}
    for name, amount in exposures:
        net[name] = net.get(name, 0.0) + amount
    total = sum(map(abs, net.values()))
    return {
        "gross_notional": sum(abs(amount) for _, amount in exposures),
        "net_notional": total,
        "concentration": max(map(abs, net.values())) / total if total else 0.0,
    }
