"""Which model a market asks for, spot by spot: as a motion along paths, as a law at a date."""

from dataclasses import replace
from math import sqrt

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.curve import VolatilityCurve, flat_volatility
from rfos_lang.valuation.dynamics.composed import composed
from rfos_lang.valuation.dynamics.forward_equation import solved
from rfos_lang.valuation.dynamics.fourier import FourierLaw
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.dynamics.heston_paths import HestonMover
from rfos_lang.valuation.dynamics.law import Law, Lognormal
from rfos_lang.valuation.dynamics.local_volatility import LocalMover, OfSmile
from rfos_lang.valuation.dynamics.motion import Diffusion, Motion
from rfos_lang.valuation.dynamics.mover import Brownian, Jumping, Mover
from rfos_lang.valuation.dynamics.replication import ReplicatedLaw
from rfos_lang.valuation.dynamics.smile import STRIKE
from rfos_lang.valuation.dynamics.smile_notes import smile_note
from rfos_lang.valuation.dynamics.vanna_volga_smile import smile_at
from rfos_lang.valuation.market import Market, Pair, spot_name
from rfos_lang.valuation.model_lognormal import Lognormal as Curves
from rfos_lang.valuation.model_lognormal import Rows
from rfos_lang.valuation.result import LOGNORMAL

VANNA_VOLGA = "vanna-volga"
MERTON, BATES, LOCAL = "Merton jumps", "Heston with jumps", "local volatility"


@dataclass(frozen=True, slots=True)
class Named:
    """How the value by a law is told: its method, its model, and a sentence on it, if any."""

    method: str
    name: str
    note: str = ""


def model_of(market: Market, pair: Pair) -> Named:
    """How the law of a spot is told."""
    jumps = market.jumps_of(*pair) is not None
    if pair in market.heston:
        note = _vega_note if market.heston[pair].keeps_off_zero else f"{_vega_note} {_feller_note}"
        return Named("characteristic function", BATES if jumps else "Heston", note)
    if pair in market.smiles:
        smile = market.smile(*pair)
        return Named("static replication", smile.name, smile_note(smile, market.as_of))
    if pair in market.local_volatilities:
        return Named("Dupire's equation", LOCAL, _local_note(market, pair))
    if pair in market.quotes:
        return Named("static replication", VANNA_VOLGA, _quotes_note)
    if jumps:
        return Named("characteristic function", MERTON)
    return Named("closed form", LOGNORMAL)


_vega_note = "Vega moves the square roots of v0 and theta together."
_feller_note = "Its variance may reach zero (2 kappa theta is less than the square of xi)."
_quotes_note = "Vega moves all quoted volatilities together."


def _local_note(market: Market, pair: Pair) -> str:
    stays = (
        "Delta keeps local volatilities by price"
        if market.local_volatilities[pair].dynamics == STRIKE
        else "Delta keeps local volatilities by price over forward"
    )
    return f"{stays}; vega moves all of them together."


def law_of(market: Market, pair: Pair, years: float) -> Law:
    """The law of a spot after some years. Raises Refused E0605, E0628."""
    jumps = market.jumps_of(*pair)
    if years <= 0.0:
        return Lognormal(0.0)
    if pair in market.heston:
        return FourierLaw(market.heston[pair], 0.0, jumps, years)
    if pair in market.smiles:
        return ReplicatedLaw(market.smile(*pair), years)
    if pair in market.local_volatilities:
        found = solved(market.local_volatility(*pair), years)
        return Lognormal(0.0) if found is None else ReplicatedLaw(found, years)
    if pair in market.quotes:
        smile = smile_at(market.quotes[pair], years, market.forward(*pair, years))
        return ReplicatedLaw(smile, years)
    variance = market.volatility(*pair, years) ** 2 * years
    return FourierLaw(None, variance, jumps, years) if jumps else Lognormal(sqrt(variance))


def bridges_are_exact(market: Market) -> bool:
    """Whether every spot is a Brownian motion with a drift, between any two instants."""
    return market.is_lognormal


def lognormally(market: Market) -> Market:
    """The market whose curves a simulation reads: a spot with a model of its own has a volatility
    that stands for it where widths are looked for."""
    typical = {pair: _typical_of_heston(heston) for pair, heston in market.heston.items()}
    typical |= {
        pair: VolatilityCurve(tuple((t, smile.volatility(0.0, t)) for t, _ in smile.slices))
        for pair, smile in ((pair, market.smile(*pair)) for pair in market.smiles)
    }
    typical |= {
        pair: VolatilityCurve(tuple((row.until, grid.at_the_money(row.until)) for row in grid.rows))
        for pair, grid in ((p, market.local_volatility(*p)) for p in market.local_volatilities)
    }
    if not typical:
        return market
    known = {**market.volatilities, **typical}
    return replace(market, heston={}, smiles={}, local_volatilities={}, volatilities=known)


def _typical_of_heston(heston: Heston) -> VolatilityCurve:
    return flat_volatility(sqrt(heston.theta))


def motion(market: Market, curves: Curves, rows: Rows) -> Motion:
    """How spots move. Raises Refused as `movers`."""
    name, every = movers(market, curves)
    return composed(name, curves, rows, every) if name else Diffusion(curves, rows)


def movers(market: Market, curves: Curves) -> tuple[str, list[Mover]]:
    """How each spot moves about its forward, and the names of their models, empty if all are
    lognormal. Raises Refused E0628 for what no motion knows, E0607."""
    for pair in curves.pairs:
        if name := market.model_of(pair[::-1]):
            raise Refused("E0628", name=spot_name(*pair), model=name)
    named = [_mover(market, pair) for pair in curves.pairs]
    names = list(dict.fromkeys(name for name, _ in named if name))
    quanto = curves.numbers.quanto
    for at, pair in enumerate(curves.pairs if names else ()):
        converted = quanto[at].any() or quanto[:, at].any()
        if converted and (name := market.model_of(pair)):
            raise Refused("E0628", name=spot_name(*pair), model=name)
    return " and ".join(names), [mover for _, mover in named]


def _mover(market: Market, pair: Pair) -> tuple[str, Mover]:
    """The name of a spot's model, empty if it is lognormal, and how it moves."""
    jumps = market.jumps_of(*pair)
    if pair in market.heston:
        smooth: Mover = HestonMover(market.heston[pair])
        return (BATES, Jumping(smooth, jumps)) if jumps else ("Heston", smooth)
    if pair in market.quotes:
        raise Refused("E0628", name=spot_name(*pair), model=VANNA_VOLGA)
    if pair in market.smiles:
        smile = market.smile(*pair)
        return f"{LOCAL} of the {smile.name}", LocalMover(OfSmile(smile))
    if pair in market.local_volatilities:
        return LOCAL, LocalMover(market.local_volatility(*pair))
    return (MERTON, Jumping(Brownian(), jumps)) if jumps else ("", Brownian())
