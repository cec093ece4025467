"""The Greeks that each method finds for a contract, and where two of them are too far apart."""

from collections.abc import Iterator, Mapping

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.driver.instance import Instance
from rfos_lang.valuation.market import Market, named_pair
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Greek, Valuation
from tests.valuation.products.agreement import SEED

ERRORS, PART = 3.0, 0.02
"""How many standard errors, and which part of a Greek, two methods may differ by."""

NOTHING = 1e-4
"""What is next to nothing: as a part of the value, by its own spot or per 1.00."""

METHODS = ("closed_form", "quadrature", "finite_differences", "monte_carlo")


@dataclass(frozen=True, slots=True)
class Sensitivities:
    """The Greeks of a value by one method."""

    method: str
    value: float
    greeks: Mapping[tuple[str, str], Greek]


def by_method(
    instance: Instance, market: Market, paths: int, methods: tuple[str, ...] = METHODS
) -> list[Sensitivities]:
    """The Greeks by every method that applies, the most precise first. Where there is nothing to
    compare with nothing is simulated."""
    found = list[Sensitivities]()
    for method in methods:
        if method == "monte_carlo" and not found:
            continue
        try:
            each = valued(instance.program, instance.terms, market, method, paths, SEED)
        except Refused:
            continue
        if not _is_of_another(each):
            greeks = {(greek.measure, greek.subject): greek for greek in each.greeks}
            found.append(Sensitivities(method, each.value, greeks))
    return found


def _is_of_another(found: Valuation) -> bool:
    """Whether a value is that of a market whose curves are flat, or of a contract that is watched
    less often."""
    flat = any("as flat" in note for note in found.notes)
    return flat or "none: monitored" in (found.monitoring or "")


def too_far(
    one: Sensitivities, other: Sensitivities, market: Market, as_told: bool = False
) -> Iterator[tuple[str, str]]:
    """The measures of one method that differ from another's, with both in words; `as_told`: by more
    than the bias that both tell of themselves, too."""
    for key, greek in one.greeks.items():
        reference = other.greeks.get(key)
        if reference is None:
            continue
        errors = ((greek.standard_error or 0) ** 2 + (reference.standard_error or 0) ** 2) ** 0.5
        allowed = ERRORS * errors + PART * abs(reference.value)
        if as_told:
            allowed += (greek.bias_bound or 0.0) + (reference.bias_bound or 0.0)
        if abs(greek.value - reference.value) > allowed + _next_to_nothing(greek, other, market):
            told = f"{greek.value:.6g} ± {errors:.2g}, {other.method} {reference.value:.6g}"
            yield greek.measure, f"{greek.name} {told}"


def _next_to_nothing(greek: Greek, found: Sensitivities, market: Market) -> float:
    if greek.measure not in ("delta", "gamma"):
        return NOTHING * abs(found.value)
    spot = market.spot(*named_pair(greek.subject))
    moved = abs(found.greeks["delta", greek.subject].value) * spot
    scale = max(abs(found.value), moved)
    return NOTHING * scale / spot if greek.measure == "delta" else 10 * NOTHING * scale / spot**2
