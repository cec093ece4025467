"""What each method finds for a contract, and how far it may be from the truth."""

from collections.abc import Iterator

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.core.horizon import horizon
from rfos_lang.core.program import Choice, Program
from rfos_lang.driver.instance import Instance
from rfos_lang.path.lowering import lowered
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.market_on_timeline import spot_feeds
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.reporting import reporting_asset
from rfos_lang.valuation.result import Valuation
from rfos_lang.valuation.simulated.monte_carlo import prepared
from tests.valuation.products.peer import exercised
from tests.valuation.products.simulated import BOTH, decided, simulated

SEED = 11
ERRORS = 4.0
"""How many standard errors two values may differ by."""

CENT = 0.01
"""What rounding moves a posting by, at most twice that of one half."""

POLICY = 0.01
"""The part of a value that a policy found by regression may miss."""

PEER = 0.001
"""The part of a value that the peer's grid is off by."""

LATE = 0.001
"""The part of a value that a payment half a span too early or late may move it by."""

POSTINGS = 10
"""How many postings a contract without randomness has, at most."""

ON_GRID = "Monte Carlo on a grid"

FAMILIES = {
    "closed form": "formula",
    "discounting": "formula",
    "characteristic function": "formula",
    "static replication": "formula",
    "sum over days of default": "formula",
    "Dupire's equation": "grid",
    "quadrature": "formula",
    "convolution": "formula",
    "finite differences": "grid",
    "backward quadrature": "grid",
    "Monte Carlo": "paths",
    "least-squares Monte Carlo": "paths",
    ON_GRID: "paths",
    "meaning": "meaning",
    "QuantLib's grid": "peer",
}
"""Methods that share no algorithm."""

HIGHEST = (
    "FixedLookbackCall",
    "FloatingLookbackPut",
    "LadderCall",
    *(f"UpAnd{way}{side}" for way in ("In", "Out") for side in ("Call", "Put")),
    *(f"UpAnd{way}Binary{side}" for way in ("In", "Out") for side in ("Call", "Put")),
    "UpAndOutEarlyCall",
    *("OneTouchUp", "TouchUpAtExpiry", "NoTouchUp"),
)
LOWEST = (
    "FixedLookbackPut",
    "FloatingLookbackCall",
    "SoftDownAndOutCall",
    "AsianTailLookback",
    *(f"DownAnd{way}{side}" for way in ("In", "Out") for side in ("Call", "Put")),
    *(f"DownAnd{way}Binary{side}" for way in ("In", "Out") for side in ("Call", "Put")),
    "DownAndOutEarlyCall",
    *("OneTouchDown", "TouchDownAtExpiry", "NoTouchDown"),
    "BarrierReverseConvertible",
)
"""Contracts that look at all prices, but only for the one extreme that the simulation draws."""

TWO_LEVELS = (
    *(f"Double{way}{side}" for way in ("In", "Out") for side in ("Call", "Put")),
    *("DoubleNoTouch", "DoubleTouch", "TouchHighBeforeLow", "TouchLowBeforeHigh"),
)
"""Contracts that look at both extremes."""

SPANS = 24
"""Parts of their life, for each of which the extreme is told: what is paid at a touch is paid in
the middle of one."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value by one method. `error` is a standard error, `bias` what else it may be off by."""

    method: str
    value: float
    error: float
    bias: float

    def __str__(self) -> str:
        return f"{self.value:.8g} ± {self.error:.2g} by {self.method}"

    @property
    def family(self) -> str:
        return FAMILIES[self.method]


