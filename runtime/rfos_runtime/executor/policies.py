"""Margin policies as the kernel sees them, from their bytes."""

from itertools import product

from rfos_lang.artefact.format import ArtefactError
from rfos_lang.artefact.policy_format import PolicyFields, decode_policy
from rfos_runtime.reference.executor import Haircut, PolicyView, Scenario, Step


def policy_view(artefact: bytes) -> PolicyView | None:
    """The view of a policy; None for bytes that are none."""
    try:
        decoded = decode_policy(artefact)
    except ArtefactError:
        return None
    said = decoded.fields
    return PolicyView(
        content_hash=decoded.content_hash,
        name=said.name,
        asset=said.asset,
        scenarios=_scenarios(said),
        steps=tuple(Step(step.operation, step.arguments) for step in said.steps),
        maintenance=said.maintenance,
        initial=said.initial,
        haircuts=tuple(Haircut(each.asset, each.fraction) for each in said.haircuts),
    )


def _scenarios(said: PolicyFields) -> tuple[Scenario, ...]:
    names = [axis.name for axis in said.axes]
    grid = product(*(axis.shifts for axis in said.axes))
    points = (dict(zip(names, shifts, strict=True)) for shifts in grid)
    return tuple(Scenario(at.get("spot", 0), at.get("volatility", 0)) for at in points)
