"""Where published figures come from that are not exact, and what an exact method gives.

A row whose figure was made by an approximation, a tree or a coarse grid is compared twice: the row
with that very method, worked out anew, as near as the source prints or says; and our value with an
exact one by another method than ours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, inf, sqrt

from scipy.integrate import quad
from scipy.stats import norm

from tests.conformance import peer
from tests.conformance.approximations import (
    barone_adesi_whaley,
    bjerksund_stensland,
    european,
    ju_zhong,
    kirk,
    nodes_at,
    out_option_in_a_tree,
)
from tests.conformance.row import Fields, Row

RELATIVE = 1e-4
"""How near our value must be to the exact one."""


@dataclass(frozen=True)
class Origin:
    """How a figure was made: what that method gives, how near the row must be to it, the exact
    value, how near ours must be to that, and the method in words."""

    made: float
    printed: float
    exact: float
    apart: float
    method: str


def origin(row: Row) -> Origin | None:
    """Where a row's figure comes from; None if nothing but its own tolerance is needed."""
    made = _maker(row)
    return None if made is None else made(row.fields)


def _maker(row: Row) -> Callable[[Fields], Origin] | None:
    match row.product, row.test:
        case "americanoption", "testBaroneAdesiWhaleyValues":
            return _barone_adesi
        case "americanoption", "testBjerksundStenslandValues" if row.line >= JU_FROM:
            return _ju
        case "americanoption", "testBjerksundStenslandValues":
            return _bjerksund
        case "margrabeoption", "testAmericanExchangeTwoAssets":
            return _exchange
        case "barrieroption", "testHaugValues" if row.fields["exType"] == "american":
            fields = row.fields
            if fields["s"] == fields["barrier"]:
                return None
            return _tree_out if "Out" in fields["barrierType"] else _tree_in
        case "basketoption", "testEuroTwoValues" if "Kirk" in row.citation or (
            row.fields["basketType"] == "SpreadBasket"
        ):
            return _kirk
        case "bermudan_put", _:
            return _longstaff
        case "doublebarrieroption", "testVannaVolgaDoubleBarrierValues":
            return _two_levels
        case "barrieroption", "testVannaVolgaSimpleBarrierValues":
            return _one_level
        case _:
            return None


JU_FROM = 259
"""From this line of the file on the table is another one's, whose method the file names."""


def _wing(fields: Fields) -> int:
    return 1 if fields["type"] == "Call" else -1


def _american(formula: Callable[..., float], printed: float, method: str, fields: Fields) -> Origin:
    wing, price, strike = _wing(fields), fields["s"], fields["strike"]
    rate, yielded, v, t = (fields[name] for name in ("r", "q", "v", "t"))
    exact = peer.american(wing, price, strike, rate, yielded, v, t)
    made = formula(wing, price, strike, rate - yielded, rate, v, t)
    return Origin(made, printed, exact, RELATIVE * exact, method)


def _barone_adesi(fields: Fields) -> Origin:
    """The source: replicated up to the second digit only; it allows 0.003."""
    method = "the approximation of Barone-Adesi and Whaley (1987)"
    return _american(barone_adesi_whaley, 3e-3, method, fields)


def _ju(fields: Fields) -> Origin:
    method = "the approximation of Ju and Zhong (1999)"
    return _american(ju_zhong, 1e-3, method, fields)


def _bjerksund(fields: Fields) -> Origin:
    method = "the approximation of Bjerksund and Stensland (1993)"
    return _american(bjerksund_stensland, 5e-5, method, fields)


def _exchange(fields: Fields) -> Origin:
    """One price in units of the other is an American call whose rate is the other's yield."""
    v1, v2, t = fields["v1"], fields["v2"], fields["t"]
    first, second = fields["Q1"] * fields["s1"], fields["Q2"] * fields["s2"]
    q1, q2 = fields["q1"], fields["q2"]
    v = sqrt(v1 * v1 + v2 * v2 - 2 * fields["rho"] * v1 * v2)
    made = bjerksund_stensland(1, first, second, q2 - q1, q2, v, t)
    exact = peer.american(1, first, second, q2, q1, v, t)
    method = "the approximation of Bjerksund and Stensland (1993) for the ratio of the prices"
    return Origin(made, 5e-5, exact, RELATIVE * exact, method)


def _tree_out(fields: Fields) -> Origin:
    """Exercise just before the touch pays more than the touch, if it pays anything."""
    wing, price, barrier = _wing(fields), fields["s"], fields["barrier"]
    rate, v, t = fields["r"], fields["v"], fields["t"]

    def tree(rebate: float, least: int) -> float:
        return out_option_in_a_tree(
            wing,
            "Up" in fields["barrierType"],
            price,
            fields["strike"],
            barrier,
            rebate,
            rate - fields["q"],
            rate,
            v,
            t,
            nodes_at(barrier, price, v, t, least),
        )

    touch = max(fields["rebate"], wing * (barrier - fields["strike"]))
    method = "a tree of 400 steps or more, in which nobody exercises just before the touch"
    made, exact = tree(fields["rebate"], peer.TREE_STEPS), tree(touch, 10 * peer.TREE_STEPS)
    return Origin(made, 2e-4, exact, 1e-3, method)


def _tree_in(fields: Fields) -> Origin:
    """The source: verified roughly; it allows 0.011 between its trees."""
    made = peer.american_in(fields, peer.TREE_STEPS)
    exact = peer.american_in(fields, 10 * peer.TREE_STEPS)
    method = f"a tree of some {peer.TREE_STEPS} steps"
    return Origin(made, 1.1e-2, exact, 4e-4, method)


def _kirk(fields: Fields) -> Origin:
    s1, s2, strike, rate = (fields[name] for name in ("s1", "s2", "strike", "r"))
    v1, v2, rho, t = (fields[name] for name in ("v1", "v2", "rho", "t"))
    made = kirk(s1, s2, strike, rate, v1, v2, rho, t)
    left = v1 * sqrt(1 - rho * rho)

    def given(x: float) -> float:
        """The call, given the normal number that moves the second future."""
        second = s2 * exp(v2 * sqrt(t) * x - v2 * v2 * t / 2)
        first = s1 * exp(rho * v1 * sqrt(t) * x - (rho * v1) ** 2 * t / 2)
        return european(1, first, second + strike, 0.0, rate, left, t) * float(norm.pdf(x))

    exact, _ = quad(given, -inf, inf, epsabs=1e-10)
    return Origin(made, 1e-3, exact, RELATIVE * exact, "Kirk's approximation (1995)")


def _longstaff(fields: Fields) -> Origin:
    """The paper's grid prints three digits."""
    exact = peer.bermudan(fields)
    method = "a grid of the paper, printed to three digits"
    return Origin(exact, 5e-3, exact, 1e-3, method)


def _one_level(fields: Fields) -> Origin:
    """Both are as near to the source's engine as the source's tolerance."""
    made = peer.vanna_volga(fields)
    method = "vanna-volga whose derivatives are one-sided differences"
    return Origin(made, 1e-4, made, 1e-4, method)


def _two_levels(fields: Fields) -> Origin:
    """The source allows 0.005 between its own engines."""
    made = peer.vanna_volga(fields)
    method = "vanna-volga whose time is act/360 for the levels and act/365 for the quotes"
    return Origin(made, 1e-4, made, 5e-3, method)
