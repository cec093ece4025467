"""The value of a contract that is made of others: the sum of theirs."""

import math
from dataclasses import replace

from rfos_lang.valuation.result import Greek, Valuation


def summed(parts: list[Valuation]) -> Valuation:
    """The value of the whole, of values told in one asset. The same paths may be behind several
    parts, so that their errors may all lie on one side. What a part has no number for, the whole
    has none for."""
    if len(parts) == 1:
        return parts[0]
    greeks: dict[tuple[str, str], list[Greek]] = {}
    missing = {each for part in parts for each in part.not_given}
    for greek in (greek for part in parts for greek in part.greeks):
        if (key := (greek.measure, greek.subject)) not in missing:
            greeks.setdefault(key, []).append(greek)
    each = ", ".join(f"{part.value:,.6g} by {part.method}" for part in parts)
    notes = [f"It is the sum of {len(parts)} parts: {each}."]
    notes += [note for part in parts for note in part.notes]
    return Valuation(
        math.fsum(part.value for part in parts),
        parts[0].asset,
        " and ".join(dict.fromkeys(part.method for part in parts)),
        " and ".join(dict.fromkeys(part.model for part in parts)),
        standard_error=_error([part.standard_error for part in parts]),
        bias_bound=_error([part.bias_bound for part in parts]),
        monitoring="; ".join(dict.fromkeys(p.monitoring for p in parts if p.monitoring)) or None,
        greeks=tuple(map(_added, greeks.values())),
        notes=tuple(dict.fromkeys(notes)),
    )


def _added(greeks: list[Greek]) -> Greek:
    return replace(
        greeks[0],
        value=math.fsum(greek.value for greek in greeks),
        estimator=" and ".join(dict.fromkeys(greek.estimator for greek in greeks)),
        standard_error=_error([greek.standard_error for greek in greeks]),
        bias_bound=_error([greek.bias_bound for greek in greeks]),
    )


def _error(errors: list[float | None]) -> float | None:
    known = [error for error in errors if error is not None]
    return math.fsum(known) if known else None
