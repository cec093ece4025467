"""Which motion a market asks for: lognormal, or something else for some of its spots."""

from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.dynamics.composed import composed
from rfos_lang.valuation.dynamics.motion import Diffusion, Motion
from rfos_lang.valuation.dynamics.mover import Brownian, Jumping, Mover
from rfos_lang.valuation.market import Market, Pair, spot_name
from rfos_lang.valuation.model_lognormal import Lognormal, Rows

MERTON = "Merton jumps"


def bridges_are_exact(market: Market) -> bool:
    """Whether every spot is a Brownian motion with a drift, between any two instants."""
    return not market.jumps


def lognormally(market: Market) -> Market:
    """The market whose curves a simulation reads."""
    return market


def motion(market: Market, model: Lognormal, rows: Rows) -> Motion:
    """How the spots of a model move. Raises Refused E0628 for what no motion knows."""
    movers = [_mover(market, pair) for pair in model.pairs]
    names = list(dict.fromkeys(name for name, _ in movers if name))
    if not names:
        return Diffusion(model, rows)
    for at, (name, _) in enumerate(movers):
        quanto = model.numbers.quanto
        if name not in ("", MERTON) and quanto.size and (quanto[at].any() or quanto[:, at].any()):
            raise Refused("E0628", name=spot_name(*model.pairs[at]), model=name)
    return composed(" and ".join(names), model, rows, [mover for _, mover in movers])


def _mover(market: Market, pair: Pair) -> tuple[str, Mover]:
    """The name of a spot's model, empty if it is lognormal, and how it moves."""
    if (jumps := market.jumps_of(*pair)) is not None:
        return MERTON, Jumping(Brownian(), jumps)
    return "", Brownian()