def by_each_method(name: str, instance: Instance, market: Market, paths: int) -> list[Found]:
    """What every method that applies finds, the most precise first. What the compiler sees only on
    a grid of instants is compared on that grid."""
    own = {each.method: each for each in _production(instance, market, paths)}
    found = [each for method, each in own.items() if method != ON_GRID]
    if not market.is_lognormal and (theirs := exercised(name, instance, market)) is not None:
        found.append(Found("QuantLib's grid", theirs, 0.0, PEER * abs(theirs)))
    if _families(found) < 2:
        found += _by_meaning(name, instance, market, max(paths // 20, 400))
    if _families(found) < 2 and ON_GRID in own:
        found = [own[ON_GRID], *_on_same_grid(instance, market, max(paths // 100, 100))]
    return sorted(found, key=lambda each: (each.error, each.bias))


def _families(found: list[Found]) -> int:
    return len({each.family for each in found})


def disagreements(found: list[Found]) -> list[str]:
    """Each method that is too far from the most precise one, in words."""
    if not found:
        return []
    best, *others = found
    return [
        f"{each}, but {best}"
        for each in others
        if abs(each.value - best.value) > _allowed(each, best)
    ]


def _allowed(one: Found, other: Found) -> float:
    scale = max(abs(one.value), abs(other.value))
    errors = ERRORS * (one.error**2 + other.error**2) ** 0.5
    return errors + one.bias + other.bias + 1e-7 * scale + 1e-9


def _production(instance: Instance, market: Market, paths: int) -> Iterator[Found]:
    for method in ("closed_form", "quadrature", "finite_differences", "monte_carlo"):
        try:
            found = valued(
                instance.program, instance.terms, market, method, paths, SEED, greeks=False
            )
        except Refused:
            continue
        if not _takes_as_flat(found):
            yield Found(_method(found), found.value, found.standard_error or 0.0, _bias(found))


def _takes_as_flat(found: Valuation) -> bool:
    """Whether a value says that it is of another market, whose curves are flat."""
    return any("as flat" in note for note in found.notes)


def _method(found: Valuation) -> str:
    """The method of the whole, or of the part of it that is least exact."""
    if "none: monitored" in (found.monitoring or ""):
        return ON_GRID
    return max(found.method.split(" and "), key=list(FAMILIES).index)


def _bias(found: Valuation) -> float:
    policy = POLICY * abs(found.value) if found.method.startswith("least-squares") else 0.0
    return policy + (found.bias_bound or 0.0)


def _by_meaning(name: str, instance: Instance, market: Market, paths: int) -> Iterator[Found]:
    """By the simulation of `simulated.py`, or without randomness by trying out all choices."""
    program = instance.program
    if program.perpetual:
        return
    chosen = any(isinstance(clause, Choice) for clause in program.clauses)
    extreme = "highest" if name in HIGHEST else "lowest" if name in LOWEST else ""
    if name in TWO_LEVELS and not market.is_lognormal:
        extreme = BOTH
    try:
        if chosen and _is_decided_alone(program):
            yield Found("meaning", decided(instance, market), 0.0, CENT * POSTINGS)
        elif not chosen and (extreme or not _sees_every_tick(program)):
            ticks = _even(instance, market) if extreme and not market.is_lognormal else ()
            found = simulated(instance, market, paths, SEED, extreme, ticks)
            late = LATE * abs(found.value) if ticks else 0.0
            yield Found("meaning", found.value, found.error, CENT * found.postings + late)
    except Refused:
        return


def _even(instance: Instance, market: Market) -> tuple[int, ...]:
    last = horizon(instance.program, instance.terms)
    assert last is not None
    return tuple(market.as_of + (last - market.as_of) * k // SPANS for k in range(1, SPANS))


def _is_decided_alone(program: Program) -> bool:
    """Whether two parties choose at dates, and nothing else is open."""
    chosen = [clause for clause in program.clauses if isinstance(clause, Choice)]
    dated = all(not (each.any_time or each.amounts or each.repeats) for each in chosen)
    priced = _has_spot(program) or len(program.assets) > 1
    return dated and not priced and len(program.parties) == 2


def _on_same_grid(instance: Instance, market: Market, paths: int) -> Iterator[Found]:
    if any(isinstance(clause, Choice) for clause in instance.program.clauses):
        return
    simulation = prepared(instance.program, instance.terms, market, 2, SEED)
    found = simulated(instance, market, paths, SEED, ticks=simulation.line.instants)
    yield Found("meaning", found.value, found.error, CENT * found.postings)


def _sees_every_tick(program: Program) -> bool:
    try:
        return bool(lowered(program, reporting_asset(program), spot_feeds(program)).monitoring)
    except Refused:
        return False  # the path program cannot say it; the meaning can


def moves_by_a_model(instance: Instance, market: Market) -> bool:
    """Whether a price that the instance depends on has a model of its own."""
    modelled = {*market.jumps, *market.heston, *market.smiles, *market.local_volatilities}
    return any(set(pair) <= set(instance.terms.assets) for pair in modelled) and _has_spot(
        instance.program
    )


def _has_spot(program: Program) -> bool:
    return any(feed.kind == "spot" for feed in program.feeds)
